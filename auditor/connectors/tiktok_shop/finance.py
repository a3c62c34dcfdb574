"""Money: payments to the bank, and the statements of which they consist.

A payment is the transfer to the bank: it is the payout. A statement is one day's settlement (stamped 00:00 UTC, for the
day before) and names its payment once there is one; a payment may merge several small statements. A transaction is a
row of a statement. So the rows of a payout are the transactions of all statements that name it, and what they come to,
settlement and reserve, is the payment before any exchange.

Neither list tells a count, so both are read in both directions; and every payment that a statement says was paid must
be among the payments. A statement's transactions do tell their count.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from datetime import UTC

from auditor.connectors.base import Page, Record
from auditor.connectors.sap_b1.ahead import run_ahead
from auditor.connectors.tiktok_shop.bodies import MONEY, PAYMENT, STATEMENT, TRANSACTION, Bodies
from auditor.connectors.tiktok_shop.client import Node, TikTokShopClient
from auditor.connectors.tiktok_shop.listing import THREADS, both_ways, counted_list
from auditor.connectors.tiktok_shop.operations import PAYMENTS, STATEMENTS, TRANSACTIONS
from auditor.errors import Incomplete

_OF_STATEMENT = (
    "id", "statement_time", "currency", "payment_id", "payment_status", "payment_time", "settlement_amount",
)  # fmt: skip
_OF_HEAD = ("payable_amount", "total_settlement_amount", "total_reserve_amount", "total_settlement_breakdown")
_ATTEMPTS = 2
_PAID = "PAID"
_SEPARATOR = "/"


class Finance:
    def __init__(self, client: TikTokShopClient, bodies: Bodies) -> None:
        self._client = client
        self._bodies = bodies

    # Payments ---------------------------------------------------------------------------------------------------------

    def read_payments(self, since: int, until: int) -> Iterator[Page]:
        yield [self._payment(node) for node in self._payments(since, until).values()]

    def payments(self, keys: Sequence[str], since: int, until: int) -> Iterator[Page]:
        """Payments with these ids among those of a window: there is no way to ask for one."""
        found = self._payments(since, until)
        yield [self._payment(found[key]) for key in keys if key in found]

    def _payments(self, since: int, until: int) -> dict[str, Node]:
        # A payment comes after its statements, so those of the same window name no payment that is older than it.
        named = {
            str(node["payment_id"])
            for node in self.statements(since, until)
            if node.get("payment_id") and node["payment_status"] == _PAID
        }
        for _ in range(_ATTEMPTS):
            # Up to now, and not only to the window's end: a statement may just have been paid.
            until = math.ceil(self._client.clock.now().replace(tzinfo=UTC).timestamp()) + 1
            query = {"sort_field": "create_time", "create_time_ge": str(since), "create_time_lt": str(until)}
            found = both_ways(self._client, PAYMENTS, "payments", query)
            if named <= found.keys():
                return found
        raise Incomplete(
            f"{self._client.system}: {len(named - found.keys())} payments that statements name are not listed, "
            f"the first is {min(named - found.keys())}; a page was lost."
        )

    def _payment(self, node: Node) -> Record:
        self._bodies.need(node, PAYMENT, "a payment")
        for name in ("amount", "settlement_amount"):
            self._bodies.need(node[name], MONEY, "the amount of a payment")
        return self._bodies.record(node["id"], {name: value for name, value in node.items() if name != "bank_account"})

    # Statements and their rows ----------------------------------------------------------------------------------------

    def statements(self, since: int, until: int) -> list[Node]:
        """Statements stamped within the window, the newest among them included."""
        query = {
            "sort_field": "statement_time",
            "statement_time_ge": str(since),
            # The stamp of a whole day is the midnight after it, and the end is open.
            "statement_time_lt": str(until + 1),
        }
        nodes = list(both_ways(self._client, STATEMENTS, "statements", query).values())
        self._bodies.need_each(nodes, STATEMENT, "a statement")
        return nodes

    def read_transactions(self, since: int, until: int) -> Iterator[Page]:
        statements = self.statements(since, until)

        def share(first: int) -> Iterator[Page]:
            for statement in statements[first::THREADS]:
                yield self._rows(statement)

        yield from run_ahead([share(first) for first in range(min(THREADS, len(statements)))])

    def transactions(self, keys: Sequence[str], since: int, until: int) -> Iterator[Page]:
        """Rows with these keys; their statements are read whole."""
        wanted = set(keys)
        ids = {key.partition(_SEPARATOR)[0] for key in keys}
        for statement in self.statements(since, until):
            if statement["id"] in ids:
                yield [record for record in self._rows(statement) if record.key in wanted]

    def _rows(self, statement: Node) -> Page:
        head, nodes = counted_list(
            self._client, TRANSACTIONS, (statement["id"],), "transactions", {"sort_field": "order_create_time"}
        )
        self._bodies.need_each(nodes, TRANSACTION, "a row of a statement")
        about = {
            **{name: statement[name] for name in _OF_STATEMENT if name in statement},
            **{name: head[name] for name in _OF_HEAD if name in head},
        }
        return [
            self._bodies.record(f"{statement['id']}{_SEPARATOR}{node['id']}", {**node, "statement": about})
            for node in nodes
        ]
