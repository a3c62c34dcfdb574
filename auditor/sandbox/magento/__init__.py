"""A simulated Magento shop: REST V1 over HTTP, with state, signatures and failures."""

from auditor.sandbox.magento.front import MagentoFront, make_front
from auditor.sandbox.magento.server import magento_app
from auditor.sandbox.magento.state import MagentoState

__all__ = ["MagentoFront", "MagentoState", "magento_app", "make_front"]
