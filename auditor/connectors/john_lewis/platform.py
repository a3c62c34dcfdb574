"""How the operator has set up its platform: what it says about itself once a day, and what that decides for us."""

from __future__ import annotations

from msgspec import Raw, Struct

from auditor.connectors.base import Page, Record
from auditor.connectors.john_lewis.client import MiraklClient, Shape
from auditor.connectors.john_lewis.records import encoded, taken_apart

CONFIGURATION, TAXES, FIELDS = "platform", "order_taxes", "additional_fields"


class Shipment(Struct):
    multi_shipment: bool


class Returns(Struct):
    marketplace: bool = False
    drop_ship: bool = False
    one_creditor: bool = False


class Features(Struct):
    shipment: Shipment
    returns: Returns
    order_tax_mode: str
    disable_seller_alternative_carrier: bool


class Model(Struct):
    marketplace: bool
    drop_ship: bool
    one_creditor: bool


class PlatformConfiguration(Struct):
    platform_model: Model


class Configuration(Struct):
    """What must be told, because reading depends on it."""

    features: Features
    platform_configuration: PlatformConfiguration
    platform_name: str
    timezone: str

    @property
    def is_multi_shipment(self) -> bool:
        return self.features.shipment.multi_shipment

    @property
    def has_returns(self) -> bool:
        """Returns are switched on for at least one model; which one the shop is in, only its money tells."""
        returns = self.features.returns
        return returns.marketplace or returns.drop_ship or returns.one_creditor


class Carrier(Struct):
    code: str
    label: str
    standard_code: str | None = None
    tracking_url: str | None = None


class _Carriers(Struct):
    carriers: list[Raw]


class _Taxes(Struct):
    taxes: Raw


class _Fields(Struct):
    additional_fields: Raw


class AdditionalFieldDefinition(Struct):
    code: str
    label: str
    entity: str | None = None


class Platform:
    """The platform behind a client. Each thing is asked for once a day at most."""

    def __init__(self, client: MiraklClient) -> None:
        self.client = client

    def configuration(self) -> Configuration:
        return self.client.parsed(self._configuration(), Configuration, "the platform's configuration")

    def carriers(self) -> list[Carrier]:
        """The approved list."""
        return [self.client.parsed(bytes(raw), Carrier, "the list of carriers") for raw in self._carriers()]

    def carrier_records(self) -> Page:
        return [
            Record(carrier.code, encoded(taken_apart(raw)))
            for carrier, raw in zip(self.carriers(), self._carriers(), strict=True)
        ]

    def additional_fields(self) -> list[AdditionalFieldDefinition]:
        raw = self._fields().additional_fields
        return self.client.parsed(bytes(raw), list[AdditionalFieldDefinition], "the additional fields")

    def settings(self) -> Page:
        """Configuration, order taxes and additional fields, one record each."""
        taxes = self._today("OR75", "api/orders/taxes", _Taxes).taxes
        return [
            Record(CONFIGURATION, encoded(taken_apart(Raw(self._configuration())))),
            Record(TAXES, encoded({"taxes": taxes})),
            Record(FIELDS, encoded({"additional_fields": self._fields().additional_fields})),
        ]

    def _configuration(self) -> bytes:
        return self.client.answer_of_today("PC01", "api/platform/configuration", Configuration)

    def _carriers(self) -> list[Raw]:
        return self._today("SH21", "api/shipping/carriers", _Carriers).carriers

    def _fields(self) -> _Fields:
        return self._today("AF01", "api/additional_fields", _Fields)

    def _today(self, operation: str, path: str, shape: type[Shape]) -> Shape:
        return self.client.parsed(self.client.answer_of_today(operation, path, shape), shape, path)
