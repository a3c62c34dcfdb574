"""Every name, type and enum member that the simulation answers or accepts is one of the official metadata."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import httpx
import pytest

from auditor.sandbox.b1 import B1State, b1_app, sql_tables
from auditor.sandbox.b1.entity_sets import ENTITY_SETS
from auditor.sandbox.b1.properties import ENUMS, TYPES
from auditor.sandbox.host import Sandbox
from tests.contracts import contracts_folder
from tests.sandbox.b1.company import order, order_line
from tests.sandbox.b1.conftest import B1, Switch

pytestmark = pytest.mark.contract

_EDM = "{http://docs.oasis-open.org/odata/ns/edm}"
_EDM_KIND = {
    "I": "Edm.Int32", "D": "Edm.Double", "S": "Edm.String", "date": "Edm.DateTimeOffset", "time": "Edm.TimeOfDay",
    "YN": "SAPB1.BoYesNoEnum",
}  # fmt: skip


@dataclass(frozen=True)
class Metadata:
    types: dict[str, dict[str, str]]
    """Type -> property -> EDM type."""
    keys: dict[str, list[str]]
    sets: dict[str, str]
    enums: dict[str, set[str]]


@pytest.fixture(scope="module")
def metadata() -> Metadata:
    root = ElementTree.parse(contracts_folder() / "sap_b1" / "metadata_v2_odata4_trimmed.xml").getroot()
    kinds = [*root.iter(f"{_EDM}EntityType"), *root.iter(f"{_EDM}ComplexType")]
    sets, enums = root.iter(f"{_EDM}EntitySet"), root.iter(f"{_EDM}EnumType")
    return Metadata(
        {each.attrib["Name"]: _named(each, "Property", "Type") for each in kinds},
        {each.attrib["Name"]: list(_named(each, "PropertyRef", "Name")) for each in kinds},
        {each.attrib["Name"]: each.attrib["EntityType"].removeprefix("SAPB1.") for each in sets},
        {each.attrib["Name"]: set(_named(each, "Member", "Name")) for each in enums},
    )


def _named(element: ElementTree.Element, tag: str, attribute: str) -> dict[str, str]:
    return {each.attrib["Name"]: each.attrib[attribute] for each in element.iter(f"{_EDM}{tag}")}


def _edm(kind: str) -> str:
    return _EDM_KIND.get(kind) or (f"Collection(SAPB1.{kind[1:-1]})" if kind[0] == "[" else f"SAPB1.{kind}")


def test_every_property_we_know_exists_with_that_type(metadata: Metadata) -> None:
    expected = {f"{type_name}.{name}": _edm(kind) for type_name, kinds in TYPES.items() for name, kind in kinds.items()}
    found = {name: metadata.types[name.split(".")[0]].get(name.split(".")[1]) for name in expected}
    assert found == expected


def test_every_entity_set_has_its_official_type_and_key(metadata: Metadata) -> None:
    for name, entity_set in ENTITY_SETS.items():
        assert (metadata.sets[name], metadata.keys[entity_set.type_name]) == (
            entity_set.type_name,
            list(entity_set.keys),
        )


def test_every_enum_member_is_official(metadata: Metadata) -> None:
    for name, members in ENUMS.items():
        assert set(members) <= metadata.enums["BoYesNoEnum" if name == "YN" else name]


def test_database_values_of_enums_are_those_of_the_official_table() -> None:
    lines = (contracts_folder() / "sap_b1" / "enum_db_values.csv").read_text().splitlines()[1:]
    official = {tuple(line.split(",")) for line in lines}
    for name, members in ENUMS.items():
        for member, value in members.items():
            assert name == "YN" or (name, member, value) in official


def violations(metadata: Metadata, type_name: str, record: Any, where: str) -> Iterator[str]:
    """What in an answer is not as the metadata says: unknown names, wrong JSON types, unknown enum members."""
    properties = metadata.types[type_name]
    for name, value in record.items():
        if name.startswith(("@odata.", "U_")):
            continue
        edm = properties.get(name)
        if edm is None:
            yield f"{where}.{name} is not in {type_name}"
        elif edm.startswith("Collection("):
            for number, member in enumerate(value):
                inner = edm.removeprefix("Collection(SAPB1.").removesuffix(")")
                yield from violations(metadata, inner, member, f"{where}.{name}[{number}]")
        elif value is not None and not _is_of(metadata, edm, value):
            yield f"{where}.{name} is {value!r}, not {edm}"


def _is_of(metadata: Metadata, edm: str, value: Any) -> bool:
    if edm == "Edm.Int32":
        return isinstance(value, int) and not isinstance(value, bool)
    if edm == "Edm.Double":
        return isinstance(value, int | Decimal) and not isinstance(value, bool)
    if edm == "Edm.DateTimeOffset":
        return isinstance(value, str) and value.endswith("T00:00:00Z") and len(value) == 20
    if edm == "Edm.TimeOfDay":
        return isinstance(value, str) and len(value) == 8
    if edm.startswith("SAPB1."):
        return value in metadata.enums[edm.removeprefix("SAPB1.")]
    return isinstance(value, str)


def answered(b1: B1, metadata: Metadata) -> list[str]:
    """Violations in everything that all entity sets answer."""
    found: list[str] = []
    for name, entity_set in ENTITY_SETS.items():
        for record in b1.get(name, headers={"Prefer": "odata.maxpagesize=0"})["value"]:
            found += violations(metadata, entity_set.type_name, record, name)
    return found


def test_answers_for_a_company_at_work_hold_only_official_names_and_types(
    b1: B1, state: B1State, metadata: Metadata
) -> None:
    state.put("Invoices", order(1, DocumentLines=[order_line(Quantity=Decimal(4), RemainingOpenQuantity=Decimal(4))]))
    lines = [{"ItemCode": "MUG", "Quantity": 2, "Price": 5}]
    for name in ("Orders", "Invoices", "DeliveryNotes"):
        b1.post(name, {"CardCode": "C-SHOPIFY", "DocumentLines": lines})
    b1.post(
        "DeliveryNotes", {"CardCode": "C-SHOPIFY", "DocumentLines": [{"BaseType": 17, "BaseEntry": 1, "BaseLine": 0}]}
    )
    credit = {
        "CardCode": "C-SHOPIFY",
        "DocumentLines": [{"BaseType": 13, "BaseEntry": 1, "BaseLine": 0, "Quantity": 1}],
    }
    b1.post("CreditNotes", credit)
    state.behaviour.approval_for.add("CreditNotes")
    b1.refused("POST", "CreditNotes", credit)
    b1.call("POST", "DeliveryNotes(1)/Cancel")
    payment = {"CardCode": "C-SHOPIFY", "TransferSum": 12, "PaymentInvoices": [{"DocEntry": 2, "SumApplied": 12}]}
    b1.post("IncomingPayments", payment)
    b1.post(
        "JournalEntries", {"JournalEntryLines": [{"AccountCode": "1", "Debit": 5}, {"AccountCode": "2", "Credit": 5}]}
    )
    b1.post("UserFieldsMD", {"Name": "K", "Type": "db_Alpha", "Size": 9, "SubType": "st_None", "TableName": "OJDT"})
    b1.post("SQLQueries", {"SqlCode": "Q", "SqlName": "Q", "SqlText": "select T0.ItemCode from OITM T0"})
    assert answered(b1, metadata) == []


def test_answers_for_the_whole_sandbox_hold_only_official_names_and_types(
    served: tuple[Switch, str], metadata: Metadata
) -> None:
    world = Sandbox.build(seed=3, orders=200).b1
    served[0].app = b1_app(world)
    with httpx.Client(base_url=served[1], verify=False) as http:
        b1 = B1(http)
        (user, password), *_ = world.users.items()
        b1.login(CompanyDB=world.company_db, UserName=user, Password=password)
        assert b1.get("Orders?$count=true")["@odata.count"] > 100
        assert answered(b1, metadata) == []


def test_service_calls_answer_official_types(b1: B1, metadata: Metadata) -> None:
    years = b1.post("CompanyService_GetPeriods")["value"]
    periods = b1.post("CompanyService_GetFinancePeriods", {"PeriodCategoryParams": years[0]})["value"]
    found = [*violations(metadata, "PeriodCategoryParams", years[0], "year")]
    found += violations(metadata, "FinancePeriod", periods[0], "period")
    found += violations(metadata, "AdminInfo", b1.get("CompanyService_GetAdminInfo"), "admin")
    found += violations(metadata, "CompanyInfo", b1.get("CompanyService_GetCompanyInfo"), "company")
    assert found == []


def test_columns_of_derived_tables_are_those_of_the_official_table() -> None:
    rows = [
        line.split(",") for line in (contracts_folder() / "sap_b1" / "property_db_columns.csv").read_text().splitlines()
    ]
    official = {(row[0], row[2]): row[4] for row in rows}
    for table, (name, mapping) in sql_tables.DERIVED.items():
        kind = ENTITY_SETS[name].type_name
        for column, property_name in mapping.items():
            known = official.get((kind, property_name))
            assert known in (column, None), f"{table}.{column} is {known}"
    for column, property_name in sql_tables.WAREHOUSE_ROW.items():
        assert official["ItemWarehouseInfo", property_name] == column
