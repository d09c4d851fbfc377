"""What `relief trace` shows: simplified and traditional Chinese."""

from collections.abc import Mapping
from typing import Final

TRACE: Final[Mapping[str, tuple[str, str]]] = {
    "This is what the node says. Its proofs are behind the links; relief verify checks.": (
        "这是节点的说法。证明在各链接里，可用 relief verify 查验。",
        "這是節點的說法。證明在各連結裡，可用 relief verify 查驗。",
    ),
    "The log was not verified: give --trust FILE.": (
        "账本未经验证：请加 --trust 信任文件。",
        "帳本未經驗證：請加 --trust 信任檔。",
    ),
    "Donation {}": ("捐款 {0}", "捐款 {0}"),
    "{}, received {} on {}": ("{0}，{1} 收到，记在 {2}", "{0}，{1} 收到，記在 {2}"),
    "attribution: first in, first used, by position on the fund line": (
        "归属：先收先用，按在资金线上的位置",
        "歸屬：先收先用，按在資金線上的位置",
    ),
    "custody: exact, from statement to statement": (
        "保管：精确，逐份陈述追踪",
        "保管：精確，逐份陳述追蹤",
    ),
    "amount": ("金额", "金額"),
    "state": ("状态", "狀態"),
    "for": ("用途", "用途"),
    "position": ("位置", "位置"),
    "statement": ("陈述", "陳述"),
    "{} parts sum to {}: {}, as of {}": (
        "{0} 部分合计 {1}：{2}，截至 {3}",
        "{0} 部分合計 {1}：{2}，截至 {3}",
    ),
    "all of it": ("与全额相符", "與全額相符"),
    "NOT the {} of it": ("与全额 {0} 不符", "與全額 {0} 不符"),
    "corrected by entry {}": ("已由第 {0} 条更正", "已由第 {0} 條更正"),
    "taken back by the bank": ("被银行收回", "被銀行收回"),
    "Lot {}, down": ("批号 {0}，往去处", "批號 {0}，往去處"),
    "Lot {}, up": ("批号 {0}，往来源", "批號 {0}，往來源"),
    "{}; as of {}": ("{0}；截至 {1}", "{0}；截至 {1}"),
    "lot": ("批号", "批號"),
    "item": ("物资", "物資"),
    "quantity": ("数量", "數量"),
    "place": ("地点", "地點"),
    "custodian": ("保管者", "保管者"),
    "there": ("尚在", "尚在"),
    "used": ("已用", "已用"),
    "from": ("从", "從"),
    "to": ("到", "到"),
    "{} lots more were not followed: ask for one of them": (
        "另有 {0} 个批号未追踪：请指定其中之一再查",
        "另有 {0} 個批號未追蹤：請指定其中之一再查",
    ),
    "executing again": ("重算中", "重算中"),
    "entries": ("条", "條"),
    "{}: {} of {} {}": ("{0}：{2} 中的 {1} {3}", "{0}：{2} 中的 {1} {3}"),
}
"""Headings, lines and remarks of a trace."""
