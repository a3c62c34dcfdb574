"""Functions that a check may call: they compute from their arguments and nothing else, and other engines have them.

A list of what is allowed, not of what is forbidden: a function that reads files, settings or the clock in some later
version of the database is refused without anybody having to know its name. `$now` stands in for the clock.
"""

from __future__ import annotations

_NUMBERS = "abs ceil ceiling floor round sign mod greatest least power sqrt trunc"
_TEXT = (
    "lower upper trim ltrim rtrim length substr substring left right replace concat concat_ws position strpos instr "
    "contains starts_with prefix suffix ends_with lpad rpad repeat reverse translate split_part "
    "regexp_matches regexp_full_match regexp_replace regexp_extract levenshtein"
)
_PATTERNS = "like_escape ilike_escape not_like_escape not_ilike_escape"
_TIME = (
    "date_part date_trunc date_diff datediff date_add date_sub year month day hour minute second dayofweek isodow "
    "last_day to_days to_hours to_minutes to_seconds to_months to_years to_weeks make_date make_timestamp "
    "epoch datepart datetrunc"
)
_CHOICE = "coalesce nullif ifnull if"
_AGGREGATES = (
    "sum min max count count_star any_value first last bool_and bool_or string_agg group_concat listagg "
    "arg_min arg_max min_by max_by count_if"
)
_WINDOWS = "row_number rank dense_rank lag lead first_value last_value ntile"

FUNCTIONS = frozenset(" ".join((_NUMBERS, _TEXT, _PATTERNS, _TIME, _CHOICE, _AGGREGATES, _WINDOWS)).split())
