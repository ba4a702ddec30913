"""The window's commands around history, days and reports: the `RecordActions` of a house.

asyncio takes long to load: only what runs after the first paint imports it.
"""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from pos_app.cli.house_desk import HouseDesk
from pos_app.till.history_views import DaySettings, HistoryDetail, HistoryFilter, SyncView, Unit
from pos_app.ui.job import Job

if TYPE_CHECKING:
    from pos_app.app import House


class RecordsDesk(HouseDesk):
    """History, the day page, and the X and Z reports."""

    def history_sums(self, wanted: HistoryFilter) -> Job:
        return self._ask_house(lambda house: house.records.sums(wanted))

    def history_rows(self, wanted: HistoryFilter, offset: int, limit: int) -> Job:
        return self._ask_house(lambda house: house.records.rows(wanted, offset, limit))

    def history_detail(self, key: str) -> Job:
        return self._ask_house(lambda house: _with_sale(house, house.records.detail(key)))

    def history_tags(self) -> Job:
        return self._ask_house(lambda house: house.records.tags())

    def check_row(self, key: str) -> Job:
        return self._ask_house(lambda house: _with_sale(house, _check(house, key)))

    def export_history(self, wanted: HistoryFilter, file: Path) -> Job:
        return self._ask_house(lambda house: house.records.export(wanted, file))

    def sync(self) -> Job:
        return self._ask_house(_sync)

    def start_sync(self) -> Job:
        return self._ask_house(lambda house: house.records.start_sync())

    def stop_sync(self) -> Job:
        return self._ask_house(lambda house: house.records.stop_sync())

    def period(self, unit: Unit, day: date | None) -> Job:
        return self._ask_house(lambda house: house.records.period(unit, day))

    def day_settings(self) -> Job:
        return self._ask_house(_day_settings)

    def set_day_settings(self, settings: DaySettings) -> Job:
        return self._ask_house(lambda house: self._set_day_settings(house, settings))

    def report(self) -> Job:
        return self._ask_house(lambda house: house.reports.now())

    def close_day(self) -> Job:
        return self._ask_house(lambda house: house.reports.close())

    def reports(self, limit: int = 50) -> Job:
        return self._ask_house(lambda house: house.reports.list(limit))

    def report_pdf(self, number: int | None, file: Path) -> Job:
        return self._ask_house(lambda house: house.reports.pdf(number, file))

    async def _set_day_settings(self, house: House, settings: DaySettings) -> DaySettings:
        import asyncio

        from pos_app.config.settings import SettingsFile

        changes = {"day_start_hour": settings.start_hour, "time_zone": settings.time_zone}
        changed = await asyncio.to_thread(lambda: SettingsFile(self._folders.settings_file).change(**changes))
        in_force = DaySettings(changed.day_start_hour, changed.time_zone)
        house.records.set_day(in_force)
        return in_force


async def _check(house: House, key: str) -> HistoryDetail:
    detail = await house.records.check(key)
    if detail.row.sale_id is not None:
        await house.counter.check_now(detail.row.sale_id)
    return detail


async def _with_sale(house: House, asking: Awaitable[HistoryDetail]) -> HistoryDetail:
    """What the till knows of the row's sale, too."""
    detail = await asking
    if detail.row.sale_id is None:
        return detail
    sale = await house.counter.sale(detail.row.sale_id)
    return replace(detail, sale=sale, story=await house.counter.queue.story(sale.sale_id))


async def _sync(house: House) -> SyncView:
    return house.records.sync_view()


async def _day_settings(house: House) -> DaySettings:
    return house.records.day
