"""`fact.moment` is the run's own; `fact.as_of`: for each channel, up to when its orders, its stock and B1's were read.

In: `fact.feed` and `fact.feed_table`, filled by the runner; which stream holds the orders or the stock is told by the
tables it feeds, whatever the system calls it. A feed that was never read completely counts as read now: then the checks
behind it are not judged anyway, and facts need some moment to be computed for.
"""

from __future__ import annotations

from datetime import datetime

from auditor.checking.feeds import make_tables
from auditor.store.connection import Connection

_AS_OF = """
CREATE OR REPLACE TABLE fact.as_of AS
WITH read AS (
    SELECT f.channel, t.table_name, min(f.watermark) AS watermark
    FROM fact.feed AS f JOIN fact.feed_table AS t ON t.system = f.system AND t.stream = f.stream
    WHERE f.watermark IS NOT NULL AND t.table_name IN ('sales_order', 'channel_stock', 'b1_order', 'b1_item_warehouse')
    GROUP BY f.channel, t.table_name
)
SELECT c.channel,
       least(coalesce(o.watermark, $now), coalesce(b.watermark, $now)) AS as_of,
       coalesce(s.watermark, $now) AS channel_stock_at,
       coalesce(t.watermark, $now) AS b1_stock_at
FROM setting.channel AS c
LEFT JOIN read AS o ON o.channel = c.channel AND o.table_name = 'sales_order'
LEFT JOIN read AS b ON b.channel IS NULL AND b.table_name = 'b1_order'
LEFT JOIN read AS s ON s.channel = c.channel AND s.table_name = 'channel_stock'
LEFT JOIN read AS t ON t.channel IS NULL AND t.table_name = 'b1_item_warehouse'
"""
_THERE = """
SELECT count(*) FROM information_schema.tables
WHERE table_catalog = current_database() AND table_schema = 'fact' AND table_name = 'feed'
"""


def fill_as_of(con: Connection, now: datetime) -> None:
    """Needs `setting.channel`; without feeds everything counts as read now."""
    if con.sql(_THERE).fetchall() == [(0,)]:
        make_tables(con)
    con.execute("CREATE OR REPLACE TABLE fact.moment AS SELECT CAST($now AS TIMESTAMP) AS now", {"now": now})
    con.execute(_AS_OF, {"now": now})
