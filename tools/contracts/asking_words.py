"""What `relief contract explain|simulate|diff|adopt|list` say, in three languages."""

from collections.abc import Mapping
from typing import Final

from ledger.phrases import Triple
from ledger.sentences import language_index

WORDS: Final[Mapping[str, Triple]] = {
    # explain
    "decision": (
        "Entry {entry}, {kind}: {code}",
        "第 {entry} 条记录，{kind}：{code}",
        "第 {entry} 條記錄，{kind}：{code}",
    ),
    "by contract": (
        "{title} ({id}, version {version}): {outcome}",
        "{title}（{id}，第 {version} 版）：{outcome}",
        "{title}（{id}，第 {version} 版）：{outcome}",
    ),
    "basis": ("Basis: {basis}", "依据：{basis}", "依據：{basis}"),
    "worker": ("To the worker: {text}", "告诉经办人：{text}", "告訴經辦人：{text}"),
    "public": ("To the public: {text}", "对外公布：{text}", "對外公布：{text}"),
    "next": ("What now: {text}", "现在怎么办：{text}", "現在怎麼辦：{text}"),
    "facts": ("Facts read: {values}", "读到的事实：{values}", "讀到的事實：{values}"),
    "params": ("Params: {values}", "参数：{values}", "參數：{values}"),
    "lets": ("Worked out: {values}", "算出的值：{values}", "算出的值：{values}"),
    "document": ("Document: {hash}", "文件：{hash}", "文件：{hash}"),
    "replayed": (
        "Exact: the log was run again up to this entry.",
        "准确：已把日志重新执行到这条记录。",
        "準確：已把日誌重新執行到這條記錄。",
    ),
    "recomputed": (
        "Worked out again from the record; the same decision comes out.",
        "依记录重新计算，得出同样的决定。",
        "依記錄重新計算，得出同樣的決定。",
    ),
    "recorded": (
        "Not every number can be told from the record alone; run it again with --replay.",
        "单凭记录不能说出每个数字；请加 --replay 再执行一次。",
        "單憑記錄不能說出每個數字；請加 --replay 再執行一次。",
    ),
    "fingerprint": (
        "{name}: this number stands in the record only as a fingerprint; re-run with --replay.",
        "{name}：记录中只有这个数字的指纹；请加 --replay 再执行一次。",
        "{name}：記錄中只有這個數字的指紋；請加 --replay 再執行一次。",
    ),
    "differs": (
        "Run again, the log gives another decision than this entry. Audit it: relief verify.",
        "重新执行日志得出的决定与这条记录不同。请查核：relief verify。",
        "重新執行日誌得出的決定與這條記錄不同。請查核：relief verify。",
    ),
    "no contract": (
        "No contract decided here: {text}",
        "这里没有合约参与决定：{text}",
        "這裡沒有合約參與決定：{text}",
    ),
    "nothing there": (
        "There is no decision in entry {entry}.",
        "第 {entry} 条记录中没有决定。",
        "第 {entry} 條記錄中沒有決定。",
    ),
    "look it up": (
        "Give the number of an entry with a statement in it.",
        "请给出含有陈述的记录编号。",
        "請給出含有陳述的記錄編號。",
    ),
    "one source": (
        "Say where the log is: --dir, or the address of a node.",
        "请说明日志在哪里：--dir 或节点网址。",
        "請說明日誌在哪裡：--dir 或節點網址。",
    ),
    "and how": (
        "Give exactly one of them.",
        "请只给其中一个。",
        "請只給其中一個。",
    ),
    # decisions
    "decisions written": (
        "{count} decisions written to {file}.",
        "已把 {count} 个决定写入 {file}。",
        "已把 {count} 個決定寫入 {file}。",
    ),
    "and recheck": (
        "Check them by another engine: node tools/contracts/recheck/recheck.mjs {file}",
        "用另一个引擎重新核对：node tools/contracts/recheck/recheck.mjs {file}",
        "用另一個引擎重新核對：node tools/contracts/recheck/recheck.mjs {file}",
    ),
    "not whole": (
        "The log is not whole: {text}.",
        "日志不完整：{text}。",
        "日誌不完整：{text}。",
    ),
    "not followed": (
        "This is no log that can be followed: {text}.",
        "这份日志无法重新执行：{text}。",
        "這份日誌無法重新執行：{text}。",
    ),
    "verify it": (
        "relief verify says what is wrong with it.",
        "relief verify 会指出问题所在。",
        "relief verify 會指出問題所在。",
    ),
    "not written": (
        "The file cannot be written: {text}.",
        "文件无法写入：{text}。",
        "檔案無法寫入：{text}。",
    ),
    "node said": (
        "The node answered: {text}",
        "节点回答：{text}",
        "節點回答：{text}",
    ),
    "later": ("Try it again later.", "请稍后再试。", "請稍後再試。"),
    "running again": ("running the log again", "重新执行日志", "重新執行日誌"),
    "entries": ("entries", "条记录", "條記錄"),
    "judging": ("judging", "审核", "審核"),
    # simulate
    "simulated": (
        "{title}, {mode}: {count} statements judged in {entries} entries, {flips} with another "
        "outcome.",
        "{title}，{mode}：{entries} 条记录中审核 {count} 份陈述，{flips} 份结果不同。",
        "{title}，{mode}：{entries} 條記錄中審核 {count} 份陳述，{flips} 份結果不同。",
    ),
    "observe": ("history as it was", "历史照旧", "歷史照舊"),
    "counterfactual": (
        "as if it had been in force",
        "假设当时已生效",
        "假設當時已生效",
    ),
    "outcomes": ("Outcomes", "结果", "結果"),
    "before": ("before", "原来", "原來"),
    "after": ("after", "之后", "之後"),
    "statements": ("statements", "陈述", "陳述"),
    "by area": ("By area", "按地区", "按地區"),
    "by member": ("By member", "按机构", "按機構"),
    "by tier": ("By tier", "按层级", "按層級"),
    "by household_size": ("By household size", "按户人数", "按戶人數"),
    "by kind": ("By kind", "按种类", "按種類"),
    "group": ("group", "组", "組"),
    "flips": ("differ", "不同", "不同"),
    "stopped": ("stopped", "被拦下", "被攔下"),
    "money": ("money stopped", "拦下金额", "攔下金額"),
    "kg": ("kg stopped", "拦下公斤", "攔下公斤"),
    "let go": ("let go", "放行", "放行"),
    "examples": ("Examples", "例子", "例子"),
    "example": (
        "entry {entry}, {kind}: {before} -> {after} [{rules}]",
        "第 {entry} 条记录，{kind}：{before} → {after} [{rules}]",
        "第 {entry} 條記錄，{kind}：{before} → {after} [{rules}]",
    ),
    "digest": (
        "Digest, for a proposal to cite: {digest}",
        "摘要，提案可引用：{digest}",
        "摘要，提案可引用：{digest}",
    ),
    "none judged": (
        "It never applied: no statement of the stretch was judged. Look at `kinds` and `where`, "
        "and whether this ledger has the area, item or fund that `params` name.",
        "它一次也没有适用：这段时间没有审核任何陈述。请检查 `kinds`、`where`，以及 `params` "
        "所写的地区、物资或基金在本账本中是否存在。",
        "它一次也沒有適用：這段時間沒有審核任何陳述。請檢查 `kinds`、`where`，以及 `params` "
        "所寫的地區、物資或基金在本帳本中是否存在。",
    ),
    "no difference": (
        "Nothing would have been different.",
        "没有任何不同。",
        "沒有任何不同。",
    ),
    "refused": (
        "The ledger would refuse this contract: {text}",
        "账本会拒绝这份合约：{text}",
        "帳本會拒絕這份合約：{text}",
    ),
    "check first": (
        "relief contract check says what to mend.",
        "relief contract check 会说明如何修改。",
        "relief contract check 會說明如何修改。",
    ),
    "no time": (
        "{text} is no time: write 2027-01-31 or Unix seconds.",
        "{text} 不是时间：请写 2027-01-31 或 Unix 秒数。",
        "{text} 不是時間：請寫 2027-01-31 或 Unix 秒數。",
    ),
    "no choice": (
        "{text} is none of: {among}.",
        "{text} 不在其中：{among}。",
        "{text} 不在其中：{among}。",
    ),
    "was run": (
        "The log was run again: {run} entries in {running} s. Judging took {asking} s.",
        "重新执行日志：{run} 条记录，用时 {running} 秒。审核用时 {asking} 秒。",
        "重新執行日誌：{run} 條記錄，用時 {running} 秒。審核用時 {asking} 秒。",
    ),
    "was kept": (
        "What the log says was kept from before. Judging took {asking} s.",
        "沿用先前保存的日志内容。审核用时 {asking} 秒。",
        "沿用先前保存的日誌內容。審核用時 {asking} 秒。",
    ),
    "not kept": (
        "Nothing of it could be kept in {folder}: asking again takes as long.",
        "无法在 {folder} 中保存：再问一次用时相同。",
        "無法在 {folder} 中保存：再問一次用時相同。",
    ),
    "no log": ("There is no log here yet.", "这里还没有日志。", "這裡還沒有日誌。"),
    "serve it": (
        "Start it first: relief serve --dir {folder}",
        "请先启动：relief serve --dir {folder}",
        "請先啟動：relief serve --dir {folder}",
    ),
    "unreadable": (
        "The log cannot be read: {text}.",
        "无法读取日志：{text}。",
        "無法讀取日誌：{text}。",
    ),
    "doctor": (
        "relief doctor --dir DIR says more.",
        "relief doctor --dir DIR 会说明原因。",
        "relief doctor --dir DIR 會說明原因。",
    ),
    # diff
    "same": (
        "Both are the same contract, word for word.",
        "两份是同一合约，一字不差。",
        "兩份是同一合約，一字不差。",
    ),
    "changed": (
        "{path}: {old} -> {new}",
        "{path}：{old} → {new}",
        "{path}：{old} → {new}",
    ),
    "added": ("{path}: new, {new}", "{path}：新增 {new}", "{path}：新增 {new}"),
    "removed": ("{path}: gone, was {old}", "{path}：删去，原为 {old}", "{path}：刪去，原為 {old}"),
    "lanes": (
        "It could go by: {lanes}",
        "可走的程序：{lanes}",
        "可走的程序：{lanes}",
    ),
    "lane full": (
        "full (quorum, 24 hours)",
        "完整（法定人数，24 小时）",
        "完整（法定人數，24 小時）",
    ),
    "lane params": (
        "params (2 members, 1 hour)",
        "参数（2 个成员，1 小时）",
        "參數（2 個成員，1 小時）",
    ),
    "lane emergency": (
        "emergency (any 2 members, ends after 72 hours)",
        "紧急（任意 2 个成员，72 小时后失效）",
        "緊急（任意 2 個成員，72 小時後失效）",
    ),
    "another id": (
        "{old} and {new} are two contracts, not two versions of one.",
        "{old} 与 {new} 是两份合约，不是同一份的两版。",
        "{old} 與 {new} 是兩份合約，不是同一份的兩版。",
    ),
    "flips between": (
        "Entry {entry}, {kind}: {before} by the old, {after} by the new.",
        "第 {entry} 条记录，{kind}：旧版 {before}，新版 {after}。",
        "第 {entry} 條記錄，{kind}：舊版 {before}，新版 {after}。",
    ),
    "no flip": (
        "No statement of the log is judged otherwise.",
        "日志中没有一份陈述会有不同结果。",
        "日誌中沒有一份陳述會有不同結果。",
    ),
    "not compared": (
        "They ask for other kinds or facts, so no example is looked for: simulate the new one.",
        "两份的种类或事实不同，不找例子：请模拟新版。",
        "兩份的種類或事實不同，不找例子：請模擬新版。",
    ),
    # list and adopt
    "contracts": ("Contracts", "合约", "合約"),
    "contract": ("contract", "合约", "合約"),
    "version": ("version", "版本", "版本"),
    "scope": ("scope", "范围", "範圍"),
    "mode": ("mode", "方式", "方式"),
    "state": ("state", "状态", "狀態"),
    "hash": ("hash", "哈希", "雜湊"),
    "in_force": ("in force", "生效", "生效"),
    "waiting": ("waiting", "等待生效", "等待生效"),
    "suspended": ("suspended", "暂停", "暫停"),
    "proposed": ("proposed", "已提案", "已提案"),
    "shadow": ("shadow", "旁观", "旁觀"),
    "warn": ("warn", "提醒", "提醒"),
    "enforce": ("enforce", "强制", "強制"),
    "set": ("Set in force: {set}", "生效集合：{set}", "生效集合：{set}"),
    "none": ("No contract is adopted.", "没有采纳任何合约。", "沒有採納任何合約。"),
    "gates": (
        "What moves value and is judged by no contract is denied.",
        "动用款物而没有合约审核的，一律拒绝。",
        "動用款物而沒有合約審核的，一律拒絕。",
    ),
    "did": ("{kind}: {text}", "{kind}：{text}", "{kind}：{text}"),
    "still needs": (
        "Still needed: {count} of {members}, until {until}.",
        "还需要 {members} 中的 {count} 个，截止 {until}。",
        "還需要 {members} 中的 {count} 個，截止 {until}。",
    ),
    "waits": (
        "Committed; in force from {at} on.",
        "已定案；自 {at} 起生效。",
        "已定案；自 {at} 起生效。",
    ),
    "is in force": (
        "In force in this scope and mode already.",
        "在此范围和方式下已生效。",
        "在此範圍和方式下已生效。",
    ),
    "no keys": (
        "Nobody can sign: no key is given.",
        "没有人能签名：未给密钥。",
        "沒有人能簽名：未給金鑰。",
    ),
    "owner first": (
        "Say which organisation answers for it: --owner.",
        "请说明由哪个机构负责：--owner。",
        "請說明由哪個機構負責：--owner。",
    ),
    "give keys": (
        "Give --key FILE, one for each admin who is here.",
        "请给 --key 文件，在场的每位管理员一个。",
        "請給 --key 檔案，在場的每位管理員一個。",
    ),
}  # fmt: skip


def word(name: str, language: str, /, **values: object) -> str:
    """A row in the language of a tag, with its values.

    >>> word("digest", "zh-Hant", digest="ab")
    '摘要，提案可引用：ab'
    """
    return WORDS[name][language_index(language)].format(**values)
