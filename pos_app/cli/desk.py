"""The window's commands, carried out by a house that lives on the bridge's loop.

asyncio takes long to load: only what runs after the first paint imports it.
"""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from pos_app.cli.queue_desk import QueueDesk
from pos_app.cli.records_desk import RecordsDesk
from pos_app.config.early import PRACTICE
from pos_app.config.folders import Folders
from pos_app.core.errors import UserError
from pos_app.core.money import Sat
from pos_app.ui.actions import ApiChoice, Preferences, Question
from pos_app.ui.bridge import Bridge
from pos_app.ui.job import Job
from pos_app.ui.sounds import find_players
from pos_app.ui.theme import Mode

if TYPE_CHECKING:
    from pos_app.cli.connect import Checked
    from pos_app.config.settings import Remote, Settings

_translate = QCoreApplication.translate

PLAIN_HTTP = "plain http"
OF_THE_TILL = ("shop_name", "invoice_expiry_s")
"""Settings that the till takes when it opens."""


class NothingToPay(UserError):
    """The sale has no code that the practice customer could pay."""


class NothingToTap(UserError):
    """No card is simulated."""


class Desk(QueueDesk, RecordsDesk):
    """The `Actions` of a running program. `open` it after the first paint; until it is open, commands wait.

    The methods of the first part belong to the GUI thread, the coroutines to the engine thread.
    """

    def __init__(
        self,
        bridge: Bridge,
        folders: Folders,
        api: str | None,
        *,
        fullscreen: bool = False,
        simulated_card: str | bytes | None = None,
        lnurl_allow: tuple[str, ...] = (),
        faults: frozenset[str] = frozenset(),
    ) -> None:
        super().__init__(bridge, folders, api, simulated_card=simulated_card, lnurl_allow=lnurl_allow, faults=faults)
        self._fullscreen = fullscreen
        self._apis: tuple[ApiChoice, ...] = ()
        self._has_card = False

    def open(self) -> Job:
        """Open the house: the `Preferences` in force."""
        return self._bridge.submit(self._open)

    def charge(self, amount: Sat, note: str, replaces: str | None = None, *, store: bool = False) -> Job:
        return self._ask(lambda counter: counter.charge(amount, note=note, replaces=replaces, store=store))

    def cancel(self, sale_id: str) -> Job:
        return self._ask(lambda counter: counter.cancel(sale_id))

    def retry(self, sale_id: str) -> Job:
        return self._ask(lambda counter: counter.retry(sale_id))

    def stop_waiting(self, sale_id: str) -> Job:
        return self._ask(lambda counter: counter.stop_waiting(sale_id))

    def nothing_handed_over(self, sale_id: str) -> Job:
        return self._ask(lambda counter: counter.nothing_handed_over(sale_id))

    def enter_pin(self, sale_id: str, pin: str) -> Job:
        return self._ask(lambda counter: counter.enter_pin(sale_id, pin))

    def dismiss_pin(self, sale_id: str) -> Job:
        return self._ask(lambda counter: counter.dismiss_pin(sale_id))

    def check_now(self, sale_id: str | None = None) -> Job:
        return self._ask(lambda counter: counter.check_now(sale_id))

    def recent(self, limit: int, search: str) -> Job:
        return self._ask(lambda counter: counter.recent(limit, search))

    def customer_pays(self, sale_id: str, how: str) -> Job:
        return self._bridge.submit(lambda: self._customer_pays(sale_id, how))

    def tap_card(self) -> Job:
        return self._bridge.submit(self._tap_card)

    def change(self, name: str, value: str | int | float | bool) -> Job:
        return self._bridge.submit(lambda: self._change(name, value))

    def use_api(self, api: str) -> Job:
        return self._bridge.submit(lambda: self._use_api(api))

    def connect(self, url: str, invoice_key: str, answer: str = "") -> Job:
        return self._bridge.submit(lambda: self._connect(url, invoice_key, answer))

    # From here on: the engine thread.

    async def _open(self) -> Preferences:
        """Open the house anew, with the settings of now."""
        import asyncio

        house = await self._open_house()
        self._api = house.api
        self._has_card = house.has_card
        self._apis = await asyncio.to_thread(_known_apis, self._folders, house.settings)
        return self._preferences(house.settings)

    async def _customer_pays(self, sale_id: str, how: str) -> None:
        house = await self._house()
        sale = await house.counter.sale(sale_id)
        if sale.invoice is None:
            raise NothingToPay("There is no code to pay.", "Show a code first.")
        house.let_customer_pay(sale.invoice.bolt11, how)

    async def _tap_card(self) -> None:
        house = await self._house()
        if not house.has_card:
            raise NothingToTap("There is no simulated card here.", "Start with --simulate-card.")
        house.tap_card()

    async def _change(self, name: str, value: str | int | float | bool) -> Preferences:
        from pos_app.config.settings import SettingsFile

        settings = SettingsFile(self._folders.settings_file).change(**{name: value})
        if name == "fullscreen":
            self._fullscreen = False
        return await self._open() if name in OF_THE_TILL else self._preferences(settings)

    async def _use_api(self, api: str) -> Preferences:
        from pos_app.config.settings import SettingsFile

        SettingsFile(self._folders.settings_file).change(api=api)
        self._api = api
        return await self._open()

    async def _connect(self, url: str, invoice_key: str, answer: str) -> Preferences | Question:
        import asyncio

        from pos_app.cli.connect import check, keep
        from pos_app.config.settings import Remote
        from pos_app.payments.errors import CertificateUnknown, PlainHttp

        trusted = Remote(plain_http=True) if answer == PLAIN_HTTP else Remote(pin_sha256=answer)
        try:
            checked: Checked = await check(url, invoice_key, trusted)
        except PlainHttp as error:
            return Question(error.message, error.cure, _translate("Desk", "I trust the network"), PLAIN_HTTP)
        except CertificateUnknown as error:
            return Question(
                _translate("Desk", "No authority vouches for this server."),
                _translate("Desk", "Compare its certificate's SHA-256 with the one that the server shows:"),
                _translate("Desk", "It is the same"),
                error.sha256,
                error.sha256,
            )
        await asyncio.to_thread(keep, self._folders, checked, invoice_key)
        self._api = checked.url
        return await self._open()

    def _preferences(self, settings: Settings) -> Preferences:
        names = [field.name for field in fields(Preferences) if field.name in type(settings).model_fields]
        shown = Preferences(**{name: getattr(settings, name) for name in names})
        return replace(
            shown,
            theme=Mode(settings.theme),
            fullscreen=settings.fullscreen or self._fullscreen,
            api=self._api or settings.api,
            apis=self._apis,
            simulated_card=self._has_card,
            sound_player=next((players[0] for players in find_players()), ""),
        )


def _known_apis(folders: Folders, settings: Settings) -> tuple[ApiChoice, ...]:
    """Practice, and every server that was connected. May wait for the keyring."""
    from pos_app.app import kept_key
    from pos_app.config.keystore import Keystore

    keystore = Keystore(folders.keys)

    def detail(url: str, remote: Remote) -> str:
        try:
            where = f"the key is in {kept_key(keystore, url).where}"
        except UserError as error:
            where = error.message
        return f"{remote.network.value.capitalize()}{', practice money' if remote.practice else ''}; {where}"

    servers = [ApiChoice(url, url, detail(url, remote)) for url, remote in settings.remotes.items()]
    practice = ApiChoice(PRACTICE, _translate("Desk", "Practice"), _translate("Desk", "No real money"))
    return (practice, *servers)
