"""The command `relief`: one word for each job, each of which has `--json` and an exit status.

    0  verified, or done          1  a check failed          2  cannot tell, or could not

Commands are thin: what a word means stands in its own module, which is loaded when the word is
said, so that `relief --help` stays quick. All of them are described in `docs/reference/cli.md`.
"""

from pathlib import Path
from typing import Annotated

import typer

from tools import cli_contracts, cli_keeping
from tools.console import run
from tools.options import Json, Language, PassphraseFd, PassphraseFile, Trust, Unsealed
from tools.speaking import Spoken

app = typer.Typer(
    name="relief",
    help="One signed, append-only log of relief that anyone can check offline.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.callback()
def main() -> None:
    """One signed, append-only log of relief that anyone can check offline."""


@app.command(cls=Spoken)
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
    since: Annotated[
        Path | None,
        typer.Option(
            "--since", help="A checkpoint or receipt seen before: this must not be older."
        ),
    ] = None,
    as_json: Json = False,
    language: Language = "",
) -> None:
    """Check a receipt, a proof or a whole log, offline."""
    from tools.verify import verify as work  # noqa: PLC0415

    run(
        lambda console: work(
            console, target, trust=trust, entry=entry, second=second_opinion, since=since
        ),
        as_json=as_json,
        language=language,
    )


@app.command()
def init(  # noqa: PLR0913, PLR0917
    folder: Annotated[Path | None, typer.Option("--dir", help="The new ledger's folder.")] = None,
    origin: Annotated[str, typer.Option("--origin", help="The log's name, for ever.")] = "",
    description: Annotated[
        Path | None, typer.Option("--from", help="A description in YAML; see --example.")
    ] = None,
    example: Annotated[
        bool, typer.Option("--example", help="Print a description with comments, and stop.")
    ] = False,
    passphrase_fd: PassphraseFd = None,
    passphrase_file: PassphraseFile = None,
    unsealed: Unsealed = False,
    as_json: Json = False,
    language: Language = "",
) -> None:
    """Make a new ledger's folder: keys, settings, genesis, trust file."""
    from tools import init as found  # noqa: PLC0415

    run(
        lambda console: (
            found.show_example(console, origin)
            if example
            else found.init(
                console,
                folder,
                origin=origin,
                description=description,
                fd=passphrase_fd,
                file=passphrase_file,
                unsealed=unsealed,
            )
        ),
        as_json=as_json,
        language=language,
    )


@app.command()
def keygen(
    path: Annotated[Path, typer.Argument(help="The new key file.")],
    use: Annotated[str, typer.Option("--use", help="author, device, log, mirror, witness ..")],
    name: Annotated[str, typer.Option("--name", help="Whose key it is; for notes its name.")] = "",
    passphrase_fd: PassphraseFd = None,
    passphrase_file: PassphraseFile = None,
    unsealed: Unsealed = False,
    as_json: Json = False,
    language: Language = "",
) -> None:
    """Make one key for one use, sealed with a passphrase."""
    from tools.keygen import keygen as work  # noqa: PLC0415

    run(
        lambda console: work(
            console,
            path,
            use=use,
            name=name,
            fd=passphrase_fd,
            file=passphrase_file,
            unsealed=unsealed,
        ),
        as_json=as_json,
        language=language,
    )


@app.command()
def sign(
    path: Annotated[Path, typer.Argument(help="A statement (DSSE) that names its signers.")],
    key: Annotated[
        list[Path] | None, typer.Option("--key", help="Your key file; without it, only look.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask; sign what is shown.")] = False,
    passphrase_fd: PassphraseFd = None,
    passphrase_file: PassphraseFile = None,
    as_json: Json = False,
    language: Language = "",
) -> None:
    """Show what a statement says, and add your signature to it."""
    from tools.sign import sign as work  # noqa: PLC0415

    run(
        lambda console: work(
            console, path, tuple(key or ()), fd=passphrase_fd, file=passphrase_file, yes=yes
        ),
        as_json=as_json,
        language=language,
    )


@app.command()
def submit(  # noqa: PLR0913, PLR0917
    files: Annotated[
        list[Path] | None, typer.Argument(help="DSSE or NDJSON files, or bodies in YAML or JSON.")
    ] = None,
    to: Annotated[str, typer.Option("--to", help="Address of the node.")] = "",
    folder: Annotated[
        Path | None, typer.Option("--dir", help="A ledger's folder: its outbox and trust file.")
    ] = None,
    outbox: Annotated[
        Path | None, typer.Option("--outbox", help="Where statements are kept until answered.")
    ] = None,
    kind: Annotated[str, typer.Option("--kind", help="Kind of a body, as stock.count.")] = "",
    key: Annotated[
        list[Path] | None, typer.Option("--key", help="Key file; the author's first.")
    ] = None,
    log: Annotated[str, typer.Option("--log", help="Origin of the log that is meant.")] = "",
    trust: Trust = None,
    occurred_at: Annotated[
        int | None, typer.Option("--occurred-at", help="When it happened, in Unix seconds.")
    ] = None,
    expires: Annotated[
        int | None, typer.Option("--expires", help="Seconds from now until it may be entered.")
    ] = None,
    wait: Annotated[str, typer.Option("--wait", help="included, final, or no.")] = "included",
    passphrase_fd: PassphraseFd = None,
    passphrase_file: PassphraseFile = None,
    as_json: Json = False,
    language: Language = "",
) -> None:
    """Sign statements, keep them, send them; sending again is free."""
    from tools.submit import Wish  # noqa: PLC0415
    from tools.submit import submit as work  # noqa: PLC0415

    run(
        lambda console: work(
            console,
            Wish(
                files=tuple(files or ()),
                to=to,
                home=folder,
                outbox=outbox,
                trust=trust,
                log=log,
                kind=kind,
                keys=tuple(key or ()),
                fd=passphrase_fd,
                passphrase_file=passphrase_file,
                occurred_at=occurred_at,
                expires_s=expires,
                wait=wait,
            ),
        ),
        as_json=as_json,
        language=language,
    )


@app.command()
def load(  # noqa: PLR0913, PLR0917
    file: Annotated[Path, typer.Argument(help="A table: CSV or XLSX.")],
    mapping: Annotated[Path, typer.Option("--mapping", help="What its columns mean, in YAML.")],
    folder: Annotated[
        Path, typer.Option("--dir", help="The ledger's folder: keys, vault, outbox.")
    ],
    to: Annotated[
        str, typer.Option("--to", help="Address of a node that runs; else its own is started.")
    ] = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Read and check; sign nothing.")
    ] = False,
    partial: Annotated[
        bool, typer.Option("--partial", help="Leave rows with errors out; else all or nothing.")
    ] = False,
    errors: Annotated[
        Path | None, typer.Option("--errors", help="Write the table back with a column of errors.")
    ] = None,
    receipts: Annotated[
        Path | None,
        typer.Option("--receipts", help="Write a receipt for every row, or each --row."),
    ] = None,
    row: Annotated[
        list[str] | None, typer.Option("--row", help="Key of a row, as 01/17; may be repeated.")
    ] = None,
    keys: Annotated[
        Path | None, typer.Option("--keys", help="Folder of people's keys; else DIR/people.")
    ] = None,
    passphrase_fd: PassphraseFd = None,
    passphrase_file: PassphraseFile = None,
    as_json: Json = False,
    language: Language = "",
) -> None:
    """Load a spreadsheet: rows checked, signed, sent; again is free."""
    from tools.load import Wish  # noqa: PLC0415
    from tools.load import load as work  # noqa: PLC0415

    run(
        lambda console: work(
            console,
            Wish(
                file=file,
                mapping=mapping,
                home=folder,
                to=to,
                dry_run=dry_run,
                partial=partial,
                errors=errors,
                receipts=receipts,
                rows=tuple(row or ()),
                keys=keys,
                fd=passphrase_fd,
                passphrase_file=passphrase_file,
            ),
        ),
        as_json=as_json,
        language=language,
    )


@app.command()
def serve(
    folder: Annotated[Path, typer.Option("--dir", help="The ledger's folder.")],
    host: Annotated[str, typer.Option("--host", help="Where it listens.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", help="0 takes a free one.")] = 8080,
    views: Annotated[
        str, typer.Option("--views", help="Another database for the views, as PostgreSQL.")
    ] = "",
    passphrase_fd: PassphraseFd = None,
    passphrase_file: PassphraseFile = None,
    as_json: Json = False,
    language: Language = "",
) -> None:
    """Run a node with its API and pages until it is stopped."""
    from tools.serve import serve as work  # noqa: PLC0415

    run(
        lambda console: work(
            console,
            folder,
            host=host,
            port=port,
            views=views,
            fd=passphrase_fd,
            file=passphrase_file,
        ),
        as_json=as_json,
        language=language,
    )


@app.command(cls=Spoken)
def trace(
    noun: Annotated[str, typer.Argument(help="donation or lot.")],
    thing: Annotated[str, typer.Argument(metavar="ID", help="Its id.")],
    source: Annotated[
        str, typer.Option("--from", help="A node's URL, its folder, or a published log.")
    ] = "",
    direction: Annotated[
        str, typer.Option("--direction", help="Of a lot: up to its sources, down to its ends.")
    ] = "down",
    trust: Trust = None,
    as_json: Json = False,
    language: Language = "",
) -> None:
    """Show what became of a donation, or where a lot came from or went."""
    from tools.trace import trace as work  # noqa: PLC0415

    run(
        lambda console: work(console, noun, thing, source=source, direction=direction, trust=trust),
        as_json=as_json,
        language=language,
    )


@app.command()
def rebuild(
    folder: Annotated[Path, typer.Option("--dir", help="The ledger's folder.")],
    views: Annotated[
        str, typer.Option("--views", help="The database of the views, if it is another.")
    ] = "",
    as_json: Json = False,
    language: Language = "",
) -> None:
    """Drop a stopped node's views, replay the log, compare every row."""
    from tools.rebuild import rebuild as work  # noqa: PLC0415

    run(lambda console: work(console, folder, views=views), as_json=as_json, language=language)


@app.command(cls=Spoken)
def doctor(
    folder: Annotated[Path | None, typer.Option("--dir", help="The ledger's folder.")] = None,
    to: Annotated[str, typer.Option("--to", help="Address of the node.")] = "",
    as_json: Json = False,
    language: Language = "",
) -> None:
    """Find what could go wrong here, with the fix for each finding."""
    from tools.doctor import doctor as work  # noqa: PLC0415

    run(lambda console: work(console, folder, to=to), as_json=as_json, language=language)


cli_keeping.add_to(app)
cli_contracts.add_to(app)


@app.command()
def demo(
    folder: Annotated[
        Path | None, typer.Option("--dir", help="A new folder; without it a fresh one is made.")
    ] = None,
    port: Annotated[int, typer.Option("--port", help="Port of the page; 0 takes a free one.")] = 0,
    once: Annotated[
        bool, typer.Option("--once", help="Play, verify everything offline, and end.")
    ] = False,
    adopted: Annotated[
        Path | None, typer.Option("--adopt", help="A contract that is adopted after two weeks.")
    ] = None,
    as_json: Json = False,
    language: Language = "",
) -> None:
    """Play an invented county's disaster on a new ledger, and serve it."""
    from tools.demo import demo as work  # noqa: PLC0415

    run(
        lambda console: work(console, folder, port=port, once=once, adopted=adopted),
        as_json=as_json,
        language=language,
    )
