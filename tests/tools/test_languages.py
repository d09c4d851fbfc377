"""`relief verify`, `trace` and `doctor` as a reader of Chinese meets them.

Goal: no English sentence is left on the screen, nor in what `--json` says to people; the words for
scripts (states, titles, codes) stay.
Method: real runs, whose every line is searched for three English words in a row.
"""

import json
import re
from pathlib import Path

import handlog
import pytest
from homes import Home, Served, copy_of, invoke, sent

from ledger.log.trust import format_trust
from ledger.proofs.receipt import format_receipt

ENGLISH = re.compile(r"\b[a-z]{2,} [a-z]{2,} [a-z]{2,}\b")
CHINESE = ("zh-Hant", "zh-Hans")


def english_in(text: str) -> list[str]:
    """Lines with English sentences in them; names of programs and their options are none."""
    return [
        line for line in text.splitlines() if ENGLISH.search(line.replace("relief ", "relief:"))
    ]


@pytest.mark.parametrize("language", CHINESE)
def test_receipts_of_every_shape(language: str, tmp_path: Path) -> None:
    trust, file = tmp_path / "trust", tmp_path / "x.relief-receipt"
    trust.write_bytes(format_trust(handlog.trust_file()))
    log = handlog.hand_log()
    for name, receipt in handlog.receipts(log).items():
        file.write_bytes(format_receipt(receipt))
        _, text = invoke("verify", file, "--trust", trust, "--lang", language)
        assert english_in(text) == [], name
        _, text = invoke("verify", file, "--trust", trust, "--lang", language, "--json")
        assert english_in("\n".join(s["found"] for s in json.loads(text)["steps"])) == [], name
        _, text = invoke("verify", file, "--lang", language)
        assert english_in(text) == [], name
    file.write_bytes(format_receipt(log.receipt("gift"))[:-30])
    code, text = invoke("verify", file, "--trust", trust, "--lang", language)
    assert code == 1 and english_in(text) == []


@pytest.mark.parametrize("language", CHINESE)
def test_a_whole_log_and_what_is_traced_in_it(
    language: str, filled: Served, public: Path, donation: str
) -> None:
    trust = ["--trust", filled.home.trust, "--lang", language]
    code, text = invoke("verify", public, *trust, "--second-opinion")
    assert code == 0 and english_in(text) == []
    [split] = sent(filled.home, "stock.split")
    for asked in (["donation", donation], ["lot", str(split.body["lot"])]):
        for source in (filled.url, public):
            code, text = invoke("trace", *asked, "--from", source, *trust)
            assert code == 0 and english_in(text) == [], text
    code, text = invoke("trace", "lot", "ab" * 32 + "/0", "--from", public, "--lang", language)
    assert code == 2 and english_in(text) == []
    code, text = invoke("trace", "lot", "x", "--lang", language)
    assert code == 2 and english_in(text) == []


@pytest.mark.parametrize("language", CHINESE)
def test_the_doctor(language: str, stopped: Home, tmp_path: Path) -> None:
    home = copy_of(stopped, tmp_path / "home")
    code, text = invoke("doctor", "--dir", home.folder, "--lang", language)
    assert code == 0 and english_in(text) == []
    (home.keys / "log.key").unlink()
    (home.settings_file).write_text("RELIEF_NONSENSE=1\n")
    code, text = invoke("doctor", "--dir", home.folder, LANG=language.replace("-", "_"))
    assert code == 1 and english_in(text) == []
    code, text = invoke("doctor", "--dir", tmp_path, "--lang", language)
    assert code == 2 and english_in(text) == []


def test_english_is_found_where_it_is() -> None:
    assert english_in("一 二\nthe entries give nothing") == ["the entries give nothing"]
