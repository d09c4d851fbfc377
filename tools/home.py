"""A ledger's folder: where what `relief init` makes stands, and who may change it.

settings     the node's settings, one RELIEF_NAME=value a line; the operator
trust        the trust file that governance renders; for everybody to read
keys/        the node's keys and watermark: who reads opened ones can sign as this node
people/      keys of people, as far as they were made here: hand them over, then remove them
founding/    the statements that begin the ledger, until they are entered
outbox/      statements that wait for an answer
data/        the node's stores; who writes there can replace its memory, which cosigners notice
journal      what an operator did to them by hand, a line each, without names or ids
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from nodes.settings import Settings
from tools.console import Stop, plain
from tools.published import read_regular

SETTINGS_MAX: Final = 65_536


@dataclass(frozen=True, slots=True)
class Home:
    """The folder `folder` of one ledger on one computer."""

    folder: Path

    @property
    def settings_file(self) -> Path:
        return self.folder / "settings"

    @property
    def trust(self) -> Path:
        return self.folder / "trust"

    @property
    def keys(self) -> Path:
        return self.folder / "keys"

    @property
    def founding(self) -> Path:
        return self.folder / "founding"

    @property
    def outbox(self) -> Path:
        return self.folder / "outbox"

    @property
    def journal(self) -> Path:
        return self.folder / "journal"

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def must_exist(self) -> None:
        """`Stop` unless this is the folder of a ledger."""
        if not self.settings_file.is_file():
            raise Stop(
                f"{plain(str(self.folder))} is not the folder of a ledger: it has no `settings`.",
                "Make one: relief init --dir DIR --origin NAME",
            )

    def settings(self) -> Settings:
        """The settings in the folder's file, over which the environment has no say for places."""
        lines, unknown = self.read_settings()
        if unknown:
            raise Stop(
                f"{plain(str(self.settings_file))}, {unknown[0]}.",
                "Correct the line; all names are in docs/reference/settings.md.",
            )
        try:
            # What the file says goes before the environment; both before the defaults.
            return Settings(
                **{**lines, "data_dir": self.data, "keys_dir": self.keys}  # type: ignore[arg-type]
            )
        except ValidationError as error:
            first = error.errors()[0]
            name = "RELIEF_" + "_".join(str(part) for part in first["loc"]).upper()
            raise Stop(
                f"Setting {name}: {first['msg']}.",
                f"Correct it in {plain(str(self.settings_file))} or in the environment.",
            ) from None

    def read_settings(self) -> tuple[dict[str, str], list[str]]:
        """(field -> text, what is wrong with lines) of the settings file."""
        try:
            text = read_regular(self.settings_file, SETTINGS_MAX).decode("utf-8")
        except ValueError as error:
            return {}, [f"the file cannot be read: {error}"]
        found: dict[str, str] = {}
        wrong = []
        for number, line in enumerate(text.splitlines(), 1):
            bare = line.strip()
            if not bare or bare.startswith("#"):
                continue
            name, equals, value = bare.partition("=")
            field = name.strip().removeprefix("RELIEF_").lower()
            fixed = ("data_dir", "keys_dir")
            known = name.startswith("RELIEF_") and field in Settings.model_fields
            if not equals or not known or field in fixed:
                why = "is fixed by the folder" if field in fixed else "is no setting"
                wrong.append(f"line {number}: {plain(name.strip())} {why}")
            elif field in found:
                wrong.append(f"line {number}: {plain(name.strip())} stands twice")
            else:
                found[field] = value.strip()
        return found, wrong


SETTINGS_EXAMPLE: Final = """\
# Settings of this node, one RELIEF_NAME=value a line; read at each start.
# All of them, who may change each and what follows: docs/reference/settings.md
#
# RELIEF_BATCH_WINDOW_MS=50
# RELIEF_OFFER_EVERY_MS=1000
# RELIEF_HEARTBEAT_S=900
# RELIEF_PASSPHRASE_FILE=/path/of/a/file/with/the/passphrase
"""
