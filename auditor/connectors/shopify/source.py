"""What every stream needs to know about the shop it reads: the client, what the app may read, its currency."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from auditor.connectors.shopify.client import ShopifyClient
from auditor.connectors.shopify.documents import LOCATIONS, SHOP
from auditor.connectors.shopify.paging import Node, pages
from auditor.errors import Rejected

RETURNS = "read_returns"
FULFILMENT_ORDERS = (
    "read_merchant_managed_fulfillment_orders",
    "read_assigned_fulfillment_orders",
    "read_third_party_fulfillment_orders",
)
PAYMENTS_ACCOUNT = ("read_shopify_payments_accounts", "read_shopify_payments")


class Source:
    """The shop behind a client. What it says about itself is read once and kept until `refresh`."""

    def __init__(self, client: ShopifyClient) -> None:
        self.client = client
        self._facts: dict[str, Any] | None = None

    def refresh(self) -> dict[str, Any]:
        """The answer to AuditShop, read now."""
        self._facts = self.client.run(SHOP)
        return self._facts

    @property
    def shop(self) -> Node:
        shop: Node = self._known()["shop"]
        return shop

    @property
    def versions(self) -> list[Node]:
        versions: list[Node] = self._known()["publicApiVersions"]
        return versions

    @property
    def scopes(self) -> frozenset[str]:
        """Granted scopes; a scope to write includes the one to read."""
        handles = {entry["handle"] for entry in self._known()["currentAppInstallation"]["accessScopes"]}
        return frozenset(handles | {"read_" + name[6:] for name in handles if name.startswith("write_")})

    def grants(self, *scopes: str) -> bool:
        """Whether one of these scopes is granted."""
        return not self.scopes.isdisjoint(scopes)

    def need(self, subject: str, scopes: Sequence[str]) -> None:
        """Raises `Rejected` unless one of these scopes is granted."""
        if not self.grants(*scopes):
            raise Rejected(
                f"{self.client.system}: {subject} cannot be read; grant the app one of: {', '.join(scopes)}.",
                status=403,
                code="ACCESS_DENIED",
            )

    def locations(self) -> list[Node]:
        return [node for page in pages(self.client, LOCATIONS, {}, ("locations",)) for node in page]

    def _known(self) -> dict[str, Any]:
        return self._facts if self._facts is not None else self.refresh()
