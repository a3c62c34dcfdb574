"""Magento Open Source and Adobe Commerce: everything that is read from a shop through its REST API."""

from auditor.connectors.magento.connector import MagentoConnector

__all__ = ["MagentoConnector"]
