"""What can go wrong, to be tried out before it does: a panel of switches."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from pos_app.ui.fault_switches import FaultSwitches
from pos_app.ui.practice_popover import Divider, PracticePopover


class FaultsPanel(PracticePopover):
    """Open it with `open_at(button)`; the code stays visible. It stays open while faults are switched."""

    def __init__(self, over: QWidget, switches: FaultSwitches) -> None:
        super().__init__(over, self.tr("What can go wrong"))
        rows = (
            ("server_away", self.tr("Payments server away"), self.tr("No new codes, cards are stored")),
            ("lightning_away", self.tr("Lightning side away"), self.tr("Nobody can pay")),
            None,
            ("issuer_slow", self.tr("Issuer slow"), self.tr("Answers after 12 s")),
            ("issuer_down", self.tr("Issuer down"), self.tr("No connection")),
            ("issuer_forgets", self.tr("Issuer forgets to answer"), self.tr("Answer lost")),
            ("issuer_twice", self.tr("Issuer answers twice"), self.tr("Second answer must change nothing")),
            ("issuer_never_pays", self.tr("Issuer says OK, never pays"), self.tr("Stays unpaid")),
            ("issuer_pays_late", self.tr("Issuer pays late"), self.tr("After the code expired")),
        )
        self.rows = {}
        for row in rows:
            if row is None:
                self.column.addWidget(Divider())
            else:
                self.rows[row[0]] = switches.row(*row)
                self.column.addWidget(self.rows[row[0]])
