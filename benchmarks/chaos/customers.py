"""The users of a chaos run: HTTP clients that retry until they get an answer."""

from __future__ import annotations

import itertools
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import httpx

from benchmarks.chaos.orders import USERS, Order
from benchmarks.chaos.site import Site
from comic_downloads.usecases.accounts.access_tokens import create_token
from comic_downloads.usecases.accounts.accounts import create_owner, create_user

PATIENCE_SECONDS = 120
THREADS = 6
ACCEPTED, OK, CONFLICT = 202, 200, 409


@dataclass
class Customers:
    """The users, their orders, and the answers they got.

    Attributes:
        site: The installation.
        comic_ids: The id of each comic by its name.
        tokens: The access token of each user.
        job_of: The job of each order that was accepted, by the order's number.
        cancelled: The jobs whose cancellation was confirmed.
        refused: The orders and commands that were refused, one line each.
    """

    site: Site
    comic_ids: dict[str, str]
    tokens: list[str] = field(default_factory=list)
    job_of: dict[int, str] = field(default_factory=dict)
    cancelled: set[str] = field(default_factory=set)
    refused: list[str] = field(default_factory=list)
    _turn: itertools.count = field(default_factory=itertools.count)

    def sign_up(self) -> None:
        """Create an account and an access token for every user."""
        context = self.site.world.context
        accounts = [create_owner(context, "user-0", "a long password")]
        accounts += [
            create_user(context, f"user-{number}", "a long password") for number in range(1, USERS)
        ]
        self.tokens = [create_token(context, account, "chaos")[1] for account in accounts]

    def place(self, orders: list[Order]) -> None:
        """Place every order when it is due, and return when all are answered.

        An error of a thread is raised here.
        """
        started = time.monotonic()
        with ThreadPoolExecutor(THREADS) as threads:
            for placed in [threads.submit(self._place, order, started) for order in orders]:
                placed.result()

    def _place(self, order: Order, started: float) -> None:
        time.sleep(max(0.0, started + order.due_seconds - time.monotonic()))
        body = {"comic_ids": [self.comic_ids[name] for name in order.comics], **dict(order.wishes)}
        answer = self.ask(
            order.user, "POST", "/api/v1/downloads", json=body, key=f"order-{order.number}"
        )
        if answer.status_code not in {ACCEPTED, OK}:
            self.refused.append(f"order {order.number}: {answer.status_code} {answer.text}")
            return
        job_id = answer.json()["id"]
        self.job_of[order.number] = job_id
        if order.then == "pause":
            self._command(order.user, job_id, "pause")
            time.sleep(0.5)
            self._command(order.user, job_id, "resume")
        elif order.then == "cancel" and self._command(order.user, job_id, "cancel"):
            self.cancelled.add(job_id)

    def _command(self, user: int, job_id: str, verb: str) -> bool:
        """Return True if it was done, or False if the job had ended already."""
        answer = self.ask(user, "POST", f"/api/v1/downloads/{job_id}/{verb}")
        if answer.status_code not in {OK, CONFLICT}:
            self.refused.append(f"{verb} {job_id}: {answer.status_code} {answer.text}")
        return answer.status_code == OK

    def ask(
        self, user: int, method: str, path: str, *, json: object = None, key: str | None = None
    ) -> httpx.Response:
        """Send the request to the web processes in turn until one answers, and return the answer.

        Raises:
            TimeoutError: Nobody answered for ``PATIENCE_SECONDS``.
        """
        headers = {"Authorization": f"Bearer {self.tokens[user]}"}
        if key is not None:
            headers["Idempotency-Key"] = key
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            web = self.site.webs[next(self._turn) % len(self.site.webs)]
            try:
                answer = httpx.request(
                    method, web.url + path, headers=headers, json=json, timeout=20
                )
            except httpx.TransportError:
                answer = None
            if answer is not None and answer.status_code < 500:
                return answer
            time.sleep(0.3)
        raise TimeoutError(f"{method} {path} was not answered for {PATIENCE_SECONDS} s")
