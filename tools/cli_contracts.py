"""Words of the command `relief` for whoever writes contracts; `tools.cli` has the others.

relief contract check   would this contract be accepted?
relief contract test    what its own tests show
relief contract analyse            what can never be, goes wrong, or differs (extra: z3)
relief contract diff, simulate     what changed, what it would have said of the past
relief contract adopt, list        bring it into force; what is in force
relief contract explain            why an entry was decided as it was
relief contract decisions          all that decisions were made on, for another engine to check
relief contract library contracts that are ready, to adopt or to start from
"""

from pathlib import Path
from typing import Annotated

import typer

from tools.console import run
from tools.options import Json, Language, PassphraseFd, PassphraseFile

File = Annotated[Path, typer.Argument(help="A contract in YAML.")]
Currency = Annotated[
    str,
    typer.Option("--currency", help="Its currency, as TWD; else the one that its types name."),
]


def add_to(app: typer.Typer) -> None:
    """Add these words to the command."""
    contract = typer.Typer(
        help="Contracts: write, check, test, simulate, adopt and explain them.",
        no_args_is_help=True,
        rich_markup_mode=None,
    )
    contract.command()(check)
    contract.command(name="test")(run_tests)
    contract.command(name="library")(library)
    contract.command()(analyse)
    contract.command()(explain)
    contract.command(name="decisions")(write_decisions)
    contract.command()(simulate)
    contract.command()(diff)
    contract.command()(adopt)
    contract.command(name="list")(list_contracts)
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


def analyse(
    file: File,
    against: Annotated[
        Path | None, typer.Option("--against", help="The version before, or another contract.")
    ] = None,
    currency: Currency = "",
    as_json: Json = False,
    language: Language = "",
) -> None:
    """Ask of all inputs at once: what can never be, goes wrong, or differs."""
    from tools.analysing.command import analyse_file as work  # noqa: PLC0415

    run(
        lambda console: work(console, file, against=against, currency=currency),
        as_json=as_json,
        language=language,
    )


def library(
    name: Annotated[str, typer.Argument(help="One of them, to print.")] = "",
    as_json: Json = False,
    language: Language = "",
) -> None:
    """List contracts that are ready, or print one to start from."""
    from tools.contracts.library import show as work  # noqa: PLC0415

    run(lambda console: work(console, name), as_json=as_json, language=language)


Folder = Annotated[
    Path | None, typer.Option("--dir", help="A ledger's folder, whose node does not run.")
]
Scope = Annotated[str, typer.Option("--scope", help="consortium, fund:X, area:X or programme:X.")]


def explain(
    entry: Annotated[int, typer.Argument(help="Index of the entry.", min=0)],
    folder: Folder = None,
    url: Annotated[str, typer.Option("--from", help="Address of a node.")] = "",
    replay: Annotated[
        bool, typer.Option("--replay", help="Run the log up to the entry, for exact values.")
    ] = False,
    as_json: Json = False,
    language: Language = "",
) -> None:
    """Tell why an entry was decided as it was, with the numbers behind it."""
    from tools.contracts.explaining import explain as work  # noqa: PLC0415

    run(
        lambda console: work(console, entry, folder=folder, url=url, replay=replay),
        as_json=as_json,
        language=language,
    )


def write_decisions(
    source: Annotated[
        str, typer.Argument(help="A published log (folder or address), or a stopped node's folder.")
    ],
    out: Annotated[Path, typer.Option("--out", help="The file, one decision a line.")],
    low: Annotated[int, typer.Option("--from", help="First entry.", min=0)] = 0,
    high: Annotated[int | None, typer.Option("--to", help="The entry after the last.")] = None,
    as_json: Json = False,
    language: Language = "",
) -> None:
    """Write decisions with their inputs, for another engine to re-check."""
    from tools.contracts.deciding import write_decisions as work  # noqa: PLC0415

    run(
        lambda console: work(console, source, out, low=low, high=high),
        as_json=as_json,
        language=language,
    )


def simulate(  # noqa: PLR0913, PLR0917
    file: File,
    folder: Annotated[Path, typer.Option("--dir", help="A ledger's folder; its node may run.")],
    scope: Scope = "consortium",
    since: Annotated[str, typer.Option("--from", help="First day, as 2027-01-31.")] = "",
    until: Annotated[str, typer.Option("--to", help="The day after the last.")] = "",
    mode: Annotated[str, typer.Option("--mode", help="observe or counterfactual.")] = "observe",
    by: Annotated[
        str, typer.Option("--by", help="area, member, tier, household_size or kind.")
    ] = "area",
    as_json: Json = False,
    language: Language = "",
) -> None:
    """Simulate a contract: what would it have denied in the past?"""
    from tools.contracts.simulating import simulate_file as work  # noqa: PLC0415

    run(
        lambda console: work(
            console, file, folder, scope=scope, since=since, until=until, mode=mode, by=by
        ),
        as_json=as_json,
        language=language,
    )


def diff(
    old: Annotated[Path, typer.Argument(help="The contract as it is.")],
    new: Annotated[Path, typer.Argument(help="The contract as it would be.")],
    folder: Annotated[
        Path | None, typer.Option("--dir", help="A ledger's folder; its node may run.")
    ] = None,
    scope: Scope = "consortium",
    as_json: Json = False,
    language: Language = "",
) -> None:
    """Compare two versions: what changed, by which lane, what flips (analyse --against: by
    example)."""
    from tools.contracts.differing import diff as work  # noqa: PLC0415

    run(
        lambda console: work(console, old, new, folder=folder, scope=scope),
        as_json=as_json,
        language=language,
    )


def adopt(  # noqa: PLR0913, PLR0917
    file: File,
    folder: Annotated[Path, typer.Option("--dir", help="A ledger's folder: its outbox.")],
    to: Annotated[str, typer.Option("--to", help="Address of the node.")] = "",
    scope: Scope = "consortium",
    mode: Annotated[str, typer.Option("--mode", help="shadow, warn or enforce.")] = "shadow",
    lane: Annotated[str, typer.Option("--lane", help="full, params or emergency.")] = "full",
    owner: Annotated[str, typer.Option("--owner", help="The organisation that answers.")] = "",
    not_before: Annotated[
        int | None, typer.Option("--not-before", help="In force from then on, in Unix seconds.")
    ] = None,
    key: Annotated[list[Path] | None, typer.Option("--key", help="Key file of an admin.")] = None,
    passphrase_fd: PassphraseFd = None,
    passphrase_file: PassphraseFile = None,
    as_json: Json = False,
    language: Language = "",
) -> None:
    """Propose, approve, commit a contract, as far as your keys go."""
    from tools.contracts.adopting import Hands, Terms  # noqa: PLC0415
    from tools.contracts.adopting import adopt as work  # noqa: PLC0415
    from tools.home import Home  # noqa: PLC0415

    hands = Hands(Home(folder), to, tuple(key or ()), passphrase_fd, passphrase_file)
    terms = Terms(scope, mode, lane, owner, not_before)
    run(lambda console: work(console, file, terms, hands), as_json=as_json, language=language)


def list_contracts(
    folder: Folder = None,
    url: Annotated[str, typer.Option("--from", help="Address of a node.")] = "",
    as_json: Json = False,
    language: Language = "",
) -> None:
    """List contracts in force, waiting, suspended and proposed."""
    from tools.contracts.adopting import list_contracts as work  # noqa: PLC0415

    run(
        lambda console: work(console, folder=folder, url=url),
        as_json=as_json,
        language=language,
    )
