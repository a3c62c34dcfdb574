"""Refusals as the Service Layer words them, rendered per protocol version."""

from __future__ import annotations

from typing import Any


class Refused(Exception):
    """The server understood the request and says no: HTTP status, B1's own code and the English text."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message

    def body(self, version: str) -> dict[str, Any]:
        """v1: numeric code and a message object; v2: both are strings and empty details come along."""
        if version == "v1":
            return {"error": {"code": self.code, "message": {"lang": "en-us", "value": self.message}}}
        return {
            "error": {"code": str(self.code), "details": [{"code": "", "message": ""}], "message": self.message},
        }


def session_gone() -> Refused:
    return Refused(401, 301, "Invalid session or session already timeout.")


def not_found() -> Refused:
    """Said of a missing key, and also of a referenced code that does not exist."""
    return Refused(404, -2028, "No matching records found (ODBC -2028)")


def already_exists() -> Refused:
    return Refused(400, -2035, "This entry already exists in the following tables (ODBC -2035)")


def modified_meanwhile() -> Refused:
    return Refused(
        412,
        -2039,
        "Another user or another operation modified data; to continue, open the window again (ODBC -2039)",
    )


def not_supported() -> Refused:
    return Refused(400, -5006, "The requested action is not supported for this object.")


def malformed(message: str) -> Refused:
    return Refused(400, -1000, message)


def invalid_property(name: str, type_name: str) -> Refused:
    return Refused(400, -1, f"Property '{name}' of '{type_name}' is invalid")


def invalid_select(name: str) -> Refused:
    return Refused(400, -1, f"Invalid field name '{name}' in $select")
