"""Settlement files of payment providers: Stripe, PayPal and Adyen, dropped into a channel's folder."""

from auditor.connectors.settlements.connector import SettlementsConnector

__all__ = ["SettlementsConnector"]
