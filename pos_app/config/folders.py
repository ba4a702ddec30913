"""Where things are kept on this computer."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pos_app.config.files import make_private_folder

NAME = "pos-app"


@dataclass(frozen=True, slots=True)
class Folders:
    """The three folders of the program: databases, settings and keys, logs."""

    data: Path
    config: Path
    state: Path

    @classmethod
    def of(cls, data_dir: Path | None) -> Folders:
        """Everything under `data_dir`; without one, where the system keeps such things."""
        if data_dir is None:
            import platformdirs

            return cls(
                data=platformdirs.user_data_path(NAME, appauthor=False),
                config=platformdirs.user_config_path(NAME, appauthor=False),
                state=platformdirs.user_state_path(NAME, appauthor=False),
            )
        root = data_dir.expanduser().absolute()
        return cls(data=root / "data", config=root / "config", state=root / "state")

    def make(self) -> None:
        """Make them, readable by their owner only. Raises CannotWrite."""
        for folder in (self.data, self.config, self.state):
            make_private_folder(folder)

    @property
    def books(self) -> Path:
        """One folder in it for each book."""
        return self.data / "books"

    def engine(self, *, practice: bool) -> Path:
        """The folder of the embedded engine: practice money and real money never share one."""
        return self.data / "engines" / ("practice" if practice else "real")

    @property
    def practice_network(self) -> Path:
        """What the practice network remembers."""
        return self.data / "practice-network"

    @property
    def settings_file(self) -> Path:
        return self.config / "settings.toml"

    @property
    def manager_file(self) -> Path:
        """The manager PIN, as a hash."""
        return self.config / "manager.json"

    @property
    def slips(self) -> Path:
        """The PENDING slips that were written as PDF."""
        return self.data / "slips"

    @property
    def keys(self) -> Path:
        """The folder of the key file, used where the system has no keyring."""
        return self.config / "keys"

    @property
    def log_file(self) -> Path:
        return self.state / "pos-app.log"
