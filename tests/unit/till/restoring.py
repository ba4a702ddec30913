"""A till that is backed up, and comes back as it was then."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pos_app.till.backup import back_up, restore
from tests.unit.till.harness import Till


@dataclass(frozen=True)
class Vault:
    """Where a till's backups are kept."""

    till: Till
    folder: Path

    async def back_up(self, name: str = "backup") -> None:
        """While the till runs."""
        await self.till.quiet()
        back_up(self._books, self._settings, self.folder / name, now_s=self.till.clock.time_s)

    async def restore(self, name: str = "backup", *, away_s: float = 5) -> None:
        """Stop the till, put the backup back, and start again after so long."""
        await self.till.stop()
        restore(self.folder / name, self._books, self._settings)
        await self.till.clock.advance(away_s)
        await self.till.start()

    @property
    def _books(self) -> Path:
        return self.till.books.folder.parent

    @property
    def _settings(self) -> Path:
        return self.folder / "settings.toml"
