"""One shop's GraphQL endpoint: token, cost, version and errors are dealt with here, and only whole answers come out."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import httpx
import orjson
import structlog

from auditor.clock import Clock
from auditor.connectors.base import Call
from auditor.connectors.http import Answer, HttpClient
from auditor.connectors.shopify.budget import CostBudget
from auditor.connectors.shopify.documents import Document
from auditor.connectors.shopify.problems import error_of, is_throttled, read_problem, refusal
from auditor.connectors.shopify.selection import check_answer
from auditor.connectors.shopify.tokens import Tokens, check_credentials, tokens_of
from auditor.errors import Incomplete, OutcomeUnknown, Rejected, Retriable
from auditor.settings import Channel
from auditor.settings_values import check_url

log = structlog.get_logger(__name__)

DEFAULT_VERSION = "2026-10"
# How long one query may be put off by THROTTLED before it counts as not answered.
THROTTLED_SECONDS = 600.0


class ShopifyClient:
    """Runs documents against one shop. Secrets are resolved with the first call, not before."""

    def __init__(
        self,
        channel: Channel,
        folder: Path,
        *,
        clock: Clock,
        transport: httpx.BaseTransport | None = None,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        check_credentials(channel)
        self.system = channel.id
        self.version = channel.api_version or DEFAULT_VERSION
        self.served_version: str | None = None
        self.clock = clock
        self._channel = channel
        self._folder = folder
        self._transport = transport
        self._jitter = jitter
        self._budget = CostBudget(clock, jitter)
        self._http = self._client_for(channel.base_url, budget=self._budget)
        auth_url = channel.auth_url or f"{channel.base_url}/admin/oauth/access_token"
        self._auth = self._client_for(auth_url, budget=None)
        self._tokens: Tokens | None = None
        self._finished: list[Call] = []

    def run(
        self, document: Document, variables: Mapping[str, Any] | None = None, *, is_write: bool = False
    ) -> dict[str, Any]:
        """`data` of a whole answer. A write is sent once, and again only when it was refused as THROTTLED.

        Raises `Rejected` (a scope missing, not valid), `TooExpensive`, `Retriable`, `Incomplete` (holes in the data,
        or a field missing that was asked for), and for writes `OutcomeUnknown`.
        """
        variables = variables or {}
        body = orjson.dumps({"query": document.text, "variables": dict(variables), "operationName": document.name})
        started = self.clock.monotonic()
        pause = 0.1
        while True:
            self._budget.expect(document.name, _size(variables))
            parsed = self._send(document, body, is_write=is_write)
            errors = parsed.get("errors")
            if not errors:
                return self._data(document, variables, parsed, is_write=is_write)
            if not is_throttled(errors):
                raise error_of(self.system, document.name, errors, is_write=is_write)
            if self.clock.monotonic() - started > THROTTLED_SECONDS:
                raise Retriable(
                    f"{self.system}: Shopify has put {document.name} off for {THROTTLED_SECONDS:.0f} seconds; "
                    "other apps or processes use up the same points."
                )
            # The budget waits for what is missing; this only keeps a shop that tells no cost from being asked at once.
            self.clock.sleep(pause * (1 + self._jitter()))
            pause = min(30.0, pause * 2)

    def download(self, url: str) -> HttpClient:
        """A client for a result file. Its address is signed and on another host, so it gets no token."""
        try:
            return self._client_for(check_url(url), budget=None)
        except ValueError as error:
            raise Incomplete(f"{self.system}: the result of a bulk operation has no usable address: {error}.") from None

    def finish(self, client: HttpClient) -> None:
        """Closes a client that `download` gave, and keeps its calls."""
        self._finished.extend(client.calls())
        client.close()

    def calls(self) -> list[Call]:
        """Calls since the last time this was asked; asking empties it."""
        finished, self._finished = self._finished, []
        return sorted([*self._auth.calls(), *self._http.calls(), *finished], key=lambda call: call.at)

    def close(self) -> None:
        self._http.close()
        self._auth.close()

    def _client_for(self, url: str, *, budget: CostBudget | None) -> HttpClient:
        return HttpClient(
            self.system,
            url,
            clock=self.clock,
            transport=self._transport,
            budget=budget,
            problem=read_problem,
            jitter=self._jitter,
        )

    def _send(self, document: Document, body: bytes, *, is_write: bool) -> dict[str, Any]:
        """The parsed answer; a refused token is renewed once."""
        if self._tokens is None:
            self._tokens = tokens_of(self._channel, self._folder, self._auth, self.clock)
        for last in (False, True):
            try:
                return self._once(document, body, self._tokens.current(), is_write=is_write)
            except Rejected as error:
                if error.status != 401 or last or not self._tokens.renew():
                    raise refusal(self.system, error) from None
        raise AssertionError("unreachable: the second attempt returns or raises")

    def _once(self, document: Document, body: bytes, token: str, *, is_write: bool) -> dict[str, Any]:
        parsed: list[dict[str, Any]] = []

        def check(answer: Answer) -> None:
            parsed[:] = [self._parsed(document, answer, is_write=is_write)]

        answer = self._http.post(
            f"admin/api/{self.version}/graphql.json",
            content=body,
            headers={"Content-Type": "application/json", "X-Shopify-Access-Token": token},
            retry=not is_write,
            check=check,
        )
        self._note_version(answer)
        return parsed[0]

    def _parsed(self, document: Document, answer: Answer, *, is_write: bool) -> dict[str, Any]:
        """The answer as an object. A passing failure inside Shopify is raised here, so that a read is sent again."""
        try:
            parsed = orjson.loads(answer.body)
        except orjson.JSONDecodeError:
            parsed = None
        if not isinstance(parsed, dict):
            raise error_of(self.system, document.name, [_BROKEN], is_write=is_write)
        errors = parsed.get("errors")
        if isinstance(errors, str):
            errors = parsed["errors"] = [{"message": errors}]
        if errors and not is_throttled(errors):
            error = error_of(self.system, document.name, errors, is_write=is_write)
            if isinstance(error, Retriable):
                raise error
        return parsed

    def _data(
        self, document: Document, variables: Mapping[str, Any], parsed: Mapping[str, Any], *, is_write: bool
    ) -> dict[str, Any]:
        data = parsed.get("data")
        if not isinstance(data, dict):
            wrong = f"the answer to {document.name} holds neither data nor errors"
        elif (lacks := check_answer(document, variables, data)) is not None:
            wrong = f"the answer to {document.name} lacks {lacks}, which was asked for"
        else:
            return data
        if is_write:
            raise OutcomeUnknown(f"{self.system}: {wrong}; whether it was done must be looked up.")
        raise Incomplete(f"{self.system}: {wrong}; nothing of it is used.")

    def _note_version(self, answer: Answer) -> None:
        """Shopify silently serves another version when it no longer knows the one asked for."""
        served = answer.headers.get("x-shopify-api-version")
        if served and served != self.served_version:
            self.served_version = served
            if served != self.version:
                log.warning("shopify_serves_another_version", system=self.system, asked=self.version, served=served)


def _size(variables: Mapping[str, Any]) -> int:
    """How much a call asks for: the cost of a document is known for each size of it."""
    ids = variables.get("ids")
    return len(ids) if isinstance(ids, list) else int(variables.get("first") or 0)


# An answer that is no JSON object broke off on its way: a passing failure.
_BROKEN = {"message": "the answer is not a JSON object", "extensions": {"code": "TIMEOUT"}}
