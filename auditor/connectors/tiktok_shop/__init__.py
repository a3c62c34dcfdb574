"""TikTok Shop: everything that is read from a shop through the Partner API."""

from auditor.connectors.tiktok_shop.connector import TikTokShopConnector

__all__ = ["TikTokShopConnector"]
