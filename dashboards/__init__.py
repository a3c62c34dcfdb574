"""The dashboard: a client of the auditor's API, one file per page."""
