"""How a contract stands, what it may do, what it said: one word each, in the three languages."""

from collections.abc import Mapping
from typing import Final

from ledger.phrases import Triple

STATES: Final[Mapping[str, Triple]] = {
    "in_force": ("in force", "生效", "生效"),
    "waiting": ("waiting for its time", "等待生效", "等待生效"),
    "suspended": ("suspended", "暂停", "暫停"),
    "before": ("returns later", "稍后恢复", "稍後恢復"),
    "open": ("proposed", "已提案", "已提案"),
    "committed": ("adopted", "已采纳", "已採納"),
    "lapsed": ("lapsed", "已失效", "已失效"),
    "shadow": ("only watches", "仅旁观", "僅旁觀"),
    "warn": ("warns", "提醒", "提醒"),
    "enforce": ("decides", "有决定权", "有決定權"),
    "allow": ("allowed", "放行", "放行"),
    "flag": ("flagged", "标记", "標記"),
    "hold": ("held", "保留待核", "保留待核"),
    "deny": ("denied", "拒绝", "拒絕"),
}
"""By the names that a standing, a proposal, a mode and an outcome have in data."""
