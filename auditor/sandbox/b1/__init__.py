"""A simulated SAP Business One Service Layer: `B1State` holds the company, `b1_app` serves it over HTTP."""

from auditor.sandbox.b1.server import b1_app
from auditor.sandbox.b1.state import B1State, Behaviour

__all__ = ["B1State", "Behaviour", "b1_app"]
