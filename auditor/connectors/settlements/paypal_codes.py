"""PayPal's transaction event codes (T-codes): the first two digits are the group, the last two the case."""

from __future__ import annotations

from auditor.connectors.settlements.report import Kind

_CASES: dict[str, Kind] = {
    "T0113": "fee",
    "T1105": "reserve",  # a hold is released
    "T1106": "dispute",  # PayPal takes a payment back
    "T1107": "refund",
    "T1108": "fee",  # a fee is given back
    "T1109": "fee",
    "T1110": "reserve",  # held while a dispute is decided
    "T1111": "reserve",
    "T1114": "refund",
    "T1115": "refund",
    "T1116": "refund",
    "T1200": "adjustment",
    "T1201": "dispute",
    "T1202": "dispute",
    "T1205": "adjustment",
    "T1207": "dispute",
    "T1208": "dispute",
}
_GROUPS: dict[str, Kind] = {
    "T01": "fee",
    "T02": "other",  # currency conversion, in pairs of rows
    "T05": "other",
    "T06": "other",
    "T07": "other",
    "T08": "other",
    "T09": "other",
    "T10": "other",
    "T11": "refund",
    "T12": "adjustment",
    "T13": "other",
    "T14": "other",
    "T15": "reserve",
    "T17": "other",
    "T18": "other",
    "T19": "adjustment",
    "T20": "other",
    "T21": "reserve",
    "T22": "other",
    "T30": "other",
}


def is_transfer(code: str) -> bool:
    """Money between the balance and the bank: T03 deposits, T04 withdrawals. Which case means what is not documented
    reliably, so the groups decide."""
    return code[:3] in ("T03", "T04")


def kind_of(code: str, *, is_credit: bool) -> Kind:
    """Our word for a code. T00 is a payment: received it is a charge, sent it is none of ours."""
    if code.startswith("T00"):
        return "charge" if is_credit else "other"
    return _CASES.get(code) or _GROUPS.get(code[:3], "other")


def is_known(code: str) -> bool:
    return code[:3] in ("T00", "T03", "T04") or code[:3] in _GROUPS
