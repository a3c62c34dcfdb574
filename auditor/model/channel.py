"""What people call the systems."""

from __future__ import annotations

from collections.abc import Mapping

KIND_NAMES: Mapping[str, str] = {
    "shopify": "Shopify",
    "bigcommerce": "BigCommerce",
    "magento": "Magento",
    "john_lewis": "John Lewis Marketplace",
    "tiktok_shop": "TikTok Shop",
}
"""Kind of channel -> its name."""
