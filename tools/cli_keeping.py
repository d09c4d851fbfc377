"""Words of the command `relief` for whoever keeps a node; `tools.cli` has the others.

relief watermark   what its key signed last, confirmed after a restore
"""

from pathlib import Path
from typing import Annotated

import typer

from tools.console import run
from tools.options import Json, Language


def add_to(app: typer.Typer) -> None:
    """Add these words to the command."""
    app.command()(watermark)


def watermark(
    folder: Annotated[Path, typer.Option("--dir", help="The ledger's folder.")],
    published: Annotated[
        int | None,
        typer.Option("--published", min=0, help="Confirm the largest size that was published."),
    ] = None,
    as_json: Json = False,
    language: Language = "",
) -> None:
    """Show what the node's key signed last, or confirm it after a restore."""
    from tools.watermark import watermark as work  # noqa: PLC0415

    run(
        lambda console: work(console, folder, published=published),
        as_json=as_json,
        language=language,
    )
