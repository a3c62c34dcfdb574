"""`@idempotent(key:)`: a repeated request is answered as the first one was, and not carried out again."""

from __future__ import annotations

from collections.abc import Callable

from auditor.sandbox.shopify.wire import Node


class Idempotency:
    """Remembers the first result of each key for as long as the store runs."""

    def __init__(self) -> None:
        self._results: dict[str, tuple[bytes, Node | None]] = {}

    def once(self, key: str, fingerprint: bytes, act: Callable[[], Node]) -> Node:
        """The result of `act` for a new key, else the remembered one; a user error when key and content disagree."""
        known = self._results.get(key)
        if known is None:
            self._results[key] = (fingerprint, None)
            result = act()
            self._results[key] = (fingerprint, result)
            return result
        if known[0] != fingerprint:
            return _refused("The same key was used with different parameters.", "IDEMPOTENCY_KEY_PARAMETER_MISMATCH")
        if known[1] is None:
            return _refused("The previous attempt with this key failed.", "IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED")
        return known[1]


def _refused(message: str, code: str) -> Node:
    return {
        "inventoryAdjustmentGroup": None,
        "userErrors": [{"field": None, "message": message, "code": code}],
    }
