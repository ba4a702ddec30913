"""Settings: whether cards are stored while nothing can be paid, at whose risk, and how much of it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from pos_app.core.money import Sat, grouped
from pos_app.core.pin_errors import PinNeeded
from pos_app.till.views import QueueView, StoreView, TermsView
from pos_app.ui.actions import Actions, problem_of
from pos_app.ui.manager_sheet import ManagerSheet
from pos_app.ui.pages.settings_consent import Consent
from pos_app.ui.pages.settings_rows import Row, SettingsPage, SwitchSetting
from pos_app.ui.theme import theme
from pos_app.ui.widgets.buttons import Button
from pos_app.ui.widgets.field import Field
from pos_app.ui.widgets.meter import Meter
from pos_app.ui.widgets.notice import Notice
from pos_app.ui.widgets.scroll import Scroll
from pos_app.ui.widgets.sweep import Sweep
from pos_app.ui.words import day_and_clock

HOUR_S = 3600


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit as it is typed: `per` units of what is kept make one of what is shown."""

    name: str
    row: Row
    field: Field
    per: int = 1

    def shown(self, terms: TermsView) -> str:
        value = getattr(terms, self.name)
        if isinstance(value, Sat):
            return grouped(value.value)
        return f"{value / self.per:g}"


class OfflinePage(SettingsPage):
    """The owner's consent, the five limits, what is used of them, and the manager PIN.

    `over` is what the manager's sheet covers.
    """

    def __init__(self, actions: Actions, over: QWidget) -> None:
        super().__init__(actions, "cloud-off", QCoreApplication.translate("OfflinePage", "Offline cards"))
        self.terms: TermsView | None = None
        self._wanted: TermsView | None = None
        self.manager = ManagerSheet(over, actions)
        self.manager.closed.connect(self._show_terms)
        self.manager.closed.connect(self._load_pin)
        self.notice = Notice()
        self.sweep = Sweep()
        self.consent = Consent()
        self.accept = Button(self.tr("I carry the loss: accept…"), "check", kind="primary", text_size=4.75)
        self.accept.clicked.connect(self._accept)
        self.on = SwitchSetting(
            self.tr("Store cards while offline"), self.tr("You accept: if a card does not pay, the loss is yours.")
        )
        self.on.clicked.connect(self._ask_withdraw)
        read = Button(self.tr("Read it again"), height=11.5, text_size=4.5)
        read.clicked.connect(lambda: self.consent.setVisible(self.consent.isHidden()))
        self.accepted_row = Row(self.tr("You carry the loss"), "", read)
        self.limits = self._make_limits()
        self.meter = Meter()
        self.used_row = Row(self.tr("Used now"), "", self.meter)
        self.pin_button = Button(self.tr("Set…"), "key-round", height=11.5, text_size=4.5)
        self.pin_button.clicked.connect(lambda: self.manager.change_pin(lambda _: None))
        self.pin_row = Row(self.tr("Manager PIN"), "", self.pin_button)
        self._lay_out()
        theme.follow(self.fit)

    def _lay_out(self) -> None:
        content = QWidget()
        self._rows = QVBoxLayout(content)
        parts = (self.notice, self.on, self.consent, self.accept, self.accepted_row, *(x.row for x in self.limits))
        for widget in (*parts, self.used_row, self.pin_row):
            self._rows.addWidget(widget)
            self.words = f"{self.words} {widget.accessibleName()} {widget.accessibleDescription()}".lower()
        self._rows.addStretch(1)
        self.column.insertWidget(1, self.sweep)
        self.column.insertWidget(2, Scroll(content), 1)
        self.column.takeAt(self.column.count() - 1)
        for widget in (*parts, self.used_row):
            widget.hide()

    def _make_limits(self) -> tuple[Limit, ...]:
        hours = self.tr("hours")
        return (
            self._limit("tap_max", self.tr("Most for one card"), self.tr("Counts from the next card"), "sat"),
            self._limit("sum_max", self.tr("Most in all"), self.tr("What can be at risk at one time"), "sat"),
            self._limit("count_max", self.tr("Most sales"), self.tr("Not paid at the same time"), self.tr("sales")),
            self._limit(
                "session_max_s",
                self.tr("Longest offline time"),
                self.tr("Then no more cards are stored"),
                hours,
                HOUR_S,
            ),
            self._limit(
                "tap_age_max_s",
                self.tr("A stored card expires after"),
                self.tr("Then show a code for the same sale"),
                hours,
                HOUR_S,
            ),
        )

    def _limit(self, name: str, title: str, detail: str, unit: str, per: int = 1) -> Limit:
        field = Field(title, unit=unit, right=True, limit=20)
        limit = Limit(name, Row(title, detail, field), field, per)
        field.entered.connect(lambda _: self._enter(limit))
        field.left.connect(lambda: self._enter(limit))
        return limit

    def fit(self) -> None:
        self._rows.setContentsMargins(0, 0, theme.u(2), theme.u(2))
        self.meter.setFixedWidth(theme.u(46))
        self._rows.setSpacing(theme.u(1))

    # What is in force.

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.load()

    def load(self) -> None:
        """Ask anew: the books may be others, and cards may have been stored."""
        self.sweep.run()
        job = self.ask.terms()
        job.succeeded.connect(self._take_terms)
        job.on_trouble(self._unreadable)
        used = self.ask.queue()
        used.succeeded.connect(self._show_used)
        used.on_trouble(lambda _: self.used_row.hide())
        self._load_pin()

    def _load_pin(self) -> None:
        job = self.ask.has_manager_pin()
        job.succeeded.connect(self._show_pin)
        job.on_trouble(lambda error: self.pin_row.set_wrong(problem_of(error).message))

    def _unreadable(self, error: BaseException) -> None:
        self.sweep.stop()
        problem = problem_of(error)
        again = Button(self.tr("Try again"), "refresh-cw", height=11.5, text_size=4.5)
        again.clicked.connect(self.load)
        self.notice.say("fail", problem.message, problem.cure, buttons=(again,))

    def _take_terms(self, terms: TermsView) -> None:
        self.sweep.stop()
        self.terms, self._wanted = terms, None
        self.notice.hide()
        self._show_terms()

    def _show_terms(self) -> None:
        """Mirror the terms in force; what was typed and not taken is gone."""
        terms, self._wanted = self.terms, None
        if terms is None:
            return
        accepted = terms.accepted_at_s is not None
        self.on.setVisible(accepted)
        self.on.setChecked(accepted)
        self.accepted_row.setVisible(accepted)
        self.consent.setVisible(not accepted)
        self.accept.setVisible(not accepted)
        if terms.accepted_at_s is not None:
            when = day_and_clock(terms.accepted_at_s)
            self.accepted_row.set_detail(self.tr("Accepted {time}").format(time=when))
        for limit in self.limits:
            limit.row.setVisible(True)
            limit.row.set_wrong("")
            limit.field.set_text(limit.shown(terms))

    def _show_used(self, queue: QueueView) -> None:
        store: StoreView = queue.store
        words = self.tr("{count} of {most} sales · {sum} of {whole}")
        self.used_row.set_detail(
            words.format(count=store.count, most=store.count_max, sum=grouped(store.sum.value), whole=store.sum_max)
        )
        self.meter.show_part(store.sum.value, store.sum_max.value)
        self.used_row.show()

    def _show_pin(self, there: bool) -> None:
        self.pin_row.set_wrong("")
        self.pin_row.set_detail(self.tr("Set") if there else self.tr("Not set yet"))
        self.pin_button.set_words(self.tr("Change…") if there else self.tr("Set…"))

    # The consent.

    def _accept(self) -> None:
        self.manager.ask(
            self.tr("You carry the loss"),
            self.tr("From now on cards may be stored on this till, within its limits."),
            reason=False,
            send=lambda pin, _: self.ask.accept_risk(pin),
            done=self._take_terms_of_job,
        )

    def _take_terms_of_job(self, terms: object) -> None:
        assert isinstance(terms, TermsView)
        self._take_terms(terms)

    def _ask_withdraw(self) -> None:
        """Off only after a second press: to switch it on again takes the manager."""
        self.on.setChecked(True)
        back = Button(self.tr("Back"), height=11.5, text_size=4.5)
        back.clicked.connect(self.notice.hide)
        yes = Button(self.tr("Store no more cards"), height=11.5, text_size=4.5)
        yes.clicked.connect(self._withdraw)
        title = self.tr("Store no more cards?")
        self.notice.say("attn", title, self.tr("Those that are stored stay in the queue."), buttons=(back, yes))

    def _withdraw(self) -> None:
        self.notice.hide()
        job = self.ask.withdraw_consent()
        job.succeeded.connect(self._take_terms)
        job.on_trouble(self._not_changed)

    def _not_changed(self, error: BaseException) -> None:
        problem = problem_of(error)
        self._show_terms()
        self.notice.say("fail", problem.message, problem.cure)

    # The limits.

    def _enter(self, limit: Limit) -> None:
        terms, text = self.terms, limit.field.text().strip()
        if terms is None or text == limit.shown(terms):
            limit.row.set_wrong("")
            return
        value = _number(text, limit.per)
        if value is None:
            limit.row.set_wrong(self.tr("A number, 1 or more") if limit.per == 1 else self.tr("A number of hours"))
            return
        old = getattr(terms, limit.name)
        changes: dict[str, Any] = {limit.name: Sat(value) if isinstance(old, Sat) else value}
        wanted = replace(terms, **changes)
        cure = self._cure(limit, wanted)
        limit.row.set_wrong(cure)
        if not cure and wanted != self._wanted:
            self._change(limit, wanted)

    def _cure(self, limit: Limit, wanted: TermsView) -> str:
        """Why these limits cannot be, by each other."""
        if wanted.tap_max > wanted.sum_max:
            if limit.name == "tap_max":
                return self.tr("Must be {sum} or less").format(sum=wanted.sum_max)
            return self.tr("Must be {sum} or more").format(sum=wanted.tap_max)
        return ""

    def _change(self, limit: Limit, wanted: TermsView) -> None:
        self._wanted = wanted
        job = self.ask.change_terms(wanted)
        job.succeeded.connect(self._take_terms)
        job.on_trouble(lambda error: self._not_taken(limit, wanted, error))

    def _not_taken(self, limit: Limit, wanted: TermsView, error: BaseException) -> None:
        if isinstance(error, PinNeeded):
            self.manager.ask(
                self.tr("Raise a limit"),
                self.tr("{limit}: {value} {unit}. You can lose more than before.").format(
                    limit=limit.row.accessibleName(), value=limit.shown(wanted), unit=limit.field.unit()
                ),
                reason=False,
                send=lambda pin, _: self.ask.change_terms(wanted, pin),
                done=self._take_terms_of_job,
            )
            return
        problem = problem_of(error)
        self._wanted = None
        limit.row.set_wrong(f"{problem.message} {problem.cure}".strip())


def _number(text: str, per: int) -> int | None:
    """What is meant, in the unit that is kept: whole, its thousands apart or not; hours also with a fraction."""
    if per > 1:
        fits = re.fullmatch(r"[0-9]{1,5}([.,][0-9]{1,3})?", text)
        value = round(float(text.replace(",", ".")) * per) if fits else 0
    else:
        fits = re.fullmatch(r"[0-9]+|[0-9]{1,3}([\s.,'][0-9]{3})+", text)
        value = int(re.sub(r"[^0-9]", "", text)) if fits else 0
    return value if value > 0 else None
