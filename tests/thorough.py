"""How often a law is tried: some examples with each change, many with `make slow`."""

from __future__ import annotations

import os

TIMES = int(os.environ.get("AUDITOR_THOROUGH", "1"))
