"""Facts: figures that checks compare, computed once per run into tables `fact.*` of its workspace.

In: `canonical.*`, `history_at.*`, `setting.*`, `matching.*` and `fact.feed`. Out: the tables that the modules and SQL
files of this folder name. A fact never says what is wrong; a check does.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from functools import partial

from auditor.checking.facts.acceptances import make_acceptances
from auditor.checking.facts.bridge import build_bridge
from auditor.checking.facts.health import STEPS as HEALTH_STEPS
from auditor.checking.facts.moments import fill_as_of
from auditor.checking.facts.payout_facts import BOOKED_STEPS, SETTLED_STEPS
from auditor.checking.facts.statements import run
from auditor.checking.facts.stock_interval import measure_stock
from auditor.checking.facts.tax_compare import compare_tax
from auditor.store.connection import Connection, side_by_side

__all__ = ["LANES", "TABLES", "compute_facts"]

_ORDERS = ("order_side_by_side", "order_item_side_by_side", "bundle_part")
_TAX_CODES = ("tax_code_line", "tax_liability")
_TAX = ("order_tax", "tax_period", "currency", *_TAX_CODES)
_STOCK = (
    "stock_interval", "stock_source", "stock_subset", "stock_behind", "stock_other_policy", "stock_negative",
    "stock_numbered",
)  # fmt: skip
_TIEOUT = ("tieout", "tieout_figure", "tieout_difference")
_BRIDGE = ("bridge", "bridge_item", "bridge_height", *_TIEOUT)
_CLOSE = ("unposted_document",)
_CLOSE_ASKS = ("payout_sum",)
_BRIDGE_ASKS = ("order_orphan", "payout_sum")
_Step = tuple[tuple[str, ...], Callable[[Connection], None]]
"""What is computed, and all that need it in the order in which they may be asked for."""
_ORDER_LANE: tuple[_Step, ...] = (
    # orders, their tax, what became of them
    ((*_ORDERS, "order_edit", "shipment_quantity", "gift_card_tender", *_TAX), partial(run, name="order_pairs")),
    ((*_ORDERS, "order_edit", "shipment_quantity"), partial(run, name="order_compare")),
    (("order_edit",), partial(run, name="order_edits")),
    (("document_currency",), partial(run, name="document_currency")),
    (("bundle_part",), partial(run, name="bundles")),
    (_TAX, compare_tax),
    (_TAX_CODES, partial(run, name="tax_codes")),
    (("gift_card_sale",), partial(run, name="gift_cards")),
    (("open_invoice",), partial(run, name="open_invoices")),
    (("latency", "release", "cancel_notice"), partial(run, name="latency")),
    (("shipment_quantity",), partial(run, name="shipment_quantity")),
    (("delivery_cutoff",), partial(run, name="delivery_cutoff")),
    (("delivery_due",), partial(run, name="delivery_due")),
    (("dispatch_unbooked",), partial(run, name="dispatch_unbooked")),
    (("refund_parts",), partial(run, name="refund_parts")),
    (("order_credit_memo", "order_credit", "refund_period"), partial(run, name="refund_memos")),
    (("return_stock", "return_refund"), partial(run, name="refund_returns")),
    (("dispute_posting",), partial(run, name="refund_disputes")),
)
_GOODS_LANE: tuple[_Step, ...] = (
    # stock and master data
    (("sku_sales", "stock_reservation", *_STOCK), partial(run, name="sales_velocity")),
    (_STOCK, measure_stock),
    (("stock_reservation",), partial(run, name="stock_reservation")),
    (("stock_run",), partial(run, name="stock_run")),
    (("blocked_line", "unknown_sku"), partial(run, name="unknown_skus")),
    (("open_item_line",), partial(run, name="open_items")),
    (("other_partner_document",), partial(run, name="other_partners")),
    (("listed_price", "listed_price_gap"), partial(run, name="listed_price")),
    (("unlisted_item",), partial(run, name="unlisted_items")),
    (("listing_attribute",), partial(run, name="listing_attributes")),
)
_HEALTH_LANE: tuple[_Step, ...] = (
    # what people have decided, and how the feeds stand
    (("standing",), partial(run, name="standing")),
    (("acceptance",), make_acceptances),
    *HEALTH_STEPS,
)
_SENT_LANE: tuple[_Step, ...] = (
    # parcels, and the money that is paid out for what was sent
    (("delivery_package", "carrier_use", "shared_number", "settlement_held"), partial(run, name="parcels")),
    (("delivery_package", "carrier_use", "settlement_held"), partial(run, name="delivery_package")),
    (("carrier_use",), partial(run, name="carrier_use")),
    (("shared_number",), partial(run, name="shared_number")),
    (("package_kept",), partial(run, name="package_kept")),
    *SETTLED_STEPS,
)
_BOOK_LANE: tuple[_Step, ...] = (
    # payouts in the books, the bridge, the close
    *BOOKED_STEPS,
    (("order_horizon", "order_orphan"), partial(run, name="order_horizon")),
    (_BRIDGE, build_bridge),
    (_TIEOUT, partial(run, name="tieout")),
    (_CLOSE, partial(run, name="unposted_documents")),
)
LANES = (_BOOK_LANE, _ORDER_LANE, _SENT_LANE, _GOODS_LANE, _HEALTH_LANE)
"""The steps of a lane build on each other; the lanes know nothing of each other and run side by side. The longest
begins first."""
TABLES = frozenset({"as_of", "moment", *(name for lane in LANES for names, _ in lane for name in names)})
"""Names, without schema, of what `compute_facts` makes."""


def compute_facts(con: Connection, now: datetime, wanted: Collection[str] | None = None) -> None:
    """Fill `fact.*`. Needs `setting.*`, `matching.*` and, for the moments of reading, `fact.feed`.

    wanted: tables with or without schema, when only some are needed; None computes all.
    """
    names = TABLES if wanted is None else {table.removeprefix("fact.") for table in wanted}
    if names.intersection(_BRIDGE):
        names = names.union(_BRIDGE_ASKS)
    if names.intersection(_CLOSE):
        names = names.union(_CLOSE_ASKS)
    con.execute("CREATE SCHEMA IF NOT EXISTS fact")
    run(con, "arithmetic")
    fill_as_of(con, now)
    lanes = [[compute for tables, compute in lane if names.intersection(tables)] for lane in LANES]
    side_by_side(con, [partial(_follow, lane) for lane in lanes if lane])


def _follow(lane: Sequence[Callable[[Connection], None]], con: Connection) -> None:
    """All steps of a lane, in order."""
    for compute in lane:
        compute(con)
