"""One Chinese word a thing, in all that people read.

Goal: who reads "核准" on one page and another word for it on the next wonders whether they are two things.
Method: sources of sentences, catalogues, templates and contracts are searched for the twins of our words.
"""

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TWINS = {
    "approve: 核准": ("批准", "核可", "审批", "審批"),
    "gate: 闸门, 閘門": ("关卡", "關卡", "守门", "守門"),
    "entry: 记录, 記錄": ("条目", "條目"),
    "column, field: 栏位, 欄位": ("字段",),
}
"""Our word in simplified and traditional script -> words for the same that are not ours."""
FOLDERS = ("api", "contracts", "ledger", "nodes", "tools", "docs")
ENDINGS = (".py", ".html", ".ts", ".yaml", ".md")


def sources() -> list[Path]:
    found = [ROOT / "README.md"]
    for folder in FOLDERS:
        found += [
            path
            for path in sorted((ROOT / folder).rglob("*"))
            if path.suffix in ENDINGS and "static" not in path.parts
        ]
    return found


def test_there_is_something_to_read() -> None:
    text = "".join(path.read_text() for path in sources())
    for ours in ("核准", "闸门", "閘門", "记录", "記錄", "栏位", "欄位"):
        assert ours in text, ours


@pytest.mark.parametrize("ours", TWINS)
def test_no_twin_is_used(ours: str) -> None:
    found = [
        f"{path.relative_to(ROOT)}:{n}: {twin}"
        for path in sources()
        for n, line in enumerate(path.read_text().splitlines(), 1)
        for twin in TWINS[ours]
        if twin in line
    ]
    assert found == [], f"write {ours}"
