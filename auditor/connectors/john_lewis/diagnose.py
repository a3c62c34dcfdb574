"""What `auditor doctor` says about the marketplace: reachable, model, tax mode, parcels, carriers, fields, stock."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from decimal import Decimal

from msgspec import Raw, Struct

from auditor.connectors.base import Diagnosis
from auditor.connectors.john_lewis.orders import PATH, TAX_MODE
from auditor.connectors.john_lewis.platform import Platform
from auditor.errors import Rejected, RemoteError
from auditor.settings import Channel, Settings

_TOO_MANY = 429


class _Warehouse(Struct):
    code: str


class _Offer(Struct):
    warehouses: list[_Warehouse] | None = None


class _Offers(Struct):
    offers: list[_Offer]
    total_count: int


class _Line(Struct):
    order_line_state: str
    price: Decimal
    cancelations: list[Raw]


class _Order(Struct):
    order_id: str
    order_lines: list[_Line]


class _Orders(Struct):
    orders: list[_Order]


def diagnose(platform: Platform, settings: Settings, channel: Channel) -> Iterator[Diagnosis]:
    """One line each; a marketplace that does not answer ends it. Never raises `RemoteError`."""
    try:
        configuration = platform.configuration()
    except RemoteError as error:
        yield Diagnosis("connection", "failed", str(error))
        return
    yield Diagnosis("connection", "ok", f"{configuration.platform_name} answers and accepts the API key.")
    yield Diagnosis("version", "ok", "The API has no versions; new fields and words come without notice and are kept.")
    for part in (_model, _tax, _parcels, _carriers, _fields, _stock, _cancelations):
        try:
            yield from part(platform, settings, channel)
        except RemoteError as error:
            # What may be asked for once a day was asked for by somebody else: nothing is wrong.
            is_spent = isinstance(error, Rejected) and error.status == _TOO_MANY
            yield Diagnosis(part.__name__.removeprefix("_"), "warning" if is_spent else "failed", str(error))


def _model(platform: Platform, settings: Settings, channel: Channel) -> Iterator[Diagnosis]:
    model = platform.configuration().platform_configuration.platform_model
    names = {"marketplace": model.marketplace, "drop-ship": model.drop_ship, "one creditor": model.one_creditor}
    active = [name for name, is_active in names.items() if is_active]
    if not model.marketplace:
        yield Diagnosis(
            "model",
            "warning",
            f"The platform's model is {', '.join(active) or 'none'}: the operator buys the goods, an offer's price is "
            "what it pays, and money comes as purchase orders; compare totals with care.",
        )
    else:
        yield Diagnosis("model", "ok", f"The platform's models: {', '.join(active)}.")


def _tax(platform: Platform, settings: Settings, channel: Channel) -> Iterator[Diagnosis]:
    mode = platform.configuration().features.order_tax_mode
    yield Diagnosis("tax", "ok", f"Orders are asked for as {TAX_MODE}; the platform's own mode is {mode}.")


def _parcels(platform: Platform, settings: Settings, channel: Channel) -> Iterator[Diagnosis]:
    configuration = platform.configuration()
    parcels = "may have several parcels" if configuration.is_multi_shipment else "is one parcel"
    returns = "are read" if configuration.has_returns else "are switched off by the operator, so there are none to read"
    yield Diagnosis("parcels", "ok", f"An order {parcels}; returns {returns}.")


def _carriers(platform: Platform, settings: Settings, channel: Channel) -> Iterator[Diagnosis]:
    """The approved list, against the map of carriers when there is one."""
    carriers = platform.carriers()
    known = {name.casefold() for one in carriers for name in (one.code, one.standard_code, one.label) if name}
    is_closed = platform.configuration().features.disable_seller_alternative_carrier
    for name in sorted(_mapped_carriers(settings, channel)):
        if name.casefold() not in known:
            loss = "tracking with it is refused" if is_closed else "it is sent by its name and not followed"
            yield Diagnosis(
                "carriers", "warning", f"'{name}' in the map of carriers is not on the approved list, so {loss}."
            )
    yield Diagnosis("carriers", "ok", f"{len(carriers)} approved carriers: {', '.join(one.code for one in carriers)}.")


def _fields(platform: Platform, settings: Settings, channel: Channel) -> Iterator[Diagnosis]:
    fields = [one.code for one in platform.additional_fields() if one.entity in (None, "ORDER")]
    wanted = channel.order_number_field
    if wanted is not None and wanted not in fields:
        yield Diagnosis(
            "order number",
            "failed",
            f"order_number_field is '{wanted}', but orders have no such field; they have: {', '.join(fields) or '-'}.",
        )
    elif wanted is not None:
        yield Diagnosis("order number", "ok", f"The consumer's order number stands in '{wanted}'.")
    else:
        has = f"; orders have: {', '.join(fields)}" if fields else ""
        yield Diagnosis("order number", "ok", f"Orders are also known by their commercial id{has}.")


def _stock(platform: Platform, settings: Settings, channel: Channel) -> Iterator[Diagnosis]:
    page = platform.client.get("OF21", "api/offers", _Offers, [("max", "100"), ("offset", "0")])
    found = {one.code for offer in page.offers for one in offer.warehouses or ()}
    if any(not offer.warehouses for offer in page.offers):
        found.add("default")
    for location in sorted(set(channel.locations) - found) if page.offers else ():
        yield Diagnosis("locations", "warning", f"'{location}' stands in the settings, but no offer names it.")
    for location in sorted(found - set(channel.locations)):
        yield Diagnosis(
            "locations",
            "warning",
            f"'{location}' is mapped to no warehouse, so its stock is not compared; add it to locations.",
        )
    yield Diagnosis("locations", "ok", f"{page.total_count} offers, in: {', '.join(sorted(found)) or 'no place'}.")


def _cancelations(platform: Platform, settings: Settings, channel: Channel) -> Iterator[Diagnosis]:
    """Whether a cancelation lowers the price of its line is not documented; cancelled orders show it."""
    options = [("order_state_codes", "CANCELED"), ("order_tax_mode", TAX_MODE), ("max", "20")]
    orders = platform.client.get("OR11", PATH, _Orders, options).orders
    lines = [line for order in orders for line in order.order_lines if line.cancelations]
    if not lines:
        yield Diagnosis("cancelations", "ok", "No cancelled order yet that would show how cancelations are told.")
    elif any(line.price for line in lines if line.order_line_state == "CANCELED"):
        yield Diagnosis(
            "cancelations",
            "warning",
            "Cancelled lines keep their price here, so lines cancelled in part are taken for more than is owed; "
            "report it, this platform differs from those known.",
        )
    else:
        yield Diagnosis("cancelations", "ok", "A cancelation lowers the price of its line, as expected.")


def _mapped_carriers(settings: Settings, channel: Channel) -> set[str]:
    """Carriers that the map sends to this channel; none when there is no map that can be read."""
    if settings.maps.carriers is None:
        return set()
    try:
        with (settings.folder / settings.maps.carriers).open(encoding="utf-8", newline="") as file:
            lines = [line for line in csv.DictReader(file) if (line.get("channel") or "").strip() in {"*", channel.id}]
    except (OSError, UnicodeDecodeError, csv.Error):
        return set()
    return {(line.get("channel_carrier") or "").strip() for line in lines} - {""}
