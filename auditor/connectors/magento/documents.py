"""The records of a shop and the fields that are read of them. Amounts are read in the shop's own (base) currency.

What is demanded is filled in by the database itself or written with every record; an order without tax says 0. What a
customer is called, where they live and what payment modules note about them is not asked for.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from auditor.connectors.magento.fields import Fields


@dataclass(frozen=True)
class Listing:
    """A list of records: where it is, the field by which it is sorted and sought, and its name in the answer.

    `what` is what people call the records; `view` says whether the catalogue of one store view is meant.
    """

    path: str
    what: str
    fields: Fields
    sought: str = "entity_id"
    key: str = "entity_id"
    is_numeric: bool = True
    of_view: bool = False


# Orders ---------------------------------------------------------------------------------------------------------------

_ITEM_KEYS = ("item_id", "sku", "product_type", "qty_ordered")
ITEM = Fields(
    "Item",
    must=(
        *_ITEM_KEYS, "qty_canceled", "qty_refunded", "qty_shipped", "base_price", "base_row_total", "base_tax_amount",
        "base_discount_amount",
    ),
    may=(
        "parent_item_id", "name", "is_virtual", "base_original_price", "base_price_incl_tax", "tax_percent",
        "base_discount_tax_compensation_amount", "base_weee_tax_applied_row_amnt",
    ),
)  # fmt: skip
_ADDRESS = Fields("Address", may=("country_id",))
_SHIPPING = Fields("Shipping", may=("method",), one=(("address", _ADDRESS),))
_ASSIGNMENT = Fields("Assignment", one=(("shipping", _SHIPPING),))
_APPLIED = Fields("Applied", may=("code", "title", "percent", "base_amount"))
_ITEM_APPLIED = Fields("ItemApplied", may=("type", "item_id"), many=(("applied_taxes", _APPLIED),))
_FEE = Fields("CustomFee", may=("id", "custom_fee_code", "custom_fee_label", "base_custom_fee_amount"))
_ORDER_EXTENSION = Fields(
    "OrderExtension",
    may=(
        "base_gift_cards_amount", "base_gift_cards_refunded", "base_customer_balance_amount",
        "base_customer_balance_refunded", "base_reward_currency_amount", "gw_base_price", "gw_items_base_price",
        "gw_card_base_price", "gw_base_tax_amount", "gw_items_base_tax_amount", "gw_card_base_tax_amount",
    ),
    many=(
        ("shipping_assignments", _ASSIGNMENT),
        ("applied_taxes", _APPLIED),
        ("item_applied_taxes", _ITEM_APPLIED),
        ("custom_fees", _FEE),
    ),
)  # fmt: skip
_PAYMENT = Fields("Payment", may=("method", "last_trans_id", "base_amount_authorized"))
_HISTORY = Fields("History", may=("created_at", "status"))
ORDER = Fields(
    "Order",
    must=(
        "entity_id", "increment_id", "state", "status", "created_at", "updated_at", "base_currency_code",
        "order_currency_code", "base_grand_total", "grand_total", "base_subtotal", "base_tax_amount", "tax_amount",
        "base_discount_amount", "base_shipping_amount",
    ),
    may=(
        "is_virtual", "original_increment_id", "shipping_description",
        "base_shipping_tax_amount", "base_shipping_discount_amount", "base_shipping_discount_tax_compensation_amnt",
        "base_discount_tax_compensation_amount", "base_total_paid", "base_total_refunded",
        "base_total_canceled", "base_tax_canceled",
    ),
    one=(("billing_address", _ADDRESS), ("payment", _PAYMENT), ("extension_attributes", _ORDER_EXTENSION)),
    many=(("items", ITEM), ("status_histories", _HISTORY)),
    must_hold=("items",),
)  # fmt: skip
ORDERS = Listing("orders", "orders", ORDER)

# Of the order behind an invoice, a credit memo or a shipment: which item belongs to which, and how it was paid.
FRAME = Fields(
    "Frame",
    must=("entity_id", "increment_id"),
    one=(("payment", Fields("Method", may=("method",))),),
    many=(("items", Fields("FrameItem", must=(*_ITEM_KEYS, "base_price", "base_row_total"), may=("parent_item_id",))),),
    must_hold=("items",),
)
FRAMES = Listing("orders", "orders", FRAME)

# What belongs to an order ---------------------------------------------------------------------------------------------

INVOICES = Listing(
    "invoices",
    "invoices",
    Fields(
        "Invoice",
        must=(
            "entity_id", "increment_id", "order_id", "state", "created_at", "updated_at", "base_currency_code",
            "base_grand_total",
        ),
        may=("transaction_id",),
    ),
)  # fmt: skip

_MEMO_ITEM = Fields(
    "MemoItem",
    must=("entity_id", "order_item_id", "qty"),
    may=(
        "sku", "base_price", "base_row_total", "base_tax_amount", "base_discount_amount",
        "base_discount_tax_compensation_amount", "base_weee_tax_applied_row_amnt",
    ),
)  # fmt: skip
_MEMO_EXTENSION = Fields(
    "MemoExtension",
    may=(
        "base_gift_cards_amount", "base_customer_balance_amount", "gw_base_price", "gw_items_base_price",
        "gw_card_base_price",
    ),
)  # fmt: skip
CREDIT_MEMOS = Listing(
    "creditmemos",
    "credit memos",
    Fields(
        "CreditMemo",
        must=(
            "entity_id", "increment_id", "order_id", "state", "created_at", "updated_at", "base_currency_code",
            "base_grand_total", "base_subtotal", "base_tax_amount", "base_shipping_amount",
        ),
        may=(
            "invoice_id", "transaction_id", "base_adjustment", "base_adjustment_positive", "base_adjustment_negative",
            "base_discount_amount", "base_discount_tax_compensation_amount",
            "base_shipping_discount_tax_compensation_amnt", "base_shipping_tax_amount",
        ),
        one=(("extension_attributes", _MEMO_EXTENSION),),
        many=(("items", _MEMO_ITEM),),
        must_hold=("items",),
    ),
)  # fmt: skip

SHIPMENTS = Listing(
    "shipments",
    "shipments",
    Fields(
        "Shipment",
        must=("entity_id", "increment_id", "order_id", "created_at", "updated_at"),
        may=("shipment_status",),
        one=(("extension_attributes", Fields("ShipmentExtension", may=("source_code",))),),
        many=(
            ("items", Fields("ShipmentItem", must=("entity_id", "order_item_id", "qty"), may=("sku",))),
            (
                "tracks",
                Fields("Track", must=("entity_id",), may=("track_number", "carrier_code", "title")),
            ),
        ),
        must_hold=("items", "tracks"),
    ),
)

# The catalogue and where it lies --------------------------------------------------------------------------------------

_BUNDLE_LINK = Fields("BundleLink", may=("sku", "qty"))
_BUNDLE_OPTION = Fields("BundleOption", may=("option_id", "required", "type"), many=(("product_links", _BUNDLE_LINK),))
_PRODUCT_EXTENSION = Fields(
    "ProductExtension", may=("website_ids",), many=(("bundle_product_options", _BUNDLE_OPTION),)
)
PRODUCTS = Listing(
    "products",
    "products",
    Fields(
        "Product",
        must=("id", "sku", "status", "type_id", "updated_at"),
        may=("name", "price", "visibility"),
        one=(("extension_attributes", _PRODUCT_EXTENSION),),
    ),
    key="id",
    of_view=True,
)
SOURCE_ITEMS = Listing(
    "inventory/source-items",
    "source items",
    Fields("SourceItem", must=("sku", "source_code", "quantity", "status")),
    sought="sku",
    key="sku",
    is_numeric=False,
)
_CHANNEL = Fields("SalesChannel", must=("type", "code"))
STOCKS = Listing(
    "inventory/stocks",
    "stocks",
    Fields(
        "Stock",
        must=("stock_id", "name"),
        one=(("extension_attributes", Fields("StockExtension", many=(("sales_channels", _CHANNEL),))),),
    ),
    sought="stock_id",
    key="stock_id",
)
LINKS = Listing(
    "inventory/stock-source-links",
    "links of stocks and sources",
    Fields("Link", must=("stock_id", "source_code"), may=("priority",)),
    sought="source_code",
    key="source_code",
    is_numeric=False,
)
SOURCES = Listing(
    "inventory/sources",
    "sources",
    Fields("Source", must=("source_code", "enabled"), may=("name",)),
    sought="source_code",
    key="source_code",
    is_numeric=False,
)
SALABLE = Listing(
    "inventory/export-stock-salable-qty/website",
    "salable quantities",
    Fields("Salable", must=("sku",), may=("qty", "is_salable")),
    sought="sku",
    key="sku",
    is_numeric=False,
)
STORE_CONFIG = Fields(
    "StoreConfig",
    must=("id", "code", "website_id", "base_currency_code", "timezone"),
    may=("default_display_currency_code", "locale", "weight_unit"),
)


def at(listing: Listing, path: str) -> Listing:
    """The same records at another address."""
    return replace(listing, path=path)
