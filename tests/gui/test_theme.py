"""The theme: colours that can be read, sizes in millimetres, tabular figures, icons in any colour."""

from __future__ import annotations

from dataclasses import fields

import pytest
from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QColor, QFontMetricsF
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from pos_app.bundled import resource
from pos_app.ui import fonts, icons
from pos_app.ui.metrics import Metrics, px_per_mm
from pos_app.ui.theme import Mode, theme
from pos_app.ui.tokens import CONTRAST_DARK, CONTRAST_LIGHT, DARK, LIGHT, Tokens
from tests.gui.stage import SMALL, WIDE, set_device

THEMES = {"light": LIGHT, "dark": DARK, "contrast light": CONTRAST_LIGHT, "contrast dark": CONTRAST_DARK}
TEXT = [
    ("ink", "bg"), ("ink", "surface"), ("ink", "press"), ("ink2", "bg"), ("ink2", "surface"), ("ink2", "raised"),
    ("ink2", "attn_tint"), ("ink2", "fail_tint"), ("ink3", "bg"), ("ink3", "surface"), ("ink3", "idle_tint"),
    ("on_accent", "accent"), ("on_accent", "accent_press"), ("accent", "surface"), ("accent", "accent_tint"),
    ("paid", "surface"), ("paid", "paid_tint"), ("attn", "surface"), ("attn", "attn_tint"), ("fail", "surface"),
    ("fail", "press"), ("fail", "fail_tint"), ("idle", "idle_tint"), ("practice", "practice_tint"),
    ("surface", "practice"), ("on_attn", "attn_fill"),
]  # fmt: skip
LARGE = [("ink", "bg"), ("ink", "surface"), ("on_accent", "accent"), ("on_paid", "paid_fill"), ("on_attn", "attn_fill")]
CONTROLS = [("line_strong", "surface"), ("line_strong", "bg"), ("line_strong", "raised"), ("focus", "bg")]


def _luminance(colour: QColor) -> float:
    parts = (colour.redF(), colour.greenF(), colour.blueF())
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: QColor, other: QColor) -> float:
    """The ratio of WCAG 2.2."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("name", THEMES)
def test_colours_can_be_read(name: str) -> None:
    tokens = THEMES[name]
    for pairs, least in ((TEXT, 4.5), (LARGE, 7.0), (CONTROLS, 3.0)):
        for ink, paper in pairs:
            ratio = contrast(tokens.colour(ink), tokens.colour(paper))
            assert ratio >= least, f"{ink} on {paper}: {ratio:.1f}"


def test_every_token_is_a_colour_in_every_theme() -> None:
    names = [field.name for field in fields(Tokens) if field.name not in ("dark", "high_contrast")]
    for tokens in THEMES.values():
        assert all(tokens.colour(name).isValid() for name in names)


@pytest.mark.parametrize(
    ("dpi", "width", "height", "unit_px", "key_mm"),
    [
        (117, 1024, 600, 3.98, 19.9),
        (135, 1366, 768, 4.6, 19.9),
        (141, 1920, 1080, 4.8, 19.9),
        (170, 1024, 600, 4.0, 13.7),
    ],
)
def test_u_is_millimetres_bounded_by_the_page(
    dpi: float, width: int, height: int, unit_px: float, key_mm: float
) -> None:
    metrics = Metrics(px_per_mm(dpi), width, height)
    assert metrics.unit_px == pytest.approx(unit_px, abs=0.05)
    assert metrics.u(23) / metrics.px_per_mm == pytest.approx(key_mm, abs=0.3)


@pytest.mark.parametrize("dpi", [0, 25, 72, 301, 10_000])
def test_a_density_that_cannot_be_is_not_believed(dpi: float) -> None:
    assert Metrics(px_per_mm(dpi), 4000, 4000).unit_px == pytest.approx(4)


def test_text_scale_multiplies_text_only() -> None:
    large = Metrics(SMALL.px_per_mm, SMALL.width, SMALL.height, 1.5)
    assert large.u(14) == SMALL.u(14)
    assert large.text(4.5) == pytest.approx(SMALL.text(4.5) * 1.5, abs=1)
    assert not SMALL.wide
    assert WIDE.wide
    assert large.u(0) == 0
    assert large.u(0.01) == 1


def test_figures_have_one_width(qapp: QApplication) -> None:
    fonts.load()
    font = fonts.inter(96, fonts.SEMIBOLD, tabular=True)
    widths = {QFontMetricsF(font).horizontalAdvance(digit * 5) for digit in "0123456789"}
    assert len(widths) == 1
    assert QFontMetricsF(font).horizontalAdvance("1") != QFontMetricsF(fonts.inter(96)).horizontalAdvance("1")


def test_a_small_window_and_a_theme_reach_their_followers(qapp: QApplication, qtbot: QtBot) -> None:
    set_device()
    seen: list[tuple[int, str]] = []

    class Follower(QObject):
        def fit(self) -> None:
            seen.append((theme.u(10), theme.now.bg.name()))

    follower = Follower()
    theme.follow(follower.fit)
    set_device(WIDE, Mode.DARK)
    assert seen[0] == (SMALL.u(10), LIGHT.bg.name())
    assert seen[-1] == (WIDE.u(10), DARK.bg.name())
    assert qapp.palette().window().color() == DARK.bg
    follower.deleteLater()


def test_an_icon_takes_the_colour_and_the_size(qapp: QApplication) -> None:
    picture = icons.pixmap("circle", 40, QColor("#B3261E"), 2.0) if resource("icons", "circle.svg").exists() else None
    picture = picture or icons.pixmap("zap", 40, QColor("#B3261E"), 2.0)
    assert picture.size().width() == 80
    image = picture.toImage()
    drawn = {
        image.pixelColor(x, y).name() for x in range(80) for y in range(80) if image.pixelColor(x, y).alpha() == 255
    }
    assert drawn == {"#b3261e"}


def test_each_icon_that_is_named_exists(qapp: QApplication) -> None:
    from pos_app.till.states import SaleState
    from pos_app.ui.strip import FACT_ICONS
    from pos_app.ui.widgets.chip import state_chip

    for name in [*FACT_ICONS.values(), *(state_chip(state).icon for state in SaleState)]:
        assert resource("icons", f"{name}.svg").is_file(), name
    with pytest.raises(FileNotFoundError):
        icons.pixmap("no-such-icon", 10, QColor("#000000"))


class Desktop:
    """A desktop's wishes, in place of Qt's style hints."""

    def __init__(self, scheme: Qt.ColorScheme, contrast: Qt.ContrastPreference) -> None:
        self._scheme = scheme
        self._contrast = contrast

    def colorScheme(self) -> Qt.ColorScheme:
        return self._scheme

    def accessibility(self) -> Desktop:
        return self

    def contrastPreference(self) -> Qt.ContrastPreference:
        return self._contrast


@pytest.mark.parametrize(
    ("scheme", "contrast", "tokens"),
    [
        (Qt.ColorScheme.Unknown, Qt.ContrastPreference.NoPreference, LIGHT),
        (Qt.ColorScheme.Dark, Qt.ContrastPreference.NoPreference, DARK),
        (Qt.ColorScheme.Light, Qt.ContrastPreference.HighContrast, CONTRAST_LIGHT),
        (Qt.ColorScheme.Dark, Qt.ContrastPreference.HighContrast, CONTRAST_DARK),
    ],
)
@pytest.mark.usefixtures("qapp")
def test_the_desktops_wish_is_followed_unless_the_owner_chose(
    monkeypatch: pytest.MonkeyPatch, scheme: Qt.ColorScheme, contrast: Qt.ContrastPreference, tokens: Tokens
) -> None:
    set_device()
    desktop = Desktop(scheme, contrast)
    monkeypatch.setattr("pos_app.ui.theme.QGuiApplication.styleHints", lambda: desktop)
    theme.set_mode(Mode.SYSTEM)
    assert theme.now is tokens
    theme.set_mode(Mode.LIGHT)
    assert theme.now is LIGHT
