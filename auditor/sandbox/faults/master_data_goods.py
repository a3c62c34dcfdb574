"""Item data and products that are wrong by themselves: attributes, prices, barcodes, titles, SKUs, kits without parts.

What is wrong with an item of B1 shows in every shop that offers it, so each such fault is a finding per shop. Money
follows the open orders of the item, or what it sold in the last seven days, counted here from the business.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import partial
from random import Random

from auditor.money import ZERO
from auditor.sandbox.basics import CURRENCY, STANDARD, penny
from auditor.sandbox.business import Business
from auditor.sandbox.catalogue import Assortment, Item, Listing, Shop
from auditor.sandbox.documents import Doc, net_price
from auditor.sandbox.faults.case import Fact
from auditor.sandbox.sale import Sale
from auditor.sandbox.stock import shown
from auditor.sandbox.truth import look_alike, planted

INCOMPLETE, FLAGS, PRICE = "item_incomplete", "batch_serial_flag_mismatch", "price_drift"
UNMAPPED, BUNDLE, UNLISTED = "sku_unmapped", "bundle_mapping_missing", "item_not_listed"
OVERWRITTEN = "master_attribute_overwritten"
LATER = timedelta(minutes=20)
"""After the first audit and before the second."""
_WEEK, _EDGE = timedelta(days=7), timedelta(hours=3)
_TELLS_BARCODES = frozenset({"shopify", "bigcommerce", "john_lewis"})
_STOCK_OF_ITS_OWN = "john_lewis"
"""Where an offer without a level shows a stock of nothing, which is another finding."""


@dataclass(slots=True)
class OpenItems:
    """What the open sales orders of each shop ask for, by item; gross."""

    gross: dict[tuple[str, str], Decimal] = field(default_factory=dict)
    doubtful: set[str] = field(default_factory=set)
    """Items on open orders to which something else happened."""

    def count(self, shop: Shop, docs: Iterable[Doc], *, is_odd: bool) -> None:
        for doc in docs:
            if doc["DocumentStatus"] != "bost_Open":
                continue
            for line in doc["DocumentLines"]:
                key = (shop.id, line["ItemCode"])
                part = Decimal(line["RemainingOpenQuantity"]) / line["Quantity"]
                self.gross[key] = self.gross.get(key, ZERO) + (line["LineTotal"] + line["TaxTotal"]) * part
                if is_odd or part not in (0, 1):
                    self.doubtful.add(line["ItemCode"])


@dataclass(slots=True)
class Change:
    """What happens to a product of a shop, or to an item of B1, after the sandbox's first moment."""

    at: datetime
    shop: Shop | None
    listing: Listing | None = None
    item: str = ""
    properties: dict[str, object] = field(default_factory=dict)


@dataclass(slots=True)
class Goods:
    """What faults of item data may draw on: ordinary stocked items that every shop offers, each drawn once."""

    business: Business
    open_items: OpenItems
    rng: Random
    busy: set[str]
    """Items to which something else happens or happened lately."""
    shelved: set[str]
    """Items whose stock is wrong somewhere: their stock must go on being counted."""
    changes: list[Change] = field(default_factory=list)
    _sold: dict[tuple[str, str], int] = field(default_factory=dict)
    _doubtful: set[tuple[str, str]] = field(default_factory=set)
    _pool: list[Item] = field(default_factory=list)

    def __post_init__(self) -> None:
        parts = {code for recipe in self.business.recipes.values() for code, _ in recipe.parts}
        self._pool = [
            item
            for item in self.business.items.values()
            if item.is_stocked and item.is_listed and not item.locked_batch and item.code not in parts | self.busy
        ]
        self.rng.shuffle(self._pool)
        since = self.business.now - _WEEK
        for sale in self.business.sales:
            for line in sale.lines:
                key = (sale.shop.id, line.sku)
                if abs(sale.placed_at - since) <= _EDGE or (sale.placed_at > since and _is_odd(sale)):
                    self._doubtful.add(key)
                elif sale.placed_at > since and sale.is_live:
                    self._sold[key] = self._sold.get(key, 0) + line.quantity

    @property
    def shops(self) -> tuple[Shop, ...]:
        return self.business.shops

    @property
    def assortment(self) -> Assortment:
        return self.business.assortment

    def take(self, suits: Callable[[Item], bool] = lambda item: True) -> Item | None:
        """The next item that suits; None when there is none left."""
        found = next((item for item in self._pool if suits(item)), None)
        if found is not None:
            self._pool.remove(found)
        return found

    def money(self, shop: Shop, item: Item) -> Decimal:
        """What the shop's open orders ask for of the item."""
        return self.open_items.gross.get((shop.id, item.code), ZERO)

    def is_open(self, item: Item) -> bool:
        return any(self.money(shop, item) for shop in self.shops)

    def is_clear(self, item: Item) -> bool:
        """What open orders ask for of it can be told."""
        return item.code not in self.open_items.doubtful

    def has_right_stock(self, item: Item) -> bool:
        return item.code not in self.shelved

    def has_open_orders(self, item: Item) -> bool:
        return self.is_clear(item) and self.is_open(item)

    def has_none(self, item: Item) -> bool:
        return self.is_clear(item) and not self.is_open(item)

    def priced(self, shop: Shop) -> Item | None:
        """An item whose price suits, if possible one that the shop sold in the last days."""
        for least in (1, 0):
            item = self.take(partial(self._sells, shop, least))
            if item is not None:
                return item
        return None

    def _sells(self, shop: Shop, least: int, item: Item) -> bool:
        units = self.sold(shop, item)
        return _is_priceable(item) and units is not None and units >= least

    def sold(self, shop: Shop, item: Item) -> int | None:
        """Units of the last seven days; None when the window's edge or something odd makes it doubtful."""
        key = (shop.id, item.code)
        return None if key in self._doubtful else self._sold.get(key, 0)

    def listing(self, item: Item) -> Listing:
        return Listing(item.code, item.title, item.price, item.rate, item.number)

    def number(self) -> int:
        return self.business.ids.next("odd listing", 90_001)

    def offer(self, shop: Shop, listing: Listing) -> None:
        self.assortment.offers[shop.id, listing.sku] = listing

    def everywhere(self, check: str, item: Item, note: str, cause: str) -> Iterator[Fact]:
        """A finding about an item in each shop, with what its open orders ask for."""
        for shop in self.shops:
            yield planted(check, shop, item.code, "MASTER", self.money(shop, item), note, cause=cause)


def _is_odd(sale: Sale) -> bool:
    return bool(sale.edited_at or sale.refunds or sale.cancelled_at or any(line.removed for line in sale.lines))


def plant_goods(goods: Goods) -> Iterator[Fact]:
    """All faults and look-alikes for which there are items."""
    for plant in (
        _incomplete, _flags, _unmapped, _kits, _unlisted, _prices, _old_price, _barcodes, _later,
    ):  # fmt: skip
        yield from plant(goods)


def _incomplete(goods: Goods) -> Iterator[Fact]:
    for properties, cause, note, is_open in (
        ({"SalesUnitWeight": ZERO}, "attribute_missing", "nobody weighed it, and orders are open", True),
        ({"Valid": "tNO", "Frozen": "tYES"}, "item_blocked", "inactive in B1 and still on sale", False),
        ({"BarCode": None, "SalesUnit": None}, "attribute_missing", "without barcode and sales unit", False),
        ({"SalesItem": "tNO"}, "not_for_sale", "no sales item in B1", False),
        ({"Valid": "tNO", "Frozen": "tYES"}, "item_blocked", "inactive in B1 while orders are open", True),
    ):
        item = goods.take(goods.has_open_orders if is_open else goods.has_none)
        if item is not None:
            goods.assortment.properties[item.code] = dict(properties)
            yield from goods.everywhere(INCOMPLETE, item, note, cause)
    for shop in goods.shops:
        yield look_alike(INCOMPLETE, shop, "GIFTCARD", "a gift card has neither weight nor barcode")
        yield look_alike(INCOMPLETE, shop, "KIT-HAMPER", "a kit is not stocked and weighs nothing by itself")


def _flags(goods: Goods) -> Iterator[Fact]:
    tracked = [item for item in goods.business.items.values() if item.locked_batch and goods.is_clear(item)]
    for item, told, cause, note in (
        (
            # One without batches, of which none may be missing either.
            goods.take(lambda item: goods.is_clear(item) and goods.has_right_stock(item)),
            "batch",
            "untracked_in_b1",
            "batches are sent that B1 does not manage",
        ),
        (tracked[0] if tracked else None, "none", "tracked_in_b1_only", "the middleware does not know of the batches"),
        (
            tracked[1] if len(tracked) > 1 else None,
            "serial",
            "other_kind",
            "numbers are sent, B1 asks for batches",
        ),
    ):
        if item is not None:
            goods.assortment.properties[item.code] = {"U_Tracking": told}
            yield from goods.everywhere(FLAGS, item, note, cause)


def _unmapped(goods: Goods) -> Iterator[Fact]:
    shop = goods.shops[0]
    if item := goods.take():
        offer = replace(goods.listing(item), sku="TOTE-NEW", number=goods.number(), printed=item.barcode)
        goods.offer(shop, offer)
        note = "another code than the item's, but its barcode"
        yield planted(UNMAPPED, shop, offer.sku, "MASTER", ZERO, note, cause="same_barcode" if _tells(shop) else None)
    ghost = Listing("TOTE-MAPPED", "Tote of the map", Decimal("9.50"), STANDARD, goods.number())
    goods.offer(shop, ghost)
    goods.assortment.translated.append((shop.id, ghost.sku, "HP-GONE", 1))
    note = "the SKU map names an item that B1 does not have"
    yield planted(UNMAPPED, shop, ghost.sku, "MASTER", ZERO, note, cause="mapped_to_unknown_item")
    for shop in goods.shops:
        if shop.kind != _STOCK_OF_ITS_OWN and (item := goods.take(lambda item: item.code.lower() != item.code)):
            offer = replace(goods.listing(item), sku=item.code.lower(), number=goods.number(), printed=item.barcode)
            goods.offer(shop, offer)
            note = "the item's code in small letters"
            yield planted(UNMAPPED, shop, offer.sku, "MASTER", ZERO, note, cause="other_spelling")
            break


def _kits(goods: Goods) -> Iterator[Fact]:
    shops = [shop for shop in goods.shops if shop.kind != _STOCK_OF_ITS_OWN]
    if not shops:
        return
    kit, shop = Item("KIT-EMPTY", "Hamper without content", Decimal("40.00"), STANDARD, goods.number()), shops[0]
    kit = replace(kit, is_stocked=False, is_listed=False)
    goods.assortment.more_items[kit.code] = kit
    goods.assortment.properties[kit.code] = {"TreeType": "iSalesTree"}
    goods.offer(shop, goods.listing(kit))
    note = "a kit whose bill of materials is empty"
    yield planted(BUNDLE, shop, kit.code, "MASTER", ZERO, note, cause="kit_without_parts")
    shop = shops[-1]
    if item := goods.take():
        offer = Listing("SET-GARDEN", "Garden set", penny(item.price * 2), STANDARD, goods.number())
        goods.offer(shop, offer)
        goods.assortment.translated += [(shop.id, offer.sku, item.code, 1), (shop.id, offer.sku, "HP-GONE", 1)]
        note = "the SKU map names a part that B1 does not have"
        yield planted(BUNDLE, shop, offer.sku, "MASTER", ZERO, note, cause="mapped_to_unknown_item")


def _unlisted(goods: Goods) -> Iterator[Fact]:
    soon = (goods.business.now + timedelta(days=9)).date()
    for units, web_from, is_web, note in (
        (40, None, True, "marked for the channels, in stock, and nowhere on offer"),
        (40, soon, True, "not to be sold yet"),
        (4, None, True, "hardly any left"),
        (40, None, False, "not meant for the channels"),
    ):
        number = goods.business.ids.next("odd item", 95_001)
        code = f"HP-U{number}"
        item = Item(code, f"Unseen thing no. {number}", Decimal("24.00"), STANDARD, number, is_listed=False)
        goods.assortment.more_items[code] = replace(item, is_web=is_web, web_from=web_from)
        goods.assortment.on_hand[code, "01"] = units
        for shop in goods.shops:
            if units == 40 and is_web and web_from is None:
                money = net_price(item) * shown(units, shop) / 100
                yield planted(UNLISTED, shop, code, "ECOM", money, note)
            else:
                yield look_alike(UNLISTED, shop, code, note)


def _prices(goods: Goods) -> Iterator[Fact]:
    """Each kind of wrong price once, dealt to the shops in turn, and one that is within tolerance."""
    kinds: tuple[tuple[str, str | None, Callable[[Item], Decimal]], ...] = (
        ("cheaper than the list", None, lambda item: penny(item.price * Decimal("0.87"))),
        ("the price without tax", "tax_left_out", net_price),
        ("tax twice", "tax_added_twice", lambda item: penny(item.price * Decimal("1.2"))),
        ("a third of the price", None, lambda item: penny(item.price * Decimal("0.33"))),
        ("the trade price", "other_price_list", lambda item: penny(trade_price(item) * Decimal("1.2"))),
        ("dearer than the list", None, lambda item: item.price + 2),
    )
    for place, (note, cause, price) in enumerate(kinds):
        shop = goods.shops[place % len(goods.shops)]
        item = goods.priced(shop)
        if item is None:
            continue
        if cause == "other_price_list":
            goods.assortment.properties[item.code] = {
                "ItemPrices": [
                    {"PriceList": 1, "Price": net_price(item), "Currency": CURRENCY},
                    {"PriceList": 2, "Price": trade_price(item), "Currency": CURRENCY},
                ]
            }
        offer = replace(goods.listing(item), price=price(item))
        goods.offer(shop, offer)
        yield _drift(goods, shop, item, net_price(item), offer.price, note, cause)
    shop = goods.shops[-1]
    if item := goods.take(lambda one: one.price >= 10):
        goods.offer(shop, replace(goods.listing(item), price=item.price - Decimal("0.03")))
        yield look_alike(PRICE, shop, f"{item.code}:{CURRENCY}", "within half a per cent of the list")
    for shop in goods.shops:
        yield look_alike(PRICE, shop, f"SET-COTTAGE:{CURRENCY}", "a set of the SKU map has no price in B1")


def trade_price(item: Item) -> Decimal:
    """The item's price in price list 2, without tax."""
    return penny(net_price(item) * Decimal("0.7"))


def _is_priceable(item: Item) -> bool:
    """Prices whose penny is the same whichever way tax is added, so that the cause can be told."""
    net = net_price(item)
    return item.rate == STANDARD and item.price >= 10 and net * Decimal("1.2") == item.price


def _drift(
    goods: Goods, shop: Shop, item: Item, net: Decimal, price: Decimal, note: str, cause: str | None, audit: int = 2
) -> Fact:
    gap = ((net * (1 + item.rate) - price) / (1 + item.rate)).quantize(Decimal("0.0001"), rounding=ROUND_HALF_UP)
    money = max(ZERO, gap) * (goods.sold(shop, item) or 0)
    return planted(PRICE, shop, f"{item.code}:{CURRENCY}", "ECOM", money, note, audit=audit, cause=cause)


def _old_price(goods: Goods) -> Iterator[Fact]:
    """B1 raises a price between two audits, and no shop hears of it."""
    item = goods.take(lambda one: _is_priceable(one) and all(goods.sold(shop, one) is not None for shop in goods.shops))
    if item is None:
        return
    at = goods.business.now + LATER
    price = penny(net_price(item) * Decimal("1.1"))
    prices = [{"PriceList": 1, "Price": price, "Currency": CURRENCY}]
    day = {"UpdateDate": at.date(), "UpdateTime": f"{at:%H:%M:%S}"}
    goods.changes.append(Change(at, None, item=item.code, properties={"ItemPrices": prices, **day}))
    for shop in goods.shops:
        yield _drift(goods, shop, item, price, item.price, "B1's new price never arrived", "old_price", audit=3)


def _tells(shop: Shop) -> bool:
    return shop.kind in _TELLS_BARCODES


def _barcodes(goods: Goods) -> Iterator[Fact]:
    shops = [shop for shop in goods.shops if _tells(shop)]
    for place, (printed, cause, note) in enumerate(
        (
            (None, "barcode_of_other_item", "the barcode of another item"),
            ("4006381333931", "barcode_differs", "somebody typed a barcode"),
        )
    ):
        if shops and (item := goods.take()) and (other := goods.take()):
            shop = shops[place % len(shops)]
            goods.offer(shop, replace(goods.listing(item), printed=printed or other.barcode))
            yield planted(OVERWRITTEN, shop, f"{item.code}:barcode", "ECOM", ZERO, note, audit=2, cause=cause)
    if shops and (item := goods.take()):
        goods.offer(shops[0], replace(goods.listing(item), printed=f"00{item.barcode[:6]} {item.barcode[6:]}"))
        yield look_alike(OVERWRITTEN, shops[0], f"{item.code}:barcode", "the same barcode, written otherwise")


def _later(goods: Goods) -> Iterator[Fact]:
    """Titles and the counting of stock are changed in a shop between the first two audits."""
    at = goods.business.now + LATER
    for shop in goods.shops:
        if item := goods.take():
            goods.changes.append(Change(at, shop, replace(goods.listing(item), title=f"{item.title} - BARGAIN!")))
            note = "somebody rewrote the title in the shop"
            subject = f"{item.code}:title"
            yield planted(OVERWRITTEN, shop, subject, "ECOM", ZERO, note, audit=3, cause="title_changed")
        if item := goods.take():
            goods.changes.append(Change(at, shop, replace(goods.listing(item), title=f"{item.title.upper()} ")))
            yield look_alike(OVERWRITTEN, shop, f"{item.code}:title", "the same words in capitals")
    for shop in goods.shops:
        if "untracked" in shop.can and (item := goods.take(goods.has_right_stock)):
            goods.changes.append(Change(at, shop, replace(goods.listing(item), is_tracked=False)))
            note = "the shop stopped counting the stock"
            subject = f"{item.code}:tracking"
            cause = "tracking_switched_off"
            yield planted(OVERWRITTEN, shop, subject, "ECOM", ZERO, note, audit=3, cause=cause)
