"""Settings: which payments server the till sells through."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from pos_app.ui import fonts
from pos_app.ui.actions import Actions, ApiChoice, Preferences, Question, problem_of
from pos_app.ui.pages.settings_rows import SettingsPage
from pos_app.ui.theme import theme
from pos_app.ui.widgets import paint
from pos_app.ui.widgets.buttons import Button, PressedButton
from pos_app.ui.widgets.field import Field
from pos_app.ui.widgets.label import Label
from pos_app.ui.widgets.notice import Notice

MOST_CHOICES = 4


class ApiPage(SettingsPage):
    """The servers that the till knows, and a form to connect another one. It needs only the invoice key."""

    def __init__(self, actions: Actions) -> None:
        super().__init__(actions, "server", QCoreApplication.translate("ApiPage", "Payments server"))
        self._choices = QWidget()
        self._choices_column = QVBoxLayout(self._choices)
        self._group = QButtonGroup(self)
        self.before_change: Callable[[Callable[[], None], Callable[[], None]], None] = lambda go, _: go()
        """Called before other books are opened: the first goes on, the second leaves all as it is."""
        self._shown: tuple[ApiChoice, ...] = ()
        self.add(self._choices)
        self._heading = Label(self.tr("Connect a server"), 4.5, weight=fonts.SEMIBOLD)
        self.add(self._heading)
        self.notice = Notice()
        self.form = QWidget()
        self.url = Field(self.tr("Address"), hint="https://…", limit=300)
        self.key = Field(self.tr("Invoice key"), hint=self.tr("Invoice key, not the admin key"), secret=True, limit=200)
        self.connect_button = Button(self.tr("Connect"), "link", height=11.5, text_size=4.5)
        self.connect_button.clicked.connect(self._connect)
        self.url.entered.connect(lambda _: self.key.setFocus(Qt.FocusReason.OtherFocusReason))
        self.key.entered.connect(lambda _: self._connect())
        fields = QHBoxLayout(self.form)
        fields.addWidget(self.key, 1)
        fields.addWidget(self.connect_button)
        self.add(self.url)
        self.add(self.form)
        self.add(self.notice)
        theme.follow(self.fit)

    def fit(self) -> None:
        self.column.setSpacing(theme.u(2))
        self._choices_column.setContentsMargins(0, theme.u(1), 0, theme.u(1))
        self._choices_column.setSpacing(0)
        layout = self.form.layout()
        assert layout is not None
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.u(2))

    def show_preferences(self, preferences: Preferences) -> None:
        super().show_preferences(preferences)
        current = [choice for choice in preferences.apis if choice.api == preferences.api]
        others = [choice for choice in preferences.apis if choice.api != preferences.api]
        kept = {choice.api for choice in [*current, *others][:MOST_CHOICES]}
        shown = tuple(choice for choice in preferences.apis if choice.api in kept)
        if shown != self._shown:
            self._fill(shown)
        for number, choice in enumerate(shown):
            self._group.button(number).setChecked(choice.api == preferences.api)

    def _fill(self, choices: tuple[ApiChoice, ...]) -> None:
        self._shown = choices
        for button in self._group.buttons():
            self._group.removeButton(button)
            self._choices_column.removeWidget(button)
            button.hide()
            button.deleteLater()
        for number, choice in enumerate(choices):
            row = _Choice(choice)
            row.clicked.connect(lambda _=False, api=choice.api: self._use(api))
            self._group.addButton(row, number)
            self._choices_column.addWidget(row)

    def choices(self) -> list[QAbstractButton]:
        """The servers that can be chosen."""
        return self._group.buttons()

    def _use(self, api: str) -> None:
        if api != self.preferences.api:
            self.before_change(lambda: self._open(api), lambda: self.show_preferences(self.preferences))

    def _open(self, api: str) -> None:
        self._wait(self.tr("Opening its books…"))
        job = self.ask.use_api(api)
        job.succeeded.connect(self._done)
        job.on_trouble(self._failed)

    def _connect(self, answer: str = "") -> None:
        url, key = self.url.text().strip(), self.key.text().strip()
        self.url.set_wrong(not url)
        self.key.set_wrong(not key)
        if not url or not key:
            self.notice.say("fail", self.tr("The address and the invoice key are both needed."))
        elif answer:
            self._check(url, key, answer)
        else:
            self.before_change(lambda: self._check(url, key), lambda: None)

    def _check(self, url: str, key: str, answer: str = "") -> None:
        self._wait(self.tr("Asking {}…").format(url))
        job = self.ask.connect(url, key, answer)
        job.succeeded.connect(self._done)
        job.on_trouble(self._failed)

    def _wait(self, words: str) -> None:
        self._enable(False)
        self.notice.say("accent", words, icon="clock")

    def _enable(self, on: bool) -> None:
        for widget in (self.url, self.form, self._choices):
            widget.setEnabled(on)

    def _done(self, result: object) -> None:
        self._enable(True)
        if isinstance(result, Question):
            self._ask(result)
            return
        self.notice.hide()
        self.key.set_text("")
        self.url.set_text("")
        self.changed.emit(result)

    def _failed(self, error: BaseException) -> None:
        self._enable(True)
        self.show_preferences(self.preferences)
        problem = problem_of(error)
        self.notice.say("fail", problem.message, problem.cure)

    def _ask(self, question: Question) -> None:
        no = Button(self.tr("No"), height=11.5, text_size=4.5)
        no.clicked.connect(self.notice.hide)
        yes = Button(question.yes, height=11.5, text_size=4.5)
        yes.clicked.connect(lambda: self._connect(question.answer))
        detail = f"{question.detail}\n{_spaced(question.fingerprint)}" if question.fingerprint else question.detail
        self.notice.say("attn", question.message, detail, buttons=(no, yes))
        no.setFocus(Qt.FocusReason.OtherFocusReason)


def _spaced(fingerprint: str) -> str:
    """A fingerprint in groups of four, as it is compared by eye."""
    return " ".join(fingerprint[at : at + 4] for at in range(0, len(fingerprint), 4))


class _Choice(PressedButton):
    """One server: a round mark, its name, its network and where its key is."""

    def __init__(self, choice: ApiChoice) -> None:
        super().__init__(choice.words)
        self._detail = choice.detail
        self.setCheckable(True)
        self.setAccessibleDescription(choice.detail)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.follow(self.fit)

    def fit(self) -> None:
        self.setFixedHeight(theme.u(12.25))
        self.update()

    def minimumSizeHint(self) -> QSize:
        return QSize(theme.u(60), theme.u(12.25))

    def paintEvent(self, event: QPaintEvent) -> None:
        now = theme.now
        painter = QPainter(self)
        if self.is_shown_pressed():
            paint.box(painter, self.rect(), theme.u(3), now.press)
        on, side = self.isChecked(), theme.u(6)
        y = (self.height() - side) // 2
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ring = self.rect().adjusted(theme.u(0.5), y, 0, 0)
        ring.setSize(QSize(side, side))
        paint.box(painter, ring, side / 2, now.surface, now.accent if on else now.line_strong, 2)
        if on:
            dot = ring.adjusted(theme.u(1.5), theme.u(1.5), -theme.u(1.5), -theme.u(1.5))
            paint.box(painter, dot, dot.width() / 2, now.accent)
        name, detail = theme.font(4.5, fonts.SEMIBOLD if on else fonts.MEDIUM), theme.font(4)
        x = ring.right() + theme.u(4)
        detail_width = min(paint.width_of(self._detail, detail), round(self.width() * 0.5))
        painter.setFont(name)
        painter.setPen(now.ink)
        words = paint.elided(self.text(), name, self.width() - detail_width - x - theme.u(4))
        painter.drawText(x, paint.baseline(self.rect(), name), words)
        painter.setFont(detail)
        painter.setPen(now.ink2)
        right = self.width() - detail_width
        painter.drawText(right, paint.baseline(self.rect(), detail), paint.elided(self._detail, detail, detail_width))
