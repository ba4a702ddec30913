"""Buttons: primary, secondary, ghost, destructive, practice and amber. They act on release inside and never move."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRect, QSize, Qt, QTimer
from PySide6.QtGui import QColor, QFont, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from pos_app.ui import fonts, icons
from pos_app.ui.theme import theme
from pos_app.ui.widgets import paint

PRESS_OUT_MS = 80
SMALLEST_TEXT_U = 4


@dataclass(frozen=True, slots=True)
class Look:
    """Names of the theme's colours for one kind of control. An empty name draws nothing."""

    fill: str
    text: str
    pressed: str
    border: str = ""


LOOKS = {
    "primary": Look("accent", "on_accent", "accent_press"),
    "secondary": Look("raised", "ink", "press", "line"),
    "destructive": Look("raised", "fail", "press", "line"),
    "ghost": Look("", "ink", "press"),
    "practice": Look("practice_tint", "practice", "surface", "practice"),
    "practice_on": Look("practice", "surface", "ink2"),
    "attn": Look("attn_fill", "on_attn", "attn_press"),
    "stored_main": Look("on_attn", "attn_fill", "on_attn_press"),
    "stored": Look("attn_fill", "on_attn", "attn_press", "on_attn"),
    "paid_main": Look("on_paid", "paid_fill", "paid_tint"),
}


class PressedButton(QAbstractButton):
    """What all painted buttons share: the press shows at once and stays visible for 80 ms after a quick tap.

    A press never takes the keyboard's focus; Tab does.
    """

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setText(text)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._fading = QTimer(self)
        self._fading.setSingleShot(True)
        self._fading.setInterval(PRESS_OUT_MS)
        self._fading.timeout.connect(self.update)
        self.pressed.connect(self._fading.start)

    def is_shown_pressed(self) -> bool:
        return self.isDown() or (self._fading.isActive() and self.isEnabled() and not theme.still)

    def hitButton(self, pos: object) -> bool:
        return self.rect().contains(pos)  # type: ignore[call-overload,no-any-return]

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.isAutoRepeat():
            self.click()
        else:
            super().keyPressEvent(event)


class Button(PressedButton):
    """One word or two with an icon, `height` u high: 14 by default, 11.5 small, 20 on results.

    `sub` is a second, smaller line. `text_size` in u.
    """

    def __init__(
        self,
        text: str,
        icon: str = "",
        *,
        kind: str = "secondary",
        height: float = 14,
        text_size: float = 4.75,
        sub: str = "",
        trailing_icon: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(text, parent)
        self._icon = icon
        self._trailing_icon = trailing_icon
        self._kind = kind
        self._height_u = height
        self._text_size = text_size
        self._sub = sub
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        theme.follow(self.fit)

    def fit(self) -> None:
        self.setFixedHeight(theme.u(self._height_u))
        self.updateGeometry()
        self.update()

    def set_kind(self, kind: str) -> None:
        self._kind = kind
        self.update()

    def set_icon(self, icon: str, trailing_icon: str = "") -> None:
        self._icon, self._trailing_icon = icon, trailing_icon
        self.updateGeometry()
        self.update()

    def set_words(self, text: str, sub: str = "") -> None:
        """Both lines at once; the accessible name follows."""
        self._sub = sub
        self.setText(text)
        self.setAccessibleName(f"{text}, {sub}" if sub else text)
        self.updateGeometry()
        self.update()

    def drawn(self) -> QRect:
        """The part of the widget that is painted; all of it is the target."""
        return self.rect()

    def _font(self) -> QFont:
        return theme.font(self._text_size, fonts.SEMIBOLD, spacing=-0.01 if self._text_size >= 5.5 else 0.0)

    def _icon_px(self) -> int:
        return theme.u(max(5.5, self._text_size))

    def _content_width(self) -> int:
        width = paint.width_of(self.text(), self._font()) if self.text() else 0
        gap = theme.u(2) if self.text() else 0
        for icon in (self._icon, self._trailing_icon):
            width += self._icon_px() + gap if icon else 0
        return width

    def sizeHint(self) -> QSize:
        padding = theme.u(4) if self.text() else theme.u(3)
        return QSize(self._content_width() + 2 * padding, theme.u(self._height_u))

    def minimumSizeHint(self) -> QSize:
        """Where space is short the text becomes smaller, down to 4 u."""
        small = fonts.inter(theme.u(SMALLEST_TEXT_U), fonts.SEMIBOLD)
        spare = self._content_width() - (paint.width_of(self.text(), self._font()) if self.text() else 0)
        return QSize(spare + paint.width_of(self.text(), small) + 2 * theme.u(2), theme.u(self._height_u))

    def _colours(self) -> tuple[QColor | None, QColor, QColor | None]:
        now, look = theme.now, LOOKS[self._kind]
        if not self.isEnabled():
            fill = now.idle_tint if look.fill and look.fill != "practice_tint" else None
            return fill, now.ink3, (now.ink3 if now.high_contrast and fill else None)
        pressed = self.is_shown_pressed()
        name = look.pressed if pressed else look.fill
        text = now.colour(look.text)
        border = now.colour(look.border) if look.border else None
        if pressed and look.border == "line":
            border = now.line_strong
        if now.high_contrast and look.fill:
            border = text if look.fill in ("raised", "practice_tint") else now.ink
        return (now.colour(name) if name else None), text, border

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        fill, ink, border = self._colours()
        radius = theme.u(4 if self._height_u >= 20 else 3)
        area = self.drawn()
        paint.box(painter, area, radius, fill, border, 2 if theme.now.high_contrast else 1)
        if self._sub:
            upper = QRect(0, 0, self.width(), round(self.height() * 0.74))
            self._paint_row(painter, upper, ink)
            font = theme.font(4.5, fonts.MEDIUM)
            font.setPixelSize(min(font.pixelSize(), self.height() // 4))
            painter.setFont(font)
            lower = QRect(0, round(self.height() * 0.54), self.width(), round(self.height() * 0.28))
            text = paint.elided(self._sub, font, self.width() - 2 * theme.u(3))
            painter.drawText(round((self.width() - paint.width_of(text, font)) / 2), paint.baseline(lower, font), text)
        else:
            self._paint_row(painter, area, ink)

    def _paint_row(self, painter: QPainter, area: QRect, ink: QColor) -> None:
        font, icon_px, gap = self._font(), self._icon_px(), theme.u(2.5)
        font.setPixelSize(min(font.pixelSize(), round(area.height() * (0.55 if self._sub else 0.7))))
        room = area.width() - 2 * theme.u(5 if self._height_u >= 20 else 2)
        for icon in (self._icon, self._trailing_icon):
            room -= icon_px + gap if icon else 0
        while font.pixelSize() > theme.u(SMALLEST_TEXT_U) and paint.width_of(self.text(), font) > room:
            font.setPixelSize(font.pixelSize() - 1)
        text = paint.elided(self.text(), font, room)
        parts = [icon_px] if self._icon else []
        parts += [paint.width_of(text, font)] if text else []
        parts += [icon_px] if self._trailing_icon else []
        x = area.x() + (area.width() - sum(parts) - gap * (len(parts) - 1)) / 2
        icon_y = area.y() + (area.height() - icon_px) / 2
        painter.setPen(ink)
        painter.setFont(font)
        if self._icon:
            icons.draw(painter, self._icon, x, icon_y, icon_px, ink)
            x += icon_px + gap
        if text:
            painter.drawText(round(x), paint.baseline(area, font), text)
            x += paint.width_of(text, font) + gap
        if self._trailing_icon:
            icons.draw(painter, self._trailing_icon, x, icon_y, icon_px, ink)


class IconButton(Button):
    """A square ghost button with an icon alone; `name` is what a screen reader says."""

    def __init__(self, icon: str, name: str, *, height: float = 11.5, parent: QWidget | None = None) -> None:
        super().__init__("", icon, kind="ghost", height=height, parent=parent)
        self.setAccessibleName(name)

    def fit(self) -> None:
        super().fit()
        self.setFixedWidth(theme.u(self._height_u))
