"""Links between the two sides: settings as tables, references, and the rules by which documents belong together."""

from auditor.matching.match import ManualLink, match
from auditor.matching.reference import plain_reference, reference_key
from auditor.matching.settings_tables import fill_settings

__all__ = ["ManualLink", "fill_settings", "match", "plain_reference", "reference_key"]
