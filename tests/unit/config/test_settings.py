from __future__ import annotations

from dataclasses import asdict, fields
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos_app.config.early import EarlySettings, early_settings
from pos_app.config.settings import Remote, Settings, SettingsFile, SettingsWrong, unknown_variables
from pos_app.core.bolt11 import Network


@pytest.fixture
def file(tmp_path: Path) -> SettingsFile:
    return SettingsFile(tmp_path / "config" / "settings.toml")


def say(file: SettingsFile, text: str) -> None:
    file.path.parent.mkdir(exist_ok=True)
    file.path.write_text(text)


def test_without_a_file_everything_has_its_default(file: SettingsFile) -> None:
    settings = file.load()
    assert settings == Settings()
    assert (settings.api, settings.invoice_expiry_s, settings.ceiling_sat) == ("practice", 600, 1_000_000)
    assert not file.path.exists()


def test_what_is_changed_stays_changed_and_nothing_else_is_written(file: SettingsFile) -> None:
    file.change(shop_name="Café “Zum Bären”\\ \x7f")
    file.change(theme="dark")
    settings = file.load()
    assert (settings.shop_name, settings.theme) == ("Café “Zum Bären”\\ \x7f", "dark")
    assert "ceiling_sat" not in file.path.read_text()


@given(name=st.text(st.characters(exclude_categories=["Cs"]), max_size=60), url=st.text("abc./:-\"'\\\x7f", min_size=1))
def test_any_text_survives_the_file(tmp_path_factory: pytest.TempPathFactory, name: str, url: str) -> None:
    file = SettingsFile(tmp_path_factory.mktemp("config") / "settings.toml")
    remote = Remote(network=Network.SIGNET, pin_sha256="ab" * 32, plain_http=True)
    file.change(shop_name=name, remotes={url: remote})
    assert (file.load().shop_name, file.load().remote(url)) == (name, remote)


def test_an_api_that_is_not_known_is_mainnet(file: SettingsFile) -> None:
    assert file.load().remote("https://lnbits.example").network is Network.MAINNET


def test_variables_go_before_the_file_and_are_never_written_to_it(
    file: SettingsFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    say(file, 'theme = "dark"\nsound = true\n')
    monkeypatch.setenv("POS_THEME", "light")
    monkeypatch.setenv("POS_SOUND", "no")
    monkeypatch.setenv("POS_SHOP_NAME", "")
    settings = file.change(volume=50)
    assert (settings.theme, settings.sound, settings.volume, settings.shop_name) == ("light", False, 50, "")
    assert 'theme = "dark"' in file.path.read_text()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("shopname = 'x'", "there is no setting “shopname”"),
        ("[remotes.'https://a']\nkey = 'x'", "there is no setting “remotes.https://a.key”"),
        ("ceiling_sat = 'many'", "“ceiling_sat”: input should be a valid integer"),
        ("text_scale = 900", "“text_scale”"),
        ("api = 'ftp://x'", "“api”"),
        ("theme = ", "is damaged"),
        ("\udcff", "is damaged"),
    ],
)
def test_a_wrong_file_is_explained_and_kept(file: SettingsFile, text: str, words: str) -> None:
    file.path.parent.mkdir()
    file.path.write_bytes(text.encode(errors="surrogateescape"))
    for act in (file.load, lambda: file.change(volume=50)):
        with pytest.raises(SettingsWrong) as error:
            act()
        assert words in error.value.message
        assert str(file.path) in error.value.message
        assert error.value.cure
    assert file.path.read_bytes() == text.encode(errors="surrogateescape")


def test_a_wrong_value_is_not_written(file: SettingsFile) -> None:
    with pytest.raises(SettingsWrong, match="“volume”"):
        file.change(volume=101)
    assert not file.path.exists()


@pytest.mark.parametrize(("name", "value"), [("POS_VOLUME", "loud"), ("POS_REMOTES", "{")])
def test_a_wrong_variable_is_named(file: SettingsFile, monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsWrong, match=f"(?i){name.removeprefix('POS_')}.*unset"):
        file.load()


def test_a_variable_that_is_no_setting_is_found() -> None:
    environment = {"POS_TEHME": "dark", "POS_THEME": "dark", "POS_INVOICE_KEY": "x", "HOME": "/"}
    assert unknown_variables(environment) == ["POS_TEHME"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        'theme = "dark"\ntext_scale = 125\nscreen_inches = 10.1\nfullscreen = true\nstill = true',
        'screen_inches = 10\nshop_name = "Café"',
        'theme = "contrast_dark"\napi = "https://lnbits.example"',
    ],
)
@pytest.mark.parametrize(
    "variables",
    [{}, {"POS_THEME": "light", "POS_TEXT_SCALE": "150", "POS_FULLSCREEN": "1", "POS_API": "", "POS_SHOP_NAME": "Bar"}],
)
def test_the_early_settings_are_those_of_the_settings(
    file: SettingsFile, text: str, variables: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    say(file, text)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    early, settings = early_settings(file.path), file.load()
    assert asdict(early) == {each.name: getattr(settings, each.name) for each in fields(early)}


@pytest.mark.parametrize(
    "text",
    ["theme = 'pink'", "text_scale = 10", "text_scale = true", "screen_inches = -1", "still = 3", "theme ="],
)
def test_an_early_setting_that_does_not_fit_is_left_at_its_default(file: SettingsFile, text: str) -> None:
    say(file, text)
    assert early_settings(file.path, {}) == EarlySettings()
