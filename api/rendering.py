"""Templates into pages: one language, escaped throughout, with nothing fetched from elsewhere.

Every `{{ value }}` is escaped (Jinja's autoescape is on for all templates), names of things and
people stand in `<bdi>`, so that a name written right to left cannot reorder the line around it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

from api.assets import asset_path
from api.figures import zone
from api.messages import say
from ledger.sentences import LANGUAGES

FOLDER: Final = Path(__file__).parent / "templates"


@dataclass(frozen=True, slots=True)
class Frame:
    """What every page shows around its content.

    `path` is the page's own path below the language, None where other languages have no such page;
    `offset` the ledger's zone in seconds east of UTC, None while there is no ledger.
    """

    language: str
    path: str | None
    origin: str = ""
    offset: int | None = None


@dataclass(frozen=True, slots=True)
class _Language:
    tag: str
    slug: str
    name: str


@cache
def environment() -> Environment:
    """The templates, compiled once."""
    return Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def _languages() -> tuple[_Language, ...]:
    ordered = ("zh-Hant", "zh-Hans", "en")
    assert set(ordered) == set(LANGUAGES)
    return tuple(_Language(tag, tag.lower(), say("language_name", tag)) for tag in ordered)


def render(template: str, frame: Frame, **context: object) -> str:
    """The page as text."""

    def translate(message: str, /, **values: object) -> str:
        return say(message, frame.language, **values)

    return (
        environment()
        .get_template(template)
        .render(
            t=translate,
            asset=asset_path,
            languages=_languages(),
            slug=frame.language.lower(),
            path=frame.path,
            origin=frame.origin,
            zone="" if frame.offset is None else zone(frame.offset),
            **context,
        )
    )


def page(
    template: str,
    frame: Frame,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    **context: object,
) -> HTMLResponse:
    """The page as an answer; pages are about now and are asked for anew each time."""
    kept = {"Cache-Control": "no-cache", "Content-Language": frame.language, **(headers or {})}
    return HTMLResponse(render(template, frame, **context), status, kept)
