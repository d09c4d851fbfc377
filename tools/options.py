"""Options that several commands have, each declared once, so that they mean the same everywhere."""

from pathlib import Path
from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")]
Language = Annotated[
    str,
    typer.Option("--language", "--lang", help="zh-Hant, zh-Hans or en; else of the environment."),
]
PassphraseFd = Annotated[
    int | None, typer.Option("--passphrase-fd", help="File descriptor with the passphrase.")
]
PassphraseFile = Annotated[
    Path | None, typer.Option("--passphrase-file", help="File with the passphrase.")
]
Unsealed = Annotated[bool, typer.Option("--unsealed", help="Keys in plain files: for trials only.")]
Trust = Annotated[
    Path | None, typer.Option("--trust", help="Which logs and witnesses you believe.")
]
