"""The HTTP client of every connector: polite, bounded, and honest about what it does not know.

- A call ends by its deadline as a whole; its decoded body has a cap; redirects are not followed; cookies are not kept.
- Reads are repeated on time-outs, closed connections, broken bodies, 429 and 5xx: with growing, jittered pauses on the
  clock that was passed in, and as late as `Retry-After` asks. Writes are sent once: when their answer is lost the
  caller gets `OutcomeUnknown` and has to look.
- Each call is logged without bodies, secrets or the values of query options.
"""

from __future__ import annotations

import random
import ssl
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import date, datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote, urlencode, urlsplit

import httpx

from auditor.clock import Clock
from auditor.connectors.answer import Answer, Problem, clock_difference, redacted, sunset
from auditor.connectors.base import Call
from auditor.connectors.deadline import DeadlineTransport
from auditor.errors import ConfigError, OutcomeUnknown, Rejected, RemoteError, Retriable

ATTEMPTS = 5
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0
RETRY_SECONDS = 300.0  # no further attempt begins after this long
CALLS_KEPT = 100_000  # a call log that nobody collects must not grow for ever
_GIVING_UP_STATUS = frozenset({408, 425, 429})


class RateBudget(Protocol):
    """A provider's limit, kept by the connector that knows its rules."""

    def before(self) -> None:
        """Waits (on the clock it was given) until another call is allowed."""

    def after(self, answer: Answer) -> None:
        """Learns from an answer what is left."""


class HttpClient:
    """Calls to one system. Safe to share between threads."""

    def __init__(
        self,
        system: str,
        base_url: str,
        *,
        clock: Clock,
        transport: httpx.BaseTransport | None = None,
        ca_file: Path | None = None,
        deadline_seconds: float = 120,
        connect_seconds: float = 10,
        max_decoded_bytes: int = 256 * 1024 * 1024,
        budget: RateBudget | None = None,
        headers: Mapping[str, str] | None = None,
        auth: httpx.Auth | None = None,
        problem: Callable[[Answer], Problem] | None = None,
        attempts: int = ATTEMPTS,
        jitter: Callable[[], float] = random.random,
        name: str | None = None,
    ) -> None:
        """`problem` reads a system's error bodies; `jitter` gives 0..1; `headers` go with each call.

        `auth` signs every attempt anew: a signature with a nonce or a time must not be sent twice.
        `name` is what sentences call the system, where `system` is no name for people.
        """
        self.system = system
        self.base_url = base_url.rstrip("/")
        self._clock = clock
        self._transport = transport or DeadlineTransport(clock, _trust(ca_file))
        self._deadline = deadline_seconds
        self._max_bytes = max_decoded_bytes
        self._budget = budget
        self._problem = problem or (lambda answer: Problem())
        self._attempts = attempts
        self._jitter = jitter
        self._name = f"{name or system} at {urlsplit(self.base_url).netloc}"
        self._client = httpx.Client(
            auth=auth,
            transport=self._transport,
            timeout=httpx.Timeout(deadline_seconds, connect=connect_seconds),
            follow_redirects=False,
            trust_env=False,
            cookies=CookieJar(policy=DefaultCookiePolicy(allowed_domains=[])),
            headers={"User-Agent": "auditor", "Accept-Encoding": "gzip, deflate", **(headers or {})},
        )
        self._lock = threading.Lock()
        self._calls: deque[Call] = deque(maxlen=CALLS_KEPT)
        self._reached = False  # a host that has answered before is worth another try when it does not
        self._tired = False  # the last call used up its attempts: until one succeeds, each gets a single one

    def get(
        self,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        retry: bool = True,
        check: Callable[[Answer], None] | None = None,
    ) -> Answer:
        """A read. `check` sees each good answer and may raise `Retriable` to have it read again."""
        return self.request("GET", path, params=params, headers=headers, retry=retry, check=check)

    def post(
        self,
        path: str,
        *,
        json: Any = None,
        content: bytes | None = None,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        retry: bool = False,
        check: Callable[[Answer], None] | None = None,
    ) -> Answer:
        """With `retry` the call is a read (a query, a login) and may be repeated; without it a write, sent once."""
        return self.request(
            "POST", path, json=json, content=content, params=params, headers=headers, retry=retry, check=check
        )

    def request(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        content: bytes | None = None,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        retry: bool,
        check: Callable[[Answer], None] | None = None,
    ) -> Answer:
        """The answer to one call. Raises `Retriable`, `Rejected`, `OutcomeUnknown` or plain `RemoteError`."""
        is_write = method not in {"GET", "HEAD"} and not retry
        request = self._build(method, path, params, headers, json, content)
        started = self._clock.monotonic()
        attempt = 0
        while True:
            attempt += 1
            try:
                answer = self._once(request, is_write=is_write)
                if check is not None:
                    check(answer)
            except Retriable as error:
                pause = self._pause(attempt, error)
                spent = self._clock.monotonic() - started + pause
                last = attempt >= self._attempts or self._tired or spent > RETRY_SECONDS
                if not retry or last:
                    self._tired = retry
                    raise
                self._clock.sleep(pause)
            else:
                self._tired = False
                return answer

    @contextmanager
    def chunks(
        self, path: str, *, params: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
    ) -> Iterator[Iterator[bytes]]:
        """A large read as decoded pieces, not repeated: a break raises `Retriable` and the caller begins again.

        The deadline applies to each wait for the next piece, because a download may rightly be long.
        """
        request = self._build("GET", path, params, headers, None, None)
        with self._logged(request) as log, self._sent(request, is_write=False) as response:
            log.answered(response, self._clock.now())
            if response.status_code != 200:
                self._judge(Answer(response.status_code, response.headers, response.read()), request, is_write=False)
            yield map(log.counted, response.iter_bytes())

    def calls(self) -> list[Call]:
        """Calls since the last time this was asked; asking empties it."""
        with self._lock:
            taken = list(self._calls)
            self._calls.clear()
        return taken

    def close(self) -> None:
        self._client.close()

    # One attempt ----------------------------------------------------------------------------------------------------

    def _build(
        self,
        method: str,
        path: str,
        params: Mapping[str, str] | None,
        headers: Mapping[str, str] | None,
        json: Any,
        content: bytes | None,
    ) -> httpx.Request:
        url = f"{self.base_url}/{path.lstrip('/')}" if path else self.base_url
        if params:
            url += ("&" if "?" in url else "?") + urlencode(params, quote_via=quote, safe="$,()/:")
        return self._client.build_request(method, url, headers=dict(headers or {}), json=json, content=content)

    def _once(self, request: httpx.Request, *, is_write: bool) -> Answer:
        if self._budget is not None:
            self._budget.before()
        ends = self._clock.monotonic() + self._deadline
        with self._logged(request) as log, self._bounded(ends), self._sent(request, is_write=is_write) as response:
            log.answered(response, self._clock.now())
            body = bytearray()
            for piece in response.iter_bytes():
                body += log.counted(piece)
                if len(body) > self._max_bytes:
                    raise self._broken(
                        request, f"answered with more than {self._max_bytes:,} bytes; ask for less at once", is_write
                    )
                if self._clock.monotonic() > ends:
                    raise httpx.ReadTimeout("the call's deadline has passed")
            answer = Answer(response.status_code, response.headers, bytes(body))
            self._reached = True
            if self._budget is not None:
                self._budget.after(answer)
            self._judge(answer, request, is_write=is_write)
        return answer

    def _bounded(self, ends: float) -> AbstractContextManager[None]:
        if isinstance(self._transport, DeadlineTransport):
            return self._transport.ends_by(ends)
        return nullcontext()

    @contextmanager
    def _sent(self, request: httpx.Request, *, is_write: bool) -> Iterator[httpx.Response]:
        """The response with its body still to be read; every transport error becomes one of ours."""
        try:
            response = self._client.send(request, stream=True)
            try:
                yield response
            finally:
                response.close()
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise self._unreachable(error) from error
        except (httpx.TimeoutException, httpx.NetworkError, httpx.RemoteProtocolError, httpx.DecodingError) as error:
            self._reached = True
            what = "did not answer in time" if isinstance(error, httpx.TimeoutException) else "broke off its answer"
            sentence = f"{self._name} {what} to {request.method} {request.url.path}"
            if is_write:
                raise OutcomeUnknown(f"{sentence}; whether it was done must be looked up.") from error
            raise Retriable(f"{sentence}; the same call may succeed later.") from error
        except httpx.HTTPError as error:
            raise RemoteError(f"{self._name} cannot be called: {error}.") from error

    # What an answer means -------------------------------------------------------------------------------------------

    def _judge(self, answer: Answer, request: httpx.Request, *, is_write: bool) -> None:
        """Raises what a status other than 2xx means."""
        status = answer.status
        if 200 <= status < 300:
            return
        where = f"{request.method} {request.url.path}"
        if 300 <= status < 400:
            raise RemoteError(
                f"{self._name} sends {where} elsewhere ({status}); correct base_url, redirects are refused."
            )
        problem = self._problem(answer)
        said = f": {problem.text[:300]}" if problem.text else "."
        if status in _GIVING_UP_STATUS or status >= 500:
            if status >= 500 and is_write:
                raise OutcomeUnknown(
                    f"{self._name} answered {status} to {where}, whether it was done must be looked up{said}"
                )
            raise Retriable(
                f"{self._name} answered {status} to {where}, the same call may succeed later{said}",
                retry_after=answer.retry_after(self._clock.now()),
            )
        code = f", code {problem.code}" if problem.code else ""
        raise Rejected(f"{self._name} refused {where} ({status}{code}){said}", status=status, code=problem.code)

    def _unreachable(self, error: Exception) -> RemoteError:
        text = str(error)
        if "CERTIFICATE_VERIFY_FAILED" in text:
            return RemoteError(
                f"The certificate of {self._name} is not trusted; name the authority that signed it as ca_file, "
                "or correct base_url if the certificate is for another host."
            )
        if "SSL" in text or "TLS" in text:
            return RemoteError(
                f"{self._name} does not speak TLS 1.2 or newer there; check scheme and port in base_url."
            )
        reason = "does not answer" if isinstance(error, httpx.TimeoutException) else "cannot be reached"
        sentence = f"{self._name} {reason}; check base_url, that the service runs, and the firewall."
        return Retriable(sentence) if self._reached else RemoteError(sentence)

    def _broken(self, request: httpx.Request, what: str, is_write: bool) -> RemoteError:
        sentence = f"{self._name} {what} ({request.method} {request.url.path})."
        return OutcomeUnknown(sentence) if is_write else RemoteError(sentence)

    def _pause(self, attempt: int, error: Retriable) -> float:
        growing = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (attempt - 1)) * (0.5 + self._jitter() / 2)
        return growing if error.retry_after is None else error.retry_after + self._jitter() * FIRST_PAUSE

    # The log --------------------------------------------------------------------------------------------------------

    @contextmanager
    def _logged(self, request: httpx.Request) -> Iterator[_Entry]:
        entry, at, started = _Entry(), self._clock.now(), self._clock.monotonic()
        try:
            yield entry
        except Exception as error:
            entry.error = type(error).__name__
            entry.is_timeout = isinstance(error.__cause__, httpx.TimeoutException)
            raise
        finally:
            call = Call(
                system=self.system,
                at=at,
                method=request.method,
                path=redacted(request.url),
                status=entry.status,
                seconds=self._clock.monotonic() - started,
                bytes_read=entry.size,
                error=entry.error,
                is_timeout=entry.is_timeout,
                clock_difference=entry.clock_difference(at),
                ends_on=entry.ends_on,
            )
            with self._lock:
                self._calls.append(call)


class _Entry:
    """What is learnt about a call while it runs."""

    status: int | None = None
    size: int = 0
    error: str | None = None
    is_timeout: bool = False
    ends_on: date | None = None
    _headers: httpx.Headers | None = None
    _answered_at: datetime | None = None

    def answered(self, response: httpx.Response, at: datetime) -> None:
        """The first of the answer is here."""
        self.status, self._headers, self._answered_at = response.status_code, response.headers, at
        self.ends_on = sunset(response.headers)

    def clock_difference(self, asked_at: datetime) -> float | None:
        if self._headers is None or self._answered_at is None:
            return None
        return clock_difference(self._headers, asked_at, self._answered_at)

    def counted(self, piece: bytes) -> bytes:
        self.size += len(piece)
        return piece


def _trust(ca_file: Path | None) -> ssl.SSLContext:
    """The authorities we trust. Raises `ConfigError` when the named file cannot be used."""
    if ca_file is None:
        return httpx.create_ssl_context()
    try:
        return ssl.create_default_context(cafile=str(ca_file))
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(f"ca_file {ca_file} cannot be used: {error}; name a PEM file.") from None


__all__ = ["Answer", "HttpClient", "Problem", "RateBudget"]
