"""A simulated John Lewis Marketplace: the Mirakl seller API over HTTP, with state, ceilings and failures."""

from __future__ import annotations

from auditor.clock import Clock
from auditor.sandbox.catalogue import Shop
from auditor.sandbox.front import Storefront
from auditor.sandbox.john_lewis.front import JohnLewisFront
from auditor.sandbox.john_lewis.server import mirakl_app
from auditor.sandbox.john_lewis.state import MiraklState


def make_front(shop: Shop, clock: Clock) -> Storefront:
    """The shop's storefront, empty."""
    return JohnLewisFront(shop, clock)


__all__ = ["JohnLewisFront", "MiraklState", "make_front", "mirakl_app"]
