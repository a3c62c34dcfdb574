"""One operator's seller API: key, shop, ceilings and errors are dealt with here, and only whole answers come out."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote, urlencode, urlsplit

import httpx
import msgspec

from auditor.clock import Clock
from auditor.connectors.base import Call
from auditor.connectors.http import Answer, HttpClient
from auditor.connectors.john_lewis.budget import PER_DAY, Budget
from auditor.connectors.john_lewis.daily import Daily, DailyFile
from auditor.connectors.john_lewis.problems import read_problem, refusal
from auditor.errors import ConfigError, Incomplete, Rejected, Retriable
from auditor.settings import Channel
from auditor.settings_values import check_url

Shape = TypeVar("Shape")
Options = Sequence[tuple[str, str]]
"""Query options in order; a name may occur more than once."""

KEYS = {"api_key", "shop_id"}


class MiraklClient:
    """Calls operations of one shop by their code (OR11 ...). The secrets are resolved with the first call."""

    def __init__(
        self,
        channel: Channel,
        folder: Path,
        *,
        kept: Path,
        clock: Clock,
        transport: httpx.BaseTransport | None = None,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        """folder: where files that hold secrets lie. kept: where answers of today are kept for other processes."""
        _check_credentials(channel)
        self.system = channel.id
        self.clock = clock
        self.granted = channel.granted_calls
        self.budget = Budget(channel.id, clock, self.granted)
        self._channel = channel
        self._folder = folder
        self._kept = kept
        self._transport = transport
        self._jitter = jitter
        self._http = self._client_for(channel.base_url)
        self._lock = threading.Lock()
        self._secrets: tuple[str, str | None] | None = None
        self._files: dict[str, HttpClient] = {}
        self._today: dict[str, Daily[Any]] = {}

    def get(
        self, operation: str, path: str, shape: type[Shape], options: Options = (), *, is_next_page: bool = False
    ) -> Shape:
        """The answer to a read as `shape`. `is_next_page`: it belongs to a listing that has been counted already.

        Raises `Incomplete` when a field is missing that the shape asks for.
        """
        held: list[Shape] = []

        def check(answer: Answer) -> None:
            held[:] = [self.parsed(answer.body, shape, path)]

        # Only TL02 counts the calls themselves; a page of the others belongs to the listing.
        self.call("GET", operation if operation == "TL02" or not is_next_page else "page", path, options, check=check)
        return held[0]

    def order(self, operation: str, path: str, shape: type[Shape], body: Mapping[str, Any]) -> Shape:
        """Orders something that changes nothing (an export), so that it may be sent again when no answer came."""
        held: list[Shape] = []

        def check(answer: Answer) -> None:
            held[:] = [self.parsed(answer.body, shape, path)]

        self.call("POST", operation, path, json=body, retry=True, check=check)
        return held[0]

    def write(self, operation: str, method: str, path: str, body: Mapping[str, Any] | None = None) -> Answer:
        """A write, sent once. Raises `Rejected`, `OutcomeUnknown`."""
        return self.call(method, operation, path, json=body, retry=False)

    def call(
        self,
        method: str,
        operation: str,
        path: str,
        options: Options = (),
        *,
        json: Any = None,
        retry: bool = True,
        check: Callable[[Answer], None] | None = None,
    ) -> Answer:
        key, shop = self._credentials()
        query = urlencode([*options, *([("shop_id", shop)] if shop else [])], quote_via=quote, safe=",:")
        try:
            with self.budget.of(operation):
                return self._http.request(
                    method,
                    f"{path}?{query}" if query else path,
                    json=json,
                    headers={"Authorization": key, "Accept": "application/json"},
                    retry=retry,
                    check=check,
                )
        except Rejected as error:
            raise refusal(self.system, error) from None

    def download(self, address: str, parse: Callable[[bytes], Shape]) -> Shape:
        """A file of an export, parsed. The key goes along only to the operator's own host: others sign their addresses.

        `parse` may raise `Retriable` to have the file fetched again.
        """
        held: list[Shape] = []

        def check(answer: Answer) -> None:
            held[:] = [parse(answer.body)]

        if "://" not in address:
            address = f"{self._channel.base_url}/{address.lstrip('/')}"
        own, target = urlsplit(self._channel.base_url), urlsplit(address)
        is_own = (target.scheme, target.netloc) == (own.scheme, own.netloc)
        headers = {"Authorization": self._credentials()[0]} if is_own else {}
        path = f"{target.path}?{target.query}" if target.query else target.path
        try:
            self._files_of(f"{target.scheme}://{target.netloc}").get(path, headers=headers, check=check)
        except Rejected as error:
            raise Incomplete(f"{self.system}: a file of an export cannot be had any more: {error}") from None
        return held[0]

    def answer_of_today(self, operation: str, path: str, shape: type[Any]) -> bytes:
        """The body of an answer that counts for the day; it has been whole as `shape`.

        What is allowed only once a day counts for all processes. Raises `Incomplete` when a field is missing that the
        shape asks for; such an answer does not count.
        """
        file = DailyFile(self._kept / f"{self.system}.{operation}.json", self._channel.base_url, self.clock)

        def ask() -> bytes:
            return self.call("GET", operation, path, check=lambda answer: self._check(answer, shape, path)).body

        def ask_once() -> bytes:
            known = file.read()
            if known is None:
                known = ask()
                file.write(known)
            return known

        today: Daily[bytes] = self.today(operation)
        return today.get(ask_once if operation in PER_DAY else ask)

    def today(self, name: str) -> Daily[Any]:
        """Where the reading of something that may be asked for once a day is remembered."""
        with self._lock:
            return self._today.setdefault(name, Daily(self.clock))

    def parsed(self, body: bytes, shape: type[Shape], what: str) -> Shape:
        """Raises `Retriable` for a body that is cut off, `Incomplete` for one that lacks what the shape asks for."""
        try:
            return msgspec.json.decode(body, type=shape)
        except msgspec.ValidationError as error:
            raise Incomplete(
                f"{self.system}: the answer to {what} is not whole: {error}; nothing of it is used."
            ) from None
        except msgspec.DecodeError:
            raise Retriable(
                f"{self.system}: the answer to {what} was cut off; the same call may succeed later."
            ) from None

    def calls(self) -> list[Call]:
        """Calls since the last time this was asked; asking empties it."""
        with self._lock:
            clients = [self._http, *self._files.values()]
        return sorted((call for client in clients for call in client.calls()), key=lambda call: call.at)

    def close(self) -> None:
        for client in (self._http, *self._files.values()):
            client.close()

    def _check(self, answer: Answer, shape: type[Any], path: str) -> None:
        self.parsed(answer.body, shape, path)

    def _files_of(self, origin: str) -> HttpClient:
        """One client for each host that serves files, so that connections are kept."""
        with self._lock:
            if origin not in self._files:
                try:
                    self._files[origin] = self._client_for(check_url(origin))
                except ValueError as error:
                    raise Incomplete(f"{self.system}: a file of an export has no usable address: {error}.") from None
            return self._files[origin]

    def _client_for(self, url: str) -> HttpClient:
        return HttpClient(
            self.system,
            url,
            clock=self.clock,
            transport=self._transport,
            budget=self.budget,
            problem=read_problem,
            jitter=self._jitter,
        )

    def _credentials(self) -> tuple[str, str | None]:
        with self._lock:
            if self._secrets is None:
                given = self._channel.credentials
                shop = given.get("shop_id")
                self._secrets = (
                    given["api_key"].resolve(self._folder),
                    None if shop is None else shop.resolve(self._folder),
                )
            return self._secrets


def _check_credentials(channel: Channel) -> None:
    unknown = sorted(set(channel.credentials) - KEYS)
    if "api_key" not in channel.credentials or unknown:
        has = f", not {', '.join(unknown)}" if unknown else ""
        raise ConfigError(
            f"The channel '{channel.id}' needs credentials {{ api_key }} and, with several shops, shop_id{has}."
        )
