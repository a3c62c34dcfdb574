"""`fact.payout_bank`: for each paid payout the line of the bank's statement that it is, or why none is known.

is_covered: the statements of some account show every day from the issue to the day by which the money should be there;
where they do not, nothing can be said to be missing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

from auditor.checking.facts.frames import insert_rows
from auditor.checking.facts.payout_bank_match import DAYS, Credit, Found, Paid, match
from auditor.checking.facts.payout_sums import read_holidays
from auditor.clock import add_business_days
from auditor.store.connection import Connection

_TABLE = """
CREATE OR REPLACE TABLE fact.payout_bank (
    channel VARCHAR, payout_id VARCHAR, due_on DATE, is_covered BOOLEAN, bank_account VARCHAR, line_id VARCHAR,
    rule VARCHAR,             -- reference | amount | combined; NULL: not at the bank
    line_amount DECIMAL(19,6), booked_on DATE,
    payouts BIGINT,           -- how many payouts the line holds
    differing_line VARCHAR, differing_amount DECIMAL(19,6),   -- a line that names the payout and bears another amount
    is_ambiguous BOOLEAN      -- the amount is there, more or less often than there are such payouts
)
"""
_PAID = """
SELECT p.channel, p.payout_id, p.net, p.currency, d.issued_on, p.trace_id, p.provider, matching.tail(p.payout_id)
FROM canonical.payout AS p
JOIN payout_day AS d ON d.channel = p.channel AND d.payout_id = p.payout_id
WHERE p.status = 'paid' AND p.net <> 0
"""
_CREDITS = """
SELECT account, line_id, amount, currency, coalesce(booked_on, value_on),
       upper(concat_ws(' ', reference, end_to_end_id, bank_reference))
FROM canonical.bank_line
WHERE amount IS NOT NULL AND coalesce(booked_on, value_on) IS NOT NULL
"""
_STATEMENTS = """
SELECT account, currency, opened_on, closed_on, opening, closing FROM canonical.bank_balance
WHERE opened_on IS NOT NULL AND closed_on IS NOT NULL ORDER BY account, currency, opened_on, closed_on
"""

Span = tuple[date, date]


def find_at_bank(con: Connection) -> None:
    """Needs the temp table `payout_day` of `sum_payouts`."""
    con.execute(_TABLE)
    paid = [
        Paid(
            (channel, payout_id),
            net,
            currency or "",
            day,
            tuple(sorted({mark.upper() for mark in (tail, trace_id) if mark})),
            f"{channel}/{provider}",
        )
        for channel, payout_id, net, currency, day, trace_id, provider, tail in con.sql(_PAID).fetchall()
    ]
    credits = [
        Credit((account, line_id), amount, currency or "", day, text)
        for account, line_id, amount, currency, day, text in con.sql(_CREDITS).fetchall()
    ]
    spans = _spans(con.sql(_STATEMENTS).fetchall())
    holidays = read_holidays(con)
    result = match(paid, credits, holidays)
    found: dict[tuple[str, str], Found] = {one.key: each for each in result.found for one in each.payouts}
    rows: list[tuple[object, ...]] = []
    for one in paid:
        at_bank, other = found.get(one.key), result.differing.get(one.key)
        line = at_bank.credit if at_bank else None
        due_on = add_business_days(one.day, DAYS, holidays)
        rows.append(
            (
                *one.key,
                due_on,
                any(since <= one.day and due_on <= until for since, until in spans.get(one.currency, ())),
                line.key[0] if line else None,
                line.key[1] if line else None,
                at_bank.rule if at_bank else None,
                line.amount if line else None,
                line.day if line else None,
                len(at_bank.payouts) if at_bank else 0,
                other.key[1] if other else None,
                other.amount if other else None,
                one.key in result.several,
            )
        )
    insert_rows(con, "fact.payout_bank", rows)


def _spans(statements: Sequence[tuple[str, str, date, date, Decimal | None, Decimal | None]]) -> dict[str, list[Span]]:
    """By currency, the days that statements of one account show without a gap.

    A statement follows another when it begins the next day, or when its balance begins where the other's ended: banks
    write none for days without a booking.
    """
    spans: dict[str, list[Span]] = defaultdict(list)
    last: tuple[str, str, date, date, Decimal | None] | None = None
    for account, currency, opened_on, closed_on, opening, closing in statements:
        key = currency or ""
        if last and last[:2] == (account, key):
            follows = opened_on <= last[3] + timedelta(days=1) or (opening is not None and opening == last[4])
            if follows:
                opened_on, closed_on = last[2], max(closed_on, last[3])
                spans[key].pop()
        spans[key].append((opened_on, closed_on))
        last = (account, key, opened_on, closed_on, closing)
    return spans
