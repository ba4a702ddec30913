"""The rows of the history that are held in memory: a few pages, those that were seen last."""

from __future__ import annotations

from collections import OrderedDict

from pos_app.till.history_views import HistoryRow

PAGE = 64
KEPT = 16


class Pages:
    """At most `KEPT` pages of `PAGE` rows, whatever the number of rows there are."""

    def __init__(self) -> None:
        self._pages: OrderedDict[int, tuple[HistoryRow, ...]] = OrderedDict()

    def kept(self) -> int:
        """How many rows are here."""
        return sum(len(rows) for rows in self._pages.values())

    def row(self, at: int) -> HistoryRow | None:
        """The row at this position, if it is here."""
        page = self._pages.get(at // PAGE)
        return page[at % PAGE] if page is not None and at % PAGE < len(page) else None

    def find(self, key: str) -> int | None:
        """The position of the row with this key, if it is here."""
        for page, rows in self._pages.items():
            for at, row in enumerate(rows):
                if row.key == key:
                    return page * PAGE + at
        return None

    def use(self, page: int) -> bool:
        """Whether this page is here; then it is the last to be given up."""
        if page not in self._pages:
            return False
        self._pages.move_to_end(page)
        return True

    def put(self, page: int, rows: tuple[HistoryRow, ...]) -> None:
        """Keep this page, and give up the one that was not used for the longest time."""
        self._pages[page] = rows
        self._pages.move_to_end(page)
        while len(self._pages) > KEPT:
            self._pages.popitem(last=False)

    def replace(self, first_page: int, rows: tuple[HistoryRow, ...]) -> None:
        """Keep only these rows, which begin with a page."""
        self._pages.clear()
        for at in range(0, max(1, len(rows)), PAGE):
            self.put(first_page + at // PAGE, rows[at : at + PAGE])
