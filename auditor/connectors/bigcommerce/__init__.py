"""BigCommerce: everything that is read from a store through its V2 and V3 REST APIs."""

from auditor.connectors.bigcommerce.connector import BigCommerceConnector

__all__ = ["BigCommerceConnector"]
