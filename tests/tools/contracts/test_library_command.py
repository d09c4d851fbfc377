"""`relief contract library`, and the page of the library.

Goal: people find the contracts that are ready, and the page says of each what its file says.
Method: the page is made again and compared; the command through its own entry.
"""

from pathlib import Path

from homes import invoke, said

from tools.contracts.library import names, page, text_of

ROOT = Path(__file__).resolve().parents[3]
NAMES = names()


def test_the_page_is_that_of_the_files() -> None:
    written = (ROOT / "docs" / "reference" / "contract-library.md").read_text()
    assert written == page(), (
        "python -m tools.contracts.library > docs/reference/contract-library.md"
    )
    for name in NAMES:
        assert f"| `{name}` |" in written


def test_the_command_lists_them_and_prints_one() -> None:
    code, listed = said("contract", "library", "--language", "zh-Hant")
    assert code == 0
    assert [one["name"] for one in listed["contracts"]] == list(NAMES)
    assert listed["contracts"][0]["title"] == "紅色警戒自動發放慰助金"
    code, text = invoke("contract", "library", "reserve-floor")
    assert (code, text.encode()) == (0, text_of("reserve-floor"))
    code, shown = said("contract", "library", "reserve-floor")
    assert shown["yaml"] == text
    code, text = invoke("contract", "library", "no-such")
    assert code == 2 and "no-such is none of" in text
