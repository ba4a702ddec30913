"""Settings: what is heard."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, Signal

from pos_app.ui.actions import Actions, Preferences
from pos_app.ui.pages.settings_rows import Row, SettingsPage, SwitchSetting
from pos_app.ui.widgets.buttons import Button
from pos_app.ui.widgets.segment import Segment


class SoundPage(SettingsPage):
    """On or off, how loud, and a test. Each sound also has its words on the screen."""

    tested = Signal()

    def __init__(self, actions: Actions) -> None:
        super().__init__(actions, "volume-2", QCoreApplication.translate("SoundPage", "Sound"))
        self.sound = SwitchSetting(self.tr("Sounds"), self.tr("Paid, declined, look here, card read"))
        self.sound.clicked.connect(lambda on: self.change(self.sound, "sound", on))
        volumes = (("25", "25 %"), ("50", "50 %"), ("75", "75 %"), ("100", "100 %"))
        self.volume = Segment(self.tr("Volume"), volumes)
        self._volume_row = Row(self.tr("Volume"), self.tr("Beside the computer's own"), self.volume)
        self.volume.chosen.connect(self._choose_volume)
        self.test = Button(self.tr("Test"), "volume-2", height=11.5, text_size=4.5)
        self.test.clicked.connect(self.tested)
        self._test_row = Row(self.tr("Hear it"), " ", self.test)
        for row in (self.sound, self._volume_row, self._test_row):
            self.add(row)

    def show_preferences(self, preferences: Preferences) -> None:
        super().show_preferences(preferences)
        self.sound.setChecked(preferences.sound)
        nearest = min((25, 50, 75, 100), key=lambda step: abs(step - preferences.volume))
        self.volume.set_value(str(nearest))
        self.volume.setEnabled(preferences.sound)
        self.test.setEnabled(preferences.sound)
        player = preferences.sound_player
        self._test_row.set_detail(
            self.tr("Played by {}").format(player) if player else self.tr("No player found: the screen's beep")
        )

    def _choose_volume(self, value: str) -> None:
        self.change(self._volume_row, "volume", int(value))
