"""The DuckDB file: opened, brought up to date, written and read. The only part of the program that speaks to DuckDB."""

import os

# DuckDB's allocator gives memory back to the system within seconds and asks for it again, page by page: of a run on a
# million orders a seventh of the processor's time went there. What was used in the last half minute is kept instead.
# It reads this once, when the engine is loaded; whoever sets it otherwise is obeyed.
os.environ.setdefault("DUCKDB_JE_MALLOC_CONF", "dirty_decay_ms:30000,muzzy_decay_ms:30000")
