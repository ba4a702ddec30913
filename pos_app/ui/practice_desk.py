"""What the practice banner opens: the practice customer, and the faults. Loaded when it is first needed."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from pos_app.ui.actions import Actions
from pos_app.ui.banner import PracticeBanner
from pos_app.ui.sale_flow import SaleFlow

if TYPE_CHECKING:
    from pos_app.ui.fault_switches import FaultSwitches
    from pos_app.ui.faults_panel import FaultsPanel
    from pos_app.ui.practice_panel import PracticePanel


class PracticeDesk(QObject):
    """Connects the banner with the sale on the screen and with the panels, which lie over `over`."""

    failed = Signal(object)
    """A `Problem`: a fault could not be switched."""

    def __init__(self, actions: Actions, banner: PracticeBanner, flow: SaleFlow, over: QWidget) -> None:
        super().__init__(over)
        self._actions = actions
        self._banner = banner
        self._flow = flow
        self._over = over
        banner.tap_pressed.connect(flow.tap_card)
        banner.pay_pressed.connect(lambda: flow.customer_pays("now"))
        banner.panel_pressed.connect(self._toggle_panel)
        banner.faults_pressed.connect(self._toggle_faults)

    @cached_property
    def switches(self) -> FaultSwitches:
        from pos_app.ui.fault_switches import FaultSwitches

        switches = FaultSwitches(self._actions, self)
        switches.counted.connect(self._banner.set_fault_count)
        switches.failed.connect(self.failed)
        return switches

    @cached_property
    def panel(self) -> PracticePanel:
        from pos_app.ui.practice_panel import PracticePanel

        panel = PracticePanel(self._over, self.switches)
        panel.chosen.connect(self._flow.customer_pays)
        panel.closed.connect(lambda: self._banner.set_panel_open(False))
        return panel

    @cached_property
    def faults(self) -> FaultsPanel:
        from pos_app.ui.faults_panel import FaultsPanel

        panel = FaultsPanel(self._over, self.switches)
        panel.closed.connect(lambda: self._banner.set_faults_open(False))
        return panel

    def load(self) -> None:
        """Ask which faults are on: the till has just opened its practice books."""
        self.switches.load()

    def close(self) -> None:
        """Close what is open."""
        for name in ("panel", "faults"):
            if name in self.__dict__:
                getattr(self, name).close_popover()

    def _toggle_panel(self) -> None:
        self.panel.set_can_pay(self._banner.pay.isEnabled())
        self.panel.open_at(self._banner.more)
        self._banner.set_panel_open(self.panel.is_open())

    def _toggle_faults(self) -> None:
        self.faults.open_at(self._banner.faults)
        self._banner.set_faults_open(self.faults.is_open())
