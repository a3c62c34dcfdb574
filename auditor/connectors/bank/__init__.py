"""The bank's statements, dropped into a folder: CAMT.053, MT940, OFX, or CSV with a map of columns."""

from auditor.connectors.bank.connector import BankConnector

__all__ = ["BankConnector"]
