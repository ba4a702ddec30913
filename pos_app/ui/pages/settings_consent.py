"""What the owner accepts before a card may be stored: he carries the loss (offline-payments.md, sections 2 and 3)."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QVBoxLayout

from pos_app.ui import fonts
from pos_app.ui.theme import theme
from pos_app.ui.widgets.label import Label
from pos_app.ui.widgets.panel import Card


def consent_sentences() -> tuple[str, ...]:
    """The text, sentence by sentence."""
    tr = QCoreApplication.translate
    return (
        tr(
            "Consent",
            "While the line is down a card can be read and stored. Nothing is paid then: the money comes when the "
            "till is online again, or it does not come.",
        ),
        tr(
            "Consent",
            "Offline nothing about a card can be checked: not its balance, not its limit, not whether it is blocked. "
            "Not even that it is a real card: a forged sticker looks the same.",
        ),
        tr(
            "Consent",
            "A stored card is worth nothing once the same card was used anywhere else, or when its issuer refuses it "
            "or asks for a PIN.",
        ),
        tr("Consent", "If it does not pay, the goods are gone and the loss is yours. Nobody else makes it good."),
        tr(
            "Consent",
            "Each such sale is a press of its own: the button is amber and reads “Store a card”. The limits bound "
            "what you can lose.",
        ),
    )


class Consent(Card):
    """The text on a card; all of it is read out."""

    def __init__(self) -> None:
        super().__init__("attn_tint", "attn", border_u=0.5)
        heading = self.tr("You carry the loss")
        self._column = QVBoxLayout(self)
        self._column.addWidget(Label(heading, 4.75, weight=fonts.SEMIBOLD))
        sentences = consent_sentences()
        for sentence in sentences:
            self._column.addWidget(Label(sentence, 4.5, wrap=True))
        self.setAccessibleName(f"{heading}. {' '.join(sentences)}")
        theme.follow(self.fit)

    def fit(self) -> None:
        self._column.setContentsMargins(theme.u(5), theme.u(4), theme.u(5), theme.u(4))
        self._column.setSpacing(theme.u(2.5))
