"""A simulated Shopify store: Admin GraphQL 2026-10 over HTTP, with state, limits and failures."""

from auditor.sandbox.shopify.front import make_front
from auditor.sandbox.shopify.server import shopify_app
from auditor.sandbox.shopify.state import ShopifyState

__all__ = ["ShopifyState", "make_front", "shopify_app"]
