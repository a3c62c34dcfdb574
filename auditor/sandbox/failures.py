"""The plan of what shall go wrong with the simulated systems' machinery, and when.

A test or a demo plans with `inject`; a simulation asks `next_for` once per call that it is about to answer and does
what the returned `Failure` says. The plan is shared by server threads and the test's own thread.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

FailureKind = Literal[
    "slow",  # answers only after detail `seconds`
    "throttle",  # HTTP 429, or a THROTTLED error in a GraphQL answer
    "bad_gateway_html",  # HTTP 502 with a page of HTML
    "session_expired",  # the login is forgotten; the call is refused like one without login
    "truncated_body",  # the body ends in the middle
    "lost_page",  # the records of one page are left out although the paging looks whole
    "warehouse_silent",  # no stock rows of detail `warehouse`
    "fields_gone",  # the fields in detail `names` are missing from the answer
    "closed_connection",  # the connection is closed without an answer, nothing was done
    "lost_answer",  # a write happens, but the connection is closed instead of the answer
    "server_error",  # HTTP 500, or an INTERNAL_SERVER_ERROR in a GraphQL answer
    "partial_data",  # HTTP 200 with an error beside incomplete data
]
KINDS: frozenset[str] = frozenset(get_args(FailureKind))


@dataclass(frozen=True, slots=True)
class Failure:
    """One thing that shall go wrong now. `detail` holds what the kind needs, such as `warehouse` or `names`."""

    kind: FailureKind
    detail: Mapping[str, Any]


@dataclass(slots=True)
class _Planned:
    failure: Failure
    system: str
    match: str
    after: int
    times: int | None
    seen: int = 0
    happened: int = 0

    def is_due(self, system: str, call: str) -> bool:
        """Counts the call if it is meant, and says whether this failure wants to happen in it."""
        if self.system != system or self.match not in call:
            return False
        if self.times is not None and self.happened >= self.times:
            return False
        self.seen += 1
        return self.seen > self.after


@dataclass(slots=True)
class Failures:
    """A plan of failures; thread-safe. An empty plan means that everything works."""

    _plan: list[_Planned] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def inject(
        self, kind: FailureKind, *, system: str, match: str = "", after: int = 0, times: int | None = 1, **detail: Any
    ) -> None:
        """Plan a failure of `system` ('b1' or the channel's id) for calls whose name contains `match`.

        `after` calls pass unharmed first, then `times` calls fail; `times` None means until `clear`.
        """
        if kind not in KINDS:
            raise ValueError(f"'{kind}' is not a kind of failure; known are {', '.join(sorted(KINDS))}")
        with self._lock:
            self._plan.append(_Planned(Failure(kind, dict(detail)), system, match, after, times))

    def next_for(self, system: str, call_name: str) -> Failure | None:
        """What goes wrong in this call, else None: of what is due, the failure that names the call most closely.

        Asking counts the call.

        `call_name` is the path ('GET Orders', 'POST Login') or the GraphQL operation ('AuditOrdersDelta').
        """
        with self._lock:
            due = [planned for planned in self._plan if planned.is_due(system, call_name)]
            if not due:
                return None
            chosen = max(due, key=lambda planned: len(planned.match))
            chosen.happened += 1
            return chosen.failure

    def happened(self, kind: FailureKind | None = None) -> int:
        """How many failures really happened so far (of one kind): a test that injects must see that it did."""
        with self._lock:
            return sum(planned.happened for planned in self._plan if kind in (None, planned.failure.kind))

    def clear(self) -> None:
        """From now on everything works."""
        with self._lock:
            self._plan.clear()
