"""Every property that is asked for or shaped exists in the official metadata of its type."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest

from auditor.connectors.sap_b1 import services
from auditor.connectors.sap_b1.entities import STOCK, entities
from auditor.connectors.sap_b1.sql import BATCH_STOCK, ITEM_WAREHOUSE, SERIAL_STOCK
from tests.connectors.sap_b1.conftest import settings
from tests.contracts import contracts_folder

pytestmark = pytest.mark.contract
EDM = "{http://docs.oasis-open.org/odata/ns/edm}"
SHAPE = Path(services.__file__).with_name("shape.sql")
ALLOWED_TABLES = {"OITW", "OBTN", "OBTQ", "OSRN", "OSRQ"}


@pytest.fixture(scope="module")
def metadata() -> ElementTree.Element:
    return ElementTree.parse(contracts_folder() / "sap_b1" / "metadata_v2_odata4_trimmed.xml").getroot()


def properties(metadata: ElementTree.Element, type_name: str) -> dict[str, str]:
    for kind in ("EntityType", "ComplexType"):
        for found in metadata.iter(EDM + kind):
            if found.get("Name") == type_name:
                return {p.get("Name", ""): p.get("Type", "") for p in found.findall(EDM + "Property")}
    raise AssertionError(f"the metadata has no type {type_name}")


def row_type(declared: str) -> str:
    found = re.fullmatch(r"Collection\(SAPB1\.(\w+)\)", declared)
    assert found, f"{declared} is no collection"
    return found[1]


def test_entity_sets_keys_and_properties_exist(metadata: ElementTree.Element) -> None:
    sets = {found.get("Name"): found.get("EntityType") for found in metadata.iter(EDM + "EntitySet")}
    for entity in [*entities(settings()).values(), STOCK]:
        assert sets[entity.entity_set] == f"SAPB1.{entity.type_name}"
        known = properties(metadata, entity.type_name)
        unknown = {name for name in entity.select if not name.startswith("U_")} - set(known)
        assert not unknown, f"{entity.type_name} has no {unknown}"
        assert known[entity.key] == ("Edm.Int32" if entity.is_numeric else "Edm.String")
        for rows in entity.rows:
            inner = properties(metadata, row_type(known[rows.name]))
            missing = {*rows.must, *rows.keep} - set(inner)
            assert not missing, f"{rows.name} lacks {missing}"


def test_what_deltas_filter_by_exists(metadata: ElementTree.Element) -> None:
    assert {"UpdateDate", "UpdateTime", "CreationDate", "DocumentStatus"} <= set(properties(metadata, "Document"))
    for name in ("Item", "BusinessPartner"):
        assert {"UpdateDate", "UpdateTime", "CreateDate", "CreateTime"} <= set(properties(metadata, name))
    for name in ("Payment", "JournalEntry"):
        assert "UpdateDate" not in properties(metadata, name)
    assert "DocDate" in properties(metadata, "Payment")
    assert "ReferenceDate" in properties(metadata, "JournalEntry")
    assert {"Name", "TableName", "FieldID"} <= set(properties(metadata, "UserFieldMD"))


def test_service_calls_and_their_properties_exist(metadata: ElementTree.Element) -> None:
    calls = {found.get("Name") for kind in ("FunctionImport", "ActionImport") for found in metadata.iter(EDM + kind)}
    assert {"CompanyService_GetPeriods", "CompanyService_GetFinancePeriods", "Login", "Logout"} <= calls
    assert {"CompanyService_GetAdminInfo", "CompanyService_GetCompanyInfo"} <= calls
    assert set(services.ADMIN_INFO) <= set(properties(metadata, "AdminInfo"))
    assert set(services.COMPANY_INFO) <= set(properties(metadata, "CompanyInfo"))
    assert {"AbsoluteEntry", *services.PERIOD_MUST, *services.PERIOD_KEEP} <= set(properties(metadata, "FinancePeriod"))
    assert {"SqlCode", "SqlName", "SqlText"} <= set(properties(metadata, "SQLQuery"))


def test_enum_members_that_are_understood_exist(metadata: ElementTree.Element) -> None:
    members = {member.get("Name") for member in metadata.iter(EDM + "Member")}
    shape = SHAPE.read_text(encoding="utf-8")
    named = set(re.findall(r"'((?:bost_|cs|das|dDocument_|i|it_|bovc|lt|pit_|bds|c|o)[A-Z]\w+)'", shape))
    assert len(named) > 40
    assert not named - members


def test_queries_stay_within_the_grammar_and_the_tables_that_b1_allows() -> None:
    for query in (ITEM_WAREHOUSE, BATCH_STOCK, SERIAL_STOCK):
        for text in (query.text, query.count_text):
            tables = re.findall(r"(?:from|join) (\w+)", text)
            assert set(tables) <= ALLOWED_TABLES
            assert not re.search(r"select \*|case|coalesce|\|\||length|[+/]", text)
        assert "order by T0.ItemCode" in query.text


def test_shape_reads_only_what_is_asked_for() -> None:
    asked: dict[str, set[str]] = {}
    for entity in entities(settings()).values():
        names = asked.setdefault(entity.entity_set, set())
        names.update(entity.select)
        for rows in entity.rows:
            names.update((*rows.must, *rows.keep))
    everything = set().union(*asked.values())
    everything.update(services.PERIOD_MUST, services.PERIOD_KEEP)
    for query in (ITEM_WAREHOUSE, BATCH_STOCK, SERIAL_STOCK):
        everything.update(query.columns)
    shaped = set(_names(SHAPE.read_text(encoding="utf-8")))
    assert len(shaped) > 100
    assert not shaped - everything


def _names(shape: str) -> Iterator[str]:
    # A structure stands alone, or is merged with the names of the company's own fields.
    for structure in re.findall(r"from_json\(body, (?:json_merge_patch\(\$\w+, )?'(\{.*?\})'\)", shape, re.DOTALL):
        yield from _keys(json.loads(structure))


def _keys(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        yield from value
        for inner in value.values():
            yield from _keys(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _keys(inner)
