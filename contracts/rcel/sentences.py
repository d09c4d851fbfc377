"""Refusals of an expression as sentences for people, in English and both Chinese scripts.

A sentence says what stands there and what to write instead; the place is the caller's to add, as
line and column of the document.

    >>> error = StaticError(StaticCode.CHARACTER, 0, found="\\u3000", wanted="a space")
    >>> sentence(error, "zh-Hant")
    '「\\u3000」不能出現在這裡；請改寫為半形：空格。'

Every code has its row and every phrase its translations: a test keeps both lists whole.
"""

from collections.abc import Mapping
from typing import Final

from contracts.rcel import grammar, refusals, tokens, types, units
from contracts.rcel.errors import StaticCode, StaticError
from ledger.phrases import Triple
from ledger.sentences import LANGUAGES

SHOWN_MAX: Final = 120
"""Characters of a value that a sentence shows."""

REFUSALS: Final[Mapping[StaticCode, Triple]] = {
    StaticCode.TEXT_LENGTH: (
        "The expression has {count} characters; at most {most}. Name a part of it under `let`.",
        "表达式有 {count} 个字符；最多 {most} 个。请把其中一部分写到 `let` 里。",
        "運算式有 {count} 個字元；最多 {most} 個。請把其中一部分寫到 `let` 裡。",
    ),
    StaticCode.CHARACTER: (
        "“{found}” cannot stand here; write, half-width: {wanted}",
        "“{found}”不能出现在这里；请改写为半角：{wanted}。",
        "「{found}」不能出現在這裡；請改寫為半形：{wanted}。",
    ),
    StaticCode.NUMBER: (
        "{found} is not a number of this language; write: {wanted}",
        "{found} 不是这种语言的数字；请写：{wanted}。",
        "{found} 不是這種語言的數字；請寫：{wanted}。",
    ),
    StaticCode.STRING: (
        "{found} cannot stand in a text; write: {wanted}",
        "文字里不能有 {found}；请写：{wanted}。",
        "文字裡不能有 {found}；請寫：{wanted}。",
    ),
    StaticCode.RESERVED: (
        "{found} is a reserved word; choose another name.",
        "{found} 是保留字；请换一个名称。",
        "{found} 是保留字；請換一個名稱。",
    ),
    StaticCode.LEFT_OUT: (
        "{found}: this language has no {feature}; see docs/spec/rcel-1.md.",
        "{found}：这种语言没有{feature}；见 docs/spec/rcel-1.md。",
        "{found}：這種語言沒有{feature}；見 docs/spec/rcel-1.md。",
    ),
    StaticCode.SYNTAX: (
        "{found} makes no sense here; write: {wanted}",
        "这里不能写 {found}；请写：{wanted}。",
        "這裡不能寫 {found}；請寫：{wanted}。",
    ),
    StaticCode.NESTING: (
        "Brackets, calls and choices nest deeper than {most}; name an inner part under `let`.",
        "括号、函数和选择的嵌套超过 {most} 层；请把内层写到 `let` 里。",
        "括號、函式和選擇的巢狀超過 {most} 層；請把內層寫到 `let` 裡。",
    ),
    StaticCode.CHAIN: (
        "More than {most} operators in a row; put a part of them in brackets, or under `let`.",
        "连续的运算符超过 {most} 个；请把一部分放进括号，或写到 `let` 里。",
        "連續的運算子超過 {most} 個；請把一部分放進括號，或寫到 `let` 裡。",
    ),
    StaticCode.ARGUMENTS: (
        "More than {most} arguments.",
        "参数超过 {most} 个。",
        "引數超過 {most} 個。",
    ),
    StaticCode.ELEMENTS: (
        "A list has at most {most} elements; split it in two.",
        "列表最多 {most} 个元素；请分成两个。",
        "清單最多 {most} 個元素；請分成兩個。",
    ),
    StaticCode.HEIGHT: (
        "The expression is a tree higher than {most}; name an inner part under `let`.",
        "表达式的树高超过 {most}；请把内层写到 `let` 里。",
        "運算式的樹高超過 {most}；請把內層寫到 `let` 裡。",
    ),
    StaticCode.NODES: (
        "The expression has more than {most} parts; name some of them under `let`.",
        "表达式的组成超过 {most} 个；请把一部分写到 `let` 里。",
        "運算式的組成超過 {most} 個；請把一部分寫到 `let` 裡。",
    ),
    StaticCode.UNKNOWN_NAME: (
        "{found} is not declared.",
        "{found} 没有声明。",
        "{found} 沒有宣告。",
    ),
    StaticCode.UNKNOWN_FIELD: (
        "There is no field {found}.",
        "没有栏位 {found}。",
        "沒有欄位 {found}。",
    ),
    StaticCode.UNKNOWN_FUNCTION: (
        "There is no function {found}.",
        "没有函数 {found}。",
        "沒有函式 {found}。",
    ),
    StaticCode.ARGUMENT_COUNT: (
        "{found} takes {wanted} arguments, not {count}.",
        "{found} 需要 {wanted} 个参数，不是 {count} 个。",
        "{found} 需要 {wanted} 個引數，不是 {count} 個。",
    ),
    StaticCode.NAME_TAKEN: (
        "{found} is a name already; choose a new one for the element.",
        "{found} 已经是名称；请为元素换一个新名称。",
        "{found} 已經是名稱；請為元素換一個新名稱。",
    ),
    StaticCode.TYPE: (
        "Here stands {found}; wanted is {wanted}.",
        "这里是 {found}；应为{wanted}。",
        "這裡是 {found}；應為{wanted}。",
    ),
    StaticCode.UNIT: (
        "The units {left} and {right} do not go together {found}; convert one of them.",
        "单位 {left} 和 {right} 不能一起运算 {found}；请先换算其中一个。",
        "單位 {left} 和 {right} 不能一起運算 {found}；請先換算其中一個。",
    ),
    StaticCode.TIME: (
        "{left} {found} {right}: times are only subtracted from each other, and seconds added to"
        " or taken from a time that stands first.",
        "{left} {found} {right}：时间只能彼此相减，或写在前面再加减秒数。",
        "{left} {found} {right}：時間只能彼此相減，或寫在前面再加減秒數。",
    ),
    StaticCode.TAG: (
        "{left} and {right} name different things and are never compared.",
        "{left} 和 {right} 指的是不同的东西，不能比较。",
        "{left} 和 {right} 指的是不同的東西，不能比較。",
    ),
    StaticCode.UNGUARDED: (
        "{found} may be missing; write has({found}) && before it.",
        "{found} 可能没有；请在前面写 has({found}) &&。",
        "{found} 可能沒有；請在前面寫 has({found}) &&。",
    ),
    StaticCode.UNIT_SIZE: (
        "The unit {found} has more than {most} base units.",
        "单位 {found} 的基本单位超过 {most} 个。",
        "單位 {found} 的基本單位超過 {most} 個。",
    ),
    StaticCode.EXPECTED_TYPE: (
        "The result is {found}; wanted is {wanted}.",
        "结果是 {found}；应为 {wanted}。",
        "結果是 {found}；應為 {wanted}。",
    ),
    StaticCode.COST: (
        "It may take {count} steps; at most {most}. Declare shorter lists, or walk them once.",
        "最多要 {count} 步；上限 {most} 步。请声明更短的列表，或只走一遍。",
        "最多要 {count} 步；上限 {most} 步。請宣告更短的清單，或只走一遍。",
    ),
    StaticCode.DECLARED_TYPE: (
        "{found} is not a type; write: {wanted}.",
        "{found} 不是类型；请写：{wanted}。",
        "{found} 不是型別；請寫：{wanted}。",
    ),
}

KNOWN: Final[Triple] = ("Known are: {}", "已有：{}", "已有：{}")
THE_END: Final[Triple] = ("the end of the text", "文字的结尾", "文字的結尾")

PHRASES: Final[Mapping[str, tuple[str, str]]] = {
    # what was wanted, in simplified and traditional Chinese
    tokens.A_SPACE: ("空格", "空格"),
    tokens.NOTHING_HERE: ("这里什么也不写", "這裡什麼也不寫"),
    tokens.QUOTED: ("放在引号里的文字", "放在引號裡的文字"),
    tokens.ASCII: (
        "字母 A-Z、a-z，数字 0-9，或放在引号里的文字",
        "字母 A-Z、a-z，數字 0-9，或放在引號裡的文字",
    ),
    tokens.CLOSED: ("结尾用同样的引号", "結尾用同樣的引號"),
    tokens.WHOLE_NUMBER: (
        "基本单位或最小货币单位的整数，只用数字",
        "基本單位或最小貨幣單位的整數，只用數字",
    ),
    tokens.NUMBER_MOST: (
        tokens.NUMBER_MOST.replace("at most", "最多"),
        tokens.NUMBER_MOST.replace("at most", "最多"),
    ),
    grammar.OPERATOR: ("运算符，或到此结束", "運算子，或到此結束"),
    grammar.BRACKETS: ("? 与 : 之间的选择要加括号", "? 與 : 之間的選擇要加括號"),
    grammar.MEMBER: ("栏位或函数的名称", "欄位或函式的名稱"),
    grammar.VARIABLE: ("元素的新名称", "元素的新名稱"),
    grammar.OPERAND: ("值、名称或左括号", "值、名稱或左括號"),
    grammar.LEAST: ("least 或 greatest", "least 或 greatest"),
    grammar.A_NAME: ("名称", "名稱"),
    grammar.A_FIELD: ("一个栏位，如 has(x.f)", "一個欄位，如 has(x.f)"),
    refusals.INTEGER: ("整数", "整數"),
    refusals.TEXT: ("文字", "文字"),
    refusals.TRUTH: ("真假值", "真假值"),
    refusals.LIST: ("列表", "清單"),
    refusals.RECORD: ("记录", "記錄"),
    refusals.SCALAR: ("整数、文字或真假值", "整數、文字或真假值"),
    refusals.ALIKE: ("同一类型的两个值", "同一型別的兩個值"),
    types.TYPE_LENGTH: ("较短的类型", "較短的型別"),
    types.LIST_FORM: (
        types.LIST_FORM.replace("at most 3 deep", "最多 3 层"),
        types.LIST_FORM.replace("at most 3 deep", "最多 3 層"),
    ),
    types.RANGE_FORM: (
        types.RANGE_FORM.replace("a range low..high within", "范围 低..高，不超过"),
        types.RANGE_FORM.replace("a range low..high within", "範圍 低..高，不超過"),
    ),
    types.TYPE_FORMS: (types.TYPE_FORMS, types.TYPE_FORMS),
    units.UNIT_FORM: (
        "用 * 和 / 连接的基本单位，如 parcel/person",
        "用 * 和 / 連接的基本單位，如 parcel/person",
    ),
    units.UNIT_FACTORS: (
        units.UNIT_FACTORS.replace("at most", "基本单位最多").replace(" base units", " 个"),
        units.UNIT_FACTORS.replace("at most", "基本單位最多").replace(" base units", " 個"),
    ),
    units.TIME_ALONE: ("time 单独使用；时间长度用 s", "time 單獨使用；時間長度用 s"),
    # features that CEL has
    "maps": ("映射", "對映"),
    "comments": ("注释", "註解"),
    "null": ("空值", "空值"),
    "chained comparison": ("连续比较", "連續比較"),
    "two signs before one value": ("叠写的符号", "疊寫的符號"),
    "conversion": ("类型转换", "型別轉換"),
    "types as values": ("作为值的类型", "作為值的型別"),
    "time types": ("时间类型", "時間型別"),
    "regular expressions": ("正则表达式", "正規表示式"),
    "text functions": ("文字函数", "文字函式"),
}


def sentence(error: StaticError, language: str) -> str:
    """What is wrong and what to write, in one of `LANGUAGES`."""
    column = LANGUAGES.index(language)
    shown = {name: _shown(name, value, column) for name, value in error.values.items()}
    text = REFUSALS[error.code][column].format_map(shown)
    if error.values.get("known"):
        text += (" " if column == 0 else "") + KNOWN[column].format(shown["known"])
    return text


def _shown(name: str, value: int | str, column: int) -> str:
    if isinstance(value, int):
        return f"{value:,}"
    if name in ("wanted", "feature") and column and value in PHRASES:
        return PHRASES[value][column - 1]
    if value == "":
        return THE_END[column]
    return value if len(value) <= SHOWN_MAX else f"{value[: SHOWN_MAX - 1]}…"
