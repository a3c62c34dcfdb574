"""Bulk operations: five at a time, worked on in the background, read as JSONL for seven days.

An operation shows CREATED when it is started, RUNNING at its first poll, and then waits a moment for its work to end,
so that small results are there at the second poll.
"""

from __future__ import annotations

import shutil
import tempfile
import threading
import weakref
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from auditor.sandbox.shopify.bulk_plan import Counts, Unsuitable, compile_bulk, jsonl
from auditor.sandbox.shopify.documents import Documents, Invalid
from auditor.sandbox.shopify.environment import Environment
from auditor.sandbox.shopify.listings import Listings
from auditor.sandbox.shopify.pages import Rows
from auditor.sandbox.shopify.problems import Problem
from auditor.sandbox.shopify.projections import Missing
from auditor.sandbox.shopify.search import EmptyComparison, Field, compile_search
from auditor.sandbox.shopify.state import ShopifyState
from auditor.sandbox.shopify.wire import Node, gid, instant, number_of

SLOTS = 5
KEPT = timedelta(days=7)
_BUSY = ("CREATED", "RUNNING", "CANCELING")
_PATIENCE = 1.0
_UNPOLLED = timedelta(seconds=10)
_BLOCK = 1 << 16


@dataclass(slots=True)
class Operation:
    """One bulk query and the file it is written to."""

    id: str
    query: str
    created_at: datetime
    path: Path
    status: str = "CREATED"
    error_code: str | None = None
    completed_at: datetime | None = None
    size: int = 0
    counts: Counts = field(default_factory=Counts)
    worker: threading.Thread | None = None
    is_cancelled: bool = False
    broken: bool = False

    @property
    def number(self) -> int:
        return number_of(self.id)


class BulkOperations:
    """All operations of this app at this shop. The server sets `public_url` to where results are fetched from."""

    def __init__(self, state: ShopifyState, documents: Documents) -> None:
        self._state = state
        self._documents = documents
        self._folder = Path(tempfile.mkdtemp(prefix="sandbox-bulk-"))
        weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        self._operations: dict[str, Operation] = {}
        self.public_url = "http://127.0.0.1"

    # -- starting and ending ------------------------------------------------------------------------------------------
    def run(self, env: Environment, query: str, *, is_grouped: bool = False) -> Node:
        """The payload of bulkOperationRunQuery."""
        self._settle()
        busy = sum(1 for operation in self._operations.values() if operation.status in _BUSY)
        if busy >= SLOTS:
            return _refused(f"Only {SLOTS} bulk query operations can run at once.", "LIMIT_REACHED")
        try:
            plan = compile_bulk(self._documents.read(query), self._state.scopes)
        except Invalid as wrong:
            return _refused(f"Invalid bulk query: {wrong}", "INVALID")
        except Unsuitable as wrong:
            return _refused(str(wrong), "INVALID")
        operation_id = self._state.new_id("BulkOperation")
        operation = Operation(
            operation_id, query, self._state.clock.now(), self._folder / f"{number_of(operation_id)}.z"
        )
        self._operations[operation_id] = operation
        fault, env.fault = env.fault, None
        if plan is None:
            self._fail(operation, "ACCESS_DENIED")
            return {"bulkOperation": self._node(operation), "userErrors": []}
        # What belongs to the result is decided now; what it says is read when its turn comes.
        own = Environment(self._state, Listings(self._state), self, plan.compiler.constant_arguments())
        try:
            root = plan.root.source({}, own)
        except EmptyComparison:
            self._fail(operation, "INTERNAL_SERVER_ERROR")
            return {"bulkOperation": self._node(operation), "userErrors": []}
        lines = jsonl(
            plan, root, own, operation.counts, is_grouped=is_grouped, is_wanted=lambda: not operation.is_cancelled
        )
        operation.worker = threading.Thread(target=_work, args=(operation, lines, fault), daemon=True)
        operation.worker.start()
        return {"bulkOperation": self._node(operation), "userErrors": []}

    def _fail(self, operation: Operation, code: str) -> None:
        operation.status, operation.error_code = "FAILED", code
        operation.completed_at = self._state.clock.now()

    def cancel(self, operation_id: str) -> Node:
        operation = self._operations.get(operation_id)
        if operation is None:
            return {
                "bulkOperation": None,
                "userErrors": [{"field": ["id"], "message": "Bulk operation does not exist"}],
            }
        if operation.status not in _BUSY:
            message = f"A bulk operation cannot be canceled when it is {operation.status.lower()}"
            return {"bulkOperation": self._node(operation), "userErrors": [{"field": ["id"], "message": message}]}
        operation.is_cancelled = True
        operation.status = "CANCELING"
        return {"bulkOperation": self._node(operation), "userErrors": []}

    # -- looking ------------------------------------------------------------------------------------------------------
    def find(self, operation_id: str) -> Node | None:
        """The operation as a poll sees it; polling also moves it on."""
        operation = self._operations.get(operation_id)
        if operation is None:
            return None
        self._advance(operation)
        return self._node(operation)

    def rows(self, args: Mapping[str, Any]) -> Rows:
        predicate = compile_search(args.get("query"), _SEARCH)
        found = [operation for operation in self._operations.values() if predicate is None or predicate(operation)]
        by_end = args.get("sortKey") == "COMPLETED_AT"

        def key(operation: Operation) -> tuple[str, int]:
            at = operation.completed_at if by_end else operation.created_at
            return (instant(at) if at else "9999", operation.number)

        found.sort(key=key)
        return Rows([key(operation) for operation in found], found, self._node, args["sortKey"])

    def _advance(self, operation: Operation) -> None:
        now = self._state.clock.now()
        if operation.status == "CREATED":
            operation.status = "RUNNING"
        elif operation.status == "RUNNING":
            assert operation.worker is not None
            operation.worker.join(_PATIENCE)
            if not operation.worker.is_alive():
                operation.status = "FAILED" if operation.broken else "COMPLETED"
                operation.error_code = "INTERNAL_SERVER_ERROR" if operation.broken else None
                operation.completed_at = now
        elif operation.status == "CANCELING":
            operation.status, operation.completed_at = "CANCELED", now
        elif operation.status == "COMPLETED" and operation.completed_at and now - operation.completed_at > KEPT:
            operation.status = "EXPIRED"
            operation.path.unlink(missing_ok=True)

    def _settle(self) -> None:
        """Operations that nobody polls end by themselves, and free their place, some time after their work is done."""
        for operation in self._operations.values():
            is_done = operation.worker is None or not operation.worker.is_alive()
            if is_done and self._state.clock.now() - operation.created_at >= _UNPOLLED:
                while operation.status in _BUSY:
                    self._advance(operation)

    def _node(self, operation: Operation) -> Node:
        address = f"{self.public_url}/bulk/{operation.number}.jsonl"
        has_result = operation.size > 0
        return {
            "id": operation.id,
            "type": "QUERY",
            "status": operation.status,
            "errorCode": operation.error_code,
            "query": operation.query,
            "createdAt": instant(operation.created_at),
            "completedAt": instant(operation.completed_at) if operation.completed_at else None,
            "objectCount": str(operation.counts.objects),
            "rootObjectCount": str(operation.counts.roots),
            "fileSize": str(operation.size) if operation.status == "COMPLETED" and has_result else None,
            "url": address if operation.status == "COMPLETED" and has_result else None,
            "partialDataUrl": address if operation.status == "FAILED" and has_result else None,
        }

    def workers(self) -> list[threading.Thread]:
        """The threads that write results; for those who want to wait until all are done."""
        return [operation.worker for operation in self._operations.values() if operation.worker is not None]

    # -- fetching -----------------------------------------------------------------------------------------------------
    def result(self, number: int) -> Iterator[bytes] | None:
        """The result in blocks; None when there is none (any more)."""
        operation = self._operations.get(gid("BulkOperation", number))
        if operation is None:
            return None
        self._advance(operation)
        if operation.status not in ("COMPLETED", "FAILED") or not operation.path.exists():
            return None
        return _blocks(operation.path)


def _work(operation: Operation, lines: Iterator[bytes], fault: str | None) -> None:
    """Writes the result, compressed. Reads without the lock: orders are never changed in place."""
    packer = zlib.compressobj(1)
    operation.broken = True
    try:
        with operation.path.open("wb") as file:
            for position, line in enumerate(lines):
                if fault == "lost_page" and position % 10 == 9:
                    continue
                operation.size += len(line)
                file.write(packer.compress(line))
                if fault == "partial_data" and position >= 20:
                    break
            file.write(packer.flush())
    except (Missing, Problem):
        # The real service ends such an operation as FAILED, too; what was written so far is its partial data.
        return
    operation.broken = fault == "partial_data"


def _blocks(path: Path) -> Iterator[bytes]:
    unpacker = zlib.decompressobj()
    with path.open("rb") as file:
        while packed := file.read(_BLOCK):
            yield unpacker.decompress(packed)
    yield unpacker.flush()


def _refused(message: str, code: str) -> Node:
    return {"bulkOperation": None, "userErrors": [{"field": ["query"], "message": message, "code": code}]}


_SEARCH = {
    "id": Field("id", lambda operation: operation.number),
    "status": Field("text", lambda operation: operation.status),
    "operation_type": Field("text", lambda operation: "QUERY"),
    "created_at": Field("time", lambda operation: instant(operation.created_at)),
    "completed_at": Field(
        "time", lambda operation: instant(operation.completed_at) if operation.completed_at else None
    ),
}
