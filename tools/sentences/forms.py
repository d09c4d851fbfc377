"""What is wrong with a trust file, a key, JSON or a statement: simplified and traditional Chinese.

As `tools.sentences.checks`: the English is that of `ledger.log`, `ledger.canon`, `ledger.envelope`.
"""

from collections.abc import Mapping
from typing import Final

TRUST: Final[Mapping[str, tuple[str, str]]] = {
    "`quorum none` trusts the log alone; name a witness or a group": (
        "`quorum none` 只信账本自己；请写明见证机构或群组",
        "`quorum none` 只信帳本自己；請寫明見證機構或群組",
    ),
    "a key of type {}, not {}": ("密钥类型是 {0}，不是 {1}", "金鑰類型是 {0}，不是 {1}"),
    "a key of {} bytes, not {}": ("密钥为 {0} 字节，不是 {1}", "金鑰為 {0} 位元組，不是 {1}"),
    "a log's key is named like its origin, not {}": (
        "账本密钥须与账本同名，不是 {0}",
        "帳本金鑰須與帳本同名，不是 {0}",
    ),
    "a second `# mirrors`": ("`# mirrors` 重复", "`# mirrors` 重複"),
    "a second `# size` of {}": ("{0} 的 `# size` 重复", "{0} 的 `# size` 重複"),
    "a second quorum line": ("quorum 行重复", "quorum 行重複"),
    "another key {} with key id {}": ("另有同名密钥 {0}，编号 {1}", "另有同名金鑰 {0}，編號 {1}"),
    "key id {} is not 8 lower-case hex digits": (
        "密钥编号 {0} 不是 8 位小写十六进制",
        "金鑰編號 {0} 不是 8 位小寫十六進製",
    ),
    "key id {}, but the key has {}": ("密钥编号写 {0}，实为 {1}", "金鑰編號寫 {0}，實為 {1}"),
    "more than {} of this kind": ("此类超过 {0} 个", "此類超過 {0} 個"),
    "no quorum line": ("没有 quorum 行", "沒有 quorum 行"),
    "no size is from {} and below {}": (
        "没有从 {0} 到不足 {1} 的大小",
        "沒有從 {0} 到不足 {1} 的大小",
    ),
    "no type byte": ("没有类型字节", "沒有類型位元組"),
    "not `# mirrors K` with K from 1": (
        "不是 `# mirrors K`（K 从 1 起）",
        "不是 `# mirrors K`（K 從 1 起）",
    ),
    "not `# size ORIGIN FROM TO`": ("不是 `# size ORIGIN FROM TO`", "不是 `# size ORIGIN FROM TO`"),
    "not name+keyid+key": ("不是 名称+编号+密钥", "不是 名稱+編號+金鑰"),
    "octet {} is not allowed": ("不可有字节 {0}", "不可有位元組 {0}"),
    "put a blank behind the #": ("# 后面须有空格", "# 後面須有空格"),
    "the last line has no line break: is the file cut off?": (
        "最后一行没有换行：文件是否被截断？",
        "最後一行沒有換行：檔案是否被截斷？",
    ),
    "the name {} is taken": ("名称 {0} 已被使用", "名稱 {0} 已被使用"),
    "the public key of {} again": ("与 {0} 的公钥重复", "與 {0} 的公鑰重複"),
    "type {} is neither 01 nor 04": ("类型 {0} 既非 01 也非 04", "類型 {0} 既非 01 也非 04"),
    "unknown word {}": ("不认得的词 {0}", "不認得的詞 {0}"),
    "wrong number of items after {}": ("{0} 后面的项数不对", "{0} 後面的項數不對"),
    "{} is a member of {} already": ("{0} 已是 {1} 的成员", "{0} 已是 {1} 的成員"),
    "{} is neither all, any nor 1-{}": (
        "{0} 不是 all、any 或 1 至 {1}",
        "{0} 不是 all、any 或 1 至 {1}",
    ),
    "{} is not a key name": ("{0} 不是密钥名称", "{0} 不是金鑰名稱"),
    "{} is not a point of prime order": ("{0} 不是素数阶的点", "{0} 不是質數階的點"),
    "{} is not defined above": ("{0} 在前面没有定义", "{0} 在前面沒有定義"),
}
"""Why a line of a trust file is refused."""

CANON: Final[Mapping[str, tuple[str, str]]] = {
    "white space outside a string": ("文字之外有空白", "文字之外有空白"),
    "the canonical form has {} here": ("此处的规范写法是 {0}", "此處的規範寫法是 {0}"),
    "{} is not an integer": ("{0} 不是整数", "{0} 不是整數"),
    "null; leave the key out instead": ("null；请省去该栏位", "null；請省去該欄位"),
    "integer {} is beyond 2^53-1": ("整数 {0} 超过 2^53-1", "整數 {0} 超過 2^53-1"),
    "control character U+{} in a string": ("文字中有控制字符 U+{0}", "文字中有控製字元 U+{0}"),
    "lone surrogate U+{} in a string": ("文字中有孤立的代理码 U+{0}", "文字中有孤立的代理碼 U+{0}"),
    "key {} is not 1-{} visible ASCII characters other than quotation mark and backslash": (
        "栏位名 {0} 不是 1 至 {1} 个可见 ASCII 字符（引号与反斜线除外）",
        "欄位名 {0} 不是 1 至 {1} 個可見 ASCII 字元（引號與反斜線除外）",
    ),
    "not an origin: 1-255 characters of a-z 0-9 . - /": (
        "不是账本名：须为 1 至 255 个 a-z 0-9 . - /",
        "不是帳本名：須為 1 至 255 個 a-z 0-9 . - /",
    ),
    "not the name of a kind": ("不是种类名称", "不是種類名稱"),
    "not a version: an integer from 1": (
        "不是版本：须为 1 以上的整数",
        "不是版本：須為 1 以上的整數",
    ),
    "not a key id of 64 lower-case hex digits": (
        "不是 64 位小写十六进制的密钥编号",
        "不是 64 位小寫十六進製的金鑰編號",
    ),
    "not 16 bytes as 32 lower-case hex digits": (
        "不是以 32 位小写十六进制写成的 16 字节",
        "不是以 32 位小寫十六進製寫成的 16 位元組",
    ),
    "not Unix seconds: an integer from 0": (
        "不是 Unix 秒：须为 0 以上的整数",
        "不是 Unix 秒：須為 0 以上的整數",
    ),
    "not a tree size: an integer from 0": (
        "不是树的大小：须为 0 以上的整数",
        "不是樹的大小：須為 0 以上的整數",
    ),
    'not {"time": ..} or {"size": .., "time": ..}': (
        '不是 {{"time": ..}} 或 {{"size": .., "time": ..}}',
        '不是 {{"time": ..}} 或 {{"size": .., "time": ..}}',
    ),
    "not a list of 1-{} key ids; leave it out for none": (
        "不是 1 至 {0} 个密钥编号的列表；没有则请省去",
        "不是 1 至 {0} 個金鑰編號的清單；沒有則請省去",
    ),
    "not key ids of 64 lower-case hex digits": (
        "不是 64 位小写十六进制的密钥编号",
        "不是 64 位小寫十六進製的金鑰編號",
    ),
    "not sorted, or one stands twice": ("未排序，或有重复", "未排序，或有重複"),
    "the author is among them": ("其中有作者", "其中有作者"),
    "not {}": ("不是 {0}", "不是 {0}"),
    "no such tile: {}": ("没有这块瓦片：{0}", "沒有這塊瓦片：{0}"),
    "unterminated string starting at": ("文字没有结尾，开始于此", "文字沒有結尾，開始於此"),
    "expecting value": ("此处应有一个值", "此處應有一個值"),
    "expecting ',' delimiter": ("此处应有逗号", "此處應有逗號"),
    "expecting ':' delimiter": ("此处应有冒号", "此處應有冒號"),
    "expecting property name enclosed in double quotes": (
        "此处应有带引号的栏位名",
        "此處應有帶引號的欄位名",
    ),
    "extra data": ("其后有多余内容", "其後有多餘內容"),
    "invalid control character at": ("文字中有控制字符", "文字中有控製字元"),
    "invalid \\uxxxx escape": ("反斜线 u 转义不正确", "反斜線 u 跳脫不正確"),
}
"""Why a text is no canonical JSON, or no statement."""
