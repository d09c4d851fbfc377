"""Why a YAML text is refused, in three languages: reason and what to do.

The English is that of `tools.strict_yaml` and of PyYAML; a reason of PyYAML that has no row here is
shown in English behind words that say so.

    >>> tell_yaml("12:30 is no whole number; quote it if it is text", "zh-Hant")
    ('12:30 不是整數', '若是文字請加引號')
"""

import re
from collections.abc import Mapping
from functools import cache
from typing import Final

from ledger.sentences import LANGUAGES, language_index

REASONS: Final[Mapping[str, tuple[str, str]]] = {
    # English with {} for values: simplified and traditional Chinese
    "{} bytes, at most {}": ("{} 字节，最多 {}", "{} 位元組，最多 {}"),
    "it is not UTF-8": ("不是 UTF-8", "不是 UTF-8"),
    "deeper than {}": ("嵌套超过 {} 层", "巢狀超過 {} 層"),
    "not one document": ("不是单独一份文件", "不是單獨一份文件"),
    "anchors and aliases are not read": ("不读锚点和别名", "不讀錨點和別名"),
    "tags are not read: {}": ("不读标签：{}", "不讀標籤：{}"),
    "a key is text, not {}": ("键须为文字，不是 {}", "鍵須為文字，不是 {}"),
    "the key {} stands twice": ("键 {} 重复", "鍵 {} 重複"),
    "{} is beyond 2^53-1": ("{} 超过 2^53-1", "{} 超過 2^53-1"),
    "there is no empty value": ("不能没有值", "不能沒有值"),
    "{} is no whole number": ("{} 不是整数", "{} 不是整數"),
    "{} means something else than text to some readers": (
        "{} 会被某些程序读成别的，不是文字",
        "{} 會被某些程式讀成別的，不是文字",
    ),
    "{} is written in full width": ("{} 用了全角字符", "{} 用了全形字元"),
    "mapping values are not allowed here": ("这里不能有“: ”", "這裡不能有「: 」"),
    "could not find expected ':'": ("缺少“:”", "缺少「:」"),
    "found character {} that cannot start any token": (
        "{} 不能放在开头",
        "{} 不能放在開頭",
    ),
    "found unexpected end of stream": ("文字没有结束", "文字沒有結束"),
    "expected ',' or ']', but got {}": ("应为“,”或“]”，却是 {}", "應為「,」或「]」，卻是 {}"),
    "expected ',' or '}', but got {}": ("应为“,”或“}”，却是 {}", "應為「,」或「}」，卻是 {}"),
    "expected <block end>, but found {}": ("缩排不对，这里是 {}", "縮排不對，這裡是 {}"),
}
FIXES: Final[Mapping[str, tuple[str, str]]] = {
    "write it out": ("请写完整", "請寫完整"),
    "quote it if it is meant": ("若有意如此请加引号", "若有意如此請加引號"),
    "quote it if it is text": ("若是文字请加引号", "若是文字請加引號"),
    "leave the key out": ("请删去这个键", "請刪去這個鍵"),
    "type half-width digits": ("请输入半角字符", "請輸入半形字元"),
    "take it out": ("请删去", "請刪去"),
    "keep one of the two": ("请保留其一", "請保留其一"),
    "write it flatter": ("请减少嵌套", "請減少巢狀"),
    "shorten it, or make two contracts of it": (
        "请缩短，或分成两份合约",
        "請縮短，或分成兩份合約",
    ),
    "write one document in one file": ("一个文件只写一份", "一個檔案只寫一份"),
    "save it as UTF-8": ("请存成 UTF-8", "請存成 UTF-8"),
    "put the text in quotation marks, and indent with spaces": (
        "请给文字加引号，并用空格缩排",
        "請給文字加引號，並用空格縮排",
    ),
}
IMPLIED: Final[Mapping[str, str]] = {
    # what to do where the reason does not say it
    "{} bytes, at most {}": "shorten it, or make two contracts of it",
    "it is not UTF-8": "save it as UTF-8",
    "deeper than {}": "write it flatter",
    "not one document": "write one document in one file",
    "tags are not read: {}": "take it out",
    "the key {} stands twice": "keep one of the two",
}
SYNTAX: Final = "put the text in quotation marks, and indent with spaces"
UNKNOWN: Final = ("not YAML: {}", "不是 YAML：{}", "不是 YAML：{}")


def tell_yaml(why: str, language: str) -> tuple[str, str]:
    """Reason and what to do, in the language of a tag."""
    index = language_index(language)
    reason, _, then = why.partition("; ")
    for template, pattern in _patterns():
        found = pattern.fullmatch(reason)
        if found is not None:
            then = then or IMPLIED.get(template, SYNTAX)
            if LANGUAGES[index] == "en":
                return reason, then
            told = REASONS[template][index - 1]
            for value in found.groups():
                told = told.replace("{}", value, 1)
            return told, FIXES[then][index - 1]
    then = SYNTAX if LANGUAGES[index] == "en" else FIXES[SYNTAX][index - 1]
    return UNKNOWN[index].format(why), then


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple(
        (one, re.compile("(.*)".join(re.escape(part) for part in one.split("{}")), re.DOTALL))
        for one in REASONS
    )
