"""What the middleware tells of its pushes: levels that were refused, full runs that stay away, items in use."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from auditor.sandbox.faults.case import Fact
from auditor.sandbox.faults.shelf import LEEDS, LOCKS, OVERDUE, REJECTED, Shelf
from auditor.sandbox.truth import Planted, look_alike, planted

_AGO = timedelta(hours=3)
_FULL_RUN_TAKES = timedelta(minutes=9)
_LOCKED_ITEMS = 6


def _refused(shelf: Shelf) -> Iterator[Fact]:
    """The level stays as it was, and wrong: the drift hangs below."""
    leeds = shelf.place(LEEDS)
    if sku := shelf.take():
        shelf.put(sku, leeds, shelf.figure(sku, leeds) + 8)
        shelf.level(sku, leeds).updated_at = shelf.stock.business.now - 2 * _AGO
        _answer(shelf, sku, shelf.stock.business.now - _AGO, "value", "422", "Quantity is not a whole number")
        note, subject = "the shop refused the level: the drift follows from it", f"{sku}:422"
        money = shelf.drift_money(sku, leeds)
        yield planted(REJECTED, shelf.shop, subject, "MASTER", money, note, cause="value_refused")


def _unreachable(shelf: Shelf) -> Iterator[Fact]:
    """Nothing had changed, so that the level is right all the same."""
    if sku := shelf.take():
        shelf.level(sku, shelf.place(LEEDS)).updated_at = shelf.stock.business.now - 2 * _AGO
        _answer(shelf, sku, shelf.stock.business.now - _AGO, "connection", "ETIMEDOUT", "The shop did not answer")
        note = "the last push got no answer, and nobody tried again"
        yield planted(REJECTED, shelf.shop, f"{sku}:ETIMEDOUT", "INT", Decimal(0), note, cause="no_connection")


def _tried_again(shelf: Shelf) -> Iterator[Fact]:
    if sku := shelf.take():
        at = shelf.stock.business.now - _AGO
        _answer(shelf, sku, at, "rate", "429", "Too many requests")
        _answer(shelf, sku, at + timedelta(seconds=40))
        yield look_alike(REJECTED, shelf.shop, f"{sku}:429", "refused, and taken half a minute later")


def _locked_items(shelf: Shelf) -> Iterator[Fact]:
    """In the first shop's pushes an hour from now; each goes through at the second try."""
    business = shelf.stock.business
    if shelf.shop is not business.shops[0]:
        return
    skus = [sku for sku in sorted(shelf.figures) if sku not in shelf.taken][:_LOCKED_ITEMS]
    if len(skus) == _LOCKED_ITEMS:
        for number, sku in enumerate(skus):
            at = business.now + timedelta(minutes=50, seconds=20 * number)
            _answer(shelf, sku, at, "lock", "-2039", "Another user or another operation modified data")
            _answer(shelf, sku, at + timedelta(minutes=2))
        note = "items were locked while stock was read for the push"
        yield Planted(LOCKS, "b1", "items", "INT", None, Decimal(0), note, 3, "many_at_once")


def plant_runs(shelf: Shelf) -> Iterator[Fact]:
    """Each shop's whole stock is pushed once a night: one shop's was not, another's runs in the middle of the day."""
    shop, now = shelf.shop, shelf.stock.business.now
    levels = sum(1 for shop_id, _, _ in shelf.stock.levels if shop_id == shop.id)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    nights = [midnight + timedelta(days=day, hours=2, minutes=5) for day in (-2, -1, 0)]
    if shop.kind == "bigcommerce":
        _full_run(shelf, nights[0], levels)
        note = "the full run of the last nights did not take place"
        yield planted(OVERDUE, shop, shop.id, "INT", Decimal(0), note, cause="overdue")
    elif shop.kind == "tiktok_shop":
        for night in nights:
            _full_run(shelf, night + timedelta(hours=7), levels)
        note = "the whole stock is pushed in the middle of the morning"
        yield planted(OVERDUE, shop, shop.id, "INT", Decimal(0), note, cause="outside_quiet_hours")
    else:
        for night in nights:
            _full_run(shelf, night, levels)
        yield look_alike(OVERDUE, shop, shop.id, "the whole stock was pushed last night")


def _full_run(shelf: Shelf, at: datetime, levels: int) -> None:
    moved: dict[str, Any] = {"records_due": levels, "records_moved": levels, "records_failed": 0}
    times: dict[str, Any] = {"started_at": at, "finished_at": at + _FULL_RUN_TAKES}
    middleware = shelf.stock.business.middleware
    middleware.write(at + _FULL_RUN_TAKES, "run", "stock", shelf.shop, **times, **moved)


def _answer(
    shelf: Shelf, sku: str, at: datetime, error_class: str | None = None, code: str | None = None, error: str = ""
) -> None:
    """What the shop said to a push of one level."""
    about: dict[str, Any] = {"sku": sku, "location": shelf.key_of(shelf.place(LEEDS)), "finished_at": at}
    if error_class is not None:
        about |= {"status": "error", "error_class": error_class, "error_code": code, "error": error}
    shelf.stock.business.middleware.write(at, "message", "stock", shelf.shop, **about)


PUSH_CASES: tuple[Callable[[Shelf], Iterator[Fact]], ...] = (_refused, _unreachable, _tried_again, _locked_items)
