"""Bulk operations: started, watched, downloaded, and proved to be whole.

A bulk query changes nothing in the shop, so starting it may be repeated. Five may run at once per app and shop: what is
wanted is asked for early, and when all places are taken its reading waits for one. The result counts only when the
operation is COMPLETED and the file holds exactly as many lines, and as many without a parent, as the operation says.
What a failed one left behind is not used.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import msgspec

from auditor.connectors.shopify.client import ShopifyClient
from auditor.connectors.shopify.documents import BULK_POLL, BULK_START, BULK_STOP, Document, bulk_text
from auditor.connectors.shopify.lines import lines_of
from auditor.connectors.shopify.selection import lack
from auditor.connectors.shopify.spool import Spool
from auditor.errors import Incomplete, Rejected, RemoteError, Retriable

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 10.0
SLOT_SECONDS = 1_800.0  # waiting for one of the five places
RUN_SECONDS = 4 * 3_600.0  # waiting for the end of our own operation
DOWNLOADS = 3
_NO_PLACE = {"OPERATION_IN_PROGRESS", "LIMIT_REACHED"}
_RUNNING = {"CREATED", "RUNNING", "CANCELING"}


@dataclass(frozen=True, slots=True)
class Bulk:
    """A bulk query for a search. operation: its id; None while there is no place for it. asked_at: on the clock."""

    document: Document
    query: str
    operation: str | None
    asked_at: float


def ask(client: ShopifyClient, document: Document, query: str = "") -> Bulk:
    """Starts it, if a place is free. Raises `Rejected` when the query is refused."""
    operation, _ = _start(client, document, query)
    return Bulk(document, query, operation, client.clock.monotonic())


@contextmanager
def result(client: ShopifyClient, asked: Bulk) -> Iterator[Spool]:
    """The complete result; one that had no place yet is started now.

    Raises `Incomplete` (it failed, ran out or was cancelled; the file is not whole), `Rejected` (a scope is missing,
    the query is refused) or `Retriable` (no place became free).
    """
    operation, asked_at = asked.operation, asked.asked_at
    if operation is None:
        operation = _start_in_turn(client, asked.document, asked.query)
        asked_at = client.clock.monotonic()
    ended = _wait(client, asked.document, operation, asked_at)
    with Spool(lines_of(asked.document)) as spool:
        _fetch(client, asked.document, ended, spool)
        yield spool


def _start(client: ShopifyClient, document: Document, query: str) -> tuple[str | None, str]:
    """The id of the operation, or None and why there is no place for it."""
    answer = client.run(BULK_START, {"query": bulk_text(document, query)})["bulkOperationRunQuery"] or {}
    errors = answer.get("userErrors") or []
    if not errors and answer.get("bulkOperation"):
        return str(answer["bulkOperation"]["id"]), ""
    code = next((error.get("code") for error in errors if error.get("code")), None)
    said = "; ".join(str(error.get("message")) for error in errors) or "no reason given"
    if code not in _NO_PLACE:
        raise Rejected(f"{client.system}: Shopify does not start {document.name}: {said}", code=code)
    return None, said


def _start_in_turn(client: ShopifyClient, document: Document, query: str) -> str:
    """Waits for a place."""
    started, pause = client.clock.monotonic(), FIRST_PAUSE
    while True:
        operation, said = _start(client, document, query)
        if operation is not None:
            return operation
        if client.clock.monotonic() - started > SLOT_SECONDS:
            raise Retriable(f"{client.system}: no place for the bulk operation {document.name} became free: {said}")
        client.clock.sleep(pause)
        pause = min(LONGEST_PAUSE, pause * 2)


def _wait(client: ShopifyClient, document: Document, identity: str, asked_at: float) -> dict[str, Any]:
    """The operation as it is when it has ended. One that was asked for early may have ended long ago."""
    clock, pause = client.clock, FIRST_PAUSE
    clock.sleep(max(0.0, asked_at + pause - clock.monotonic()))
    while True:
        operation = client.run(BULK_POLL, {"id": identity})["bulkOperation"]
        if operation is None:
            raise Incomplete(f"{client.system}: Shopify no longer knows the bulk operation {document.name}.")
        status = operation["status"]
        if status == "COMPLETED":
            return dict(operation)
        if status not in _RUNNING:
            raise _failed(client, document, operation)
        if clock.monotonic() - asked_at > RUN_SECONDS:
            _stop(client, identity)
            raise Incomplete(f"{client.system}: {document.name} ran for more than four hours and was cancelled.")
        pause = min(LONGEST_PAUSE, pause * 1.3)
        clock.sleep(pause)


def _failed(client: ShopifyClient, document: Document, operation: dict[str, Any]) -> RemoteError:
    status, code = operation["status"], operation.get("errorCode")
    if code == "ACCESS_DENIED":
        return Rejected(
            f"{client.system}: the app may not read what {document.name} asks for; "
            "'auditor doctor' names the scopes that are missing.",
            status=403,
            code=code,
        )
    reason = f" ({code})" if code else ""
    return Incomplete(f"{client.system}: the bulk operation {document.name} ended as {status}{reason}.")


def _stop(client: ShopifyClient, identity: str) -> None:
    """Frees our own place; when that fails the operation ends by itself."""
    try:
        client.run(BULK_STOP, {"id": identity})
    except RemoteError:
        return


def _fetch(client: ShopifyClient, document: Document, operation: dict[str, Any], spool: Spool) -> None:
    """Downloads the result into the spool, again from the beginning when it breaks off."""
    announced = int(operation["objectCount"]), int(operation["rootObjectCount"])
    url = operation.get("url")
    if not url:
        if announced != (0, 0):
            raise Incomplete(f"{client.system}: {document.name} found {announced[0]} objects but gave no result file.")
        return
    for attempt in range(DOWNLOADS):
        try:
            received = spool.fill(_lines(client, url))
            break
        except msgspec.ValidationError as error:
            raise Incomplete(
                f"{client.system}: a line of {document.name} lacks {lack(error)}, which was asked for; "
                "nothing of the file is used."
            ) from None
        except (Retriable, ValueError) as error:
            if attempt == DOWNLOADS - 1:
                raise Incomplete(
                    f"{client.system}: the result file of {document.name} broke off {DOWNLOADS} times ({error})."
                ) from None
            client.clock.sleep(FIRST_PAUSE * 2**attempt)
    if received != announced:
        raise Incomplete(
            f"{client.system}: the result file of {document.name} holds {received[0]} lines and {received[1]} records, "
            f"but {announced[0]} and {announced[1]} were announced."
        )
    orphans = spool.orphans()
    if orphans:
        raise Incomplete(f"{client.system}: {orphans} lines of {document.name} belong to records that are not there.")


def _lines(client: ShopifyClient, url: str) -> Iterator[list[bytes]]:
    """The lines of a file as it arrives, those of each piece together."""
    http = client.download(url)
    try:
        rest = b""
        with http.chunks("") as pieces:
            for piece in pieces:
                lines = (rest + piece).split(b"\n")
                rest = lines.pop()
                yield [line for line in lines if line]
        if rest:
            yield [rest]
    finally:
        client.finish(http)
