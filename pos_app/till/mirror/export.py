"""The filtered history as a file: CSV that spreadsheets open rightly, or JSON."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import os
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from pos_app.config.files import cannot_write
from pos_app.till.history_views import HistoryRow
from pos_app.till.mirror.zone import Zone, utc_iso

BOM = "\ufeff"
"""By this mark spreadsheets know that a file is UTF-8."""
COLUMNS = (
    *("time", "time_utc", "state", "direction", "amount_sat", "fee_sat", "tip_sat", "fiat", "currency", "rate"),
    *("tender", "sale", "reference", "memo", "tag", "payment_hash", "gone"),
)
_ACTIVE = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""A cell that begins so may be taken for a formula."""


def record(row: HistoryRow, zone: Zone) -> dict[str, str | int | None]:
    """One row by the names of its columns; amounts are signed, a missing value is None."""
    return {
        "time": zone.local(row.at_s).isoformat(" ", "seconds"),
        "time_utc": utc_iso(row.at_s),
        "state": row.state.value,
        "direction": "out" if row.amount_msat < 0 else "in",
        "amount_sat": _sat(row.amount_msat),
        "fee_sat": _sat(row.fee_msat),
        "tip_sat": row.tip.value if row.sale_id else None,
        "fiat": row.fiat.decimal(plain=True) if row.fiat else None,
        "currency": row.fiat.currency if row.fiat else None,
        "rate": row.rate or None,
        "tender": row.tender.value if row.tender else None,
        "sale": row.number,
        "reference": row.reference or None,
        "memo": row.memo or None,
        "tag": row.tag or None,
        "payment_hash": row.payment_hash,
        "gone": "yes" if row.is_gone else None,
    }


def csv_lines(records: Iterable[Mapping[str, str | int | None]], *, head: bool = False) -> str:
    """Lines of CSV (RFC 4180); what strangers wrote cannot act as a formula."""
    text = io.StringIO()
    writer = csv.writer(text)
    if head:
        writer.writerow(COLUMNS)
    for each in records:
        writer.writerow([_cell(name, each[name]) for name in COLUMNS])
    return text.getvalue()


async def write(chunks: AsyncIterator[tuple[HistoryRow, ...]], zone: Zone, file: Path) -> int:
    """Write all rows to a file, as JSON where its name ends so, else as CSV; how many they are.

    A file that is there stays as it is until all is written. Raises CannotWrite.
    """
    is_json = file.suffix.lower() == ".json"
    beside = file.with_name(f".{file.name}.part")
    count = 0
    try:
        with await asyncio.to_thread(beside.open, "w", encoding="utf-8", newline="") as out:
            out.write("[" if is_json else BOM + csv_lines((), head=True))
            async for rows in chunks:
                records = [record(row, zone) for row in rows]
                if is_json:
                    text = "".join(
                        (",\n" if count + place else "\n") + json.dumps(each, ensure_ascii=False)
                        for place, each in enumerate(records)
                    )
                else:
                    text = csv_lines(records)
                await asyncio.to_thread(out.write, text)
                count += len(rows)
            out.write("\n]\n" if is_json else "")
            await asyncio.to_thread(_flush, out)
        await asyncio.to_thread(os.replace, beside, file)
    except OSError as error:
        raise cannot_write(file, error) from error
    finally:
        with suppress(OSError):
            await asyncio.to_thread(beside.unlink, True)
    return count


def _flush(out: io.TextIOWrapper) -> None:
    out.flush()
    os.fsync(out.fileno())


def _cell(name: str, value: str | int | None) -> str | int:
    if value is None:
        return ""
    if isinstance(value, str) and value.startswith(_ACTIVE) and name not in ("amount_sat", "fee_sat", "fiat"):
        return f"'{value}"
    return value


def _sat(msat: int) -> str | int:
    """Whole sats as a number, with a fraction as its decimal text."""
    sat, rest = divmod(abs(msat), 1000)
    sign = "-" if msat < 0 else ""
    return f"{sign}{sat}.{rest:03}" if rest else (-sat if sign else sat)
