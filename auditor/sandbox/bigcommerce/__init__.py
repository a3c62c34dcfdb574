"""A simulated BigCommerce store: V2 and V3 REST over HTTP, with state, quota and failures."""

from auditor.sandbox.bigcommerce.front import BigCommerceFront, make_front
from auditor.sandbox.bigcommerce.server import bigcommerce_app
from auditor.sandbox.bigcommerce.state import BigCommerceState

__all__ = ["BigCommerceFront", "BigCommerceState", "bigcommerce_app", "make_front"]
