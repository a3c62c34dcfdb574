"""Shopify: everything that is read from a shop through its Admin GraphQL API."""

from auditor.connectors.shopify.connector import ShopifyConnector

__all__ = ["ShopifyConnector"]
