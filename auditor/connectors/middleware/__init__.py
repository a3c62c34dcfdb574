"""What the middleware says of its own work: runs, messages, status reads, webhooks, queues; pushed or dropped."""

from auditor.connectors.middleware.connector import SYSTEM, MiddlewareConnector

__all__ = ["SYSTEM", "MiddlewareConnector"]
