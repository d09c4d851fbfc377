"""What `relief contract analyse` says, in three languages; each row has the same values in all.

A question whose answer is worth a word has a row of its name; rows of two words are about what z3
did not find out.
"""

from collections.abc import Mapping
from typing import Final

from ledger.phrases import Triple
from ledger.sentences import language_index

WORDS: Final[Mapping[str, Triple]] = {
    # findings to mend
    "applies": (
        "The contract can never apply: no statement meets `where`.",
        "本合约永不适用：没有陈述符合 `where`。",
        "本合約永不適用：沒有陳述符合 `where`。",
    ),
    "fails": (
        "Rule {rule} can never fail.",
        "规则 {rule} 永远不会不通过。",
        "規則 {rule} 永遠不會不通過。",
    ),
    "passes": (
        "Rule {rule} can never pass.",
        "规则 {rule} 永远不会通过。",
        "規則 {rule} 永遠不會通過。",
    ),
    "fires": (
        "Effect {effect} can never happen.",
        "效果 {effect} 永远不会发生。",
        "效果 {effect} 永遠不會發生。",
    ),
    "without": (
        "Rule {rule} decides nothing: wherever it fails, {other} fails as well and is no milder.",
        "规则 {rule} 不起作用：凡它不通过，{other} 也不通过，且后果不更轻。",
        "規則 {rule} 不起作用：凡它不通過，{other} 也不通過，且後果不更輕。",
    ),
    "error": (
        "{part} can be an error ({kind}): then nothing is allowed, and nothing caused.",
        "{part} 可能出错（{kind}）：届时既不放行，也不产生效果。",
        "{part} 可能出錯（{kind}）：屆時既不放行，也不產生效果。",
    ),
    # notes
    "together": (
        "Rules {rule} ({outcome}) and {other} ({other_outcome}) can fail at once; the stricter "
        "counts.",
        "规则 {rule}（{outcome}）与 {other}（{other_outcome}）可能同时不通过；以较严者为准。",
        "規則 {rule}（{outcome}）與 {other}（{other_outcome}）可能同時不通過；以較嚴者為準。",
    ),
    "missing": (
        "Where there is no row for {fact}, that is an error: nothing is allowed, and nothing "
        "caused.",
        "若 {fact} 没有资料即出错：既不放行，也不产生效果。",
        "若 {fact} 沒有資料即出錯：既不放行，也不產生效果。",
    ),
    # two contracts
    "differs": (
        "There are statements to which the old version says {before} and the new one {after}.",
        "有些陈述，旧版结果为{before}，新版为{after}。",
        "有些陳述，舊版結果為{before}，新版為{after}。",
    ),
    "rules_differ": (
        "The outcome is always the same, but not always by the same rules.",
        "结果总是相同，但不通过的规则不一定相同。",
        "結果總是相同，但不通過的規則不一定相同。",
    ),
    "effects_differ": (
        "There are statements of which the two cause different things.",
        "有些陈述，两版所产生的效果不同。",
        "有些陳述，兩版所產生的效果不同。",
    ),
    "contract_without": (
        "{contract} decides nothing beside {other}, which is never milder.",
        "有 {other} 时 {contract} 不起作用：前者从不更轻。",
        "有 {other} 時 {contract} 不起作用：前者從不更輕。",
    ),
    "contracts_together": (
        "Rules {rule} ({outcome}) of the first and {other} ({other_outcome}) of the second can "
        "fail on one statement; the stricter counts.",
        "第一份的规则 {rule}（{outcome}）与第二份的 {other}（{other_outcome}）"
        "可能对同一陈述都不通过；以较严者为准。",
        "第一份的規則 {rule}（{outcome}）與第二份的 {other}（{other_outcome}）"
        "可能對同一陳述都不通過；以較嚴者為準。",
    ),
    "effects_together": (
        "Effects {effect} of the first and {other} of the second can both happen ({verb}).",
        "第一份的效果 {effect} 与第二份的 {other} 可能同时发生（{verb}）。",
        "第一份的效果 {effect} 與第二份的 {other} 可能同時發生（{verb}）。",
    ),
    # answers that are none
    "unknown": (
        "Not known: z3 did not find out within {steps} steps ({question}: {about}).",
        "未知：z3 在 {steps} 步内没有答案（{question}：{about}）。",
        "未知：z3 在 {steps} 步內沒有答案（{question}：{about}）。",
    ),
    "unconfirmed": (
        "Nothing is claimed: z3 named an example that our own engine does not confirm "
        "({question}: {about}).",
        "不作结论：z3 所举的例子，本系统自己的引擎没有证实（{question}：{about}）。",
        "不作結論：z3 所舉的例子，本系統自己的引擎沒有證實（{question}：{about}）。",
    ),
    # around them
    "head": (
        "{id}, version {version}: {count} questions asked",
        "{id} 第 {version} 版：问了 {count} 题",
        "{id} 第 {version} 版：問了 {count} 題",
    ),
    "head of two": (
        "{old}, version {before}, and {new}, version {after}: {count} questions asked",
        "{old} 第 {before} 版与 {new} 第 {after} 版：问了 {count} 题",
        "{old} 第 {before} 版與 {new} 第 {after} 版：問了 {count} 題",
    ),
    "note": ("note: {text}", "提示：{text}", "提示：{text}"),
    "example": ("for example: {example}", "例如：{example}", "例如：{example}"),
    "says": ("it says: {outcome}", "结果：{outcome}", "結果：{outcome}"),
    "say": (
        "the first says: {before}; the second: {after}",
        "第一份：{before}；第二份：{after}",
        "第一份：{before}；第二份：{after}",
    ),
    "old and new": (
        "the old version says: {before}; the new one: {after}",
        "旧版：{before}；新版：{after}",
        "舊版：{before}；新版：{after}",
    ),
    "clean": (
        "Nothing to mend was found within the model.",
        "在模型范围内没有发现须改之处。",
        "在模型範圍內沒有發現須改之處。",
    ),
    "same": (
        "No difference was found within the model.",
        "在模型范围内没有发现差异。",
        "在模型範圍內沒有發現差異。",
    ),
    "doubt": (
        "Some questions have no answer, so nothing is said of them.",
        "有些问题没有答案，故不作结论。",
        "有些問題沒有答案，故不作結論。",
    ),
    "left out": ("The model leaves out:", "模型不包括：", "模型不包括："),
    "left log": (
        "how facts follow from the log and hang together, and what the ledger refuses before any "
        "contract: each value is free within its type",
        "事实如何由日志得出、彼此如何相关，以及账本先于合约的拒绝：每个值在其类型内任取",
        "事實如何由日誌得出、彼此如何相關，以及帳本先於合約的拒絕：每個值在其類型內任取",
    ),
    "left params": (
        "other values of params: they are as they stand in the file",
        "参数的其他值：一律按文件所写",
        "參數的其他值：一律按檔案所寫",
    ),
    "left cut": (
        "lists of more than {most} elements: {names}",
        "超过 {most} 个元素的列表：{names}",
        "超過 {most} 個元素的清單：{names}",
    ),
    "left apart": (
        "how facts that the two declare differently hang together: {names}",
        "两份声明不同的事实之间的关系：{names}",
        "兩份宣告不同的事實之間的關係：{names}",
    ),
    "left unread": (
        "fields that differ and are no formulas: {names}",
        "有差异而无法化为公式的栏位：{names}",
        "有差異而無法化為公式的欄位：{names}",
    ),
    "only": (
        "Kinds of statement that only one of the two judges: {kinds}",
        "只有其中一份审核的陈述种类：{kinds}",
        "只有其中一份審核的陳述種類：{kinds}",
    ),
    "outside": (
        "{file} has an expression that the model cannot stand for.",
        "{file} 有模型无法表达的式子。",
        "{file} 有模型無法表達的式子。",
    ),
    "no solver": (
        "The analysis asks the solver z3, which is not installed here.",
        "分析需用求解器 z3，此处没有安装。",
        "分析需用求解器 z3，此處沒有安裝。",
    ),
    "install": (
        "Install the extra: pip install 'relief-ledger[analysis]'; nothing else needs it.",
        "请安装附加组件：pip install 'relief-ledger[analysis]'；其他功能都不需要它。",
        "請安裝附加元件：pip install 'relief-ledger[analysis]'；其他功能都不需要它。",
    ),
}  # fmt: skip


def word(name: str, language: str, /, **values: object) -> str:
    """A row in the language of a tag, with its values.

    >>> word("fails", "zh-Hant", rule="cap")
    '規則 cap 永遠不會不通過。'
    """
    return WORDS[name][language_index(language)].format(**values)
