"""Money that is booked without an invoice being paid: practice credits, and claims of what was unclaimed."""

from __future__ import annotations

import sqlite3

from pos_app.core.money import Msat
from pos_app.engine.errors import NotFound
from pos_app.engine.ledger.context import Context
from pos_app.engine.ledger.rules import DEFAULT_EXPIRY_S
from pos_app.engine.store import payments, unclaimed
from pos_app.engine.store.payments import NewPayment
from pos_app.engine.store.rows import PaymentKind, PaymentRow, PaymentStatus, Wallet

CREDIT_MEMO = "Practice credit"


async def credit(context: Context, wallet: Wallet, amount: Msat) -> PaymentRow:
    """Book money out of nothing, with an invoice of the engine's own as its paper."""
    made = context.sign_invoice(amount, CREDIT_MEMO, None, DEFAULT_EXPIRY_S)
    payment = NewPayment(
        wallet_id=wallet.id,
        kind=PaymentKind.CREDIT,
        checking_id=f"credit_{made.payment_hash}",
        payment_hash=made.payment_hash,
        amount=amount,
        bolt11=made.bolt11,
        status=PaymentStatus.SUCCESS,
        memo=CREDIT_MEMO,
        time_us=context.now_us(),
        preimage=made.preimage,
    )
    row = await context.db.write(lambda c: payments.insert(c, payment))
    await context.tell(row)
    return row


async def claim(context: Context, name: str, wallet: Wallet) -> PaymentRow:
    """Book unclaimed money, named by its payment hash or checking id, to a wallet. Raises NotFound."""

    def store(connection: sqlite3.Connection) -> PaymentRow:
        found = unclaimed.named(connection, name)
        if found is None:
            raise NotFound("There is no unclaimed money of this name.")
        money, preimage = found
        row = payments.insert(
            connection,
            NewPayment(
                wallet_id=wallet.id,
                kind=PaymentKind.CLAIM,
                checking_id=f"claim_{money.checking_id}",
                payment_hash=money.payment_hash,
                amount=money.amount,
                bolt11="",
                status=PaymentStatus.SUCCESS,
                memo=f"Claimed: {money.reason}",
                time_us=context.now_us(),
                preimage=preimage,
            ),
        )
        unclaimed.set_claimed(connection, money.checking_id, row.id)
        return row

    row = await context.db.write(store)
    await context.tell(row)
    return row
