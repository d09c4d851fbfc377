"""A command whose `--help` speaks the reader's language, as its output does.

The language is that of `--language`, wherever it stands, else of the environment, else English:

    relief verify --help --language zh-Hant
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

from typer.core import TyperCommand

from tools.console import Console, Stop, choose_language
from tools.sentences.telling import say, tell

FLAGS: Final = ("--language", "--lang")
_LANGUAGE: Final = "relief.language"

# Contexts are of Click or of the copy of it within Typer, by Typer's version: `Any`.


class Spoken(TyperCommand):
    """A command of `tools.cli` with its help in `tools.sentences.helps`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """As Click's; `--help` ends it early, so that the language is looked for before.

        What Click says of a wrong command line is told too; English readers get its own form.
        """
        language = ctx.meta[_LANGUAGE] = language_of(args)
        try:
            return super().parse_args(ctx, args)
        except Exception as error:
            message = getattr(error, "format_message", None)
            if message is None or language == "en":
                raise
            stop = Stop(message(), f"relief {ctx.info_name} --help")
        raise SystemExit(Console(language=language).stop(stop))

    def get_help(self, ctx: Any) -> str:
        """The help, in the language asked for."""
        language = ctx.meta.get(_LANGUAGE, "en")
        with self._told(ctx, language):
            text = super().get_help(ctx)
        return text if language == "en" else _head(text, language)

    @contextmanager
    def _told(self, ctx: Any, language: str) -> Iterator[None]:
        """The command's own sentences in `language`, for as long as help is written."""
        spoken = [
            one for one in self.get_params(ctx) if isinstance(getattr(one, "help", None), str)
        ]
        before, kept = self.help, [one.help for one in spoken]  # type: ignore[attr-defined]
        try:
            self.help = tell(before or "", language)
            for one, text in zip(spoken, kept, strict=True):
                one.help = tell(text, language)  # type: ignore[attr-defined]
            yield
        finally:
            self.help = before
            for one, text in zip(spoken, kept, strict=True):
                one.help = text  # type: ignore[attr-defined]


def language_of(args: Sequence[str]) -> str:
    """The language for help: English where a language is asked for that there is not."""
    wanted = ""
    for place, arg in enumerate(args):
        name, equals, value = arg.partition("=")
        if name in FLAGS:
            wanted = value if equals else "".join(args[place + 1 : place + 2])
    try:
        return choose_language(wanted)
    except Stop:
        return "en"


def _head(text: str, language: str) -> str:
    """Click's own words around the sentences."""
    text = re.sub(r"^Usage:", say("Usage:", language), text)
    text = text.replace("[OPTIONS]", say("[OPTIONS]", language), 1)
    for name in ("Options", "Arguments"):
        text = re.sub(rf"^{name}:$", f"{say(name, language)}：", text, flags=re.MULTILINE)
    text = text.replace("[required]", say("[required]", language))
    return re.sub(r"\[default: ([^\]]*)\]", lambda m: say("[default: {}]", language, m[1]), text)
