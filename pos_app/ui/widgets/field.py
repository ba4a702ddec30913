"""One line of text: a field that is large enough for a finger and explains a wrong value in place."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QSizePolicy, QWidget

from pos_app.ui import icons
from pos_app.ui.theme import theme
from pos_app.ui.widgets import paint
from pos_app.ui.widgets.label import Label


class Field(QWidget):
    """A framed `QLineEdit` (as `edit`), 11.5 u high, with an icon before and a unit word behind.

    `name` is what a screen reader says; `secret` shows dots.
    """

    entered = Signal(str)
    """Enter was pressed."""
    escaped = Signal()
    """Esc was pressed."""
    changed = Signal(str)
    """A person changed the text."""
    left = Signal()
    """The focus went elsewhere."""

    def __init__(
        self,
        name: str,
        *,
        hint: str = "",
        icon: str = "",
        unit: str = "",
        secret: bool = False,
        limit: int = 200,
        right: bool = False,
        keeps_escape: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._keeps_escape = keeps_escape
        self._icon = icon
        self._wrong = False
        self.edit = QLineEdit(self)
        self.edit.setFrame(False)
        self.edit.setAccessibleName(name)
        self.edit.setPlaceholderText(hint)
        self.edit.setMaxLength(limit)
        self.edit.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        if secret:
            self.edit.setEchoMode(QLineEdit.EchoMode.Password)
        if right:
            self.edit.setAlignment(Qt.AlignmentFlag.AlignRight)
        self._unit = Label(unit, tone="ink3")
        self._unit.setVisible(bool(unit))
        row = QHBoxLayout(self)
        row.addWidget(self.edit, 1)
        row.addWidget(self._unit)
        self.setFocusProxy(self.edit)
        self.setCursor(Qt.CursorShape.IBeamCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.edit.textEdited.connect(self.changed)
        self.edit.installEventFilter(self)
        theme.follow(self.fit)

    def fit(self) -> None:
        self.setFixedHeight(theme.u(11.5))
        self.edit.setFont(theme.font(4.5))
        palette = self.edit.palette()
        palette.setColor(palette.ColorRole.Base, Qt.GlobalColor.transparent)
        self.edit.setPalette(palette)
        layout = self.layout()
        assert layout is not None
        before = theme.u(2.5) + (theme.u(4.5) + theme.u(2) if self._icon else 0)
        layout.setContentsMargins(before, theme.u(1), theme.u(2.5), theme.u(1))
        layout.setSpacing(theme.u(1))
        self.update()

    def text(self) -> str:
        return self.edit.text()

    def unit(self) -> str:
        """The unit's word, or nothing."""
        return self._unit.text()

    def set_text(self, text: str) -> None:
        self.edit.setText(text)

    def set_wrong(self, wrong: bool) -> None:
        """Mark the value as one that cannot be used; the cure stands beside the field."""
        self._wrong = wrong
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(theme.u(46), theme.u(11.5))

    def minimumSizeHint(self) -> QSize:
        return QSize(theme.u(28), theme.u(11.5))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.edit.setFocus(Qt.FocusReason.MouseFocusReason)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Enter ends here, and with `keeps_escape` Esc too: the page behind must not take them for Charge or Clear."""
        if event.type() == QEvent.Type.FocusOut:
            self.left.emit()
        elif event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            key = Qt.Key(event.key())
            if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self.entered.emit(self.text())
                return True
            if key == Qt.Key.Key_Escape:
                self.escaped.emit()
                return self._keeps_escape
        return False

    def paintEvent(self, event: QPaintEvent) -> None:
        now = theme.now
        painter = QPainter(self)
        border = now.fail if self._wrong else now.line_strong
        px = theme.u(0.5) if self._wrong or now.high_contrast else 1
        paint.box(painter, self.rect(), theme.u(2.5), now.raised, border, px)
        if self._icon:
            icon_px = theme.u(4.5)
            icons.draw(painter, self._icon, theme.u(3), (self.height() - icon_px) / 2, icon_px, now.ink2)
