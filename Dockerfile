# One image for web and worker. The web is the default; compose.yaml starts the worker from it, too.
FROM python:3.11.13-slim-bookworm

# For CBR whose pages are compressed; what the one cannot unpack, the other can.
RUN apt-get update \
    && apt-get install -y --no-install-recommends unar libarchive-tools \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 10001 comics \
    && install -d -o comics -g comics /app /data /library

USER comics
WORKDIR /app
ENV PATH=/app/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DATA_DIR=/data \
    LIBRARY_DIR=/library

# What only the tests need stands below "# tests" and is left out.
COPY --chown=comics requirements.txt constraints.txt ./
RUN python -m venv .venv \
    && sed '/^# tests/,$d' requirements.txt > product.txt \
    && pip install --no-cache-dir -r product.txt

COPY --chown=comics . .

# Fetches what the pages are built from, so that a start needs no internet. The start builds them for its BASE_URL.
RUN DATA_DIR=/tmp/build npm_config_cache=/tmp/npm reflex export --env prod --frontend-only --no-zip \
    && rm -rf /tmp/build /tmp/npm

# No VOLUME for /data: every worker that is removed would leave one behind.
EXPOSE 3000
STOPSIGNAL SIGINT
CMD ["reflex", "run", "--env", "prod", "--single-port"]
