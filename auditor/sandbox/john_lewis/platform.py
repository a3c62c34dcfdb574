"""What the simulated operator says about its platform: configuration, taxes, additional fields, carriers, reasons."""

from __future__ import annotations

from collections.abc import Sequence

from auditor.sandbox.john_lewis.orders import Habits
from auditor.sandbox.john_lewis.wire import Node
from auditor.sandbox.life import CARRIERS, REASONS


def configuration(habits: Habits, *, has_returns: bool, order_tax_mode: str, closed_carriers: bool) -> Node:
    return {
        "features": {
            "catalog": {
                "allow_shop_contribution_to_all_channels": False,
                "exclude_invalid_products": False,
                "list_of_multiple_values_separator": "|",
                "product_acceptance_by_channel": False,
                "product_data_validation_by_channel": False,
                "product_import_only_on_leaf": False,
            },
            "circular_economy_data_collection": False,
            "competitive_pricing_tool": False,
            "direct_payment_customer_store": {"activated": False, "refund_cancel_authorized": False},
            "disable_seller_alternative_carrier": closed_carriers,
            "dropship": {},
            "kyc_status_per_seller": False,
            "lead_time_to_ship_by_sellers_enabled": "YES",
            "multi_currency": False,
            "multi_payout_psp_per_seller": False,
            "no_reply_needed": False,
            "offer_prices_decimals": "2",
            "operator_csv_delimiter": "COMMA",
            "order_conditions": {
                "lead_time_to_ship": True,
                "maximum_order_quantity": False,
                "minimum_order_quantity": False,
                "package_order_quantity": False,
            },
            "order_tax_mode": order_tax_mode,
            "order_workflows": {
                "no_customer_payment_confirmation": False,
                "order_acceptance": "MANUAL",
                "pause_debit_workflow": False,
                "pay_on_due_date": False,
                "pay_on_shipment": False,
                "sellers_edit_shipping_origin": False,
                "shipping_and_billing_details_before_acceptance": False,
            },
            "payment_confirmation": True,
            "pricing": {
                "channel_pricing": "DISABLED",
                "discount_period_required": False,
                "discount_price_creation_in_the_past_blocked": False,
                "scheduled_pricing": False,
                "volume_discount": False,
                "volume_pricing": False,
            },
            "product_data_validation_by_channel": False,
            "promotion": {"cart_promotion_campaign": False, "discount_campaign": False, "seller_promotion": True},
            "returns": {"drop_ship": False, "marketplace": has_returns, "one_creditor": False},
            "shipment": {"multi_part_item_shipment": True, "multi_shipment": habits.multi_shipment},
            "shop_tax_options": {"tax_identification_number": {"mandatory": True}},
            "tax_collection": {
                "activated": "NO",
                "product_tax_code_mandatory": False,
                "tax_collection_by_operator": False,
            },
            "tax_id_number": {"mandatory": False},
            "warehouses": {"geolocation": False, "restricted_countries": []},
        },
        "modules": {
            "mirakl_catalog_integrator": False,
            "mirakl_catalog_manager": False,
            "mirakl_catalog_transformer": False,
            "mirakl_platform_services": False,
            "offer_management": True,
            "order_management": True,
            "promotions": True,
            "quotes": False,
            "tax_manager": {"activated": False, "tax_provider": {"avalara": False, "vertex": False}},
        },
        "platform_configuration": {
            "customer_model": {"b2b": False, "b2c": True},
            "enhanced_seller_invoicing": {"enabled": False},
            "platform_model": {"drop_ship": False, "marketplace": True, "one_creditor": False},
        },
        "platform_name": "John Lewis Marketplace",
        "tenant_name": "johnlewis",
        "timezone": "Europe/London",
    }


def order_taxes() -> Node:
    rules = [("VAT", "Value added tax"), ("VAT0", "Zero-rated")]
    return {
        "taxes": [
            {"code": code, "label": label, "tax_calculation_rule": "PROPORTIONAL_TO_AMOUNT"} for code, label in rules
        ]
    }


def additional_fields(habits: Habits) -> Node:
    fields = [("gift-message", "Gift message")]
    if habits.number_field:
        fields.append((habits.number_field, "Customer order number"))
    return {
        "additional_fields": [
            {"code": code, "editable": False, "entity": "ORDER", "label": label, "required": False, "type": "STRING"}
            for code, label in fields
        ],
        "total_count": len(fields),
    }


def carriers() -> list[Node]:
    return [
        {"code": name, "label": name, "standard_code": name.upper().replace(" ", "_")}
        for _, name in sorted(CARRIERS.values(), key=lambda names: names[1])
    ]


def reasons(codes: Sequence[str] = REASONS) -> Node:
    listed = [
        {"code": code.upper().replace(" ", "_"), "is_shop_right": True, "label": code.capitalize(), "type": "REFUND"}
        for code in codes
    ]
    return {"reasons": listed, "total_count": len(listed)}
