"""Reads every stream of every system into the store: systems in parallel, the streams of a system in order.

What one stream meets stays with it: it is recorded as failed or incomplete, with the reason, and the others go on.
Only a refused login ends a system early, because repeating it once per stream would lock the user out.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Literal

import structlog

from auditor.clock import Clock
from auditor.connectors.base import Call, Connector, FromFiles, Page, Pushed, Record, Stream, Window
from auditor.errors import AuditorError, Incomplete, Rejected
from auditor.extract.call_quarters import quarters_of
from auditor.extract.garbage import collected_seldom
from auditor.extract.progress import ExtractResult, Progress
from auditor.extract.readings import Readings
from auditor.extract.window import next_window
from auditor.store import landing
from auditor.store.owner import Store

log = structlog.get_logger(__name__)

UNAUTHORIZED = 401
INTERRUPTED = "the extract was interrupted before it was complete"
# Small pages are collected, because a transaction costs the same whether it holds one record or thousands.
STAGE_RECORDS = 20_000
STAGE_BYTES = 32_000_000


def extract_all(
    store: Store,
    connectors: Sequence[Connector],
    clock: Clock,
    history: timedelta,
    progress: Progress,
    only: Collection[tuple[str, str]] | None = None,
) -> list[ExtractResult]:
    """Reads all streams, or only the (system, stream) pairs given. Results come in the order of the connectors.

    history: how far back the first read of a stream begins.
    """
    if not connectors:
        return []
    stop = threading.Event()
    with (
        collected_seldom(),
        ThreadPoolExecutor(max_workers=len(connectors), thread_name_prefix="extract") as pool,
    ):
        futures = [
            pool.submit(_System(store, connector, clock, history, progress, stop).extract, only)
            for connector in connectors
        ]
        try:
            return [result for future in futures for result in future.result()]
        except BaseException:
            stop.set()
            raise


class _System:
    """The streams of one system, one after the other."""

    def __init__(
        self,
        store: Store,
        connector: Connector,
        clock: Clock,
        history: timedelta,
        progress: Progress,
        stop: threading.Event,
    ) -> None:
        self._store = store
        self._connector = connector
        self._clock = clock
        self._progress = progress
        self._stop = stop
        self._refused: str | None = None
        self._readings = Readings(
            connector, lambda stream: next_window(store, connector.system, stream, clock.now(), history)
        )

    def extract(self, only: Collection[tuple[str, str]] | None) -> list[ExtractResult]:
        system = self._connector.system
        streams = [one for one in self._connector.streams if only is None or (system, one.name) in only]
        self._connector.calls()  # what doctor left over is no stream's
        results: list[ExtractResult] = []
        has_asked = False
        for place, stream in enumerate(streams, start=1):
            self._progress.started(system, stream.name)
            result = self._extract_one(stream)
            self._progress.finished(result)
            results.append(result)
            # Not before something was read: a login that is refused must not be tried for each stream.
            if not has_asked and result.status == "complete":
                self._readings.ask(streams[place:])
                has_asked = True
        return results

    def _extract_one(self, stream: Stream) -> ExtractResult:
        started = self._clock.monotonic()
        attempt = _Attempt(self._store, self._connector.system, stream, self._clock)
        try:
            window = self._readings.window(stream)
            attempt.begin(window)
            if self._refused is not None:
                raise Rejected(self._refused, status=UNAUTHORIZED)
            for page in self._pages(stream, window):
                attempt.keep(page)
            connector = self._connector
            until = connector.heard_until(window) if isinstance(connector, Pushed) else window.cut_off
            files = connector.files_read() if isinstance(connector, FromFiles) else None
            landed = attempt.commit(until, connector.calls(), files)
            if isinstance(connector, Pushed):
                connector.landed()
            return attempt.result("complete", self._clock.monotonic() - started, rows_new=landed.rows_new)
        except Incomplete as error:
            status: Literal["incomplete", "failed"] = "incomplete"
            reason = str(error)
        except AuditorError as error:
            status, reason = "failed", str(error)
            if isinstance(error, Rejected) and error.status == UNAUTHORIZED:
                self._refused = reason
        except _Interrupted:
            status, reason = "failed", INTERRUPTED
        except Exception as error:
            log.exception("extract_failed", system=self._connector.system, stream=stream.name)
            status = "failed"
            reason = f"An unexpected {type(error).__name__} ended the extract; the log has it in full."
        except BaseException:
            attempt.abandon("failed", INTERRUPTED, self._connector.calls())
            raise
        attempt.abandon(status, reason, self._connector.calls())
        return attempt.result(status, self._clock.monotonic() - started, reason=reason)

    def _pages(self, stream: Stream, window: Window) -> Iterator[Page]:
        """The stream's pages in portions worth a transaction."""
        waiting: list[Record] = []
        size = 0
        rows = 0
        for page in self._readings.pages(stream, window):
            if self._stop.is_set():
                raise _Interrupted
            waiting.extend(page)
            rows += len(page)
            size += sum(len(record.body) for record in page)
            self._progress.advanced(self._connector.system, stream.name, rows)
            if len(waiting) >= STAGE_RECORDS or size >= STAGE_BYTES:
                yield waiting
                waiting, size = [], 0
        if self._stop.is_set():
            raise _Interrupted
        if waiting:
            yield waiting


class _Interrupted(Exception):
    """The program is ending; what was read so far is dropped."""


class _Attempt:
    """One extract from begin to commit or abandon."""

    def __init__(self, store: Store, system: str, stream: Stream, clock: Clock) -> None:
        self._store = store
        self._system = system
        self._stream = stream
        self._clock = clock
        self._extract_id: int | None = None
        self._rows = 0
        self._calls = 0

    def begin(self, window: Window) -> None:
        self._extract_id = landing.begin(self._store, self._system, self._stream.name, window, self._clock.now())

    def keep(self, page: Page) -> None:
        assert self._extract_id is not None
        landing.stage(self._store, self._extract_id, page)
        self._rows += len(page)

    def commit(
        self, watermark: datetime | None, calls: Sequence[Call], files: Collection[str] | None
    ) -> landing.Landed:
        assert self._extract_id is not None
        self._calls = len(calls)
        return landing.commit(
            self._store,
            self._extract_id,
            mode=self._stream.mode,
            watermark=watermark,
            calls=self._calls,
            at=self._clock.now(),
            quarters=quarters_of(calls),
            files=files,
        )

    def abandon(self, status: Literal["incomplete", "failed"], reason: str, calls: Sequence[Call]) -> None:
        """Records the failure; when the store itself cannot, the log and the result still say it."""
        self._calls = max(self._calls, len(calls))
        if self._extract_id is None:
            return
        try:
            landing.abandon(
                self._store,
                self._extract_id,
                status,
                reason,
                self._clock.now(),
                calls=self._calls,
                quarters=quarters_of(calls),
            )
        except AuditorError as error:
            log.error("extract_not_recorded", system=self._system, stream=self._stream.name, reason=str(error))

    def result(
        self,
        status: Literal["complete", "incomplete", "failed"],
        seconds: float,
        *,
        rows_new: int = 0,
        reason: str | None = None,
    ) -> ExtractResult:
        return ExtractResult(
            self._system, self._stream.name, status, self._rows, rows_new, self._calls, seconds, reason
        )
