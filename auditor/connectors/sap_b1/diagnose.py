"""What `auditor doctor` says about B1: one line for each thing that must be right, each problem with its mend."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from auditor.clock import Clock, to_utc
from auditor.connectors.base import Diagnosis
from auditor.connectors.sap_b1 import services
from auditor.connectors.sap_b1.client import B1Client
from auditor.connectors.sap_b1.entities import Entity
from auditor.connectors.sap_b1.reader import Reader
from auditor.connectors.sap_b1.sql import BATCH_STOCK, ITEM_WAREHOUSE, SERIAL_STOCK, SqlReader
from auditor.errors import AuditorError, RemoteError
from auditor.settings import Settings

SKEW_TOLERATED = timedelta(minutes=5)
_SIGNS = {"£": "GBP", "€": "EUR", "$": "USD"}  # some companies call their currency by its sign; shape.sql knows them
# What is lost without a field, said where it is missing.
_LOSES = {
    "refund_id": "refunds are matched to credit memos by order and amount only",
    "payment_id": "credit memos are not tied to the channel's payment",
    "return_reason": "the reason of a return is not compared",
    "package_id": "package ids are not compared",
    "idempotency_key": "what an earlier correction wrote is not recognised",
    "stock_buffer": "the buffer of an item is not taken into account",
    "hs_code": "the customs number of an item is not known",
    "web_item": "nobody can tell which items should be on a channel",
    "web_from": "an item that is not to be sold yet cannot be told from one that was forgotten",
    "item_tracking": "batch and serial flags are not compared with what the middleware believes",
    "payout_id": "payouts are found by the journal's other references only",
}


class Doctor:
    """Looks, and never raises `RemoteError`."""

    def __init__(
        self, settings: Settings, clock: Clock, client: B1Client, reader: Reader, entities: Mapping[str, Entity]
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._client = client
        self._reader = reader
        self._pages = reader.pages
        self._entities = entities

    def diagnose(self) -> Iterator[Diagnosis]:
        login = self._login()
        yield login
        if login.outcome == "failed":
            return
        yield self._time()
        yield from self._company()
        for entity in self._entities.values():
            yield self._entity_set(entity)
        yield from self._user_fields()
        for query in (ITEM_WAREHOUSE, BATCH_STOCK, SERIAL_STOCK):
            yield self._query(query)

    def _login(self) -> Diagnosis:
        b1 = self._settings.b1
        try:
            self._client.probe("CompanyService_GetCompanyInfo")
        except AuditorError as error:
            return Diagnosis("B1 login", "failed", str(error))
        return Diagnosis("B1 login", "ok", f"user '{b1.username}' is logged in to company '{b1.company_db}'")

    def _time(self) -> Diagnosis:
        """Windows lean on both clocks: a server that runs behind stamps changes into windows already read."""
        subject = "B1 clock"
        try:
            stamp = self._client.probe("CompanyService_GetCompanyInfo").headers.get("date", "")
            skew = to_utc(parsedate_to_datetime(stamp)) - self._clock.now()
        except RemoteError as error:
            return Diagnosis(subject, "failed", str(error))
        except ValueError:
            return Diagnosis(subject, "warning", "the server tells no time, so its clock cannot be compared with ours")
        if abs(skew) > SKEW_TOLERATED:
            minutes = int(skew.total_seconds() // 60)
            return Diagnosis(
                subject, "warning", f"B1's clock is {minutes:+d} minutes off ours; set both by the same time server"
            )
        return Diagnosis(subject, "ok", "B1's clock agrees with ours")

    def _company(self) -> Iterator[Diagnosis]:
        try:
            known: dict[str, Any] = {}
            for record in services.company(self._client):
                known.update(json.loads(record.body))
        except RemoteError as error:
            yield Diagnosis("B1 company settings", "failed", str(error))
            return
        currency, ours = known.get("LocalCurrency"), self._settings.company.currency
        if _SIGNS.get(str(currency), currency) not in (None, ours):
            yield Diagnosis(
                "B1 currency",
                "failed",
                f"B1 keeps its books in {currency}, auditor.toml says {ours}; correct currency under [company]",
            )
        else:
            yield Diagnosis("B1 currency", "ok", f"books are kept in {ours}")
        yield Diagnosis("B1 rounding", "ok", _rounding(known))

    def _entity_set(self, entity: Entity) -> Diagnosis:
        subject = f"B1 {entity.entity_set}"
        try:
            rows, _ = self._pages.page(entity, "", order=entity.key, top=1)
        except RemoteError as error:
            return Diagnosis(subject, _is_needed(entity), str(error))
        # Missing user fields have lines of their own.
        refused = sorted(
            name
            for entity_set, name in self._pages.refused
            if entity_set == entity.entity_set and not name.startswith("U_")
        )
        if refused:
            return Diagnosis(subject, "warning", f"readable, but the server does not know {', '.join(refused)} there")
        if self._reader.count(entity) is None:
            return Diagnosis(
                subject, "warning", "readable, but not countable: completeness cannot be proved by a count"
            )
        return Diagnosis(subject, "ok", "readable" if rows else "readable, and empty")

    def _user_fields(self) -> Iterator[Diagnosis]:
        wanted = {key: name for key, name in self._settings.b1.fields.model_dump().items() if name}
        for channel in self._settings.channel:
            wanted[f"reference of {channel.id}"] = channel.reference.field
        own = {key: name for key, name in wanted.items() if name.startswith("U_")}
        if not own:
            return
        try:
            tables = self._pages.user_field_tables(set(own.values()))
        except RemoteError as error:
            yield Diagnosis("B1 user fields", "warning", f"cannot be listed: {error}")
            return
        for key, name in own.items():
            yield self._user_field(key, name, tables.get(name, []))

    @staticmethod
    def _user_field(key: str, name: str, tables: Sequence[str]) -> Diagnosis:
        if tables:
            return Diagnosis(f"B1 field {name}", "ok", f"{key}: in {', '.join(sorted(tables))}")
        loses = _LOSES.get(key, "orders of this channel cannot be recognised")
        return Diagnosis(
            f"B1 field {name}",
            "warning" if key in _LOSES else "failed",
            f"this company has no field {name}, so {loses}; create it (Tools > Customization Tools > User-Defined "
            f"Fields), or name the field you use as {key} in auditor.toml",
        )

    def _query(self, query: Any) -> Diagnosis:
        subject = f"B1 query {query.code}"
        try:
            SqlReader(self._client).count(query)
        except RemoteError as error:
            consequence = (
                "stock is read from the items instead, which costs more"
                if query is ITEM_WAREHOUSE
                else "batch or serial stock is not judged"
            )
            return Diagnosis(subject, "warning", f"{error} Until then {consequence}.")
        return Diagnosis(subject, "ok", "may be run")


def _is_needed(entity: Entity) -> Any:
    """Only one of the two kinds of tax codes exists, depending on the localisation."""
    return "warning" if entity.entity_set in {"VatGroups", "SalesTaxCodes"} else "failed"


def _rounding(known: Mapping[str, Any]) -> str:
    """The settings that decide how amounts are rounded, in words."""
    per_group = {"tYES": "per tax group", "tNO": "per line"}.get(known.get("GroupLinesInVATCalculation", ""), "unknown")
    in_rows = {"tYES": "yes", "tNO": "no"}.get(known.get("RoundTaxAmounts", ""), "unknown")
    return (
        f"totals have {known.get('TotalsAccuracy', '?')} decimals, prices {known.get('PriceAccuracy', '?')}; "
        f"tax is computed {per_group}, rounded in rows: {in_rows}; RoundingMethod {known.get('RoundingMethod', '?')}"
    )
