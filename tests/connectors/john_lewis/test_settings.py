"""The platform's settings as canonical rows; their records have names of their own."""

from __future__ import annotations

from auditor.store.owner import Store
from tests.connectors.john_lewis.shaping import canonical, land
from tests.connectors.john_lewis.shop import Marketplace, read_records


def test_switches_taxes_and_fields_become_settings(market: Marketplace) -> None:
    connector = market.connector()
    with Store.in_memory(market.clock) as store:
        land(store, connector, "settings", read_records(connector, "settings"))
        rows = {row["setting"]: row["value"] for row in canonical(store, ["channel_setting"])["channel_setting"]}
    assert rows["features.order_tax_mode"] == "TAX_INCLUDED"
    assert rows["features.shipment.multi_shipment"] == "true"
    assert rows["features.disable_seller_alternative_carrier"] == "true"
    assert rows["order_tax.VAT"] == "PROPORTIONAL_TO_AMOUNT"
    assert rows["additional_field.order.customer-order-number"] == "Customer order number"
    assert rows["timezone"] == "Europe/London"
