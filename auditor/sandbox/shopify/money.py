"""Projections of money: the bulk of every answer, so they are made for the exact fields that were asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from auditor.sandbox.shopify.environment import Environment
from auditor.sandbox.shopify.wire import Node, decimal_text

# ((answer key, 'amount' or 'currencyCode' or '__typename'), ...)
Keys = Sequence[tuple[str, str]]
Bag = Callable[[Any, Environment], Any]


def money_dict(value: Any, currency: str) -> Node:
    """A MoneyV2 from what the state holds: an amount, an amount with its currency, or the finished object."""
    if isinstance(value, dict):
        return value
    if isinstance(value, list):
        return {"amount": value[0], "currencyCode": value[1]}
    return {"amount": value, "currencyCode": currency}


def money_projection(keys: Keys) -> Bag:
    """A projection of one MoneyV2 in shop currency unless the value names its own."""

    def project(value: Any, env: Environment) -> Node:
        money = money_dict(value, env.currency)
        return _money(keys, str(money["amount"]), money["currencyCode"])

    return project


def bag_projection(sides: Sequence[tuple[str, str, Keys]]) -> Bag:
    """A projection of a MoneyBag; `sides`: (answer key, 'shopMoney' or 'presentmentMoney', keys).

    The value is an amount, or the pair (shop, presentment).
    """
    if all(side[1] != "__typename" and _is_usual(side[2]) for side in sides):
        return _usual_bag([(key, side == "presentmentMoney") for key, side, _ in sides])

    def project(value: Any, env: Environment) -> Node:
        shop, presentment = value if isinstance(value, list) else (value, value)
        answer: Node = {}
        for key, side, keys in sides:
            if side == "__typename":
                answer[key] = "MoneyBag"
            elif side == "shopMoney":
                answer[key] = _money(keys, str(shop), env.currency)
            else:
                answer[key] = _money(keys, str(presentment), env.presentment)
        return answer

    return project


def _usual_bag(sides: Sequence[tuple[str, bool]]) -> Bag:
    """`{ amount currencyCode }` on each side: nine of ten bags."""

    def project(value: Any, env: Environment) -> Node:
        shop, presentment = value if isinstance(value, list) else (value, value)
        return {
            key: {"amount": decimal_text(str(presentment)), "currencyCode": env.presentment}
            if is_presentment
            else {"amount": decimal_text(str(shop)), "currencyCode": env.currency}
            for key, is_presentment in sides
        }

    return project


def _is_usual(keys: Keys) -> bool:
    return tuple(keys) == (("amount", "amount"), ("currencyCode", "currencyCode"))


def _money(keys: Keys, amount: str, currency: str) -> Node:
    values = {"amount": decimal_text(amount), "currencyCode": currency, "__typename": "MoneyV2"}
    return {key: values[name] for key, name in keys}
