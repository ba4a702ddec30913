"""A store with a keystore of its own, and cards that are stored in it."""

from __future__ import annotations

from pathlib import Path

from pos_app.config.keystore import Keystore, KeystoreLocked, Secret
from pos_app.core.bolt11 import Invoice, Network
from pos_app.core.money import Msat, Sat
from pos_app.lnurl.withdraw import WithdrawOffer
from pos_app.net.url import Url
from pos_app.till.sale import NewSale, Sale, Tap
from pos_app.till.store import Store
from pos_app.till.tap_states import TapCause
from tests.support.clock import ManualClock

HOST = "card.example"
SAT = 2100


def keystore(folder: Path) -> Keystore:
    """One of a computer without a keyring: a file in `folder`."""
    return Keystore(folder / "keys", environment={})


class ShutKeystore(Keystore):
    """As the one of `keystore`, locked until `is_open`."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder / "keys", environment={})
        self.is_open = False

    def get(self, name: str, *, variable: str | None = None) -> Secret | None:
        if not self.is_open:
            raise KeystoreLocked("The system's keyring did not answer.", "Unlock it.")
        return super().get(name, variable=variable)


def card_url(number: int) -> str:
    """The link of the card's tap of this number."""
    return f"https://{HOST}/card?p={number:032X}&c={number:016X}"


def invoice(number: int, sat: int = SAT) -> Invoice:
    return Invoice(
        text=f"lnbcrt{number}",
        network=Network.REGTEST,
        amount=Sat(sat).to_msat(),
        payment_hash=f"{number:064x}",
        description="",
        description_hash=None,
        made_at_s=1_795_000_000,
        expiry_s=600,
        payee="02",
        fields={},
    )


def offer(k1: str = "0badc0de" * 8) -> WithdrawOffer:
    callback = Url.parse(f"https://{HOST}/pay/secret-callback")
    return WithdrawOffer(k1, callback, Msat(1000), Msat(50_000_000), Msat(9_000_000), "A card")


async def sale_of(store: Store, sat: int = SAT, *, number: int | None = None) -> Sale:
    """An OPEN sale, with the invoice of this number if one is given."""
    sale = await store.begin(NewSale(Sat(sat)))
    if number is None:
        return sale
    bound = await store.bind(sale.id, invoice(number, sat))
    assert bound is not None
    return bound


async def stored(store: Store, sale: Sale, tap: int = 1) -> Sale:
    """Store the card's tap of this number for the sale, bound to the sale's invoice if there is one."""
    live = sale.live_invoices
    payment_hash = live[0].payment_hash if live else None
    (changed,) = await store.store_tap(sale.id, host=HOST, url=card_url(tap), payment_hash=payment_hash)
    return changed


async def owed(store: Store, number: int = 1, sat: int = SAT) -> Sale:
    """A sale that is OWED for a stored tap, with the invoice of this number."""
    return await stored(store, await sale_of(store, sat, number=number), number)


async def moved(store: Store, sale: Sale, *causes: TapCause) -> Sale:
    """Move the last tap of the sale by these causes."""
    for cause in causes:
        with_offer = offer() if cause is TapCause.OFFERED else None
        (sale,) = await store.move_tap(sale.taps[-1].id, cause, offer=with_offer)
    return sale


async def again(store: Store, sale: Sale) -> Sale:
    found = await store.sale(sale.id)
    assert found is not None
    return found


def tap_of(sale: Sale) -> Tap:
    return sale.taps[-1]


async def restarted(store: Store, folder: Path, clock: ManualClock) -> Store:
    """The next run on the same folder; the caller's fixture closes the first."""
    await store.close()
    store = await Store.open(folder, clock, keystore(folder))
    await store.restart_taps()
    return store
