"""The names under which other stages speak of the database, so that only this folder imports duckdb."""

from duckdb import DuckDBPyConnection as Connection
from duckdb import Error as SqlError

__all__ = ["Connection", "SqlError"]
