"""The help of `relief verify`, `trace` and `doctor`: simplified and traditional Chinese."""

from collections.abc import Mapping
from typing import Final

HELPS: Final[Mapping[str, tuple[str, str]]] = {
    "Check a receipt, a proof or a whole log, offline.": (
        "查验收据、证明或整本账，不用联网。",
        "查驗收據、證明或整本帳，不用連網。",
    ),
    "Show what became of a donation, or where a lot came from or went.": (
        "看一笔捐款的去向，或一批物资的来源与去处。",
        "看一筆捐款的去向，或一批物資的來源與去處。",
    ),
    "Find what could go wrong here, with the fix for each finding.": (
        "找出这里可能出问题的地方，并说明怎么修。",
        "找出這裡可能出問題的地方，並說明怎麼修。",
    ),
    "A receipt or proof file, a log folder, or its URL.": (
        "收据或证明文件、账本文件夹，或其网址。",
        "收據或證明檔案、帳本資料夾，或其網址。",
    ),
    "Which logs and witnesses you believe.": (
        "信任文件：您相信哪些账本和见证机构。",
        "信任檔：您相信哪些帳本和見證機構。",
    ),
    "The entry of a proof that does not carry it.": (
        "证明未附记录时，给出记录的文件。",
        "證明未附記錄時，給出記錄的檔案。",
    ),
    "Also compute the root with merkletools.": (
        "另用 merkletools 计算一次根。",
        "另用 merkletools 計算一次根。",
    ),
    "A checkpoint or receipt seen before: this must not be older.": (
        "先前所见的检查点或收据：本件不得比它旧。",
        "先前所見的檢查點或收據：本件不得比它舊。",
    ),
    "One JSON object on standard output.": (
        "在标准输出印出一个 JSON 物件。",
        "在標準輸出印出一個 JSON 物件。",
    ),
    "zh-Hant, zh-Hans or en; else of the environment.": (
        "zh-Hant、zh-Hans 或 en；不给则依环境。",
        "zh-Hant、zh-Hans 或 en；不給則依環境。",
    ),
    "donation or lot.": ("donation（捐款）或 lot（批号）。", "donation（捐款）或 lot（批號）。"),
    "Its id.": ("其编号。", "其編號。"),
    "A node's URL, its folder, or a published log.": (
        "节点的网址、其文件夹，或已公布的账本。",
        "節點的網址、其資料夾，或已公布的帳本。",
    ),
    "Of a lot: up to its sources, down to its ends.": (
        "批号的方向：up 往来源，down 往去处。",
        "批號的方向：up 往來源，down 往去處。",
    ),
    "The ledger's folder.": ("账本的文件夹。", "帳本的資料夾。"),
    "Address of the node.": ("节点的网址。", "節點的網址。"),
    "Show this message and exit.": ("显示此说明后结束。", "顯示此說明後結束。"),
    "Options": ("选项", "選項"),
    "Arguments": ("参数", "引數"),
    "Usage:": ("用法：", "用法："),
    "[OPTIONS]": ("[选项]", "[選項]"),
    "[default: {}]": ("[默认：{0}]", "[預設：{0}]"),
    "Missing argument {}.": ("缺少参数 {0}。", "缺少引數 {0}。"),
    "Missing option {}.": ("缺少选项 {0}。", "缺少選項 {0}。"),
    "No such option: {}": ("没有这个选项：{0}", "沒有這個選項：{0}"),
    "No such option: {} Did you mean {}?": (
        "没有这个选项：{0} 是否指 {1}？",
        "沒有這個選項：{0} 是否指 {1}？",
    ),
    "Option {} requires an argument.": ("选项 {0} 需要一个值。", "選項 {0} 需要一個值。"),
    "Got unexpected extra argument(s) ({})": ("多余的参数（{0}）", "多餘的引數（{0}）"),
    "Got unexpected extra arguments ({})": ("多余的参数（{0}）", "多餘的引數（{0}）"),
    "[required]": ("[必填]", "[必填]"),
}
"""What `--help` says, as it stands in `tools.cli`."""
