"""What people call a channel's location, for whatever is selected from `audit.finding`."""

from __future__ import annotations

from auditor.store.workspace import OPEN_END

LOCATION_NAME = f"""(
    SELECT min(l.name) FROM history.channel_location AS l
    WHERE l.channel = finding.channel AND l.location = json_extract_string(finding.keys, '$.location')
      AND l.known_to = TIMESTAMP '{OPEN_END}'
) AS location_name"""
"""A column; NULL where a finding is about no location or the channel tells no name."""
