"""What auditor.toml and its maps say, as tables `setting.*` of a run's workspace, in one place.

In: a connection to the workspace and the checked settings. Out: the tables below, freshly made; what depends on the
moment (`closed_hours`, `standstill`) is filled by `checking/open_hours.py`. Raises `ConfigError` for a map that cannot
be used and for a reference pattern that the database cannot evaluate.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from auditor.errors import ConfigError
from auditor.matching.map_files import MAP_FILES, Row, read_map
from auditor.matching.reference import DEFAULT_PATTERNS, plain_reference
from auditor.settings import Channel, Settings
from auditor.store.connection import Connection, SqlError

TABLES = """
CREATE SCHEMA IF NOT EXISTS setting;
CREATE OR REPLACE TABLE setting.channel (
    channel VARCHAR, kind VARCHAR, currency VARCHAR, timezone VARCHAR, card_code VARCHAR,
    reference_field VARCHAR, reference_prefix VARCHAR, reference_pattern VARCHAR,
    stock_policy VARCHAR, buffer BIGINT, share DECIMAL(9,6),
    orders_minutes BIGINT, stock_minutes BIGINT, tracking_minutes BIGINT, refunds_minutes BIGINT,
    payouts_minutes BIGINT,
    grace_order_minutes BIGINT, grace_tracking_minutes BIGINT, grace_refund_minutes BIGINT, grace_payout_days BIGINT,
    posting VARCHAR, price_list BIGINT, price_is_net BOOLEAN, clearing_account VARCHAR
);
CREATE OR REPLACE TABLE setting.account (channel VARCHAR, role VARCHAR, account VARCHAR);
CREATE OR REPLACE TABLE setting.location_warehouse (channel VARCHAR, location VARCHAR, warehouse VARCHAR);
CREATE OR REPLACE TABLE setting.expense (kind VARCHAR, expense_code BIGINT);
CREATE OR REPLACE TABLE setting.gift_card_item (item_code VARCHAR);
CREATE OR REPLACE TABLE setting.return_warehouse (warehouse VARCHAR);
CREATE OR REPLACE TABLE setting.manual_series (channel VARCHAR, series BIGINT);
CREATE OR REPLACE TABLE setting.sku_map (
    channel VARCHAR, channel_sku VARCHAR, item_code VARCHAR, quantity DECIMAL(19,6)
);
CREATE OR REPLACE TABLE setting.carrier_map (channel VARCHAR, b1_carrier VARCHAR, channel_carrier VARCHAR);
CREATE OR REPLACE TABLE setting.tax_code_map (
    channel VARCHAR, country VARCHAR, rate DECIMAL(19,6), tax_code VARCHAR
);
CREATE OR REPLACE TABLE setting.fee_map (
    channel VARCHAR, fee_type VARCHAR, percent DECIMAL(19,6), fixed DECIMAL(19,6), account VARCHAR
);
CREATE OR REPLACE TABLE setting.gateway_map (channel VARCHAR, gateway VARCHAR, provider VARCHAR, account VARCHAR);
CREATE OR REPLACE TABLE setting.payout_type_map (channel VARCHAR, type VARCHAR, kind VARCHAR, account VARCHAR);
CREATE OR REPLACE TABLE setting.holiday (day DATE);
CREATE OR REPLACE TABLE setting.closed_hours (system VARCHAR, closed_at TIMESTAMP, opened_at TIMESTAMP);
CREATE OR REPLACE TABLE setting.standstill (channel VARCHAR, closed_at TIMESTAMP, opened_at TIMESTAMP);
"""


def fill_settings(con: Connection, settings: Settings) -> None:
    """Make and fill `setting.*`."""
    con.execute(TABLES)
    _insert(con, "channel", (_channel_row(con, settings, channel) for channel in settings.channel))
    _insert(
        con,
        "location_warehouse",
        {(c.id, location, code) for c in settings.channel for location, codes in c.locations.items() for code in codes},
    )
    _insert(
        con, "account", ((c.id, role, account) for c in settings.channel for role, account in _accounts(settings, c))
    )
    booking = settings.booking
    kinds = {
        "shipping": booking.shipping_expenses,
        "goodwill": booking.goodwill_expenses,
        "tip": booking.tip_expenses,
    }
    _insert(con, "expense", ((kind, code) for kind, codes in kinds.items() for code in codes))
    _insert(con, "gift_card_item", ((code,) for code in booking.gift_card_items))
    _insert(con, "return_warehouse", ((code,) for code in booking.return_warehouses))
    _insert(con, "manual_series", ((c.id, series) for c in settings.channel for series in c.manual_series))
    _insert(con, "holiday", {(day,) for day in settings.company.holidays})
    for name, rows in read_maps(settings).items():
        _insert(con, MAP_FILES[name].table, rows)


def _channel_row(con: Connection, settings: Settings, channel: Channel) -> tuple[Any, ...]:
    pattern = channel.reference.pattern or DEFAULT_PATTERNS[channel.kind]
    _try_pattern(con, channel, pattern)
    stock, cadence, grace = channel.stock, channel.cadence, channel.grace
    return (
        channel.id,
        channel.kind,
        settings.company.currency,
        settings.company.timezone,
        channel.card_code,
        channel.reference.field,
        plain_reference(channel.reference.prefix),
        pattern,
        stock.policy,
        stock.buffer,
        stock.share,
        *(_minutes(v) for v in (cadence.orders, cadence.stock, cadence.tracking, cadence.refunds, cadence.payouts)),
        *(_minutes(v) for v in (grace.order, grace.tracking, grace.refund)),
        grace.payout,
        settings.booking.posting,
        settings.booking.price_list,
        settings.booking.is_net,
        channel.accounts.clearing,
    )


def _accounts(settings: Settings, channel: Channel) -> Iterable[tuple[str, str]]:
    """Which role an account plays when a payout is booked: bank, transit, clearing, fees, fee_tax, reserve."""
    named = {**settings.booking.accounts.model_dump(), **channel.accounts.model_dump()}
    return ((role, account) for role, account in named.items() if account is not None)


def _try_pattern(con: Connection, channel: Channel, pattern: str) -> None:
    """Python checked the pattern; the database reads fewer forms (no look-ahead, no back-reference)."""
    try:
        con.sql("SELECT regexp_full_match('', $pattern, 'i')", params={"pattern": pattern}).fetchall()
    except SqlError as error:
        raise ConfigError(
            f"channel '{channel.id}': the reference pattern '{pattern}' cannot be evaluated; "
            "write it without look-ahead and back-references."
        ) from error


def read_maps(settings: Settings) -> dict[str, list[Row]]:
    """The lines of every map that auditor.toml names, by its key under [maps]. Raises `ConfigError`."""
    channels = [channel.id for channel in settings.channel]
    found: dict[str, list[Row]] = {}
    for name, spec in MAP_FILES.items():
        path = getattr(settings.maps, name)
        if path is not None:
            found[name] = read_map(settings.folder / path, spec, channels)
    return found


def _minutes(duration: timedelta) -> int:
    return int(duration.total_seconds()) // 60


def _insert(con: Connection, table: str, rows: Iterable[tuple[Any, ...]]) -> None:
    """All rows in one statement; settings are few, but a map of SKUs may have thousands of lines."""
    found = sorted(rows, key=str)
    if not found:
        return
    width = len(found[0])
    for start in range(0, len(found), 500):
        part = found[start : start + 500]
        places = ", ".join("(" + ", ".join(["?"] * width) + ")" for _ in part)
        values: list[str | int | bool | Decimal | date | None] = [value for row in part for value in row]
        con.execute(f"INSERT INTO setting.{table} VALUES {places}", values)
