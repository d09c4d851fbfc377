"""What `relief contract` says, in three languages; a test holds the rows to the same values."""

from collections.abc import Mapping
from typing import Final

from ledger.phrases import Triple
from ledger.sentences import language_index

WORDS: Final[Mapping[str, Triple]] = {
    "yaml": ("YAML: {size} bytes", "YAML：{size} 字节", "YAML：{size} 位元組"),
    "form": (
        "form: {kind} {id}, version {version}, for {kinds}",
        "格式：{kind} {id}，第 {version} 版，用于 {kinds}",
        "格式：{kind} {id}，第 {version} 版，用於 {kinds}",
    ),
    "meaning": (
        "meaning: names, types and units go together; at most {cost} of {most} steps",
        "含义：名称、类型、单位相合；最多 {cost} 步，上限 {most}",
        "含義：名稱、類型、單位相合；最多 {cost} 步，上限 {most}",
    ),
    "tests": (
        "tests: {passed} of {count} pass",
        "测试：{count} 个中通过 {passed} 个",
        "測試：{count} 個中通過 {passed} 個",
    ),
    "coverage": (
        "coverage: every rule and effect is shown by a test",
        "覆盖：每条规则、每项效果都有测试",
        "涵蓋：每條規則、每項效果都有測試",
    ),
    "step yaml": ("YAML", "YAML", "YAML"),
    "step form": ("form", "格式", "格式"),
    "step meaning": ("meaning", "含义", "含義"),
    "step tests": ("tests", "测试", "測試"),
    "step coverage": ("coverage", "覆盖", "涵蓋"),
    "problems": ("{count} to mend", "{count} 处须改", "{count} 處須改"),
    "place": (
        "line {line}, column {column}",
        "第 {line} 行第 {column} 列",
        "第 {line} 行第 {column} 欄",
    ),
    "advice": ("advice", "建议", "建議"),
    "valid": (
        "VALID. Contract hash {hash}, canonical JSON of {size} bytes.",
        "有效。合约哈希 {hash}，规范 JSON {size} 字节。",
        "有效。合約雜湊 {hash}，規範 JSON {size} 位元組。",
    ),
    "invalid": (
        "NOT VALID. It cannot be proposed like this.",
        "无效。不能这样提案。",
        "無效。不能這樣提案。",
    ),
    "case": (
        "{case}: expected {expected}, got {got}",
        "{case}：期望 {expected}，得到 {got}",
        "{case}：期望 {expected}，得到 {got}",
    ),
    "not run": ("not run", "未执行", "未執行"),
    "all pass": (
        "{count} tests pass, and they show every rule and effect.",
        "{count} 个测试通过，并覆盖每条规则和效果。",
        "{count} 個測試通過，並涵蓋每條規則和效果。",
    ),
    "some fail": (
        "{failed} of {count} tests fail; {missing} things are shown by none.",
        "{count} 个测试中 {failed} 个不通过；{missing} 处没有测试。",
        "{count} 個測試中 {failed} 個不通過；{missing} 處沒有測試。",
    ),
    "skip": ("does not apply", "不适用", "不適用"),
    "allow": ("allow", "放行", "放行"),
    "flag": ("flag", "标记", "標記"),
    "hold": ("hold", "保留待核", "保留待核"),
    "deny": ("deny", "拒绝", "拒絕"),
    "error": ("error", "出错", "出錯"),
    "no effects": ("no effects", "无效果", "無效果"),
    "gate": ("gate", "闸门合约", "閘門合約"),
    "trigger": ("trigger", "触发合约", "觸發合約"),
}


def word(name: str, language: str, **values: object) -> str:
    """A row in the language of a tag, with its values.

    >>> word("tests", "zh-Hant", passed=3, count=4)
    '測試：4 個中通過 3 個'
    """
    return WORDS[name][language_index(language)].format(**values)
