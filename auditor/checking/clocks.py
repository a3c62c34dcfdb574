"""A clock that is wrong widens the graces: what a system's clock is off is added to those of the channels it dates.

A clock is read as `clock_skew` reads it: by the time on the answers of the last two hours in which the system answered,
when all of them agree that it is fast or slow. A minute is allowed. B1's clock dates the documents of every channel.
"""

from __future__ import annotations

from datetime import datetime

from auditor.store.connection import Connection
from auditor.store.workspace import STORE

_WIDEN = f"""
WITH told AS (
    SELECT e.system, q.quarter_at, q.clock_difference_seconds AS seconds,
           max(q.quarter_at) OVER (PARTITION BY e.system) AS newest_at
    FROM {STORE}.raw.call_quarter AS q
    JOIN {STORE}.raw.extract AS e ON e.extract_id = q.extract_id
    WHERE q.clock_difference_seconds IS NOT NULL AND e.finished_at <= $known_at
      AND e.started_at > CAST($known_at AS TIMESTAMP) - INTERVAL 35 DAY
), clock AS (
    -- the least that all answers agree on; where some are fast and some are slow nobody knows
    SELECT system, greatest(min(seconds), -max(seconds)) AS seconds
    FROM told WHERE quarter_at > newest_at - INTERVAL 2 HOUR GROUP BY system
), off AS (
    SELECT c.channel, CAST(sum(ceil(k.seconds / 60)) AS BIGINT) AS minutes
    FROM setting.channel AS c
    JOIN clock AS k ON k.system = c.channel OR k.system = 'b1'
    WHERE k.seconds > 60
    GROUP BY c.channel
)
UPDATE setting.channel AS c
SET grace_order_minutes = grace_order_minutes + o.minutes, grace_tracking_minutes = grace_tracking_minutes + o.minutes,
    grace_refund_minutes = grace_refund_minutes + o.minutes
FROM off AS o WHERE o.channel = c.channel
"""


def allow_for_clocks(con: Connection, known_at: datetime) -> None:
    """Widens the graces of `setting.channel` by what was known of the clocks at a moment. Once per workspace."""
    con.execute(_WIDEN, {"known_at": known_at})
