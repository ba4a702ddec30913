"""Settings: how the window looks."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from pos_app.ui.actions import Actions, Preferences
from pos_app.ui.pages.settings_rows import Row, SettingsPage, SwitchSetting
from pos_app.ui.theme import Mode
from pos_app.ui.widgets.field import Field
from pos_app.ui.widgets.segment import Segment

SMALLEST_INCHES, LARGEST_INCHES = 5, 60
_CONTRAST = {Mode.SYSTEM: Mode.CONTRAST_LIGHT, Mode.LIGHT: Mode.CONTRAST_LIGHT, Mode.DARK: Mode.CONTRAST_DARK}
_PLAIN = {Mode.CONTRAST_LIGHT: Mode.LIGHT, Mode.CONTRAST_DARK: Mode.DARK}


class LookPage(SettingsPage):
    """Colours, text size, movement, full screen, and the screen's size for a screen that does not know it."""

    def __init__(self, actions: Actions) -> None:
        super().__init__(actions, "sun", QCoreApplication.translate("LookPage", "Look"))
        colours = ((Mode.SYSTEM, self.tr("System")), (Mode.LIGHT, self.tr("Light")), (Mode.DARK, self.tr("Dark")))
        self.colours = Segment(self.tr("Colours"), colours)
        self.colours.chosen.connect(self._choose_colours)
        self._colours_row = Row(self.tr("Colours"), self.tr("The code stays on white"), self.colours)
        self.contrast = SwitchSetting(self.tr("High contrast"), self.tr("Black, white and borders"))
        self.contrast.clicked.connect(self._choose_contrast)
        sizes = (("100", "100 %"), ("125", "125 %"), ("150", "150 %"))
        self.text_scale = Segment(self.tr("Text size"), sizes)
        self._text_row = Row(self.tr("Text size"), self.tr("Amounts and keys keep theirs"), self.text_scale)
        self.text_scale.chosen.connect(lambda value: self.change(self._text_row, "text_scale", int(value)))
        self.still = SwitchSetting(self.tr("Reduce motion"), self.tr("Nothing slides or grows"))
        self.still.clicked.connect(lambda on: self.change(self.still, "still", on))
        self.fullscreen = SwitchSetting(self.tr("Full screen"), self.tr("Without the desktop's frame"))
        self.fullscreen.clicked.connect(lambda on: self.change(self.fullscreen, "fullscreen", on))
        self.inches = Field(
            self.tr("Screen size"), hint=self.tr("automatic"), unit=self.tr("inches"), right=True, limit=5
        )
        self._inches_row = Row(self.tr("Screen size"), self.tr("Only where keys are too small or large"), self.inches)
        self.inches.entered.connect(self._enter_inches)
        self.inches.left.connect(lambda: self._enter_inches(self.inches.text()))
        for row in (
            self._colours_row, self.contrast, self._text_row, self.still, self.fullscreen, self._inches_row,
        ):  # fmt: skip
            self.add(row)

    def show_preferences(self, preferences: Preferences) -> None:
        super().show_preferences(preferences)
        self.colours.set_value(_PLAIN.get(preferences.theme, preferences.theme))
        self.contrast.setChecked(preferences.theme in _PLAIN)
        self.text_scale.set_value(str(preferences.text_scale))
        self.still.setChecked(preferences.still)
        self.fullscreen.setChecked(preferences.fullscreen)
        self.inches.set_text(f"{preferences.screen_inches:g}" if preferences.screen_inches else "")

    def _choose_colours(self, value: str) -> None:
        mode = Mode(value)
        self.change(self._colours_row, "theme", _CONTRAST[mode] if self.contrast.isChecked() else mode)

    def _choose_contrast(self, on: bool) -> None:
        mode = Mode(self.colours.value())
        self.change(self.contrast, "theme", _CONTRAST[mode] if on else mode)

    def _enter_inches(self, text: str) -> None:
        try:
            inches = float(text.replace(",", ".")) if text.strip() else 0.0
        except ValueError:
            inches = -1.0
        if inches == 0 or SMALLEST_INCHES <= inches <= LARGEST_INCHES:
            self.change(self._inches_row, "screen_inches", inches)
        else:
            cure = self.tr("A number from {} to {}, or nothing").format(SMALLEST_INCHES, LARGEST_INCHES)
            self._inches_row.set_wrong(cure)
