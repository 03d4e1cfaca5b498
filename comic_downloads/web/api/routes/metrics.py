"""Figures for Prometheus: the queue in the database, and the answers of this web process."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address

from fastapi import APIRouter, Request, Response
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ....domain.errors import Forbidden, NotSignedIn
from ....usecases.context import Context
from ....usecases.operations.queue import queue_report
from ....usecases.operations.transition_counts import count_transitions
from ..authentication import FromContext, authenticate, client_ip
from ..errors import problem_responses
from ..middleware.api_paths import ApiPaths

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_BUCKETS_SECONDS = (0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)

router = APIRouter(tags=["health"])


class Metrics:
    """The figures of one web process."""

    def __init__(self, context: Context) -> None:
        self.registry = CollectorRegistry()
        self.registry.register(_QueueFigures(context))
        self.requests = Counter(
            "comic_downloads_http_requests",
            "Requests answered",
            ("method", "route", "status"),
            registry=self.registry,
        )
        self.seconds = Histogram(
            "comic_downloads_http_answer_seconds",
            "Time until an answer begins",
            ("route",),
            buckets=_BUCKETS_SECONDS,
            registry=self.registry,
        )


class MeasureAnswers:
    """Count answers and the time until each begins.

    They are counted by route and never by address.
    """

    def __init__(
        self, app: ASGIApp, metrics: Metrics, paths: ApiPaths, monotonic: Callable[[], float]
    ) -> None:
        self.app = app
        self.monotonic = monotonic
        self.metrics = metrics
        self.paths = paths

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and measure the answer."""
        if not self.paths.own(scope):
            return await self.app(scope, receive, send)
        started = self.monotonic()

        async def measuring(message: Message) -> None:
            if message["type"] == "http.response.start":
                route = getattr(scope.get("route"), "path", "other")
                self.metrics.requests.labels(scope["method"], route, str(message["status"])).inc()
                self.metrics.seconds.labels(route).observe(self.monotonic() - started)
            await send(message)

        await self.app(scope, receive, measuring)


@router.get(
    "/metrics",
    response_class=Response,
    responses={200: {"content": {"text/plain": {}}, "description": "Prometheus text"}}
    | problem_responses(401, 403),
)
def metrics(request: Request, context: FromContext) -> Response:
    """Return figures in the Prometheus text format.

    They are for the owner, and for addresses within METRICS_NETWORKS.
    """
    figures: Metrics = request.app.state.metrics
    _authorise(request, context, context.settings.metrics_networks)
    return Response(
        generate_latest(figures.registry),
        media_type=CONTENT_TYPE,
        headers={"Cache-Control": "no-store"},
    )


def _authorise(
    request: Request, context: Context, networks: Sequence[IPv4Network | IPv6Network]
) -> None:
    account = authenticate(context, request)
    if account is not None and account.is_owner:
        return
    try:
        address = ip_address(client_ip(request))
    except ValueError:
        # A Unix socket has no address.
        address = None
    if address is not None and any(address in network for network in networks):
        return
    if account is not None:
        raise Forbidden("Only the owner of this server may read its figures.")
    raise NotSignedIn(
        "Send the owner's access token, or ask from an address within METRICS_NETWORKS."
    )


class _QueueFigures(Collector):
    """Figures from the database, read on request so that every web process says the same."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def collect(self) -> Iterator[Metric]:
        """Yield the current figures."""
        report = queue_report(self._context)
        jobs = GaugeMetricFamily("comic_downloads_jobs", "Downloads by status", labels=("status",))
        for status, count in report.counts.items():
            jobs.add_metric((str(status),), count)
        yield jobs
        transitions = CounterMetricFamily(
            "comic_downloads_transitions",
            "Changes of downloads' status since the database was made",
            labels=("action",),
        )
        for action, total in count_transitions(self._context).items():
            transitions.add_metric((action,), total)
        yield transitions
        busy = sum(worker.job_id is not None for worker in report.workers)
        for name, text, value in (
            ("workers", "Worker processes heard of lately", len(report.workers)),
            ("workers_busy", "Worker processes with a job in hand", busy),
            (
                "oldest_waiting_seconds",
                "Age of the oldest waiting download",
                report.oldest_waiting_seconds or 0,
            ),
            (
                "finished_last_hour",
                "Downloads that became ready within an hour",
                report.finished_last_hour,
            ),
            ("failed_last_hour", "Downloads that failed within an hour", report.failed_last_hour),
        ):
            yield GaugeMetricFamily(f"comic_downloads_{name}", text, value=value)

    def describe(self) -> list[Metric]:
        """Return nothing: registering must not ask the database."""
        return []
