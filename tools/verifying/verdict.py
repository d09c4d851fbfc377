"""A verdict: the numbered steps of one verification, what they came to, and its exit status.

Steps are shown as they pass. The first that fails ends the work: it names its number, the check,
and what was found. Nothing is called verified before its last step has passed, and what could not
be checked is `unchecked`, which is neither true nor false.

    0  verified, corrected, included, proved: every step of this kind of target passed
    1  mismatch: a check was carried out and failed
    2  unchecked (cannot tell), promised (not cosigned yet), refused and held (proved to be so)

A proved refusal is a good proof, and yet no success: a script that asks whether something was
booked must not read 0.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, NoReturn, TypeVar

from ledger.errors import CheckError, FormatError, UnknownSigner
from tools.console import CANNOT_TELL, FALSE, VERIFIED, Console, plain
from tools.sentences.telling import tell
from tools.words import state_line, word

EXITS: Final = {
    "verified": VERIFIED,
    "corrected": VERIFIED,
    "included": VERIFIED,
    "proved": VERIFIED,
    "mismatch": FALSE,
    "unchecked": CANNOT_TELL,
    "promised": CANNOT_TELL,
    "refused": CANNOT_TELL,
    "held": CANNOT_TELL,
}
"""State -> exit status."""

_T = TypeVar("_T")

NEXT: Final = {
    "mismatch": "then_mismatch",
    "promised": "then_promised",
    "corrected": "then_corrected",
}


class Ended(Exception):
    """The verification ended early; the verdict holds why."""


@dataclass
class Verdict:
    """One verification as it goes on; `finish` says what it came to."""

    console: Console
    target: str
    thing: str
    now: int = field(default_factory=lambda: int(time.time()))
    """This machine's Unix time, which sorts out cosignatures from the future."""
    steps: list[dict[str, Any]] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    data: dict[str, Any] = field(default_factory=dict)
    state: str = ""
    why: str = ""
    then: str = ""

    def begin(self) -> None:
        """Name the target."""
        self.console.say(f"{self._word(self.thing)}: {plain(self.target)}", "bold")

    def passed(self, title: str, detail: str) -> None:
        """One more step passed."""
        number, detail = len(self.steps) + 1, self._tell(detail)
        self.steps.append({"number": number, "title": title, "passed": True, "found": detail})
        self.console.say(f"  {number}. ✔ {self._word(title)}: {plain(detail)}")

    def failed(
        self, title: str, found: str, state: str = "mismatch", then: str = "", *, number: int = 0
    ) -> NoReturn:
        """This step did not pass, and the work is at its end."""
        number, found = number or len(self.steps) + 1, self._tell(found)
        self.steps.append({"number": number, "title": title, "passed": False, "found": found})
        mark = "✖" if state == "mismatch" else "▣"
        self.console.say(
            f"  {number}. {mark} {self._word(title)}: {plain(found)}",
            "bold red" if state == "mismatch" else "yellow",
        )
        self.why, self.state, self.then = found, state, then
        raise Ended

    def step(self, title: str, check: Callable[[], tuple[_T, str]]) -> _T:
        """Carry out one step: what it gives and a sentence, or the end of the work."""
        try:
            found, said = check()
        except CheckError as error:
            then = self._word("then_trust_new") if isinstance(error, UnknownSigner) else ""
            self.failed(title, f"{error.check}: {error.why}", state_of(error), then)
        except FormatError as error:
            self.failed(title, str(error))
        self.passed(title, said)
        return found

    def remark(self, text: str) -> None:
        """Something that a reader should know and that is no failure."""
        self.remarks.append(self._tell(text))

    def finish(self, state: str) -> None:
        """What it came to, when no step failed."""
        self.state = state

    def show(self) -> int:
        """Print the end and give the exit status."""
        code = EXITS[self.state]
        for text in self.remarks:
            self.console.say(f"  ! {text}", "yellow")
        line = state_line(self.state, self.console.language)
        self.console.say(line, "bold green" if code == VERIFIED else "bold red" if code == FALSE
                         else "bold yellow")  # fmt: skip
        name = NEXT.get(self.state, "")
        then = self.then or (self._word(name) if name else "")
        if then:
            self.console.say(f"{self._word('next')}: {then}")
        failed = next((step for step in self.steps if not step["passed"]), None)
        self.console.result(
            {
                "target": self.target,
                "type": self.thing,
                "state": self.state,
                "exit": code,
                "steps": self.steps,
                "failed_step": failed["number"] if failed else None,
                "remarks": self.remarks,
                "next_step": then,
                **self.data,
            }
        )
        return code

    def _tell(self, text: str) -> str:
        return tell(text, self.console.language)

    def _word(self, name: str) -> str:
        return word(name, self.console.language)


def state_of(error: CheckError) -> str:
    """What a failed check means.

    A missing quorum, an unfit trust file and a signer that it does not know disprove nothing.
    """
    if error.check == "quorum":
        return "promised"
    if isinstance(error, UnknownSigner):
        return "unchecked"
    return "unchecked" if error.check == "trust file" else "mismatch"
