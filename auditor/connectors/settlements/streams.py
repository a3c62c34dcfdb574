"""What is read from a folder of settlement files: key, and how each stream proves that it is whole.

| stream | key | what is read | proof |
|---|---|---|---|
| payouts | payout | every payout of every file | each file is whole by its own end, counts and balances |
| payout_lines | Stripe: row; Adyen: account/batch; PayPal: account/section | the lines of every file | the same |

As soon as one file is new, all are read; landing keeps only what is new, so a file counts once, and archiving one takes
nothing back. A damaged file that was set aside leaves the rest complete, and doctor warns until its note is deleted;
one that cannot be moved makes both streams incomplete until it is mended, because nobody can tell what it would have
told. A file that is still arriving belongs to the next read.
"""

from __future__ import annotations

from auditor.connectors.base import Stream
from auditor.settings import Channel

# What no settlement file has a word for, by canonical table or column.
CANNOT_TELL = {
    "payout.charges_gross": "files tell rows, not totals by kind",
    "payout.charges_fee": "files tell rows, not totals by kind",
    "payout.refunds_gross": "files tell rows, not totals by kind",
    "payout.refunds_fee": "files tell rows, not totals by kind",
    "payout.adjustments_gross": "files tell rows, not totals by kind",
    "payout.adjustments_fee": "files tell rows, not totals by kind",
    "payout.reserved_gross": "files tell rows, not totals by kind",
    "payout.reserved_fee": "files tell rows, not totals by kind",
    "payout.other_gross": "files tell rows, not totals by kind",
    "payout.other_fee": "files tell rows, not totals by kind",
    "payout_line.order_id": "the provider knows the order by its reference and the payment by its transaction",
    "payout_line.refund_id": "the provider knows a refund by its own transaction",
    "dispute": "disputes stand among the rows, without their state",
}


def streams_of(channel: Channel) -> tuple[Stream, ...]:
    """In the order in which they are read."""
    return (
        Stream("payouts", ("payout",), channel.cadence.payouts),
        Stream("payout_lines", ("payout_line",), channel.cadence.payouts),
    )
