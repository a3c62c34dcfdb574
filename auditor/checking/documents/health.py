"""What the middleware told of an event, and what our own calls of a system met."""

from __future__ import annotations

from auditor.checking.documents.source import Field, Source

_EVENT = Source(
    "sync_event",
    "channel",
    "Event {event_id} of {source}",
    ("canonical.sync_event",),
    "SELECT w.no, t.* FROM wanted AS w JOIN canonical.sync_event AS t ON t.event_id = w.event_id",
    (
        Field("event_id", "Event"),
        Field("kind", "Kind"),
        Field("flow", "Flow"),
        Field("status", "Status"),
        Field("order_ref", "Order"),
        Field("sku", "SKU"),
        Field("occurred_at", "Happened", "instant"),
        Field("received_at", "Received", "instant"),
        Field("started_at", "Began", "instant"),
        Field("finished_at", "Ended", "instant"),
        Field("records_due", "Due", "quantity"),
        Field("records_moved", "Moved", "quantity"),
        Field("records_failed", "Failed", "quantity"),
        Field("queued", "Waiting", "quantity"),
        Field("dead_letters", "Given up", "quantity"),
        Field("oldest_at", "Oldest message", "instant"),
        Field("value", "Worth", "money"),
        Field("error_class", "Kind of error"),
        Field("error_code", "Code"),
        Field("error", "Error"),
    ),
)
_CALLS = Source(
    "calls",
    "channel",
    "Our own calls since {since_at:%H:%M} UTC",
    ("fact.call_statistic", "fact.moment"),
    "SELECT w.no, min(t.quarter_at) AS since_at, sum(t.calls) AS calls, sum(t.errors) AS errors, "
    "sum(t.timeouts) AS timeouts, sum(t.server_errors) AS server_errors, sum(t.throttled) AS throttled, "
    "sum(t.refused) AS refused, max(t.p95_ms) AS p95_ms, max(t.clock_difference_seconds) AS ahead "
    "FROM wanted AS w JOIN fact.call_statistic AS t ON t.system = w.system, fact.moment AS m "
    # a finding of a feed shows the feed, and what ends on a day or writes a new word is no matter of calls
    "WHERE w.stream IS NULL AND w.value IS NULL AND t.quarter_at > m.now - INTERVAL 2 HOUR GROUP BY w.no",
    (
        Field("calls", "Calls", "quantity"),
        Field("errors", "Failed", "quantity"),
        Field("timeouts", "Not answered in time", "quantity"),
        Field("server_errors", "Errors of the server", "quantity"),
        Field("throttled", "Refused as too many", "quantity"),
        Field("refused", "Refused without a right", "quantity"),
        Field("p95_ms", "Milliseconds that 19 of 20 calls take at most", "quantity"),
        Field("ahead", "Seconds that its clock is ahead", "quantity"),
    ),
)

SOURCES = (_EVENT, _CALLS)
