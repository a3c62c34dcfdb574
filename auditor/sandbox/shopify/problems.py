"""Errors of a GraphQL answer in the shapes that Shopify gives them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

Error = dict[str, Any]

_DOCUMENTATION = "https://shopify.dev/api/usage"


class Problem(Exception):
    """The request cannot be answered; `error` is what the client gets to read."""

    def __init__(self, message: str, code: str, **extensions: Any) -> None:
        super().__init__(message)
        self.error: Error = {"message": message, "extensions": {"code": code, **extensions}}


def internal(path: Sequence[str | int] = ()) -> Error:
    error: Error = {
        "message": "Internal error. Looks like something went wrong on our end.\n"
        "Request ID: 00000000-0000-4000-8000-000000000500 (include this in support requests).",
        "extensions": {"code": "INTERNAL_SERVER_ERROR", "requestId": "00000000-0000-4000-8000-000000000500"},
    }
    if path:
        error["path"] = list(path)
    return error


def access_denied(field: str, access: str, path: Sequence[str | int]) -> Error:
    return {
        "message": f"Access denied for {field} field. Required access: {access}",
        "path": list(path),
        "extensions": {
            "code": "ACCESS_DENIED",
            "documentation": f"{_DOCUMENTATION}/access-scopes",
            "requiredAccess": access,
        },
    }


def throttled() -> Error:
    return {
        "message": "Throttled",
        "extensions": {"code": "THROTTLED", "documentation": f"{_DOCUMENTATION}/rate-limits"},
    }


def too_costly(cost: int, limit: int) -> Error:
    return {
        "message": f"Query cost is {cost}, which exceeds the single query max cost limit ({limit}).\n\n"
        "To query larger amounts of data with fewer limits, bulk operations should be used instead.",
        "extensions": {
            "code": "MAX_COST_EXCEEDED",
            "cost": cost,
            "maxCost": limit,
            "documentation": f"{_DOCUMENTATION}/rate-limits",
        },
    }
