"""The contracts that come with the ledger: their names, their text, and a table of them.

They are read as resources of the package `contracts.library`, so that an installed ledger has
them too. `relief contract library` lists them; with a name it prints the YAML, to be changed.

    python -m tools.contracts.library > docs/reference/contract-library.md

writes the page of all of them; a test compares it.
"""

from importlib.resources import files
from typing import Final

from contracts.documents.document import Document, parse_document
from contracts.documents.parts import Param
from ledger.canon import Value
from tools.console import VERIFIED, Console, Stop, plain
from tools.contracts.asking_words import word
from tools.strict_yaml import read_yaml

PACKAGE: Final = "contracts.library"
ENDING: Final = ".yaml"
HEAD: Final = """\
# The contract library

Contracts that are ready to be adopted. Each is one file of `contracts/library/` with its tests;
`relief contract library NAME` prints it, and with a changed param it is yours. None has legal force
by itself: where `basis` says *placeholder, not verified*, nobody has checked the law for you. No
file names a currency: it is that of the fund or ledger that it is adopted for.

A *gate* answers statements of its kinds, a *trigger* causes some; see
[contract-document.md](../spec/contract-document.md). Params stand with their values: money in minor
units (cents), spans of time in seconds.

What they do not do:

- `second-signature` and `payment-caps` add up what goes to one payee tag. A vendor who is given a
  fresh salted tag each time is a new payee to them.
- `entitlement-amount` and `fair-shares` judge what people propose; `entitlement-ready` and
  `scarce-shares` keep and send goods by themselves. No verb of a contract issues a right:
  `entitlement-ready` keeps the goods and tells the office, whose people issue it. Its item must
  have the purpose of the right as its class: a release draws on what is kept for its purpose.
- `scarce-shares` counts days and open needs, `fair-shares` does not: with both in force, an order
  that is off the measure of the second by more than it allows waits for a person.
- `role-clashes` looks at one account (actor). Somebody with two accounts can hold both roles.
- `preposition` is about one item, one store and one giver: adopt it once for each, under an id of
  its own. It acts when a forecast is published, not when a day has come.
- `first-expired-first-out` knows the reasons on its list, and cannot know whether one is true: the
  release waits for somebody who can.
- A window ("7 days") is no param: changing it changes the sum that is kept, and needs the full
  vote.

This page is made from the files by `python -m tools.contracts.library`.

| file | what it does | kinds | params |
|---|---|---|---|
"""


def names() -> tuple[str, ...]:
    """The names of all contracts of the library, sorted."""
    found = (one.name for one in files(PACKAGE).iterdir() if one.name.endswith(ENDING))
    return tuple(sorted(name.removesuffix(ENDING) for name in found))


def text_of(name: str) -> bytes:
    """The YAML of one, as it is written; `Stop` where there is none of this name."""
    if name not in names():
        raise Stop(
            f"{plain(name)}: the library has no contract of this name.",
            f"One of: {', '.join(names())}.",
        )
    return files(PACKAGE).joinpath(f"{name}{ENDING}").read_bytes()


def load(name: str) -> dict[str, Value]:
    """The document of one, as JSON."""
    value = read_yaml(text_of(name))
    assert isinstance(value, dict)
    return value


def sentence_of(name: str) -> str:
    """What it does: the comment in its first line."""
    first = text_of(name).decode().partition("\n")[0]
    assert first.startswith("# "), name
    return first[2:]


def page() -> str:
    """The page of the library: one row a file."""
    return HEAD + "".join(_row(name, parse_document(load(name))) for name in names())


def _row(name: str, document: Document) -> str:
    cells = (
        f"`{name}`",
        f"{sentence_of(name)} *({document.kind})*",
        " ".join(f"`{kind}`" for kind in document.kinds),
        ", ".join(_param(param) for param in document.params) or "none",
    )
    return f"| {' | '.join(cells)} |\n"


def _param(param: Param) -> str:
    return f"`{param.name}` {param.value}"


def show(console: Console, name: str) -> int:
    """List the library, or print the YAML of one contract."""
    if name and name not in names():
        among = ", ".join(names())
        raise Stop(word("no choice", console.language, text=plain(name), among=among))
    if name:
        text = text_of(name).decode()
        for line in text.splitlines():
            console.say(plain(line))
        console.result({"name": name, "yaml": text})
        return VERIFIED
    listed = []
    for each in names():
        document = parse_document(load(each))
        title = document.title.of(console.language)
        console.say(f"{plain(each)}  ({document.kind})  {plain(title)}")
        listed.append(
            {
                "basis": document.basis,
                "kind": document.kind,
                "kinds": list(document.kinds),
                "name": each,
                "params": {param.name: param.value for param in document.params},
                "title": title,
            }
        )
    console.result({"contracts": listed})
    return VERIFIED


if __name__ == "__main__":
    print(page(), end="")
