"""Problems of a contract document as sentences: what is wrong, and what to do.

Where it is, path or line and column, is the caller's to add. What rcel/1 refuses is told by
`contracts.rcel.sentences`.

    >>> problem = Problem(("version",), ProblemCode.RANGE, {"found": 0, "low": 1, "high": 9})
    >>> why(problem, "zh-Hant"), fix(problem, "zh-Hant")
    ('0 不在 1 到 9 之間。', '請改為範圍內的整數。')

Every code has its row in the three languages, with the same values: a test keeps it so.
"""

from collections.abc import Mapping
from typing import Final

from contracts.documents.problems import Problem, ProblemCode
from contracts.rcel import sentences as rcel
from ledger.phrases import Triple
from ledger.sentences import LANGUAGES

SHOWN_MAX: Final = 400
"""Characters of a value that a sentence shows."""

P = ProblemCode

PROBLEMS: Final[Mapping[ProblemCode, tuple[Triple, Triple]]] = {
    # code: (what is wrong, what to do), each in the three languages
    P.NOT_JSON: (
        ("Canonical JSON cannot hold this: {found}.", "规范 JSON 装不下：{found}。",
         "規範 JSON 裝不下：{found}。"),
        ("Write texts, whole numbers, true, false, lists and objects only.",
         "只能写文字、整数、true、false、列表和物件。",
         "只能寫文字、整數、true、false、清單和物件。"),
    ),
    P.DOCUMENT_SIZE: (
        ("The document has {count} bytes; at most {most}.", "文件有 {count} 字节；最多 {most}。",
         "文件有 {count} 位元組；最多 {most}。"),
        ("Make two contracts of it.", "请分成两份合约。", "請分成兩份合約。"),
    ),
    P.OBJECT: (
        ("An object with named fields belongs here.", "这里应为带栏位名的物件。",
         "這裡應為帶欄位名的物件。"),
        ("Write `name: value` lines.", "请写成 `名称: 值` 的形式。", "請寫成 `名稱: 值` 的形式。"),
    ),
    P.LIST: (
        ("A list belongs here.", "这里应为列表。", "這裡應為清單。"),
        ("Write `[a, b]`, or lines that begin with `-`.", "请写成 `[a, b]`，或以 `-` 开头的各行。",
         "請寫成 `[a, b]`，或以 `-` 開頭的各行。"),
    ),
    P.TEXT: (
        ("A text belongs here.", "这里应为文字。", "這裡應為文字。"),
        ("Put it in quotation marks.", "请加上引号。", "請加上引號。"),
    ),
    P.INTEGER: (
        ("A whole number belongs here.", "这里应为整数。", "這裡應為整數。"),
        ("Write digits without quotation marks, in smallest units.",
         "请写不带引号的数字，以最小单位计。", "請寫不帶引號的數字，以最小單位計。"),
    ),
    P.TRUTH: (
        ("true or false belongs here.", "这里应为 true 或 false。", "這裡應為 true 或 false。"),
        ("Write true or false without quotation marks.", "请写不带引号的 true 或 false。",
         "請寫不帶引號的 true 或 false。"),
    ),
    P.UNKNOWN_FIELD: (
        ("There is no field `{found}` here.", "这里没有栏位 `{found}`。",
         "這裡沒有欄位 `{found}`。"),
        ("Take it out, or write one of: {options}", "请删去，或改为其中之一：{options}",
         "請刪去，或改為其中之一：{options}"),
    ),
    P.MISSING_FIELD: (
        ("The field `{name}` is missing.", "缺少栏位 `{name}`。", "缺少欄位 `{name}`。"),
        ("Add it.", "请补上。", "請補上。"),
    ),
    P.NOT_FOR_KIND: (
        ("A {kind} has no `{name}`.", "{kind} 没有 `{name}`。", "{kind} 沒有 `{name}`。"),
        ("Take it out, or change `kind`.", "请删去，或改 `kind`。", "請刪去，或改 `kind`。"),
    ),
    P.COUNT: (
        ("There are {count} here; {low} to {high} are allowed.",
         "这里有 {count} 个；只能有 {low} 到 {high} 个。",
         "這裡有 {count} 個；只能有 {low} 到 {high} 個。"),
        ("Add or take out some, or make two contracts.", "请增减，或分成两份合约。",
         "請增減，或分成兩份合約。"),
    ),
    P.RANGE: (
        ("{found} is not between {low} and {high}.", "{found} 不在 {low} 到 {high} 之间。",
         "{found} 不在 {low} 到 {high} 之間。"),
        ("Write a whole number in that range.", "请改为范围内的整数。", "請改為範圍內的整數。"),
    ),
    P.CHOICE: (
        ("`{found}` is none of the words that may stand here.", "这里不能写 `{found}`。",
         "這裡不能寫 `{found}`。"),
        ("Write one of: {options}", "请写其中之一：{options}", "請寫其中之一：{options}"),
    ),
    P.TEXT_LENGTH: (
        ("The text has {count} characters; 1 to {most} are allowed.",
         "文字有 {count} 个字符；只能有 1 到 {most} 个。",
         "文字有 {count} 個字元；只能有 1 到 {most} 個。"),
        ("Write 1 to {most} characters.", "请写 1 到 {most} 个字符。",
         "請寫 1 到 {most} 個字元。"),
    ),
    P.CONTRACT_ID: (
        ("`{found}` is no id of a contract.", "`{found}` 不能作合约编号。",
         "`{found}` 不能作合約編號。"),
        ("Write 3 to 48 of a-z, 0-9 and `-`, beginning with a letter.",
         "请写 3 到 48 个 a-z、0-9 和 `-`，以字母开头。",
         "請寫 3 到 48 個 a-z、0-9 和 `-`，以字母開頭。"),
    ),
    P.NAME: (
        ("`{found}` is no name.", "`{found}` 不能作名称。", "`{found}` 不能作名稱。"),
        ("Write at most {most} of a-z, 0-9 and `_`, beginning with a letter.",
         "请写最多 {most} 个 a-z、0-9 和 `_`，以字母开头。",
         "請寫最多 {most} 個 a-z、0-9 和 `_`，以字母開頭。"),
    ),
    P.NAME_TAKEN: (
        ("`{found}` means something else in this contract already.",
         "`{found}` 在本合约中已有别的意思。", "`{found}` 在本合約中已有別的意思。"),
        ("Choose another name.", "请换一个名称。", "請換一個名稱。"),
    ),
    P.RESERVED: (
        ("`{found}` is a word of the language of rules.", "`{found}` 是规则语言的保留字。",
         "`{found}` 是規則語言的保留字。"),
        ("Choose another name.", "请换一个名称。", "請換一個名稱。"),
    ),
    P.TWICE: (
        ("`{found}` stands here twice.", "`{found}` 在这里重复。", "`{found}` 在這裡重複。"),
        ("Keep one of them, or rename it.", "请保留其一，或改名。", "請保留其一，或改名。"),
    ),
    P.SPAN: (
        ("`{found}` is no span of time.", "`{found}` 不是时间长度。", "`{found}` 不是時間長度。"),
        ("Write hours or days, as 72h or 7d, at most 366d.",
         "请写小时或天，例如 72h、7d，最多 366d。", "請寫小時或天，例如 72h、7d，最多 366d。"),
    ),
    P.FACT_FORM: (
        ("A fact has exactly one form.", "每项事实只能有一种形式。", "每項事實只能有一種形式。"),
        ("Write one of: {options}", "请写其中之一：{options}", "請寫其中之一：{options}"),
    ),
    P.VERB_COUNT: (
        ("An effect has exactly one verb.", "每项效果只能有一个动作。",
         "每項效果只能有一個動作。"),
        ("Write one of: {options}", "请写其中之一：{options}", "請寫其中之一：{options}"),
    ),
    P.EXPECT_FORM: (
        ("A test expects one outcome.", "每个测试只能期望一种结果。",
         "每個測試只能期望一種結果。"),
        ("Write allow, skip, deny: [rules], hold: [rules] or flag: [rules], and effects: [..].",
         "请写 allow、skip、deny: [规则]、hold: [规则] 或 flag: [规则]，及 effects: [..]。",
         "請寫 allow、skip、deny: [規則]、hold: [規則] 或 flag: [規則]，及 effects: [..]。"),
    ),
    P.PLACEHOLDER: (
        ("`{found}` is no placeholder.", "`{found}` 不是占位符。", "`{found}` 不是佔位符。"),
        ("Write {{name}}, {{it.field}} or {{name|money}}; also days, hours, kg, date. Braces have "
         "no other use.",
         "请写 {{名称}}、{{it.栏位}} 或 {{名称|money}}；另有 days、hours、kg、date。"
         "大括号别无他用。",
         "請寫 {{名稱}}、{{it.欄位}} 或 {{名稱|money}}；另有 days、hours、kg、date。"
         "大括號別無他用。"),
    ),
    P.PLACEHOLDERS_DIFFER: (
        ("`{found}` does not stand in every language.", "`{found}` 并非各语言都有。",
         "`{found}` 並非各語言都有。"),
        ("Use the same placeholders in zh_hant, zh_hans and en.",
         "zh_hant、zh_hans、en 请用相同的占位符。", "zh_hant、zh_hans、en 請用相同的佔位符。"),
    ),
    P.PLACEHOLDER_TITLE: (
        ("`{found}` stands in a title, which is shown without a statement.",
         "标题里有 `{found}`，而标题单独显示。", "標題裡有 `{found}`，而標題單獨顯示。"),
        ("Take it out.", "请删去。", "請刪去。"),
    ),
    P.UNKNOWN: (
        ("There is no `{found}`.", "没有 `{found}`。", "沒有 `{found}`。"),
        ("Write one of: {options}", "请写其中之一：{options}", "請寫其中之一：{options}"),
    ),
    P.VALUE: (
        ("The value is not of the type {wanted}.", "值不合类型 {wanted}。",
         "值不合類型 {wanted}。"),
        ("Change the value, or the type where it is declared.",
         "请改值，或改所声明的类型。", "請改值，或改所宣告的類型。"),
    ),
    P.CYCLE: (
        ("`{found}` is defined by itself.", "`{found}` 依赖自身。", "`{found}` 依賴自身。"),
        ("Break the circle of names under `let`.", "请拆开 `let` 中的循环。",
         "請拆開 `let` 中的循環。"),
    ),
    P.COST: (
        ("All expressions together may take {count} steps; at most {most}.",
         "全部表达式合计可达 {count} 步；最多 {most}。",
         "全部運算式合計可達 {count} 步；最多 {most}。"),
        ("Walk fewer or shorter lists, or make two contracts.",
         "请少走或缩短列表，或分成两份合约。", "請少走或縮短清單，或分成兩份合約。"),
    ),
    P.NO_KEY: (
        ("`{found}` cannot be looked up like this.", "`{found}` 不能这样读取。",
         "`{found}` 不能這樣讀取。"),
        ("Write one of: {options}", "请写其中之一：{options}", "請寫其中之一：{options}"),
    ),
    P.KEY_MISSING: (
        ("The list `{found}` needs a `key`: whose list it is.",
         "列表 `{found}` 须指明对象，此处未指明。", "清單 `{found}` 須指明對象，此處未指明。"),
        ("Add `key`.", "请补上 `key`。", "請補上 `key`。"),
    ),
    P.AGGREGATE_TYPE: (
        ("`{found}` does not go with what is counted here.", "`{found}` 与所统计的内容不合。",
         "`{found}` 與所統計的內容不合。"),
        ("Sum and max want a whole number, and `type` wants its unit; count has none.",
         "sum 和 max 须为整数，`type` 须用其单位；count 没有单位。",
         "sum 和 max 須為整數，`type` 須用其單位；count 沒有單位。"),
    ),
    P.BUCKET_MISSING: (
        ("Too many statements would be counted one by one.", "须逐笔统计的陈述过多。",
         "須逐筆統計的陳述過多。"),
        ("Add `bucket: 1h` or `bucket: 1d`, or count by something narrower.",
         "请加 `bucket: 1h` 或 `bucket: 1d`，或按更小的对象统计。",
         "請加 `bucket: 1h` 或 `bucket: 1d`，或按更小的對象統計。"),
    ),
    P.BUCKET_WINDOW: (
        ("The window is no whole number of buckets.", "window 不是 bucket 的整数倍。",
         "window 不是 bucket 的整數倍。"),
        ("Write a window that is, as 7d with 1d.", "请改写，例如 7d 配 1d。",
         "請改寫，例如 7d 配 1d。"),
    ),
    P.NOT_RUNNING: (
        ("Nothing can go through `{found}` item by item.", "不能逐项处理 `{found}`。",
         "不能逐項處理 `{found}`。"),
        ("Write one of: {options}", "请写其中之一：{options}", "請寫其中之一：{options}"),
    ),
    P.GATE_VERB: (
        ("A gate moves nothing: it has no `{found}`.", "闸门不移动任何东西，没有 `{found}`。",
         "閘門不移動任何東西，沒有 `{found}`。"),
        ("Write one of: {options}", "请写其中之一：{options}", "請寫其中之一：{options}"),
    ),
    P.BUDGET_MISSING: (
        ("This spends money, and there is no budget.", "此项要花钱，却没有 budget。",
         "此項要花錢，卻沒有 budget。"),
        ("Add `budget` with fund and per_firing.", "请加 `budget`，写明 fund 和 per_firing。",
         "請加 `budget`，寫明 fund 和 per_firing。"),
    ),
    P.PAYING_ID: (
        ("The id has {count} characters; that of a contract which pays has at most {most}, for "
         "its allotment is named `auto-` and the id.",
         "编号有 {count} 个字符；会付款的合约最多 {most} 个，所拨款项以 `auto-` 加编号为名。",
         "編號有 {count} 個字元；會付款的合約最多 {most} 個，所撥款項以 `auto-` 加編號為名。"),
        ("Choose a shorter id.", "请改用较短的编号。", "請改用較短的編號。"),
    ),
    P.UNBOUNDED: (
        ("Nothing says which of all `{found}` are meant.", "没有说明是哪些 `{found}`。",
         "沒有說明是哪些 `{found}`。"),
        ("Add `having: {{{name}: ...}}`.", "请加 `having: {{{name}: ...}}`。",
         "請加 `having: {{{name}: ...}}`。"),
    ),
    P.CASCADE: (
        ("`{found}` makes a {kind}, which would fire this contract again.",
         "`{found}` 会产生 {kind}，又触发本合约。", "`{found}` 會產生 {kind}，又觸發本合約。"),
        ("Take one of the two out.", "请去掉其一。", "請去掉其一。"),
    ),
    P.CONSTANT: (
        ("The amount has no value within its range ({found}).", "金额无值或超出范围（{found}）。",
         "金額無值或超出範圍（{found}）。"),
        ("Write an amount in smallest units, or an expression of params.",
         "请以最小单位写金额，或写参数的表达式。",
         "請以最小單位寫金額，或寫參數的運算式。"),
    ),
    P.PLACEHOLDER_NAME: (
        ("There is nothing that `{found}` could show.", "`{found}` 没有可显示的内容。",
         "`{found}` 沒有可顯示的內容。"),
        ("Use one of these names, with a field where it has some: {options}",
         "请用这些名称，有栏位的写到栏位：{options}",
         "請用這些名稱，有欄位的寫到欄位：{options}"),
    ),
    P.PLACEHOLDER_FORMAT: (
        ("`{found}` cannot be written in that way.", "`{found}` 不能这样显示。",
         "`{found}` 不能這樣顯示。"),
        ("money is for amounts, days and hours for seconds, kg for grams, date for times; leave it "
         "out for anything else.",
         "money 用于金额，days、hours 用于秒，kg 用于克，date 用于时间；其他请不写。",
         "money 用於金額，days、hours 用於秒，kg 用於克，date 用於時間；其他請不寫。"),
    ),
    P.CASE_OUTCOME: (
        ("The test expects {expected} and gets {got}.", "测试期望 {expected}，得到 {got}。",
         "測試期望 {expected}，得到 {got}。"),
        ("Correct the rule, or what the test gives or expects.",
         "请改规则，或改测试所给、所期望的内容。", "請改規則，或改測試所給、所期望的內容。"),
    ),
    P.CASE_RULES: (
        ("The test expects these rules to fail: {expected}; it gets: {got}.",
         "测试期望不通过的规则：{expected}；得到：{got}。",
         "測試期望不通過的規則：{expected}；得到：{got}。"),
        ("List every rule that fails, and no other.", "请列出每条不通过的规则，不多不少。",
         "請列出每條不通過的規則，不多不少。"),
    ),
    P.CASE_EFFECTS: (
        ("The test expects these effects: {expected}; it gets: {got}.",
         "测试期望的效果：{expected}；得到：{got}。",
         "測試期望的效果：{expected}；得到：{got}。"),
        ("Name as many as there are, in their order, with equal values.",
         "请按次序写出全部效果，值须相等。", "請按次序寫出全部效果，值須相等。"),
    ),
    P.CASE_SAYS: (
        ("The test expects the sentence “{expected}”; it gets: {got}.",
         "测试期望的句子：“{expected}”；得到：{got}。",
         "測試期望的句子：「{expected}」；得到：{got}。"),
        ("Correct `say`, or the sentence that the test expects.",
         "请改 `say`，或改测试期望的句子。", "請改 `say`，或改測試期望的句子。"),
    ),
    P.CASE_NOT_GIVEN: (
        ("The contract reads `{found}`, which the test does not give.",
         "合约读取 `{found}`，而测试没有给出。", "合約讀取 `{found}`，而測試沒有給出。"),
        ("Give it in the test or under `defaults`.", "请在测试或 `defaults` 中给出。",
         "請在測試或 `defaults` 中給出。"),
    ),
    P.COVER_ALLOW: (
        ("No test shows a statement that is allowed.", "没有测试显示放行的情形。",
         "沒有測試顯示放行的情形。"),
        ("Add one that expects allow.", "请加一个期望 allow 的测试。",
         "請加一個期望 allow 的測試。"),
    ),
    P.COVER_RULE: (
        ("No test shows the rule `{name}` failing.", "没有测试显示规则 `{name}` 不通过。",
         "沒有測試顯示規則 `{name}` 不通過。"),
        ("Add one in which it fails.", "请加一个使其不通过的测试。",
         "請加一個使其不通過的測試。"),
    ),
    P.COVER_FIRED: (
        ("No test shows the effect `{name}`.", "没有测试显示效果 `{name}` 发生。",
         "沒有測試顯示效果 `{name}` 發生。"),
        ("Add one in which it happens.", "请加一个使其发生的测试。",
         "請加一個使其發生的測試。"),
    ),
    P.COVER_NOT_FIRED: (
        ("No test shows that the effect `{name}` can stay away.",
         "没有测试显示效果 `{name}` 可以不发生。", "沒有測試顯示效果 `{name}` 可以不發生。"),
        ("Add one in which the contract applies and it does not happen.",
         "请加一个合约适用而其不发生的测试。", "請加一個合約適用而其不發生的測試。"),
    ),
    P.LINT_DIGITS: (
        ("The sentence has a number of its own: {found}.", "句子里直接写了数字：{found}。",
         "句子裡直接寫了數字：{found}。"),
        ("Name it under `params` and show it by a placeholder, so that it stays right when it "
         "is changed.",
         "请写到 `params` 并用占位符显示，改动时才不会写错。",
         "請寫到 `params` 並用佔位符顯示，改動時才不會寫錯。"),
    ),
    P.LINT_NUMBER: (
        ("The expression has a number of its own: {found}.", "表达式里直接写了数字：{found}。",
         "運算式裡直接寫了數字：{found}。"),
        ("Name it under `params`, so that a short vote can change it.",
         "请写到 `params`，改动时投票较快。", "請寫到 `params`，改動時投票較快。"),
    ),
}  # fmt: skip

NOTHING: Final[Triple] = ("nothing", "无", "無")
TYPE_AT: Final[Triple] = (
    "Correct it at character {at}.",
    "请改第 {at} 个字符处。",
    "請改第 {at} 個字元處。",
)


def why(problem: Problem, language: str) -> str:
    """What is wrong, in one of `LANGUAGES`."""
    if problem.static is not None:
        return rcel.sentence(problem.static, language)
    return _said(PROBLEMS[problem.code][0], problem, language)


def fix(problem: Problem, language: str) -> str:
    """What to do about it."""
    if problem.static is not None:
        column = LANGUAGES.index(language)
        return TYPE_AT[column].format(at=problem.static.position + 1)
    return _said(PROBLEMS[problem.code][1], problem, language)


def _said(texts: Triple, problem: Problem, language: str) -> str:
    column = LANGUAGES.index(language)
    shown = {name: _shown(value, column) for name, value in problem.values.items()}
    return texts[column].format_map(shown)


def _shown(value: int | str, column: int) -> str:
    if isinstance(value, int):
        return f"{value:,}"
    if value in ("", "-"):
        return NOTHING[column]
    return value if len(value) <= SHOWN_MAX else f"{value[: SHOWN_MAX - 1]}…"
