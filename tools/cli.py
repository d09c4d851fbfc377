"""The command `relief`: one word for each job, each of which has `--json` and an exit status.

    0  verified, or done          1  a check failed          2  cannot tell, or could not

Commands are thin: what a word means stands in its own module, which is loaded when the word is
said, so that `relief --help` stays quick. All of them are described in `docs/reference/cli.md`.
"""

from pathlib import Path
from typing import Annotated

import typer

from tools.console import run

app = typer.Typer(
    name="relief",
    help="One signed, append-only log of relief that anyone can check offline.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

Json = Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")]
Language = Annotated[
    str, typer.Option("--language", help="zh-Hant, zh-Hans or en; else of the environment.")
]
Trust = Annotated[
    Path | None, typer.Option("--trust", help="Which logs and witnesses you believe.")
]


@app.callback()
def main() -> None:
    """One signed, append-only log of relief that anyone can check offline."""


@app.command()
def verify(
    target: Annotated[
        str, typer.Argument(help="A receipt or proof file, a log folder, or its URL.")
    ],
    trust: Trust = None,
    entry: Annotated[
        Path | None, typer.Option("--entry", help="The entry of a proof that does not carry it.")
    ] = None,
    second_opinion: Annotated[
        bool, typer.Option("--second-opinion", help="Also compute the root with merkletools.")
    ] = False,
    as_json: Json = False,
    language: Language = "",
) -> None:
    """Check a receipt, a proof or a whole log, offline."""
    from tools.verify import verify as work  # noqa: PLC0415

    run(
        lambda console: work(console, target, trust=trust, entry=entry, second=second_opinion),
        as_json=as_json,
        language=language,
    )
