"""The three ways in which work stops, one exception each.

*They* are wrong, in form: `FormatError`, these bytes are not what they claim to be.
*They* are wrong, in law: `Refused`, a statement that may not be entered or applied.
*A proof does not hold*: `CheckError`, raised by every check that must not be ignored.

Where *we* are wrong an `assert` fails; where *the world* fails (disk, network) the caller of
these pure packages has its own errors. Messages say what, where and the value.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ledger.codes import Code


class FormatError(ValueError):
    """Bytes that are not a well-formed `thing`; `where` names the place, `why` the rule broken."""

    def __init__(
        self, thing: str, why: str, *, where: str = "", code: Code = Code.MALFORMED
    ) -> None:
        self.thing, self.why, self.where, self.code = thing, why, where, code
        super().__init__(f"{thing}{f' at {where}' if where else ''}: {why}")


class CheckError(Exception):
    """A check of a signature, root, path or quorum that was carried out and failed."""

    def __init__(self, check: str, why: str) -> None:
        self.check, self.why = check, why
        super().__init__(f"{check}: {why}")


class UnknownSigner(CheckError):
    """Nobody who is known has signed: that disproves nothing.

    A key may have been changed since the trust file was made, or somebody unknown has signed; the
    trust file in hand cannot tell which.
    """


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a statement was refused, as data: `ledger.sentences` turns it into a sentence.

    `where` names the place (`body.lines[2].quantity`, `lot 7f3a../0`); `values` holds what the
    sentence for `code` shows (integers in base units or minor units, texts as they were sent);
    `said` are the sentences of contracts that refuse, by language tag.
    """

    code: Code
    where: str = ""
    values: Mapping[str, int | str] = field(default_factory=dict)
    said: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


class Refused(Exception):
    """A statement that law or form refuses; carries the `Refusal`."""

    def __init__(self, code: Code, where: str = "", **values: int | str) -> None:
        self.refusal = Refusal(code, where, values)
        super().__init__(f"{code}{f' at {where}' if where else ''} {values or ''}".strip())
