"""The record part of the window's commands without a till: calls are noted, and a wallet of any size answers them."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol

from pos_app.core.money import Msat, Sat
from pos_app.till.history_views import (
    DaySettings,
    HistoryDetail,
    HistoryFilter,
    HistoryRow,
    HistorySums,
    RowState,
    SyncPhase,
    SyncView,
    Unit,
)
from pos_app.till.states import SaleState
from pos_app.till.views import StoryLine, Tender, Tone
from pos_app.ui.job import Job
from tests.support.sales import NOON_S, sale_view


class RecordCalls:
    """To be inherited by a fake of the window's `Actions`: keeps what is asked for."""

    @abstractmethod
    def _ask(self, name: str, *values: object) -> Job:
        """Note the call; the job is what the window waits for."""

    def history_sums(self, wanted: HistoryFilter) -> Job:
        return self._ask("history_sums", wanted)

    def history_rows(self, wanted: HistoryFilter, offset: int, limit: int) -> Job:
        return self._ask("history_rows", wanted, offset, limit)

    def history_detail(self, key: str) -> Job:
        return self._ask("history_detail", key)

    def history_tags(self) -> Job:
        return self._ask("history_tags")

    def check_row(self, key: str) -> Job:
        return self._ask("check_row", key)

    def export_history(self, wanted: HistoryFilter, file: Path) -> Job:
        return self._ask("export_history", wanted, file)

    def sync(self) -> Job:
        return self._ask("sync")

    def start_sync(self) -> Job:
        return self._ask("start_sync")

    def stop_sync(self) -> Job:
        return self._ask("stop_sync")

    def period(self, unit: Unit, day: date | None) -> Job:
        return self._ask("period", unit, day)

    def day_settings(self) -> Job:
        return self._ask("day_settings")

    def set_day_settings(self, settings: DaySettings) -> Job:
        return self._ask("set_day_settings", settings)

    def report(self) -> Job:
        return self._ask("report")

    def close_day(self) -> Job:
        return self._ask("close_day")

    def reports(self, limit: int = 50) -> Job:
        return self._ask("reports", limit)

    def report_pdf(self, number: int | None, file: Path) -> Job:
        return self._ask("report_pdf", number, file)


_STATES = (
    RowState.PAID,
    RowState.UNCERTAIN,
    RowState.OWED,
    RowState.PAID,
    RowState.PAID,
    RowState.EXPIRED,
    RowState.PAID,
    RowState.PAID_LATE,
    RowState.PAID,
    RowState.REFUNDED,
    RowState.PAID,
    RowState.PENDING,
    RowState.CANCELLED,
    RowState.REFUND_DUE,
    RowState.PAID_OTHERWISE,
    RowState.FAILED,
)
_AMOUNTS_SAT = (18_431, 11_289, 7_142, 27_416, 4_378, 10_828, 13_708, 4_723, 19_928, 6_451, 8_755, 14_284)
_TENDERS = (Tender.CARD, Tender.CARD, Tender.STORED_CARD, Tender.QR, Tender.QR)
_NOTES = ("", "", "Table 4", "Birthday cake", "", "", "", "", "", "Wrong drink", "", "Table 2")
_FOREIGN = (RowState.PENDING, RowState.FAILED)


def a_row(**changes: Any) -> HistoryRow:
    """A sale paid by card at noon, unless told otherwise."""
    usual = HistoryRow(
        key="a" * 64,
        at_s=NOON_S,
        state=RowState.PAID,
        amount_msat=18_431_000,
        fee_msat=0,
        memo="",
        tag="",
        payment_hash="a" * 64,
        tender=Tender.CARD,
        sale_id="sale-147",
        number=147,
        reference="R0000147",
        tip=Sat(0),
        fiat=None,
        rate="",
    )
    return replace(usual, **changes)


class Answerable(Protocol):
    """A call that was noted, as `tests.support.window` keeps it."""

    name: str
    values: tuple[object, ...]
    job: Job


class Noted(Protocol):
    """A fake of the commands that keeps its calls."""

    @property
    def calls(self) -> list[Any]: ...


@dataclass
class FakeWallet:
    """So many rows, each made when it is asked for: newest first, one every five minutes.

    `added` is how many came on top since; every seventh row is of another till or was sent.
    """

    count: int
    added: int = 0

    def row(self, at: int) -> HistoryRow:
        """The row at this position."""
        born = at - self.added
        payment_hash = sha256(f"payment {born}".encode()).hexdigest()
        state, tender = _STATES[born % len(_STATES)], _TENDERS[born % len(_TENDERS)]
        amount = Sat(_AMOUNTS_SAT[born % len(_AMOUNTS_SAT)])
        foreign = born % 7 == 6 or state in _FOREIGN
        row = a_row(
            key=payment_hash,
            at_s=NOON_S - 300.0 * born,
            state=state,
            amount_msat=amount.to_msat().value,
            memo=_NOTES[born % len(_NOTES)],
            payment_hash=payment_hash,
            tender=tender,
            sale_id=f"sale-{147 - born}",
            number=147 - born,
            reference=f"R{147 - born:07}",
            tip=Sat(1_500) if born % 16 == 0 else Sat(0),
        )
        if not foreign:
            return row
        sent = born % 14 == 13
        return replace(
            row,
            state=RowState.PAID if state not in _FOREIGN else state,
            amount_msat=-row.amount_msat if sent else row.amount_msat,
            fee_msat=1_000 if sent else 0,
            memo="Coffee beans" if sent else "Terrace",
            tag="" if sent else "tpos",
            tender=None,
            sale_id=None,
            number=None,
            reference="",
            tip=Sat(0),
        )

    def rows(self, offset: int, limit: int) -> tuple[HistoryRow, ...]:
        return tuple(self.row(at) for at in range(offset, min(self.count + self.added, offset + limit)))

    def sums(self) -> HistorySums:
        """Figures that fit a shop of this size; they are not a recount."""
        count = self.count + self.added
        if not count:
            return HistorySums(0, Sat(0), Sat(0), Sat(0), 0)
        return HistorySums(count, Sat(9_800 * count), Sat(0 if count < 8 else 4_500), Sat(18_431), 2)

    def detail(self, key: str) -> HistoryDetail:
        """All of the row with this key, which must be among the newest hundred."""
        row = next(row for row in self.rows(0, 100) if row.key == key)
        return a_detail(row)

    def answer(self, actions: Noted) -> int:
        """Answer every record call that waits: how many."""
        waiting = [call for call in actions.calls if not call.job.ended and self._knows(call)]
        for call in waiting:
            call.job.succeed(self.answer_to(call))
        return len(waiting)

    @staticmethod
    def _knows(call: Answerable) -> bool:
        return call.name.startswith("history_") or call.name in ("check_row", "sync", "day_settings")

    def answer_to(self, call: Answerable) -> object:
        """What the till would answer."""
        match call.name:
            case "history_sums":
                return self.sums()
            case "history_rows":
                _, offset, limit = call.values
                assert isinstance(offset, int) and isinstance(limit, int)
                return self.rows(offset, limit)
            case "history_detail" | "check_row":
                return self.detail(str(call.values[0]))
            case "history_tags":
                return ("lnurlp", "tpos")
            case "day_settings":
                return DaySettings()
            case _:
                return SyncView(SyncPhase.FRESH, as_of_s=NOON_S)


def a_detail(row: HistoryRow, **changes: Any) -> HistoryDetail:
    """All of this row; a sale of ours comes with a story."""
    sale = None
    story: tuple[StoryLine, ...] = ()
    if row.number is not None:
        amount = Msat(abs(row.amount_msat)).to_sat()
        sale = sale_view(
            SaleState(row.state), number=row.number, amount=amount, tender=row.tender, made_at_s=row.at_s - 39
        )
        sale = replace(sale, amount=amount - row.tip, tip=row.tip)
        tone = Tone.PAID if row.state is RowState.PAID else Tone.ATTENTION
        story = (
            StoryLine(row.at_s - 39, "Code shown", Tone.WAITING),
            StoryLine(row.at_s - 5, "Card read", Tone.WAITING),
            StoryLine(row.at_s, "Paid" if tone is Tone.PAID else "Answer lost", tone),
        )
    made = HistoryDetail(
        row,
        sale,
        story,
        ("boltcard.example",) if row.tender is Tender.CARD else (),
        preimage="" if row.state is not RowState.PAID else "5b" * 32,
        bolt11="lnbcrt184310n1p5mq" + "q" * 180,
    )
    return replace(made, **changes)
