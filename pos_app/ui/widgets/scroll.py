"""Around content that may be higher than there is room: a finger scrolls it, and it has no frame and no colour."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QScroller, QScrollerProperties, QWidget

from pos_app.ui.theme import theme

PRESS_S = 0.05


class Scroll(QScrollArea):
    """As wide as its content is allowed to be; only the height scrolls. Tab brings into sight what it goes to."""

    def __init__(self, content: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWidget(content)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.viewport().setAutoFillBackground(False)
        content.setAutoFillBackground(False)
        QScroller.grabGesture(self.viewport(), QScroller.ScrollerGestureType.LeftMouseButtonGesture)
        # A press shows soon; where it becomes a scroll, Qt takes it back (with no delay at all it would not).
        scroller = QScroller.scroller(self.viewport())
        properties = scroller.scrollerProperties()
        properties.setScrollMetric(QScrollerProperties.ScrollMetric.MousePressEventDelay, PRESS_S)
        scroller.setScrollerProperties(properties)
        theme.follow(self.fit)

    def fit(self) -> None:
        self.verticalScrollBar().setStyleSheet(theme.scroll_bar_style())
