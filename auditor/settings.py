"""auditor.toml: read, checked against a closed schema, and handed on as typed values.

Paths are relative to the file. Secrets are references (`{ env = "…" }`, `{ file = "…" }`,
`{ keyring = "service/name" }`) and are resolved only when a connection is made.
Raises `ConfigError` with the place, the wrong key or value and the nearest known key.
"""

from __future__ import annotations

import os
import re
import tomllib
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from auditor.errors import ConfigError
from auditor.settings_problem import first_problem
from auditor.settings_values import BusinessDays, Duration, Interval, Moment, Url

DEFAULT_FILE = "auditor.toml"


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Secret(Section):
    """A reference to a secret, never the secret itself."""

    env: str | None = None
    file: Path | None = None
    keyring: str | None = None

    @model_validator(mode="after")
    def _one_place(self) -> Secret:
        if sum(place is not None for place in (self.env, self.file, self.keyring)) != 1:
            raise ValueError('name one place: { env = "…" }, { file = "…" } or { keyring = "service/name" }')
        return self

    def resolve(self, folder: Path) -> str:
        """The secret's value. Raises `ConfigError` naming the reference, never the value."""
        if self.env is not None:
            value = os.environ.get(self.env)
            if not value:
                raise ConfigError(f"The environment variable {self.env} is not set; set it or change the reference.")
            return value
        if self.file is not None:
            path = folder / self.file
            try:
                value = path.read_text(encoding="utf-8").strip()
            except OSError as error:
                raise ConfigError(
                    f"The secret file {path} cannot be read: {error.strerror}; put the secret there or change the "
                    "reference."
                ) from None
            except UnicodeDecodeError:
                raise ConfigError(f"The secret file {path} is not text; put the secret alone into it.") from None
            if not value:
                raise ConfigError(f"The secret file {path} is empty; put the secret into it.")
            return value
        import keyring  # imported here: it looks for a desktop's key store, which most servers do not have

        service, _, name = (self.keyring or "").partition("/")
        try:
            held = keyring.get_password(service, name)
        except keyring.errors.KeyringError:
            raise ConfigError(f"There is no keyring to look for {self.keyring} in; use env or file instead.") from None
        if not held:
            raise ConfigError(f"The keyring holds nothing under {self.keyring}; store the secret there first.")
        return held


class Company(Section):
    name: str
    currency: str = Field(pattern=r"^[A-Z]{3}$")
    timezone: str
    history: Interval = timedelta(days=90)
    holidays: list[date] = []
    """Days of the week on which nobody works: what is due then is due on the next working day."""

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError):
            raise ValueError(f"'{value}' is not a time zone such as Europe/London") from None
        return value

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)


class StoreSettings(Section):
    path: Path = Path("var/auditor.duckdb")
    memory_limit: str = "4GB"
    backups: int = Field(default=7, ge=0)


class B1Fields(Section):
    """Where this company keeps what B1 has no field for: names of user-defined fields (or of a standard field)."""

    refund_id: str | None = "U_RefundId"
    payment_id: str | None = "U_PaymentId"
    return_reason: str | None = "U_ReturnReason"
    package_id: str | None = "U_PackageId"
    idempotency_key: str | None = "U_AuditorKey"
    payout_id: str = "Reference"
    stock_buffer: str | None = None
    hs_code: str | None = None
    web_item: str | None = None
    web_from: str | None = None
    item_tracking: str | None = None


class B1Settings(Section):
    base_url: Url
    company_db: str
    username: str
    password: Secret
    ca_file: Path | None = None
    sessions: int = Field(default=2, ge=1, le=4)
    page_size: int = Field(default=200, ge=20, le=1000)
    cadence: Interval = timedelta(minutes=15)
    expires: dict[str, date] = {}
    """The last day of the password, or of the licence, by its name."""
    fields: B1Fields = B1Fields()


class Reference(Section):
    """Which B1 field carries the channel's order reference, and how it is written there."""

    field: str = "NumAtCard"
    prefix: str = ""
    pattern: str | None = None

    @field_validator("pattern")
    @classmethod
    def _valid_pattern(cls, value: str | None) -> str | None:
        if value is not None:
            try:
                re.compile(value)
            except re.error as error:
                raise ValueError(f"'{value}' is not a regular expression: {error}") from None
        return value


class StockPolicy(Section):
    policy: Literal["available", "on_hand", "available_and_ordered"] = "available"
    buffer: int = Field(default=0, ge=0)
    share: Decimal = Field(default=Decimal(1), ge=0, le=1)


class Cadence(Section):
    orders: Interval = timedelta(minutes=15)
    stock: Interval = timedelta(minutes=15)
    tracking: Interval = timedelta(hours=1)
    refunds: Interval = timedelta(hours=1)
    payouts: Interval = timedelta(days=1)


class Grace(Section):
    order: Duration = timedelta(minutes=60)
    tracking: Duration = timedelta(minutes=60)
    refund: Duration = timedelta(hours=24)
    payout: BusinessDays = 3


class Accounts(Section):
    clearing: str | None = None
    fees: str | None = None
    fee_tax: str | None = None
    """For the tax on fees, where the provider tells it; without it, it is booked with the fees."""
    reserve: str | None = None
    """For what the provider withholds; without it, that stays on the clearing account."""


Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
ChannelKind = Literal["shopify", "bigcommerce", "magento", "john_lewis", "tiktok_shop"]


class Channel(Section):
    id: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")
    kind: ChannelKind
    base_url: Url
    credentials: dict[str, Secret]
    card_code: str
    reference: Reference = Reference()
    stock: StockPolicy = StockPolicy()
    locations: dict[str, list[str]] = {}
    cadence: Cadence = Cadence()
    grace: Grace = Grace()
    accounts: Accounts = Accounts()
    settlements: str | None = None
    api_version: str | None = None
    auth_url: Url | None = None
    admin_url: Url | None = None
    manual_series: list[int] = []
    expires: dict[str, date] = {}
    """The last day of a credential that does not tell it itself, by its name."""
    granted_calls: int = Field(default=1, ge=1)
    """How many times its published ceiling of calls the provider has granted (John Lewis, TikTok Shop)."""
    store_view: str = "all"
    """Magento: the store view whose catalogue is read; `all` reads what every view shares."""
    order_number_field: str | None = None
    """John Lewis: the additional field that holds the consumer's order number."""

    @field_validator("id")
    @classmethod
    def _not_reserved(cls, value: str) -> str:
        if value == "b1":
            raise ValueError("'b1' is the name of SAP Business One; give the channel another id")
        return value


class BankColumns(Section):
    """Which column of a CSV statement holds what; `debit` and `credit` instead of `amount` where they are apart."""

    date: str
    amount: str | None = None
    debit: str | None = None
    credit: str | None = None
    reference: str | None = None
    bank_reference: str | None = None
    currency: str | None = None
    balance: str | None = None

    @model_validator(mode="after")
    def _an_amount(self) -> BankColumns:
        if (self.amount is None) == (self.debit is None and self.credit is None):
            raise ValueError("name the column 'amount', or the columns 'debit' and 'credit'")
        return self


class Bank(Section):
    """Where the bank's statements are dropped, and how its CSV files are written."""

    statements: str
    account: str | None = None
    """The account of a file that does not name one (CSV)."""
    columns: BankColumns | None = None
    delimiter: str = Field(default=",", min_length=1, max_length=1)
    decimal: Literal[".", ","] = "."
    date_format: str = "%Y-%m-%d"
    cadence: Interval = timedelta(days=1)


class Middleware(Section):
    """What the middleware tells of its own work: pushed to /api/sync-events, or dropped as files of JSON lines."""

    events: str | None = None
    """A pattern such as `events/*.jsonl`, where its files are dropped."""
    cadence: Interval = timedelta(minutes=15)
    """How often it tells something at least; silent for twice as long, nothing is judged by its events any more."""


class BookingAccounts(Section):
    bank: str | None = None
    transit: str | None = None


class Booking(Section):
    """How the company books; what is told here is not reported as an error."""

    shipping_expenses: list[int] = [1]
    goodwill_expenses: list[int] = []
    tip_expenses: list[int] = []
    gift_card_items: list[str] = []
    return_warehouses: list[str] = []
    price_list: int = 1
    is_net: bool = True
    accounts: BookingAccounts = BookingAccounts()
    posting: Literal["order", "daily_summary"] = "order"


class Maps(Section):
    """CSV files with a header line, relative to auditor.toml."""

    carriers: Path | None = None
    skus: Path | None = None
    tax_codes: Path | None = None
    fees: Path | None = None
    payment_gateways: Path | None = None
    payout_types: Path | None = None


class Service(Section):
    host: str = "127.0.0.1"
    port: int = Field(default=8571, ge=0, le=65535)
    b1_web_client: Url | None = None


class Actions(Section):
    """Limits of corrections. `send` false: every correction is only simulated."""

    send: bool = False
    four_eyes_above: Decimal = Decimal(500)
    value_limit: Decimal = Decimal(10_000)
    daily_limit: int = Field(default=50, ge=0)


class Checks(Section):
    policy: Path | None = None
    own: list[Path] = []
    ask_at_most: int = Field(default=500, ge=0)
    """How many suspects a run looks up in each system before it says that something is missing."""


class Maintenance(Section):
    """When a system is closed: from an hour to an hour on some days of the week, or once from a moment to a moment."""

    system: str
    closes: Moment
    opens: Moment
    days: list[Weekday] | None = Field(default=None, min_length=1)
    """The days on which it closes; each day when they are left out."""

    @model_validator(mode="after")
    def _a_stretch_of_time(self) -> Maintenance:
        if isinstance(self.closes, datetime) and isinstance(self.opens, datetime):
            if self.opens <= self.closes:
                raise ValueError("'opens' is not later than 'closes'; nothing would be closed")
            if self.days is not None:
                raise ValueError("'days' go with hours; a moment has its day already")
        elif isinstance(self.closes, datetime) or isinstance(self.opens, datetime):
            raise ValueError("'closes' and 'opens' are written alike: two hours, or two moments")
        elif self.closes == self.opens:
            raise ValueError("'opens' is the same hour as 'closes'; a system that is always closed needs no audit")
        return self


class Settings(Section):
    company: Company
    store: StoreSettings = StoreSettings()
    b1: B1Settings
    channel: list[Channel] = Field(min_length=1)
    booking: Booking = Booking()
    bank: Bank | None = None
    middleware: Middleware | None = None
    maps: Maps = Maps()
    checks: Checks = Checks()
    actions: Actions = Actions()
    service: Service = Service()
    maintenance: list[Maintenance] = []
    folder: Path = Field(default=Path(), exclude=True)

    @model_validator(mode="after")
    def _distinct_channels(self) -> Settings:
        ids = [channel.id for channel in self.channel]
        for name in ids:
            if ids.count(name) > 1:
                raise ValueError(f"two channels are called '{name}'; give each its own id")
        return self

    @model_validator(mode="after")
    def _maintenance_of_systems(self) -> Settings:
        known = ["b1", "middleware", *(channel.id for channel in self.channel)]
        for closed in self.maintenance:
            if closed.system not in known:
                raise ValueError(f"maintenance names '{closed.system}', which is none of {', '.join(known)}")
        return self

    @property
    def store_path(self) -> Path:
        return self.folder / self.store.path

    def check_secrets(self) -> None:
        """Raises `ConfigError` for the first secret that is not where auditor.toml says; nothing is kept of them."""
        for _, _, secret in self.secrets():
            secret.resolve(self.folder)

    def secrets(self) -> list[tuple[str, str, Secret]]:
        """(system, key, reference) of every secret."""
        found = [("b1", "password", self.b1.password)]
        for channel in self.channel:
            found += [(channel.id, name, secret) for name, secret in channel.credentials.items()]
        return found

    def channel_named(self, channel_id: str) -> Channel:
        """The channel with this id. Raises `ConfigError` naming the known ones."""
        for channel in self.channel:
            if channel.id == channel_id:
                return channel
        known = ", ".join(channel.id for channel in self.channel)
        raise ConfigError(f"There is no channel '{channel_id}' in auditor.toml; known are: {known}.")


def is_there(given: Path | None = None) -> bool:
    """Whether there is a configuration: `--config`, else AUDITOR_CONFIG, else ./auditor.toml."""
    return (given or Path(os.environ.get("AUDITOR_CONFIG") or DEFAULT_FILE)).is_file()


def find_file(given: Path | None = None) -> Path:
    """`--config`, else AUDITOR_CONFIG, else ./auditor.toml. Raises `ConfigError` when it is not there."""
    path = given or Path(os.environ.get("AUDITOR_CONFIG") or DEFAULT_FILE)
    if not path.is_file():
        raise ConfigError(f"There is no configuration at {path}; write one with 'auditor init' or use --config.")
    return path


def load(given: Path | None = None) -> Settings:
    """The checked settings. Raises `ConfigError` with the place and the mend."""
    path = find_file(given)
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path} is not valid TOML: {error}; correct it there.") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path} is not UTF-8 text; save it as UTF-8.") from None
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}; change its rights or name another.") from None
    return parse(raw, folder=path.resolve().parent, name=str(path))


def parse(raw: dict[str, Any], *, folder: Path, name: str = DEFAULT_FILE) -> Settings:
    """Settings from parsed TOML. Raises `ConfigError` for the first thing that is wrong."""
    if "folder" in raw:
        raise ConfigError(f"{name}: 'folder' is not a known key.")
    try:
        settings = Settings.model_validate(raw)
    except ValidationError as error:
        raise ConfigError(f"{name}: {first_problem(error, Settings)}") from None
    return settings.model_copy(update={"folder": folder})
