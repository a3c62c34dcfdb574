"""A simulated TikTok Shop over HTTP: the Partner API as far as the connector needs it, with state and failures."""

from auditor.sandbox.tiktok_shop.front import TikTokShopFront, make_front
from auditor.sandbox.tiktok_shop.server import tiktok_shop_app
from auditor.sandbox.tiktok_shop.state import TikTokShopState

__all__ = ["TikTokShopFront", "TikTokShopState", "make_front", "tiktok_shop_app"]
