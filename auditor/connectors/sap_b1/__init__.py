"""SAP Business One through its Service Layer."""

from auditor.connectors.sap_b1.connector import B1Connector

__all__ = ["B1Connector"]
