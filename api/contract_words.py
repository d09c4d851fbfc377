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
    "proposed": ("proposed", "已提案", "已提案"),
    "approved": ("waiting for its time", "等待生效", "等待生效"),
    "active": ("in force", "生效", "生效"),
    "dropped": ("replaced before its time", "生效前已被取代", "生效前已被取代"),
    "superseded": ("replaced", "已被取代", "已被取代"),
    "expired": ("expired", "已到期", "已到期"),
    "retired": ("ended", "已终止", "已終止"),
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

RUNS: Final[Mapping[str, Triple]] = {
    "running": ("going on", "进行中", "進行中"),
    "waiting": ("waits, its contract is suspended", "合约暂停，等待中", "合約暫停，等待中"),
    "paused": ("stopped for now", "已暂停", "已暫停"),
    "ended": ("over", "已结束", "已結束"),
}
"""How a run stands; `waiting` while no version of its contract is in force."""

WHYS: Final[Mapping[str, Triple]] = {
    "roll": ("everybody on the list was asked", "名单已全部处理", "名單已全部處理"),
    "budget": ("the money for it is used up", "款项已用尽", "款項已用盡"),
    "faults": ("people have to look first", "需要人工查看", "需要人工查看"),
    "members": ("members stopped it", "成员叫停", "成員叫停"),
}
"""Why a run does not go on."""

VERBS: Final[Mapping[str, Triple]] = {
    "pay": ("Instructs a payment", "下达付款指令", "下達付款指令"),
    "transfer": ("Orders goods to be sent", "下达调拨单", "下達調撥單"),
    "request_transfer": ("Asks another store for goods", "请另一仓库调拨", "請另一倉庫調撥"),
    "reserve": ("Keeps goods back", "预留物资", "預留物資"),
    "open_approval": ("Asks members to approve", "请成员核准", "請成員核准"),
    "raise_alert": ("Opens a case for people to look at", "立案，交人查看", "立案，交人查看"),
    "notify": ("Tells somebody", "通知有关人员", "通知有關人員"),
    "set_flag": (
        "Sets a mark that other rules read",
        "设置其他规则可读的标记",
        "設定其他規則可讀的標記",
    ),
}
"""What a contract causes."""
