"""`fact.as_of`: for each channel, up to which moment its orders, its stock and B1's stock were read.

In: `fact.feed`, filled by the runner. A feed that was never read completely counts as read now: then the checks behind
it are not judged anyway, and facts need some moment to be computed for.
"""

from __future__ import annotations

from datetime import datetime

from auditor.store.connection import Connection

_AS_OF = """
CREATE OR REPLACE TABLE fact.as_of AS
WITH read AS (
    SELECT system, stream, watermark FROM fact.feed WHERE watermark IS NOT NULL
)
SELECT c.channel,
       least(coalesce(o.watermark, $now), coalesce(b.watermark, $now)) AS as_of,
       coalesce(s.watermark, $now) AS channel_stock_at,
       coalesce(t.watermark, $now) AS b1_stock_at
FROM setting.channel AS c
LEFT JOIN read AS o ON o.system = c.channel AND o.stream = 'orders'
LEFT JOIN read AS b ON b.system = 'b1' AND b.stream = 'orders'
LEFT JOIN read AS s ON s.system = c.channel AND s.stream = 'stock'
LEFT JOIN read AS t ON t.system = 'b1' AND t.stream = 'stock'
"""


def fill_as_of(con: Connection, now: datetime) -> None:
    con.execute(
        "CREATE TABLE IF NOT EXISTS fact.feed (system VARCHAR, stream VARCHAR, cadence_minutes BIGINT, watermark "
        "TIMESTAMP, last_status VARCHAR, last_reason VARCHAR, last_finished_at TIMESTAMP, is_complete BOOLEAN)"
    )
    con.execute(_AS_OF, {"now": now})
