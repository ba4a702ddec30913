"""One sale with its facts, as they stand on a receipt."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from pos_app.core.text import plain
from pos_app.till.states import SaleState
from pos_app.till.views import Phase, SaleView, Stage
from pos_app.ui import fonts
from pos_app.ui.theme import theme
from pos_app.ui.widgets.amount import Amount
from pos_app.ui.widgets.buttons import Button, IconButton
from pos_app.ui.widgets.chip import FAILED, Chip, sale_chip, state_chip
from pos_app.ui.widgets.label import ElidedLabel, Label
from pos_app.ui.widgets.notice import Notice
from pos_app.ui.words import clock, clock_second, day_and_clock, tender_word

STEPS_U = (16.0, 13.0, 10.0)
QUEUED = (SaleState.OWED, SaleState.UNCERTAIN, SaleState.REFUND_DUE)
UNPAID = (SaleState.OWED, SaleState.UNCERTAIN, SaleState.EXPIRED, SaleState.CANCELLED, SaleState.WRITTEN_OFF)


class SaleDetail(QWidget):
    """`show_sale(view)` shows it; the signals carry the sale's id or, for `resume_pressed`, the SaleView."""

    back_pressed = Signal()
    check_pressed = Signal(str)
    resume_pressed = Signal(object)
    """An open sale is to be shown on the invoice page again."""
    nothing_given_pressed = Signal(str)
    """Of an UNCERTAIN sale: the cashier says that the customer got nothing."""
    queue_pressed = Signal(str)
    """A sale of the queue is to be shown there."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._sale: SaleView | None = None
        self._stage: Stage | None = None
        self.back = IconButton("chevron-left", self.tr("Back to the list"))
        self.back.clicked.connect(self.back_pressed)
        self.number = Label(size=5.5, weight=fonts.SEMIBOLD)
        self.chip = Chip(state_chip(SaleState.PAID))
        self.amount = Amount(steps_u=STEPS_U, align=Qt.AlignmentFlag.AlignLeft)
        self.notice = Notice()
        self._facts = QGridLayout()
        self._facts.setColumnStretch(1, 1)
        self._fact_labels: list[QWidget] = []
        self.check = Button(self.tr("Check now"), "refresh-cw")
        self.check.clicked.connect(lambda: self._sale and self.check_pressed.emit(self._sale.sale_id))
        self.resume = Button(self.tr("Show the code"), "qr-code", kind="primary")
        self.resume.clicked.connect(lambda: self.resume_pressed.emit(self._sale))
        self.queue = Button(self.tr("Show in the queue"), "clock")
        self.queue.clicked.connect(lambda: self._sale and self.queue_pressed.emit(self._sale.sale_id))
        self.nothing_given = Button(self.tr("Nothing was handed over…"), kind="destructive")
        self.nothing_given.clicked.connect(self._ask)
        self._lay_out()
        theme.follow(self.fit)

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.addWidget(self.back)
        head.addWidget(self.number)
        head.addWidget(self.chip)
        head.addStretch(1)
        self._foot = QHBoxLayout()
        for button in (self.check, self.queue, self.resume):
            self._foot.addWidget(button, 1)
        self._column = QVBoxLayout(self)
        self._column.addLayout(head)
        self._column.addWidget(self.amount)
        self._column.addWidget(self.notice)
        self._column.addLayout(self._facts)
        self._column.addStretch(1)
        self._column.addWidget(self.nothing_given)
        self._column.addLayout(self._foot)

    def fit(self) -> None:
        self._column.setContentsMargins(0, 0, 0, theme.u(4))
        self._column.setSpacing(theme.u(4))
        self._facts.setContentsMargins(0, theme.u(2), 0, 0)
        self._facts.setVerticalSpacing(theme.u(2.5))
        self._facts.setHorizontalSpacing(theme.u(4))
        self._foot.setSpacing(theme.u(3))

    def sale(self) -> SaleView | None:
        """What is shown."""
        return self._sale

    def shows_other(self, sale: SaleView, stage: Stage | None) -> bool:
        """Whether this is not what is shown."""
        return (sale, stage) != (self._sale, self._stage)

    def show_sale(self, sale: SaleView, stage: Stage | None = None) -> None:
        """Show this sale as it is now; `stage` is where it stands in the queue."""
        self._sale, self._stage = sale, stage
        self.number.setText(self.tr("Sale {number}").format(number=sale.number))
        self.chip.set_look(sale_chip(sale, stage))
        self.amount.set_sat(sale.total)
        tone, title, text = self._explained(sale)
        if title:
            self.notice.say(tone, title, text)
        self.notice.setVisible(bool(title))
        self._show_facts(sale)
        self.resume.setVisible(sale.state is SaleState.OPEN)
        self.check.setVisible(sale.state in UNPAID)
        self.queue.setVisible(sale.state in QUEUED)
        self.nothing_given.setVisible(sale.state is SaleState.UNCERTAIN)

    def _explained(self, sale: SaleView) -> tuple[str, str, str]:
        """Tone, title and text of what there is to say about the state, or empty texts."""
        late = self.tr("If money still arrives, it is booked as “Paid late”.")
        match sale.state:
            case SaleState.OWED:
                return "attn", self.tr("Not paid yet"), self._owed_words()
            case SaleState.UNCERTAIN:
                until = sale.uncertain_until_s
                text = self.tr("It may still be paid.")
                if until is not None:
                    text = self.tr("It may still be paid until {time}.").format(time=clock(until))
                return "attn", self.tr("Do not charge again"), text
            case SaleState.PAID_LATE:
                return "accent", self.tr("The money came after the code had ended."), self.tr("Were the goods given?")
            case SaleState.REFUND_DUE:
                more = sale.received > sale.total
                title = self.tr("More was paid than is due.") if more else self.tr("This money is to be given back.")
                return "fail", title, self.tr("{amount} arrived in all.").format(amount=sale.received)
            case SaleState.EXPIRED | SaleState.CANCELLED:
                return "accent", self.tr("Nothing was paid."), late
            case SaleState.OPEN if sale.phase is Phase.CHECKING:
                return "attn", self.tr("Do not charge again"), self.tr("The answer was lost. The till is checking.")
            case _:
                return "", "", ""

    def _owed_words(self) -> str:
        if self._stage is Stage.HELD:
            return self.tr("Its stored card is on hold. You carry the risk.")
        if self._stage in FAILED:
            return self.tr("Its stored card did not pay. The queue shows the ways on.")
        return self.tr("Its card is stored. You carry the risk.")

    def facts(self) -> list[tuple[str, str]]:
        """The rows as shown: name and value."""
        sale = self._sale
        if sale is None:
            return []
        rows = [(self.tr("Charged"), day_and_clock(sale.made_at_s))]
        if sale.paid_at_s is not None:
            rows.append((self.tr("Paid"), clock_second(sale.paid_at_s)))
        if sale.tender is not None:
            rows.append((self.tr("Paid by"), tender_word(sale.tender)))
        if sale.tip:
            rows.append((self.tr("Tip"), str(sale.tip)))
        if sale.received and sale.received != sale.total:
            rows.append((self.tr("Received"), str(sale.received)))
        if sale.note:
            rows.append((self.tr("Note"), plain(sale.note)))
        rows.append((self.tr("Reference"), sale.reference))
        if sale.invoice is not None:
            rows.append(
                (self.tr("Payment hash"), f"{sale.invoice.payment_hash[:8]} … {sale.invoice.payment_hash[-8:]}")
            )
        return rows

    def _show_facts(self, sale: SaleView) -> None:
        for label in self._fact_labels:
            self._facts.removeWidget(label)
            label.hide()
            label.deleteLater()
        self._fact_labels = []
        for row, (name, value) in enumerate(self.facts()):
            left, right = Label(name, tone="ink2"), ElidedLabel(value, weight=fonts.MEDIUM, tabular=True)
            right.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            right.setAccessibleName(f"{name}: {value}")
            self._facts.addWidget(left, row, 0)
            self._facts.addWidget(right, row, 1)
            self._fact_labels += [left, right]

    def _ask(self) -> None:
        """Once more, in place: this says that goods and money both stayed where they were."""
        sale = self._sale
        if sale is None:
            return
        yes = Button(self.tr("Nothing was given"), kind="destructive", height=11.5)
        no = Button(self.tr("Back"), height=11.5)
        yes.clicked.connect(lambda: self._answer(sale))
        no.clicked.connect(lambda: self.show_sale(sale, self._stage))
        self.nothing_given.hide()
        self.notice.say(
            "attn",
            self.tr("Did the customer get nothing?"),
            self.tr("The sale ends as expired once its code is dead."),
            buttons=(no, yes),
        )

    def _answer(self, sale: SaleView) -> None:
        self.show_sale(sale, self._stage)
        self.nothing_given_pressed.emit(sale.sale_id)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.back_pressed.emit()
        else:
            super().keyPressEvent(event)
