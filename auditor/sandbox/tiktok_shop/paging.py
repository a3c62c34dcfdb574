"""Lists as the platform pages them: filtered by time, sorted, counted now, with tokens that nobody can read.

A token holds a place in the list, so a record that moves while somebody pages pushes others over the edge: just what a
reader must survive.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from auditor.sandbox.tiktok_shop.state import Body, Kind, TikTokShopState


class Refused(Exception):
    """A parameter is not what the platform takes; answered with 36009004."""


@dataclass(frozen=True, slots=True)
class Window:
    """A time filter: field of the record, names of its ends; `is_closed`: the end belongs to it."""

    field: str
    since: str
    until: str
    is_closed: bool = False

    def asked_in(self, asked: Mapping[str, object]) -> bool:
        return self.since in asked or self.until in asked

    def find(self, state: TikTokShopState, kind: Kind, asked: Mapping[str, object]) -> list[Body]:
        """The records of a kind that it holds, oldest first."""
        until = _number(asked, self.until)
        if until is not None and self.is_closed:
            until += 1
        return state.between(kind, self.field, _number(asked, self.since), until)


def page_size(query: Mapping[str, str], least: int, most: int, usual: int | None) -> int:
    """What was asked for. Raises `Refused` when it is missing but required, or out of range."""
    text = query.get("page_size")
    if text is None:
        if usual is None:
            raise Refused("page_size is required")
        return usual
    if not text.isdigit() or not least <= int(text) <= most:
        raise Refused(f"page_size must be within [{least}, {most}]")
    return int(text)


def ordered(
    records: Iterable[Body],
    query: Mapping[str, str],
    allowed: Sequence[str],
    usual: str,
    *,
    is_descending: bool,
    key: str,
) -> list[Body]:
    """Sorted by the field that was asked for, or the usual one; equal times by id."""
    name = query.get("sort_field", usual)
    if name not in allowed:
        raise Refused(f"sort_field must be one of {', '.join(allowed)}")
    order = query.get("sort_order", "DESC" if is_descending else "ASC")
    if order not in ("ASC", "DESC"):
        raise Refused("sort_order must be ASC or DESC")

    def place(body: Body) -> tuple[int, str]:
        return int(body.get(name) or 0), str(body[key])

    return sorted(records, key=place, reverse=order == "DESC")


def page(records: Sequence[Body], query: Mapping[str, str], size: int) -> tuple[list[Body], str]:
    """The records of a page and the token of the next one; empty after the last."""
    start = _place(query.get("page_token", ""))
    end = start + size
    return list(records[start:end]), _token(end) if end < len(records) else ""


def _token(place: int) -> str:
    return base64.urlsafe_b64encode(f"tts:{place}".encode()).decode()


def _place(token: str) -> int:
    if not token:
        return 0
    try:
        word, _, place = base64.urlsafe_b64decode(token.encode()).decode().partition(":")
        if word == "tts":
            return int(place)
    except (binascii.Error, ValueError):
        pass
    raise Refused("page_token is invalid")


def _number(asked: Mapping[str, object], name: str) -> int | None:
    value = asked.get(name)
    return None if value is None else int(str(value))
