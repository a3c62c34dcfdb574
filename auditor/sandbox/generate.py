"""An invented year-end season of Harbour & Pine Ltd: items, warehouses and sales, the same for the same seed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

from auditor.money import ZERO
from auditor.sandbox import life
from auditor.sandbox.basics import STANDARD, Ids, penny, shares
from auditor.sandbox.business import Business
from auditor.sandbox.catalogue import Item, Recipe, Shop, Warehouse
from auditor.sandbox.sale import Sale, SaleLine
from auditor.sandbox.shops import SHOPS

WAREHOUSES = [
    Warehouse("01", "Leeds main"),
    Warehouse("02", "Leeds overflow"),
    Warehouse("03", "Manchester"),
    Warehouse("04", "Manchester old hall", is_inactive=True),
    Warehouse("05", "Glasgow 3PL"),
    Warehouse("06", "Glasgow own"),
    Warehouse("07", "Bristol"),
    Warehouse("08", "Bristol dock"),
    Warehouse("09", "Returns"),
    Warehouse("10", "Belfast A"),
    Warehouse("11", "Belfast B"),
    Warehouse("12", "Belfast C"),
    Warehouse("13", "Cardiff front"),
    Warehouse("14", "Cardiff back"),
    Warehouse("15", "Bath shop"),
    Warehouse("16", "Bath cellar"),
    Warehouse("27", "Durham"),
    Warehouse("30", "York pop-up"),
]
_THINGS = ("mug", "lantern", "throw", "candle", "teapot", "basket", "print", "vase", "apron", "stool", "kettle", "bowl")
_STYLES = ("harbour", "pine", "heather", "slate", "copper", "linen", "gull", "tide", "moss", "ember", "chalk", "fern")
_FOODS = ("oat biscuits", "heather honey", "breakfast tea", "shortbread", "sea salt", "rapeseed oil")
_SHIPPING = (Decimal("3.95"), Decimal("4.95"), Decimal("6.95"), ZERO)
IN_GRACE = 3
"""Sales of the last ten minutes, in each shop: the middleware has not come round to them yet, and nothing is wrong
with that."""
_ITEMS_PER_FURTHER_SHOP = 25
"""So that the shops need not share the few items on whose stock a fault can be shown."""


def generate(seed: int, orders: int, now: datetime, days: int = 60, shops: Sequence[Shop] = SHOPS) -> Business:
    """`orders` sales of the `days` before `now` with payment, posting, shipping, refunds and cancellations."""
    rng = Random(f"business {seed}")
    items = _items(rng, max(90, min(600, orders // 5)) + _ITEMS_PER_FURTHER_SHOP * (len(shops) - 1))
    recipes = _recipes(items)
    business = Business(now, seed, tuple(shops), items, recipes, WAREHOUSES, [], Ids())
    listed = [item for item in items.values() if item.is_stocked]
    for placed_at, shop in _moments(rng, orders, now, days, shops):
        business.sales.append(_sale(rng, business, shop, listed, placed_at))
    for sale in business.sales:
        _live_on(sale, rng, business)
    return business


def _items(rng: Random, count: int) -> dict[str, Item]:
    items: dict[str, Item] = {}
    for number in range(1, count + 1):
        is_food = rng.random() < 0.15
        thing = rng.choice(_FOODS if is_food else _THINGS)
        title = f"{rng.choice(_STYLES).title()} {thing} no. {number}"
        price = Decimal(rng.randrange(3, 60)) + rng.choice((Decimal("0.95"), Decimal("0.50"), Decimal("0.99")))
        code = f"HP-{number:04d}"
        items[code] = Item(code, title, price, ZERO if is_food else STANDARD, number)
    first = [f"HP-{number:04d}" for number in range(1, 7)]
    items[first[0]] = _with(items[first[0]], locked_batch=7)
    items[first[1]] = _with(items[first[1]], locked_batch=3)
    items["GIFTCARD"] = Item("GIFTCARD", "Gift card", Decimal(25), ZERO, count + 1, is_stocked=False, is_tracked=False)
    items["KIT-HAMPER"] = Item(
        "KIT-HAMPER", "Picnic hamper", Decimal("59.00"), STANDARD, count + 2, is_stocked=False, is_listed=False
    )
    return items


def _with(item: Item, *, locked_batch: int) -> Item:
    return Item(item.code, item.title, item.price, STANDARD, item.number, locked_batch=locked_batch)


def _recipes(items: dict[str, Item]) -> dict[str, Recipe]:
    """One listing of each kind of set; their components are standard-rated so that one rate covers the set."""
    standard = [item for item in items.values() if item.is_stocked and item.rate and not item.locked_batch]
    a, b, c, d, e, f = standard[:6]
    count = len(items)
    made = (
        Recipe("KIT-HAMPER", "Picnic hamper", Decimal("59.00"), "kit", ((a.code, 1), (b.code, 2)), count + 11),
        Recipe(f"{c.code}-6PK", f"{c.title}, six", penny(c.price * 5), "map", ((c.code, 6),), count + 12),
        Recipe("SET-COTTAGE", "Cottage set", penny(d.price + e.price), "map", ((d.code, 1), (e.code, 1)), count + 13),
        Recipe("BUNDLE-TEA", "Tea for two", penny(d.price + f.price), "bundle", ((d.code, 1), (f.code, 2)), count + 14),
    )
    return {recipe.sku: recipe for recipe in made}


def _moments(rng: Random, orders: int, now: datetime, days: int, shops: Sequence[Shop]) -> list[tuple[datetime, Shop]]:
    """When and where sales are placed: some in the last minutes, the others spread over the days, on whole seconds."""
    young = min(IN_GRACE * len(shops), orders)
    recent = [now - timedelta(seconds=rng.randrange(120, 560)) for _ in range(young)]
    span = int(timedelta(days=days).total_seconds())
    others = [now - timedelta(seconds=rng.randrange(5400, span)) for _ in range(orders - len(recent))]
    chosen = rng.choices(shops, [shop.weight for shop in shops], k=len(others))
    chosen += [shops[number % len(shops)] for number in range(len(recent))]
    return list(zip(sorted(others) + sorted(recent), chosen, strict=True))


def _sale(rng: Random, business: Business, shop: Shop, listed: list[Item], placed_at: datetime) -> Sale:
    ids = business.ids
    location = shop.location(2 if rng.random() >= 0.8 and shop.has_location(2) else 1)
    warehouses = [code for code in location.warehouses if code not in {"04"}]
    number = ids.next(f"order of {shop.id}", shop.first_number)
    sale = Sale(
        shop=shop,
        number=number,
        order_id=5_000_000_000 + number * 7,
        placed_at=placed_at,
        location=location,
        lines=[],
        shipping=rng.choice(_SHIPPING),
        shipping_rate=STANDARD,
        shipping_id=ids.next("shipping line", 3_000_001),
        customer=rng.randrange(1, 2000),
        gateway="paypal" if rng.random() < 0.1 and shop.takes_paypal else shop.provider,
    )
    # Few items sell often, most sell now and then.
    chosen = {rng.choice(listed).code if rng.random() < 0.5 else rng.choice(listed[: len(listed) // 3]).code}
    while len(chosen) < rng.choice((1, 2, 2, 3, 4, 5)):
        chosen.add(rng.choice(listed).code)
    for code in sorted(chosen):
        item = business.items[code]
        quantity = rng.choice((1, 1, 1, 2, 2, 3, 4))
        line_id = ids.next("line", 7_000_001)
        sale.lines.append(SaleLine(line_id, code, item.title, quantity, item.price, item.rate, rng.choice(warehouses)))
    if rng.random() < 0.04 and placed_at < business.now - timedelta(hours=1):
        recipes = [one for one in business.recipes.values() if one.kind != "bundle" or "bundles" in shop.can]
        sale.lines = _recipe_lines(rng.choice(recipes), sale, business)
    if not any(line.rate for line in sale.lines):
        sale.shipping_rate = ZERO
    if rng.random() < 0.2:
        _discount(sale, Decimal(rng.choice((10, 15))) / 100)
    return sale


def _recipe_lines(recipe: Recipe, sale: Sale, business: Business) -> list[SaleLine]:
    """A set as it stands on the order: one line, or for the shop's own bundles a line for each component."""
    ids, warehouse = business.ids, sale.lines[0].warehouse
    if recipe.kind != "bundle":
        line_id = ids.next("line", 7_000_001)
        return [SaleLine(line_id, recipe.sku, recipe.title, 1, recipe.price, STANDARD, warehouse)]
    group = ids.next("bundle group", 40_001)
    lines = []
    for code, count in recipe.parts:
        item = business.items[code]
        line = SaleLine(ids.next("line", 7_000_001), code, item.title, count, item.price, item.rate, warehouse)
        line.bundle, line.bundle_group = recipe, group
        lines.append(line)
    return lines


def _discount(sale: Sale, share: Decimal) -> None:
    """A share off the whole order, allocated to the lines."""
    amounts = [line.unit_price * line.quantity for line in sale.lines]
    parts = shares(penny(sum(amounts, ZERO) * share), amounts)
    for line, part in zip(sale.lines, parts, strict=True):
        line.discount = part
        line.price()


def _live_on(sale: Sale, rng: Random, business: Business) -> None:
    now, ids = business.now, business.ids
    life.pay(sale, ids)
    life.post(sale, now)
    fate = rng.random()
    if fate < 0.02 and sale.placed_at < now - timedelta(hours=6):
        life.cancel(sale, sale.placed_at + timedelta(minutes=rng.choice((5, 50, 180))), ids, rng)
        if sale.posted_at and sale.cancelled_at and sale.posted_at > sale.cancelled_at:
            sale.posted_at = None
        return
    shipped_at = sale.placed_at + timedelta(minutes=rng.randrange(180, 2700))
    if shipped_at > now - timedelta(hours=3):
        return
    is_split = rng.random() < 0.08 and "several_parcels" in sale.shop.can
    life.ship(sale, shipped_at, rng, ids, parcels=2 if is_split else 1)
    if rng.random() < 0.08:
        _give_back(sale, rng, business)


def _give_back(sale: Sale, rng: Random, business: Business) -> None:
    """A customer returns some units some days later."""
    at = sale.placed_at + timedelta(minutes=rng.randrange(4 * 1440, 15 * 1440))
    simple = [line for line in sale.lines if line.sku in business.items and line.bundle is None]
    if at > business.now - timedelta(hours=3) or not simple:
        return
    line = rng.choice(simple)
    everything = rng.random() < 0.3 and len(simple) == len(sale.lines)
    parts = [(one, one.quantity) for one in simple] if everything else [(line, rng.randint(1, line.quantity))]
    given = life.refund(sale, at, parts, business.ids, rng, with_shipping=everything)
    if rng.random() < 0.3:
        given.goods_back_at = at + timedelta(minutes=2)
        given.return_id = business.ids.next("return", 66_001)
