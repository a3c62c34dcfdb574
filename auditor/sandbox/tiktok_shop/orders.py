"""A sale in TikTok Shop's words: the order with one line item per unit, its packages, and what was called off.

Prices contain tax. The customer pays `sale_price`; the seller is owed `original_price - seller_discount`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from auditor.money import ZERO
from auditor.sandbox.basics import CURRENCY, penny
from auditor.sandbox.sale import Parcel, Sale, SaleLine
from auditor.sandbox.tiktok_shop.state import Body, unix

TO_HAND_OVER = timedelta(days=1)
"""From the latest "ready to ship" to the latest collection by the carrier."""
COLLECTED_AFTER, DELIVERED_AFTER, COMPLETED_AFTER = timedelta(hours=6), timedelta(days=3), timedelta(days=17)
"""After the parcel was told."""
OPTION = "7091150000000000001"
_UNPAID = ("PENDING", "VOIDED", "EXPIRED")


@dataclass(slots=True)
class Unit:
    """One unit of a line: its amounts add up to the line's, to the penny."""

    id: str
    line: SaleLine
    number: int
    original: Decimal
    gross: Decimal
    """What the seller is owed for it."""
    platform_discount: Decimal
    is_removed: bool


@dataclass(slots=True)
class Package:
    """A parcel as the shop knows it."""

    id: str
    parcel: Parcel
    units: list[Unit]
    status: str

    @property
    def told_at(self) -> datetime:
        return self.parcel.told_at or self.parcel.shipped_at


class OrderView:
    """One sale at a moment."""

    def __init__(self, sale: Sale, now: datetime, carriers: dict[int, Body]) -> None:
        self.sale = sale
        self.now = now
        self._carriers = carriers
        self.units = [unit for line in sale.lines for unit in units_of(line)]
        self.packages = self._packages()
        self._package_of = {unit.id: package for package in self.packages for unit in package.units}
        self.status = self._status()

    @property
    def is_cancelled(self) -> bool:
        gone = self.sale.cancelled_at is not None and self.sale.cancelled_at <= self.now
        return gone or self.sale.payment_state in ("VOIDED", "EXPIRED")

    def _status(self) -> str:
        sale = self.sale
        if self.is_cancelled:
            return "CANCELLED"
        if sale.payment_state == "PENDING":
            return "UNPAID"
        if sale.payment_state == "AUTHORIZED" or not sale.is_confirmed:
            return "ON_HOLD"
        sent = set(self._package_of)
        if not sent:
            return "AWAITING_SHIPMENT"
        if any(not unit.is_removed and unit.id not in sent for unit in self.units):
            return "PARTIALLY_SHIPPING"
        return min((_order_status(package, self.now) for package in self.packages), key=_STAGES.index)

    def order(self) -> Body:
        sale = self.sale
        status, moments = self.status, [sale.placed_at]
        packages = self.packages
        is_paid = sale.payment_state not in _UNPAID and sale.payment_state != "AUTHORIZED"
        body: Body = {
            "id": sale.key,
            "status": status,
            "create_time": unix(sale.placed_at),
            "fulfillment_type": "FULFILLMENT_BY_SELLER",
            "shipping_type": "SELLER",
            "delivery_option_id": OPTION,
            "delivery_option_name": "Standard Shipping",
            "order_type": "NORMAL",
            "warehouse_id": warehouse_id(sale.location.number),
            "is_on_hold_order": status == "ON_HOLD",
            "is_cod": False,
            "is_buyer_request_cancel": False,
            "is_sample_order": sale.order_kind == "sample",
            "is_exchange_order": sale.order_kind == "exchange",
            "is_replacement_order": sale.order_kind == "replacement",
            "buyer_email": f"buyer{sale.customer}@scs.tiktokw.example",
            "user_id": f"7021436810{sale.customer:09d}",
            "payment_method_name": "Card",
            "payment": self._payment(),
            "line_items": [self._unit(unit) for unit in self.units],
            "packages": [{"id": package.id} for package in packages],
        }
        if sale.order_kind == "exchange":
            body["exchange_source_order_id"] = f"5771{sale.number - 1:014d}"
        if sale.order_kind == "replacement":
            body["replaced_order_id"] = f"5771{sale.number - 1:014d}"
        if is_paid:
            body["paid_time"] = unix(sale.placed_at)
            body["rts_sla_time"] = unix(sale.ship_by_at)
            body["tts_sla_time"] = unix(sale.ship_by_at + TO_HAND_OVER)
        if status not in ("UNPAID", "ON_HOLD"):
            # Neither is told while the order may still be called off freely.
            body["recipient_address"] = {
                "region_code": sale.country,
                "name": f"Buyer {sale.customer}",
                "phone_number": f"(+44)07***{sale.customer % 100:02d}",
                "full_address": f"{sale.customer} Harbour Road, Leeds",
                "postal_code": "LS1 4AP",
                "post_town": "Leeds",
            }
        moments += [package.told_at for package in packages]
        moments += [at for package in packages for at in _stages(package, self.now)]
        if self.is_cancelled:
            at = sale.cancelled_at or sale.placed_at + timedelta(hours=1)
            body.update(cancel_time=unix(at), cancel_reason="ecom_order_to_ship_canceled_reason_no_longer_needed")
            body["cancellation_initiator"] = "BUYER"
            moments.append(at)
        if packages:
            body["rts_time"] = min(unix(package.told_at) for package in packages)
            body["tracking_number"] = packages[0].parcel.shown_tracking or ""
        if status in ("DELIVERED", "COMPLETED"):
            body["delivery_time"] = max(unix(package.told_at + DELIVERED_AFTER) for package in packages)
        body["update_time"] = unix(max(moment for moment in moments if moment <= self.now))
        return body

    def package_bodies(self) -> list[Body]:
        return [
            {
                "id": package.id,
                "status": package.status,
                "create_time": unix(package.told_at),
                "update_time": unix(max([package.told_at, *_stages(package, self.now)])),
                "tracking_number": package.parcel.shown_tracking or "",
                "shipping_provider_id": self._carriers[package.parcel.carrier]["id"],
                "shipping_provider_name": self._carriers[package.parcel.carrier]["name"],
                "order_line_item_ids": [unit.id for unit in package.units],
                "orders": [{"id": self.sale.key}],
            }
            for package in self.packages
        ]

    def _packages(self) -> list[Package]:
        """The parcels that the shop has been told of; units go into them in their order."""
        sale = self.sale
        waiting = {id(line): [unit for unit in self.units if unit.line is line and not unit.is_removed]
                   for line in sale.lines}  # fmt: skip
        packages = []
        for parcel in sale.parcels:
            units: list[Unit] = []
            for line, count in parcel.lines:
                units += waiting[id(line)][:count]
                del waiting[id(line)][:count]
            if parcel.told_at is None or parcel.told_at > self.now:
                continue
            package = Package(sale.package_id(parcel), parcel, units, "PROCESSING")
            package.status = _PACKAGE[_order_status(package, self.now)]
            packages.append(package)
        return packages

    def _payment(self) -> Body:
        """What the order was paid with, of all units; the platform's figures count the ones called off as well."""
        original = sum((unit.original for unit in self.units), ZERO)
        gross = sum((unit.gross for unit in self.units), ZERO)
        platform = sum((unit.platform_discount for unit in self.units), ZERO)
        shipping = self.sale.shipping + self.sale.tip
        return {
            "currency": CURRENCY,
            "original_total_product_price": str(original),
            "seller_discount": str(original - gross),
            "platform_discount": str(platform),
            "sub_total": str(gross - platform),
            "original_shipping_fee": str(shipping),
            "shipping_fee_seller_discount": "0",
            "shipping_fee_platform_discount": "0",
            "shipping_fee": str(shipping),
            "tax": "0",
            "total_amount": str(gross - platform + shipping),
        }

    def _unit(self, unit: Unit) -> Body:
        package = self._package_of.get(unit.id)
        status = self.status
        body: Body = {
            "id": unit.id,
            "product_id": product_id(unit.line.sku),
            "product_name": unit.line.title,
            "sku_id": sku_id(unit.line.sku),
            "seller_sku": unit.line.sku,
            "sku_name": "Default",
            "currency": CURRENCY,
            "original_price": str(unit.original),
            "sale_price": str(unit.gross - unit.platform_discount),
            "seller_discount": str(unit.original - unit.gross),
            "platform_discount": str(unit.platform_discount),
            "is_gift": unit.gross == 0,
            "display_status": status,
        }
        if unit.is_removed or status == "CANCELLED":
            body.update(display_status="CANCELLED", cancel_user="BUYER")
        elif status == "PARTIALLY_SHIPPING":
            body["display_status"] = _order_status(package, self.now) if package else "AWAITING_SHIPMENT"
        if package is not None:
            # Neither is there before the unit is sent.
            body.update(
                package_id=package.id,
                package_status=package.status,
                tracking_number=package.parcel.shown_tracking or "",
                shipping_provider_id=self._carriers[package.parcel.carrier]["id"],
                shipping_provider_name=self._carriers[package.parcel.carrier]["name"],
                rts_time=unix(package.told_at),
            )
        return body


_STAGES = ("AWAITING_COLLECTION", "IN_TRANSIT", "DELIVERED", "COMPLETED")
_PACKAGE = {
    "AWAITING_COLLECTION": "PROCESSING",
    "IN_TRANSIT": "FULFILLING",
    "DELIVERED": "COMPLETED",
    "COMPLETED": "COMPLETED",
}


def _stages(package: Package, now: datetime) -> list[datetime]:
    """When the parcel came on, as far as it has."""
    after = (COLLECTED_AFTER, DELIVERED_AFTER, COMPLETED_AFTER)
    return [package.told_at + span for span in after if package.told_at + span <= now]


def _order_status(package: Package, now: datetime) -> str:
    return _STAGES[len(_stages(package, now))]


def units_of(line: SaleLine) -> list[Unit]:
    """The units of a line, those that were called off last."""
    count, kept = line.quantity, line.kept
    originals = spread(penny(line.unit_price * count), count)
    grosses = spread(line.kept_gross, kept) + spread(line.gross - line.kept_gross, line.removed)
    paid = spread(line.platform_discount, count)
    return [
        Unit(f"5772{line.line_id:011d}{number:04d}", line, number, originals[number], grosses[number], paid[number],
             number >= kept)
        for number in range(count)
    ]  # fmt: skip


def spread(amount: Decimal, count: int) -> list[Decimal]:
    """An amount over so many units, to the penny; the first ones take what is left over."""
    pennies = int(amount * 100)
    each, rest = divmod(pennies, count) if count else (0, 0)
    return [Decimal(each + (1 if number < rest else 0)) / 100 for number in range(count)]


def sku_id(sku: str) -> str:
    """19 digits that only this SKU has."""
    return f"17294{_number(sku):014d}"


def product_id(sku: str) -> str:
    return f"17293{_number(sku):014d}"


def warehouse_id(number: int) -> str:
    return f"70685{number:014d}"


def _number(text: str) -> int:
    """A number below 10 to the 14th that is the same in every run."""
    found = 7
    for letter in text.encode():
        found = (found * 1_000_003 + letter) % 99_999_999_999_973
    return found
