"""Typed records and the state tables of findings and actions. Values only, no input or output."""

from auditor.model.check import B1, Candidate, CheckOutcome, Feed, Verdict
from auditor.model.finding import AUDITOR, Finding, FindingEvent, Resolution, State, identity_of, signature_of
from auditor.model.owner import Owner
from auditor.model.severity import Severity

__all__ = [
    "AUDITOR",
    "B1",
    "Candidate",
    "CheckOutcome",
    "Feed",
    "Finding",
    "FindingEvent",
    "Owner",
    "Resolution",
    "Severity",
    "State",
    "Verdict",
    "identity_of",
    "signature_of",
]
