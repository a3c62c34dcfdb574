"""auditor.toml: what is right is taken exactly, what is wrong is told with its place and its mend."""

from __future__ import annotations

import tomllib
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor import settings as settings_file
from auditor.errors import ConfigError
from auditor.service.init_file import TEMPLATE
from auditor.settings import Secret, Settings
from auditor.settings_values import check_url, parse_business_days, parse_cadence, parse_duration

FOLDER = Path("/company")


def parsed(text: str = TEMPLATE) -> Settings:
    return settings_file.parse(tomllib.loads(text, parse_float=Decimal), folder=FOLDER)


def told(old: str, new: str) -> str:
    """What is said about the template with one thing changed."""
    assert old in TEMPLATE
    with pytest.raises(ConfigError) as problem:
        parsed(TEMPLATE.replace(old, new, 1))
    sentence = str(problem.value)
    assert "\n" not in sentence
    assert sentence.startswith("auditor.toml: ")
    return sentence.removeprefix("auditor.toml: ")


def _maintenance(**changed: str) -> str:
    """What would stand before [actions]."""
    given = {"system": "b1", "closes": "02:00", "opens": "04:00", **changed}
    days = given.pop("days", None)
    lines = [f'{key} = "{value}"' for key, value in given.items()]
    return "\n".join(["[[maintenance]]", *lines, "" if days is None else f'days = ["{days}"]', "[actions]"])


def test_the_configuration_that_init_writes_is_valid_and_says_the_defaults() -> None:
    settings = parsed()
    (channel,) = settings.channel
    assert settings.store_path == FOLDER / "var/auditor.duckdb"
    assert settings.company.history == timedelta(days=90)
    assert channel.stock.share == Decimal("1.0")
    assert isinstance(channel.stock.share, Decimal)
    assert channel.grace.payout == 3
    assert channel.reference.prefix == "#"
    assert channel.locations == {"gid://shopify/Location/1": ["01", "02"]}
    assert settings.actions.send is False
    # What the template writes out is what happens without it.
    lines = [line for line in TEMPLATE.splitlines() if not line.startswith(("cadence", "grace", "stock  ", "history"))]
    assert parsed("\n".join(lines)).channel[0].cadence == channel.cadence
    assert parsed("\n".join(lines)).channel[0].grace == channel.grace


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("currency =", "curency =", "'company.curency' is not a known key; did you mean 'currency'?"),
        ("[company]", "[firm]\nx = 1\n[company]", "'firm' is not a known key; known here: actions, b1, bank, "),
        ("buffer = 0", "bufer = 0", "'channel[1].stock.bufer' is not a known key; did you mean 'buffer'?"),
        ('refund_id       = "U_RefundId"', 'refund = "U_X"', "'b1.fields.refund' is not a known key; did you mean '"),
        ('name     = "Harbour & Pine Ltd"\n', "", "'company.name' is missing; add it."),
        ('card_code   = "C-SHOPIFY"', "", "'channel[1].card_code' is missing; add it."),
        ('"Harbour & Pine Ltd"', "7", "'company.name' is wrong: it must be text in quotes, such as \"text\"."),
        ('"GBP"', '"pounds"', "'company.currency' is wrong: it must be three capital letters, such as \"GBP\"."),
        ("Europe/London", "Europe", "'company.timezone' is wrong: 'Europe' is not a time zone such as Europe/London."),
        ("Europe/London", "", "'company.timezone' is wrong: '' is not a time zone such as Europe/London."),
        ('"90d" ', "90 ", "'company.history' is wrong: '90' is not a duration in quotes such as '15m', '24h' or"),
        ('orders = "15m"', 'orders = "0m"', "'channel[1].cadence.orders' is wrong: '0m' is no time; write one longer"),
        ('"3bd"', '"3d"', "'channel[1].grace.payout' is wrong: '3d' is not a number of business days such as 3bd."),
        ("sessions   = 2", "sessions = 9", "'b1.sessions' is wrong: it must be at most 4."),
        ("sessions   = 2", "sessions = 0", "'b1.sessions' is wrong: it must be at least 1."),
        ("sessions   = 2", "sessions = 1.5", "'b1.sessions' is wrong: it must be a whole number."),
        ("share = 1.0", "share = 1.5", "'channel[1].stock.share' is wrong: it must be at most 1."),
        ("share = 1.0", 'share = "all"', "'channel[1].stock.share' is wrong: it must be a number."),
        ("send             = false", 'send = "perhaps"', "'actions.send' is wrong: it must be true or false."),
        ("= [1] ", "= 1 ", "'booking.shipping_expenses' is wrong: it must be a list in square brackets, such as "),
        ('posting           = "order"', 'posting = "x"', "'booking.posting' is wrong: it must be one of 'order' or "),
        ("port = 8571", "port = 85710", "'service.port' is wrong: it must be at most 65535."),
        ('"shopify-uk"', '"Shopify UK"', "'channel[1].id' is wrong: it must be small letters, digits, hyp"),
        ('"shopify-uk"', '"b1"', "'channel[1].id' is wrong: 'b1' is the name of SAP Business One; give the channel"),
        ('prefix = "#"', 'pattern = "("', "'channel[1].reference.pattern' is wrong: '(' is not a regular expression: "),
        ("https://b1.", "http://b1.", "'b1.base_url' is wrong: 'http://b1.example.com:50000' is not https; http is"),
        ("https://b1.example.com", "b1.example.com", "'b1.base_url' is wrong: 'b1.example.com:50000' is not an ad"),
        (":50000", ":500000", "'b1.base_url' is wrong: 'https://b1.example.com:500000' has a port that is none; "),
        ('{ env = "B1_PASSWORD" }', '{ env = "A", file = "b" }', "'b1.password' is wrong: name one place: "),
        ('{ env = "B1_PASSWORD" }', "{ }", "'b1.password' is wrong: name one place: "),
        ("[company]", "folder = 1\n[company]", "'folder' is not a known key."),
        ("history  =", 'holidays = ["Xmas"]\nhistory =', "'company.holidays[1]' is wrong: it must be a day such as"),
        ("history  =", "holidays = 2026-12-25\nhistory =", "'company.holidays' is wrong: it must be a list in squ"),
        ("[actions]", "[maintenance]\n[actions]", "'maintenance' is wrong: a table of which there may be several "),
        ("[actions]", _maintenance(system="ebay"), "maintenance names 'ebay', which is none of b1, middleware, "),
        ("[actions]", _maintenance(opens="4 am"), "'maintenance[1].opens' is wrong: '4 am' is neither a time such as "),
        ("[actions]", _maintenance(opens="25:00"), "'maintenance[1].opens' is wrong: '25:00' is neither a time suc"),
        ("[actions]", _maintenance(opens="02:00"), "'maintenance[1]' is wrong: 'opens' is the same hour as 'closes'; "),
        ("[actions]", _maintenance(opens="2026-12-06 04:00"), "'maintenance[1]' is wrong: 'closes' and 'opens' are w"),
        ("[actions]", _maintenance(closes="2026-12-05 22:00Z"), "'maintenance[1].closes' is wrong: '2026-12-05 22:"),
        ("[actions]", _maintenance(closes="2026-12-05", opens="2026-12-04 22:00"), "'maintenance[1]' is wrong: 'ope"),
        ("[actions]", _maintenance(days="sun"), "'maintenance[1].days[1]' is wrong: it must be one of 'monday', 'tues"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_place(old: str, new: str, sentence: str) -> None:
    assert told(old, new).startswith(sentence)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('{ env = "B1_PASSWORD" }', '"hunter2"'),
        ('{ access_token = { env = "SHOPIFY_TOKEN" } }', '{ access_token = "hunter2" }'),
        ('{ access_token = { env = "SHOPIFY_TOKEN" } }', '"hunter2"'),
        ("https://b1.", "https://auditor:hunter2@b1."),
    ],
)
def test_a_secret_in_the_wrong_place_is_not_repeated(old: str, new: str) -> None:
    assert "hunter2" not in told(old, new)


def test_two_channels_need_two_names() -> None:
    block = TEMPLATE[TEMPLATE.index("[[channel]]") : TEMPLATE.index("[channel.locations]")]
    assert told("[[channel]]", block + "\n[[channel]]") == "two channels are called 'shopify-uk'; give each its own id."


def test_a_channel_is_found_by_its_name() -> None:
    assert parsed().channel_named("shopify-uk").card_code == "C-SHOPIFY"
    with pytest.raises(ConfigError, match=r"There is no channel 'ebay' in auditor.toml; known are: shopify-uk\."):
        parsed().channel_named("ebay")


# --- values


@given(st.integers(0, 100_000), st.sampled_from(["s", "m", "h", "d"]), st.sampled_from(["", " "]))
def test_a_duration_is_its_number_times_its_unit(count: int, unit: str, gap: str) -> None:
    seconds = {"s": 1, "m": 60, "h": 3600, "d": 86_400}[unit]
    assert parse_duration(f" {count}{gap}{unit} ").total_seconds() == count * seconds


@given(st.one_of(st.text(max_size=8), st.integers(), st.booleans(), st.none(), st.decimals(), st.lists(st.integers())))
def test_anything_else_is_refused_as_a_value_and_never_breaks(value: object) -> None:
    for parse in (parse_duration, parse_cadence, parse_business_days, check_url):
        with suppress(ValueError):
            parse(value)


def test_a_duration_beyond_all_calendars_is_refused() -> None:
    with pytest.raises(ValueError, match="write a shorter duration"):
        parse_duration("999999999999d")


@pytest.mark.parametrize(
    "address", ["http://localhost:1", "http://127.0.0.1/x/", "http://[::1]:8", "https://a.example/"]
)
def test_http_is_for_this_machine_and_https_for_all(address: str) -> None:
    assert check_url(address) == address.rstrip("/")


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1.example.com", "http://10.0.0.1", "ftp://localhost", "https://", "//x"]
)
def test_other_addresses_are_refused(address: str) -> None:
    with pytest.raises(ValueError):
        check_url(address)


# --- secrets


def test_a_secret_is_read_where_it_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEPT", "in the air")
    (tmp_path / "kept").write_text("on paper\n", encoding="utf-8")
    assert Secret(env="KEPT").resolve(tmp_path) == "in the air"
    assert Secret(file=Path("kept")).resolve(tmp_path) == "on paper"


def test_a_secret_that_is_not_there_is_told_by_its_reference(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KEPT", raising=False)
    (tmp_path / "empty").write_text("\n", encoding="utf-8")
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    for secret, words in (
        (Secret(env="KEPT"), "The environment variable KEPT is not set; set it or change the reference."),
        (Secret(file=Path("none")), f"The secret file {tmp_path / 'none'} cannot be read: No such file or directory; "),
        (Secret(file=Path("empty")), f"The secret file {tmp_path / 'empty'} is empty; put the secret into it."),
        (Secret(file=Path("binary")), f"The secret file {tmp_path / 'binary'} is not text; put the secret alone into"),
    ):
        with pytest.raises(ConfigError) as problem:
            secret.resolve(tmp_path)
        assert str(problem.value).startswith(words)


def test_every_secret_is_asked_for_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("B1_PASSWORD", "x")
    monkeypatch.delenv("SHOPIFY_TOKEN", raising=False)
    settings = parsed()
    assert [(system, key) for system, key, _ in settings.secrets()] == [
        ("b1", "password"), ("shopify-uk", "access_token")
    ]  # fmt: skip
    with pytest.raises(ConfigError, match="SHOPIFY_TOKEN"):
        settings.check_secrets()


# --- the file


def test_the_file_is_found_by_name_variable_or_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("AUDITOR_CONFIG", raising=False)
    assert not settings_file.is_there()
    with pytest.raises(ConfigError, match=r"There is no configuration at auditor\.toml; write one with 'auditor init'"):
        settings_file.load()
    other = tmp_path / "other.toml"
    other.write_text(TEMPLATE, encoding="utf-8")
    assert settings_file.load(other).folder == tmp_path
    monkeypatch.setenv("AUDITOR_CONFIG", str(other))
    assert settings_file.is_there()
    assert settings_file.find_file() == other
    monkeypatch.delenv("AUDITOR_CONFIG")
    other.rename(tmp_path / "auditor.toml")
    assert settings_file.load().store_path == tmp_path / "var/auditor.duckdb"


def test_a_file_that_is_no_toml_is_told(tmp_path: Path) -> None:
    path = tmp_path / "auditor.toml"
    path.write_text("[company]\nname = unfinished", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"auditor\.toml is not valid TOML: .*line 2.*; correct it there\."):
        settings_file.load(path)
    path.write_bytes("[company]\nname = 'Müller'".encode("latin-1"))
    with pytest.raises(ConfigError, match=r"auditor\.toml is not UTF-8 text; save it as UTF-8\."):
        settings_file.load(path)
