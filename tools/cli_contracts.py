"""Words of the command `relief` for whoever writes contracts; `tools.cli` has the others.

relief contract check   would this contract be accepted?
relief contract test    what its own tests show
relief contract library contracts that are ready, to adopt or to start from
"""

from pathlib import Path
from typing import Annotated

import typer

from tools.console import run
from tools.options import Json, Language

File = Annotated[Path, typer.Argument(help="A contract in YAML.")]
Currency = Annotated[
    str,
    typer.Option("--currency", help="Its currency, as TWD; else the one that its types name."),
]


def add_to(app: typer.Typer) -> None:
    """Add these words to the command."""
    contract = typer.Typer(
        help="Write contracts: check them, run their own tests.",
        no_args_is_help=True,
        rich_markup_mode=None,
    )
    contract.command()(check)
    contract.command(name="test")(run_tests)
    contract.command(name="library")(library)
    app.add_typer(contract, name="contract")


def check(
    file: File, currency: Currency = "", as_json: Json = False, language: Language = ""
) -> None:
    """Check a contract: form, types, units, limits, and its tests."""
    from tools.contracts.checking import check as work  # noqa: PLC0415

    run(lambda console: work(console, file, currency=currency), as_json=as_json, language=language)


def run_tests(
    file: File, currency: Currency = "", as_json: Json = False, language: Language = ""
) -> None:
    """Run a contract's own tests: expected, got, what people read."""
    from tools.contracts.testing import run_tests as work  # noqa: PLC0415

    run(lambda console: work(console, file, currency=currency), as_json=as_json, language=language)


def library(
    name: Annotated[str, typer.Argument(help="One of them, to print.")] = "",
    as_json: Json = False,
    language: Language = "",
) -> None:
    """List contracts that are ready, or print one to start from."""
    from tools.contracts.library import show as work  # noqa: PLC0415

    run(lambda console: work(console, name), as_json=as_json, language=language)
