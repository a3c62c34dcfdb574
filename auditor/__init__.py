"""Proves, document by document, that SAP Business One and the sales channels agree."""
