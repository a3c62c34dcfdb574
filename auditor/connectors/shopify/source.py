"""What every stream needs to know about the shop it reads: the client, what the app may read, its currency."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from auditor.connectors.shopify.changes import ATTEMPTS
from auditor.connectors.shopify.client import ShopifyClient
from auditor.connectors.shopify.documents import LOCATIONS, LOCATIONS_COUNT, SHOP
from auditor.connectors.shopify.paging import Node, pages
from auditor.errors import Incomplete, Rejected

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
        """All locations, closed ones as well. Raises `Incomplete` when a part of them was lost, twice.

        Whether the count contains the closed ones is not documented. It is the least that must come; what is beyond it
        must come in the other direction too. No shop is without a location.
        """
        for _ in range(ATTEMPTS):
            count = self.client.run(LOCATIONS_COUNT)["locationsCount"]
            counted = max(1, int(count["count"]) if count else 0)
            listed = self._listed(reverse=False, expected=counted)
            if len(listed) < counted:
                continue
            if len(listed) == counted or self._listed(reverse=True, expected=len(listed)).keys() <= listed.keys():
                return list(listed.values())
        raise Incomplete(
            f"{self.client.system}: Shopify lists {len(listed)} locations of {counted} at least; a page was lost."
        )

    def _listed(self, *, reverse: bool, expected: int) -> dict[str, Node]:
        found = pages(self.client, LOCATIONS, {"reverse": reverse}, ("locations",), expected=expected)
        return {node["id"]: node for page in found for node in page}

    def _known(self) -> dict[str, Any]:
        return self._facts if self._facts is not None else self.refresh()
