"""What a simulated TikTok Shop holds. Thread-safe; what is written through the API can be read back."""

from __future__ import annotations

import copy
import threading
from bisect import bisect_left
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from auditor.clock import Clock

Body = dict[str, Any]
Kind = Literal[
    "warehouses", "delivery_options", "products", "stock", "orders", "packages", "cancellations", "returns",
    "statements", "payments",
]  # fmt: skip
KEYS: dict[Kind, str] = {
    "warehouses": "id",
    "delivery_options": "id",
    "products": "id",
    "stock": "id",
    "orders": "id",
    "packages": "id",
    "cancellations": "cancel_id",
    "returns": "return_id",
    "statements": "id",
    "payments": "id",
}
ACCESS_LASTS, REFRESH_LASTS = timedelta(days=7), timedelta(days=365)


@dataclass(slots=True)
class Tokens:
    """The pairs that were given out. A refresh token is good until its successor is used."""

    access: dict[str, datetime] = field(default_factory=dict)
    refresh: dict[str, datetime] = field(default_factory=dict)
    given: int = 0


class TikTokShopState:
    """`ceiling`: calls that may begin within a second, per app and shop."""

    def __init__(
        self,
        clock: Clock,
        *,
        app_key: str = "sandbox-app",
        app_secret: str = "sandbox-app-secret",
        cipher: str = "sandbox-cipher",
        name: str = "TikTok Shop UK",
        ceiling: int = 20,
    ) -> None:
        self.clock = clock
        self.app_key, self.app_secret, self.cipher = app_key, app_secret, cipher
        self.shops: list[Body] = [
            {
                "id": "7494000000000000001",
                "cipher": cipher,
                "code": "GBLCSANDBOX",
                "name": name,
                "region": "GB",
                "seller_type": "LOCAL",
            }
        ]
        self.ceiling = ceiling
        self.tokens = Tokens()
        self.payments_version = "202605"
        self.calls_over_the_ceiling = 0
        self._lock = threading.RLock()
        self._kinds: dict[Kind, dict[str, Body]] = {kind: {} for kind in KEYS}
        self._rows: dict[str, dict[str, Body]] = {}
        self._indexes: dict[tuple[Kind, str], tuple[list[int], list[Body]]] = {}
        self._begun: deque[float] = deque()

    # What is held -----------------------------------------------------------------------------------------------------

    def put(self, kind: Kind, body: Body) -> None:
        """Puts or replaces a record."""
        with self._lock:
            self._kinds[kind][body[KEYS[kind]]] = body
            self._forget(kind)

    def drop(self, kind: Kind, key: str) -> None:
        with self._lock:
            self._kinds[kind].pop(key, None)
            self._forget(kind)

    def get(self, kind: Kind, key: str) -> Body | None:
        """A copy of a record."""
        with self._lock:
            return copy.deepcopy(self._kinds[kind].get(key))

    def records(self, kind: Kind) -> dict[str, Body]:
        """Copies of all records of a kind, by key."""
        with self._lock:
            return copy.deepcopy(self._kinds[kind])

    def each(self, kind: Kind) -> list[Body]:
        """The records themselves, for those who only look."""
        with self._lock:
            return list(self._kinds[kind].values())

    def between(self, kind: Kind, name: str, since: int | None, until: int | None) -> list[Body]:
        """The records whose time `name` lies in `[since, until)`, oldest first."""
        with self._lock:
            index = self._indexes.get((kind, name))
            if index is None:
                found = sorted(self._kinds[kind].values(), key=lambda body: (int(body[name]), str(body[KEYS[kind]])))
                index = self._indexes[kind, name] = [int(body[name]) for body in found], found
            times, records = index
            first = 0 if since is None else bisect_left(times, since)
            last = len(times) if until is None else bisect_left(times, until)
            return records[first:last]

    def _forget(self, kind: Kind) -> None:
        """Something changed, so what was sorted has to be sorted again."""
        for key in [key for key in self._indexes if key[0] == kind]:
            del self._indexes[key]

    @contextmanager
    def changing(self, kind: Kind, key: str) -> Iterator[Body | None]:
        """A record to be changed in place, while nobody else looks."""
        with self._lock:
            yield self._kinds[kind].get(key)
            self._forget(kind)

    def put_row(self, statement_id: str, row: Body) -> None:
        """Puts or replaces a transaction of a statement."""
        with self._lock:
            self._rows.setdefault(statement_id, {})[row["id"]] = row

    def drop_row(self, statement_id: str, row_id: str) -> None:
        with self._lock:
            self._rows.get(statement_id, {}).pop(row_id, None)

    def rows(self, statement_id: str) -> list[Body]:
        with self._lock:
            return copy.deepcopy(list(self._rows.get(statement_id, {}).values()))

    # Who may call -----------------------------------------------------------------------------------------------------

    def give_tokens(self) -> Body:
        """A new pair, as the token host answers it."""
        with self._lock:
            self.tokens.given += 1
            now = self.clock.now()
            access, refresh = f"TTP_access_{self.tokens.given}", f"TTP_refresh_{self.tokens.given}"
            self.tokens.access[access] = now + ACCESS_LASTS
            self.tokens.refresh[refresh] = now + REFRESH_LASTS
            return {
                "access_token": access,
                "access_token_expire_in": unix(self.tokens.access[access]),
                "refresh_token": refresh,
                "refresh_token_expire_in": unix(self.tokens.refresh[refresh]),
                "open_id": "sandbox-open-id",
                "seller_name": self.shops[0]["name"],
                "seller_base_region": "GB",
                "user_type": 0,
            }

    def accepts(self, token: str) -> bool:
        with self._lock:
            ends = self.tokens.access.get(token)
            return ends is not None and self.clock.now() < ends

    def refresh(self, token: str) -> Body | None:
        """A new pair for a refresh token, which dies by that; None when it is not good."""
        with self._lock:
            ends = self.tokens.refresh.get(token)
            if ends is None or self.clock.now() >= ends:
                return None
            del self.tokens.refresh[token]
            return self.give_tokens()

    def expire_access(self) -> None:
        """Every access token ends now."""
        with self._lock:
            self.tokens.access.clear()

    def is_too_fast(self) -> bool:
        """Counts a call, and says whether it was one too many within a second."""
        with self._lock:
            now = self.clock.monotonic()
            while self._begun and self._begun[0] <= now - 1.0:
                self._begun.popleft()
            if len(self._begun) >= self.ceiling:
                self.calls_over_the_ceiling += 1
                return True
            self._begun.append(now)
            return False


def unix(moment: datetime) -> int:
    """Whole Unix seconds of a naive UTC instant."""
    return int(moment.replace(tzinfo=UTC).timestamp())
