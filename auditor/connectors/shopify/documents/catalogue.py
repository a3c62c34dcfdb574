"""The shop itself, locations, listings and stock."""

from __future__ import annotations

from auditor.connectors.shopify.documents.document import PAGE, Document

LOCATION_FIELDS = "id name isActive hasActiveInventory shipsInventory fulfillsOnlineOrders isFulfillmentService"
VARIANT_FIELDS = """
  id sku barcode displayName price inventoryPolicy inventoryQuantity updatedAt requiresComponents
  product { id status } inventoryItem { id tracked }
"""
COMPONENT_FIELDS = "id quantity productVariant { sku }"
LEVEL_FIELDS = """
  id isActive updatedAt location { id }
  quantities(names: ["available", "on_hand", "committed", "reserved", "incoming"]) { name quantity updatedAt }
"""

SHOP = Document(
    "AuditShop",
    """query AuditShop {
  shop { id name myshopifyDomain currencyCode ianaTimezone taxesIncluded taxShipping enabledPresentmentCurrencies }
  currentAppInstallation { accessScopes { handle } }
  publicApiVersions { handle supported }
}""",
)
PAYMENTS = Document("AuditPayments", "query AuditPayments { shopifyPaymentsAccount { id activated defaultCurrency } }")
GATEWAYS = Document(
    "AuditGateways",
    """query AuditGateways($first: Int!) {
  orders(first: $first, sortKey: PROCESSED_AT, reverse: true) { nodes { id paymentGatewayNames taxesIncluded } }
}""",
    size=250,
)
LOCATIONS = Document(
    "AuditLocations",
    f"""query AuditLocations($first: Int!, $after: String, $reverse: Boolean = false) {{
  locations(first: $first, after: $after, includeInactive: true, includeLegacy: true, reverse: $reverse) {{
    {PAGE} nodes {{ {LOCATION_FIELDS} }}
  }}
}}""",
    size=250,
)
LOCATIONS_COUNT = Document(
    "AuditLocationsCount", "query AuditLocationsCount { locationsCount(limit: null) { count precision } }"
)

LISTINGS = Document(
    "AuditListings",
    f"""query AuditListings($ids: [ID!]!) {{
  nodes(ids: $ids) {{
    ... on ProductVariant {{
      {VARIANT_FIELDS}
      productVariantComponents(first: 10) {{ {PAGE} nodes {{ {COMPONENT_FIELDS} }} }}
    }}
  }}
}}""",
    size=35,
)
LISTING_COMPONENTS = Document(
    "AuditListingComponents",
    f"""query AuditListingComponents($id: ID!, $first: Int!, $after: String) {{
  productVariant(id: $id) {{
    id productVariantComponents(first: $first, after: $after) {{ {PAGE} nodes {{ {COMPONENT_FIELDS} }} }}
  }}
}}""",
    size=200,
)
BULK_LISTINGS = Document(
    "BulkListings",
    f"""{{
  productVariants {{ edges {{ node {{
    __typename {VARIANT_FIELDS}
    productVariantComponents {{ edges {{ node {{ __typename {COMPONENT_FIELDS} }} }} }}
  }} }} }}
}}""",
    kinds=("ProductVariant", "ProductVariantComponent"),
    adds=("currencyCode",),
)
STOCK = Document(
    "AuditStock",
    f"""query AuditStock($ids: [ID!]!, $location: ID!) {{
  nodes(ids: $ids) {{
    ... on InventoryItem {{ id sku tracked inventoryLevel(locationId: $location) {{ {LEVEL_FIELDS} }} }}
  }}
}}""",
    size=100,
)
BULK_STOCK = Document(
    "BulkStock",
    f"""{{
  inventoryItems {{ edges {{ node {{
    __typename id sku tracked
    inventoryLevels {{ edges {{ node {{ __typename {LEVEL_FIELDS} }} }} }}
  }} }} }}
}}""",
    kinds=("InventoryItem", "InventoryLevel"),
    adds=("item",),
)
