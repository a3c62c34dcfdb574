"""What it takes to judge a moment beside the audits: for planted faults, and for a policy that is only thought of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from auditor.checking.feeds import Feeds, fill
from auditor.checking.library import Library
from auditor.checking.open_hours import OpenHours
from auditor.checking.policy import Policy
from auditor.checking.rounds import run_rounds
from auditor.clock import Clock
from auditor.connectors.base import Connector
from auditor.model import CheckOutcome, Finding
from auditor.service import connections
from auditor.service.preparation import prepare
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
        specs = prepare(con, self.store, self.settings, self.connectors, self.library, known_at)
        cannot_tell = connections.cannot_tell(self.settings, self.connectors)
        return fill(con, specs, known_at, None, cannot_tell, OpenHours.of(self.settings, known_at))

    def run(
        self,
        con: Connection,
        library: Library,
        feeds: Feeds,
        policy: Policy,
        known_at: datetime,
        previous: Mapping[str, Finding] | None = None,
    ) -> list[CheckOutcome]:
        """These checks on a prepared workspace; what they return is neither weighed nor explained.

        previous: findings before it, for the checks that speak of them; none: as if nothing had ever been found.
        """
        return run_rounds(
            con, library, self.channels, feeds, policy, previous=previous or {}, now=known_at, clock=self.clock
        )
