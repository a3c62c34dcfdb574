"""What it takes to judge a moment beside the audits: for planted faults, and for a policy that is only thought of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from auditor.checking.facts import compute_facts
from auditor.checking.feeds import Feeds, FeedSpec, fill
from auditor.checking.library import Library
from auditor.checking.policy import Policy
from auditor.checking.runner import run_checks
from auditor.clock import Clock
from auditor.connectors.base import Connector
from auditor.matching.match import ManualLink, match
from auditor.matching.settings_tables import fill_settings
from auditor.model import CheckOutcome
from auditor.service import connections
from auditor.settings import Settings
from auditor.store.connection import Connection
from auditor.store.owner import Store


@dataclass(frozen=True, slots=True)
class Workbench:
    """A store and everything that judging it depends on; keeps nothing."""

    settings: Settings
    clock: Clock
    store: Store
    connectors: Sequence[Connector]
    library: Library

    @property
    def channels(self) -> list[str]:
        return [channel.id for channel in self.settings.channel]

    def prepare(self, con: Connection, known_at: datetime) -> Feeds:
        """Fill everything that checks read, from what a workspace shows; how every feed stands."""
        specs = [
            FeedSpec(connector.system, connector.channel_id, stream.name, stream.tables, stream.cadence)
            for connector in self.connectors
            for stream in connector.streams
        ]
        fill_settings(con, self.settings)
        match(con, self.store.read(lambda store: manual_links(store, known_at)))
        fill(con, specs, known_at)  # facts ask up to when each side was read
        compute_facts(con, known_at)
        return fill(con, specs, known_at, None, connections.cannot_tell(self.settings, self.connectors))

    def run(
        self, con: Connection, library: Library, feeds: Feeds, policy: Policy, known_at: datetime
    ) -> list[CheckOutcome]:
        """These checks on a prepared workspace; what they return is neither weighed nor explained."""
        return run_checks(con, library, self.channels, feeds, policy, now=known_at, clock=self.clock)


def manual_links(con: Connection, known_at: datetime) -> list[ManualLink]:
    """What people had linked and unlinked by a moment, in the order in which they did it."""
    rows = con.sql(
        "SELECT channel, order_id, object, doc_entry, is_linked FROM audit.manual_link "
        "WHERE happened_at <= $known_at ORDER BY happened_at",
        params={"known_at": known_at},
    ).fetchall()
    return [ManualLink(*row) for row in rows]
