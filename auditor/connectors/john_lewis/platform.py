"""How the operator has set up its platform: what it says about itself once a day, and what that decides for us."""

from __future__ import annotations

from msgspec import Raw, Struct

from auditor.connectors.base import Page, Record
from auditor.connectors.john_lewis.client import MiraklClient
from auditor.connectors.john_lewis.daily import Daily
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
        # Kept with the client: whoever else looks at the same platform must not ask a second time.
        self._configuration: Daily[bytes] = client.today("PC01")
        self._carriers: Daily[list[Raw]] = client.today("SH21")
        self._taxes: Daily[_Taxes] = client.today("OR75")
        self._fields: Daily[_Fields] = client.today("AF01")

    def configuration(self) -> Configuration:
        return self.client.parsed(self._configuration.get(self._read), Configuration, "the platform's configuration")

    def carriers(self) -> list[Carrier]:
        """The approved list."""
        return [self.client.parsed(bytes(raw), Carrier, "the list of carriers") for raw in self._carrier_list()]

    def carrier_records(self) -> Page:
        return [
            Record(carrier.code, encoded(taken_apart(raw)))
            for carrier, raw in zip(self.carriers(), self._carrier_list(), strict=True)
        ]

    def additional_fields(self) -> list[AdditionalFieldDefinition]:
        raw = self._field_list().additional_fields
        return self.client.parsed(bytes(raw), list[AdditionalFieldDefinition], "the additional fields")

    def settings(self) -> Page:
        """Configuration, order taxes and additional fields, one record each."""
        taxes = self._taxes.get(lambda: self.client.get("OR75", "api/orders/taxes", _Taxes))
        return [
            Record(CONFIGURATION, encoded(taken_apart(Raw(self._configuration.get(self._read))))),
            Record(TAXES, encoded({"taxes": taxes.taxes})),
            Record(FIELDS, encoded({"additional_fields": self._field_list().additional_fields})),
        ]

    def _carrier_list(self) -> list[Raw]:
        return self._carriers.get(lambda: self.client.get("SH21", "api/shipping/carriers", _Carriers).carriers)

    def _read(self) -> bytes:
        path = "api/platform/configuration"
        body = bytes(self.client.get("PC01", path, Raw))
        self.client.parsed(body, Configuration, path)
        return body

    def _field_list(self) -> _Fields:
        return self._fields.get(lambda: self.client.get("AF01", "api/additional_fields", _Fields))
