"""Words of the command `relief` for whoever keeps a node; `tools.cli` has the others.

relief export        the log as static files
relief watermark     what its key signed last, confirmed after a restore
relief vault erase   forget a person
"""

from pathlib import Path
from typing import Annotated

import typer

from tools.console import run
from tools.options import Json, Language, PassphraseFd, PassphraseFile


def add_to(app: typer.Typer) -> None:
    """Add these words to the command."""
    app.command()(export)
    app.command()(watermark)
    vault = typer.Typer(
        help="Keep and forget what the log only seals.",
        no_args_is_help=True,
        rich_markup_mode=None,
    )
    vault.command()(erase)
    # With one word in it, Typer would leave the word out.
    vault.callback()(_vault)
    app.add_typer(vault, name="vault")


def export(
    target: Annotated[Path, typer.Argument(metavar="DIR", help="The folder to write.")],
    folder: Annotated[Path, typer.Option("--dir", help="The ledger's folder.")],
    no_verify: Annotated[
        bool, typer.Option("--no-verify", help="Do not work the written log out again.")
    ] = False,
    as_json: Json = False,
    language: Language = "",
) -> None:
    """Write the log as static files that anyone can verify, and verify them."""
    from tools.exporting import export as work  # noqa: PLC0415

    run(
        lambda console: work(console, target, folder, check=not no_verify),
        as_json=as_json,
        language=language,
    )


def _vault() -> None:
    """Keep and forget what the log only seals."""


def erase(
    things: Annotated[
        list[str], typer.Argument(metavar="RECORD", help="STATEMENT, or STATEMENT/N for a row.")
    ],
    folder: Annotated[Path, typer.Option("--dir", help="The ledger's folder.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask; erase what is named.")] = False,
    passphrase_fd: PassphraseFd = None,
    passphrase_file: PassphraseFile = None,
    as_json: Json = False,
    language: Language = "",
) -> None:
    """Destroy a person's record in the vault; the log still verifies."""
    from tools.forgetting import erase as work  # noqa: PLC0415

    run(
        lambda console: work(
            console, folder, things, yes=yes, fd=passphrase_fd, file=passphrase_file
        ),
        as_json=as_json,
        language=language,
    )


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
