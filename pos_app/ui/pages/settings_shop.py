"""Settings: the shop's name and the rules of a sale."""

from __future__ import annotations

import re

from PySide6.QtCore import QCoreApplication

from pos_app.core.money import MAX_SAT, grouped
from pos_app.ui.actions import Actions, Preferences
from pos_app.ui.pages.settings_rows import Row, SettingsPage, SwitchSetting
from pos_app.ui.widgets.field import Field

NAME_LIMIT = 60
SHORTEST_MIN, LONGEST_MIN = 1, 1440


class ShopPage(SettingsPage):
    """Name, the amount above which Charge asks again, how long a code lives, and how it begins."""

    def __init__(self, actions: Actions) -> None:
        super().__init__(actions, "wallet", QCoreApplication.translate("ShopPage", "Shop and sale"))
        self.name = Field(self.tr("Shop name"), limit=NAME_LIMIT)
        self._name_row = Row(self.tr("Shop name"), self.tr("Stands above the till"), self.name)
        self.name.entered.connect(self._enter_name)
        self.name.left.connect(self._enter_name)
        self.ceiling = Field(self.tr("Ask again above"), unit="sat", right=True, limit=20)
        self.ceiling_row = Row(self.tr("Ask again above"), self.tr("Charge then asks once more"), self.ceiling)
        self.ceiling.entered.connect(self._enter_ceiling)
        self.ceiling.left.connect(self._enter_ceiling)
        self.expiry = Field(self.tr("A code lasts"), unit=self.tr("minutes"), right=True, limit=4)
        self._expiry_row = Row(self.tr("A code lasts"), self.tr("Counts from the next sale"), self.expiry)
        self.expiry.entered.connect(self._enter_expiry)
        self.expiry.left.connect(self._enter_expiry)
        self.prefix = SwitchSetting(
            self.tr("Codes begin with LIGHTNING:"), self.tr("Off: the invoice alone, for wallets that need it so")
        )
        self.prefix.clicked.connect(lambda on: self.change(self.prefix, "qr_prefix", on))
        for row in (self._name_row, self.ceiling_row, self._expiry_row, self.prefix):
            self.add(row)

    def show_preferences(self, preferences: Preferences) -> None:
        super().show_preferences(preferences)
        self.name.set_text(preferences.shop_name)
        self.ceiling.set_text(grouped(preferences.ceiling_sat))
        self.expiry.set_text(f"{preferences.invoice_expiry_s / 60:g}")
        self.prefix.setChecked(preferences.qr_prefix)

    def _enter_name(self) -> None:
        self.change(self._name_row, "shop_name", self.name.text().strip())

    def _enter_ceiling(self) -> None:
        value = _number(self.ceiling.text())
        if value is not None and 1 <= value <= MAX_SAT:
            self.change(self.ceiling_row, "ceiling_sat", value)
        else:
            self.ceiling_row.set_wrong(self.tr("A whole number of sat, 1 or more"))

    def _enter_expiry(self) -> None:
        value = _number(self.expiry.text())
        if value is not None and SHORTEST_MIN <= value <= LONGEST_MIN:
            self.change(self._expiry_row, "invoice_expiry_s", value * 60)
        elif self.expiry.text() != f"{self.preferences.invoice_expiry_s / 60:g}":
            cure = self.tr("Whole minutes from {} to {}").format(SHORTEST_MIN, LONGEST_MIN)
            self._expiry_row.set_wrong(cure)


def _number(text: str) -> int | None:
    """A whole number, its thousands apart or not."""
    fits = re.fullmatch(r"[0-9]+|[0-9]{1,3}([\s.,'][0-9]{3})+", text.strip())
    return int(re.sub(r"[^0-9]", "", text)) if fits else None
