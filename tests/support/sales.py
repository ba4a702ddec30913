"""Sales as the till shows them, for tests and pictures of the window. Their invoices are real, signed practice ones."""

from __future__ import annotations

import time
from dataclasses import replace
from functools import cache
from hashlib import sha256
from typing import Any

from pos_app.core.bolt11 import Network, encode
from pos_app.core.money import Sat
from pos_app.till.states import SaleState
from pos_app.till.views import InvoiceView, Phase, Problem, SaleView, TapPhase, TapView, Tender

NOON_S = time.mktime((2026, 3, 14, 12, 4, 31, 0, 0, -1))
EXPIRY_S = 600
AMOUNT = Sat(16_703)


@cache
def invoice_view(amount: Sat = AMOUNT, number: int = 147) -> InvoiceView:
    payment_hash = sha256(f"preimage of sale {number}".encode()).hexdigest()
    bolt11 = encode(
        network=Network.REGTEST,
        amount=amount.to_msat(),
        payment_hash=payment_hash,
        payment_secret=sha256(b"secret").hexdigest(),
        description=f"Café Linde R{number:07}",
        made_at_s=int(NOON_S),
        expiry_s=EXPIRY_S,
        private_key=sha256(b"key").hexdigest(),
    )
    return InvoiceView(payment_hash, bolt11, NOON_S, NOON_S + EXPIRY_S)


def sale_view(
    state: SaleState = SaleState.OPEN,
    phase: Phase | None = None,
    *,
    number: int = 147,
    amount: Sat = AMOUNT,
    note: str = "",
    tender: Tender | None = None,
    left_s: float | None = None,
    safe_in_s: float | None = None,
    now_s: float = 0.0,
    made_at_s: float = NOON_S,
    problem: Problem | None = None,
    can_cancel: bool = True,
    uncertain_until_s: float | None = None,
    practice: bool = False,
    retry_in_s: float | None = None,
    tap: TapView | None = None,
) -> SaleView:
    """One sale. An OPEN one is READY unless `phase` says otherwise; `left_s` is what its code has left at `now_s`."""
    phase = phase or (Phase.READY if state is SaleState.OPEN else Phase.CLOSED)
    paid = state in (SaleState.PAID, SaleState.PAID_LATE)
    ready = phase is Phase.READY
    left_s = 582.0 if left_s is None and ready else left_s
    return SaleView(
        sale_id=f"sale-{number}",
        number=number,
        reference=f"R{number:07}",
        state=state,
        phase=phase,
        amount=amount,
        tip=Sat(0),
        total=amount,
        fiat=None,
        note=note,
        tender=tender or (Tender.QR if paid else None),
        made_at_s=made_at_s,
        closed_at_s=made_at_s + 20 if state.is_closed else None,
        paid_at_s=made_at_s + 20 if paid else None,
        received=amount if paid else Sat(0),
        invoice=invoice_view(amount, number) if ready else None,
        expiry_s=EXPIRY_S,
        deadline_monotonic_s=None if left_s is None else now_s + left_s,
        safe_at_monotonic_s=None if safe_in_s is None else now_s + safe_in_s,
        problem=problem,
        can_cancel=can_cancel,
        replaces=None,
        uncertain_until_s=uncertain_until_s,
        practice=practice,
        retry_at_monotonic_s=None if retry_in_s is None else now_s + retry_in_s,
        tap=tap,
    )


READY = sale_view(tap=TapView(TapPhase.READY))


def tapped(phase: TapPhase, *, sale: SaleView = READY, **told: Any) -> SaleView:
    """A sale whose card was read at second 100."""
    may_pay = phase in (TapPhase.ASKING, TapPhase.UNKNOWN)
    view = TapView(phase, **{"read_at_monotonic_s": 100.0, "since_monotonic_s": 100.0, **told})
    return replace(sale, tap=view, can_cancel=not may_pay)


PIN = tapped(TapPhase.PIN, pin_deadline_monotonic_s=190.0)
