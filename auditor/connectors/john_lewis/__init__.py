"""John Lewis Marketplace: everything that is read from it through the seller API of its operator (Mirakl)."""

from auditor.connectors.john_lewis.connector import JohnLewisConnector

__all__ = ["JohnLewisConnector"]
