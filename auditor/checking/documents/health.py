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
    # a finding of a feed shows the feed; a clock, what ends on a day and a new word are no matter of calls
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
_CLOCK = Source(
    "clock",
    "channel",
    "Clock of {system}",
    ("fact.call_statistic",),
    "SELECT w.no, w.system, max_by(t.clock_difference_seconds, t.quarter_at) AS ahead "
    "FROM wanted AS w JOIN fact.call_statistic AS t ON t.system = w.system "
    "WHERE w.value = 'clock' AND w.mapping IS NULL AND t.clock_difference_seconds IS NOT NULL GROUP BY w.no, w.system",
    (Field("ahead", "Seconds that it is ahead of ours", "quantity"),),
)
_DEADLINE = Source(
    "deadline",
    "channel",
    "What ends: {name}",
    ("fact.deadline",),
    "SELECT w.no, t.name, t.ends_on FROM wanted AS w "
    "JOIN fact.deadline AS t ON t.system = w.system AND t.name = w.value WHERE w.mapping IS NULL",
    (Field("name", "Name"), Field("ends_on", "Ends on", "day")),
)
_SUNSET = Source(
    "sunset",
    "channel",
    "Answers of {system}",
    ("fact.call_statistic", "fact.moment"),
    "SELECT w.no, w.system, min(t.ends_on) AS ends_on "
    "FROM wanted AS w JOIN fact.call_statistic AS t ON t.system = w.system, fact.moment AS m "
    "WHERE w.value = 'sunset' AND w.mapping IS NULL AND t.ends_on IS NOT NULL "
    "AND t.quarter_at > m.now - INTERVAL 1 DAY GROUP BY w.no, w.system",
    (Field("ends_on", "Announced end of a call", "day"),),
)
_WORD = Source(
    "unknown_word",
    "channel",
    "Unknown word {word}",
    ("fact.unknown_word",),
    "SELECT w.no, t.word, t.table_name, t.column_name, t.records FROM wanted AS w "
    "JOIN fact.unknown_word AS t ON coalesce(t.channel, 'middleware') = w.system AND coalesce(t.word, '?') = w.value "
    "WHERE w.mapping IS NULL",
    (
        Field("word", "Word"),
        Field("table_name", "In"),
        Field("column_name", "Column"),
        Field("records", "Records", "quantity"),
    ),
)

SOURCES = (_EVENT, _CALLS, _CLOCK, _DEADLINE, _SUNSET, _WORD)
