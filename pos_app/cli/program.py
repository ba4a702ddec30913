"""The window with its till behind it: painted first, opened after."""

from __future__ import annotations

import logging
from concurrent.futures import wait

from PySide6.QtWidgets import QApplication

from pos_app.cli.desk import Desk
from pos_app.config.early import PRACTICE, EarlySettings, early_settings
from pos_app.config.folders import Folders
from pos_app.core.errors import UserError
from pos_app.till.views import StatusView
from pos_app.ui import theme
from pos_app.ui.actions import Preferences, problem_of
from pos_app.ui.bridge import Bridge
from pos_app.ui.theme import Mode
from pos_app.ui.window import MainWindow

CLOSE_S = 2.0
"""So long the till may take to close; what is under way after that is cut off."""

log = logging.getLogger(__name__)


class Program:
    """Make it, show its `window`, let Qt run, `stop` it. The till opens after the first paint.

    `faults` are the practice faults that are on from the start.

    Who makes it has made the QApplication and owns the data folder.
    """

    def __init__(
        self,
        app: QApplication,
        folders: Folders,
        api: str | None = None,
        *,
        fullscreen: bool = False,
        simulated_card: str | bytes | None = None,
        lnurl_allow: tuple[str, ...] = (),
        faults: frozenset[str] = frozenset(),
    ) -> None:
        early = early_settings(folders.settings_file)
        preferences = _first_preferences(early, api, fullscreen=fullscreen)
        app.setApplicationName("pos-app")
        theme.apply(app, preferences.theme, still=preferences.still)
        self._bridge = Bridge()
        self.desk = Desk(
            self._bridge,
            folders,
            api,
            fullscreen=fullscreen,
            simulated_card=simulated_card,
            lnurl_allow=lnurl_allow,
            faults=faults,
        )
        self.window = MainWindow(self.desk, preferences)
        self.window.show_status(_first_status(preferences))
        self._api = preferences.api
        self._is_open = False
        self._bridge.told.connect(self.window.take)
        self.window.preferences_changed.connect(self._other_books)
        self.window.painted.connect(self._open)

    def stop(self) -> None:
        """Close the window and the till, in order. May be called twice."""
        self.window.close_now()
        if self._is_open:
            self._is_open = False
            import asyncio  # loaded after the first paint: it takes long

            closing = asyncio.run_coroutine_threadsafe(self.desk.close(), self._bridge.loop)
            wait([closing], timeout=CLOSE_S)
        self._bridge.stop()

    def _open(self) -> None:
        self._bridge.start()
        self._is_open = True
        job = self.desk.open()
        job.succeeded.connect(self.window.set_preferences)
        job.failed.connect(self._failed)
        self.window.load()

    def _failed(self, error: BaseException) -> None:
        if not isinstance(error, UserError):
            log.error("the till could not be opened", exc_info=error)
        self.window.news.show_problem(problem_of(error))

    def _other_books(self, preferences: Preferences) -> None:
        if preferences.api != self._api:
            self._api = preferences.api
            self.window.load()


def _first_preferences(early: EarlySettings, api: str | None, *, fullscreen: bool) -> Preferences:
    return Preferences(
        shop_name=early.shop_name,
        theme=Mode(early.theme),
        text_scale=early.text_scale,
        screen_inches=early.screen_inches,
        still=early.still,
        fullscreen=early.fullscreen or fullscreen,
        api=api or early.api,
    )


def _first_status(preferences: Preferences) -> StatusView:
    """What is known before the till is open: its name, and whether it is practice."""
    practice = preferences.api == PRACTICE
    return StatusView(preferences.shop_name, "", "regtest" if practice else "", practice, (), ())
