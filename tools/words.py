"""What `relief verify` and `relief demo` say, in the three languages.

A row is English, simplified and traditional Chinese, in the order of `ledger.sentences.LANGUAGES`;
`{name}` stands for a value. A test holds the rows to the same names in each language and finds rows
that nobody asks for. Details of a step stay in English beside the numbers that they are about.
"""

from collections.abc import Mapping
from typing import Final

from ledger.phrases import Triple
from ledger.sentences import language_index

STATES: Final[Mapping[str, tuple[str, Triple]]] = {
    # state: (mark, what it means); never "valid", never a mark without its word
    "mismatch": (
        "✖",
        (
            "MISMATCH: a check was carried out and failed",
            "对不上：查验已执行，结果不符",
            "對不上：查驗已執行，結果不符",
        ),
    ),
    "unchecked": (
        "▣",
        (
            "UNCHECKED: this could not be verified here; it is neither proved nor disproved",
            "无法验证：既未证实也未否定",
            "無法驗證：既未證實也未否定",
        ),
    ),
    "promised": (
        "⏳",
        (
            "PROMISED: signed by the log, not yet cosigned by the quorum of the trust file",
            "已收件，尚未公布：账本已签，见证机构尚未足数会签",
            "已收件，尚未公布：帳本已簽，見證機構尚未足數會簽",
        ),
    ),
    "refused": (
        "⊘",
        (
            "REFUSED: it is proved that the ledger refused this statement; nothing moved",
            "被拒：已证实账本拒绝了这份陈述，未产生任何变动",
            "被拒：已證實帳本拒絕了這份陳述，未產生任何變動",
        ),
    ),
    "held": (
        "⏸",
        (
            "HELD: it is proved that this waits for approvals; nothing has moved yet",
            "待核准：已证实此项等待核准，尚未执行",
            "待核准：已證實此項等待核准，尚未執行",
        ),
    ),
    "included": (
        "✔",
        (
            "INCLUDED: this entry is in the log; signers and corrections are shown by a receipt",
            "在账上：这条记录确在账本中；签名与更正须看收据",
            "在帳上：這條記錄確在帳本中；簽名與更正須看收據",
        ),
    ),
    "proved": (
        "✔",
        (
            "PROVED: the state of the ledger says this, as of the time shown",
            "已证明：截至所示时间，账面即为如此",
            "已證明：截至所示時間，帳面即為如此",
        ),
    ),
    "corrected": (
        "✎",
        (
            "CORRECTED: the proof holds, and a correction follows this entry",
            "已更正：证明成立，但其后有更正",
            "已更正：證明成立，但其後有更正",
        ),
    ),
    "verified": (
        "✔",
        (
            "VERIFIED on this computer: every step passed",
            "已在这台电脑上验证：每一步都通过",
            "已在這台電腦上驗證：每一步都通過",
        ),
    ),
}

WORDS: Final[Mapping[str, Triple]] = {
    # kinds of target
    "receipt": ("Receipt", "收据", "收據"),
    "proof": ("Proof of an entry", "记录的证明", "記錄的證明"),
    "state-proof": ("Proof of a row of the state", "账面的证明", "帳面的證明"),
    "index-proof": ("Proof of a whole list", "完整清单的证明", "完整清單的證明"),
    "log": ("Whole log, executed again", "整本账，逐笔重算", "整本帳，逐筆重算"),
    # steps
    "form": ("form", "格式", "格式"),
    "leaf": ("leaf hash of the entry", "记录的哈希", "記錄的雜湊"),
    "trust file": ("trust file", "信任文件", "信任檔"),
    "log signature": ("signature of the log", "账本签名", "帳本簽名"),
    "quorum": ("quorum of cosigners", "见证机构会签", "見證機構會簽"),
    "place": ("place in the log", "在账本中的位置", "在帳本中的位置"),
    "signers": ("signers and outcome", "签名者与结果", "簽名者與結果"),
    "shown": ("disclosed fields, corrections", "所示栏位与更正", "所示欄位與更正"),
    "inclusion": ("inclusion", "收录", "收錄"),
    "batch entry": ("end of the batch", "批次结尾", "批次結尾"),
    "row": ("row", "账面行", "帳面列"),
    "list": ("whole list", "完整清单", "完整清單"),
    "entries": ("entries", "全部记录", "全部記錄"),
    "tiles": ("hash tiles", "哈希瓦片", "雜湊瓦片"),
    "genesis": ("genesis and governance", "创始与治理", "創始與治理"),
    "re-execution": ("re-execution", "逐笔重算", "逐筆重算"),
    "conservation": ("conservation", "收支平衡", "收支平衡"),
    "history": ("the history seen before", "先前所见的历史", "先前所見的歷史"),
    "second opinion": ("second opinion", "第二意见", "第二意見"),
    "found": ("found", "实际发现", "實際發現"),
    "next": ("Next", "下一步", "下一步"),
    # an entry in words
    "entry": ("Entry", "记录", "記錄"),
    "entry_of": ("{index} of {origin}", "{origin} 第 {index} 条", "{origin} 第 {index} 條"),
    "what": ("What", "事项", "事項"),
    "signed_by": ("Signed by", "签名", "簽名"),
    "derived": (
        "nobody: derived by the ledger's own rules, vouched for by the mirrors",
        "无人签名：由账本规则推得，由镜像机构担保",
        "無人簽名：由帳本規則推得，由鏡像機構擔保",
    ),
    "claimed_at": ("Said to have happened", "自述发生时间", "自述發生時間"),
    "logged_at": ("Put on the ledger", "入账时间", "入帳時間"),
    "outcome": ("Outcome", "结果", "結果"),
    "moved": ("Moved", "变动", "變動"),
    "move": ("{amount}: {source} -> {target}", "{amount}：{source} -> {target}",
             "{amount}：{source} -> {target}"),
    "row_shown": ("row {n}, tag {tag}", "第 {n} 行，代号 {tag}", "第 {n} 列，代號 {tag}"),
    "units": (
        "goods in their smallest units (grams, litres, pieces): one proof holds no catalogue",
        "物资以最小单位计（克、升或件）：单份证明不含目录",
        "物資以最小單位計（克、公升或件）：單份證明不含目錄",
    ),
    "iso_money": (
        "money with the decimals that ISO 4217 gives its currency",
        "款项的小数位依 ISO 4217",
        "款項的小數位依 ISO 4217",
    ),
    "more_moves": ("and {n} more", "另有 {n} 项", "另有 {n} 項"),
    "breach": ("Difference", "差异", "差異"),
    "late": ("Late by", "迟到", "遲到"),
    "discloses": ("Discloses", "所示内容", "所示內容"),
    "nothing_disclosed": (
        "nothing beyond what is on the log",
        "除账上内容外没有其他",
        "除帳上內容外沒有其他",
    ),
    "corrected_by": ("Corrected by", "更正者", "更正者"),
    "correction_text": (
        "entry {index}, {time}, reason: {reason}",
        "第 {index} 条，{time}，原因：{reason}",
        "第 {index} 條，{time}，原因：{reason}",
    ),
    "text_not_shown": (
        "a later entry whose text this receipt does not show: ask for a newer receipt",
        "其后的一条记录，本收据未附其内容：请索取新的收据",
        "其後的一條記錄，本收據未附其內容：請索取新的收據",
    ),
    "not_corrected": (
        "no correction up to {time}; a later one is shown only by a newer receipt",
        "截至 {time} 没有更正；其后的更正须看更新的收据",
        "截至 {time} 沒有更正；其後的更正須看更新的收據",
    ),
    "changed_since": ("Changed since your trust file", "信任文件之后的变动", "信任檔之後的變動"),
    "change_text": ("entry {index}, {what}", "第 {index} 条，{what}", "第 {index} 條，{what}"),
    "as_of": ("As of", "截至", "截至"),
    "vouched_by": ("Vouched for by", "担保者", "擔保者"),
    "existed_by": ("{names}; existed by {time}", "{names}；最迟存在于 {time}",
                   "{names}；最遲存在於 {time}"),
    "row_is": ("Row", "账面", "帳面"),
    "no_row": ("there is no such row", "没有这一行", "沒有這一列"),
    "list_of": ("{n} entries, all there are about {subject}", "关于 {subject} 的全部 {n} 条",
                "關於 {subject} 的全部 {n} 條"),
    # a whole log
    "log_is": ("Log", "账本", "帳本"),
    "log_size": (
        "{size} entries, {batches} batches, {statements} statements",
        "{size} 条记录，{batches} 批，{statements} 份陈述",
        "{size} 條記錄，{batches} 批，{statements} 份陳述",
    ),
    "log_codes": (
        "{refused} refused, {flagged} flagged with differences",
        "{refused} 份被拒，{flagged} 份附有差异",
        "{refused} 份被拒，{flagged} 份附有差異",
    ),
    "genesis_hash": ("Genesis hash", "创始哈希", "創始雜湊"),
    "balances": (
        "Every commodity balances: came = still here + went out + off-book",
        "各项收支平衡：收到 = 尚在 + 已付出 + 账外",
        "各項收支平衡：收到 = 尚在 + 已付出 + 帳外",
    ),
    "net": (
        "came and went out are net of what came back; missing is a part of what went out that "
        "nobody has explained; off-book is what was reported and the books could not hold",
        "收到与已付出已减去退回；下落不明是已付出中无人说明的部分；账外是已上报而账面容不下的部分",
        "收到與已付出已減去退回；下落不明是已付出中無人說明的部分；帳外是已上報而帳面容不下的部分",
    ),
    "commodity": ("commodity", "项目", "項目"),
    "came": ("came", "收到", "收到"),
    "inside": ("still here", "尚在", "尚在"),
    "out": ("went out", "已付出", "已付出"),
    "unexplained": ("missing", "下落不明", "下落不明"),
    "contra": ("off-book", "账外", "帳外"),
    # the demo
    "demo_not_adopted": (
        "The contract was not adopted, {what}: {why}",
        "合约未通过，{what}：{why}",
        "合約未通過，{what}：{why}",
    ),
    "demo_not_valid": (
        "The contract is not valid: {why} relief contract check tells all of it.",
        "合约无效：{why} 详情请用 relief contract check 查看。",
        "合約無效：{why} 詳情請用 relief contract check 查看。",
    ),
    "demo_kinds": ("What was entered", "录入了什么", "錄入了什麼"),
    "demo_kind": ("what happened", "事项", "事項"),
    "demo_name": ("kind", "种类", "種類"),
    "demo_count": ("entries", "条数", "條數"),
    "demo_refused": (
        "Refused, entry {index} ({what}): {why}",
        "被拒，第 {index} 条（{what}）：{why}",
        "被拒，第 {index} 條（{what}）：{why}",
    ),
    "demo_sum": (
        "{entries} entries; refused {refused}, with a remark {flagged}, corrections {corrections}.",
        "共 {entries} 条；被拒 {refused}，附注记 {flagged}，更正 {corrections}。",
        "共 {entries} 條；被拒 {refused}，附註記 {flagged}，更正 {corrections}。",
    ),
    "demo_folder": (
        "Everything is in {folder}. On any machine, without a network:",
        "全部文件在 {folder}。在任何一台电脑上，不用联网：",
        "全部檔案在 {folder}。在任何一台電腦上，不用連網：",
    ),
    "demo_place": (
        "Linhe County, an invented place after an invented flood:",
        "林河县：虚构的地方，虚构的水灾：",
        "林河縣：虛構的地方，虛構的水災：",
    ),
    "demo_weeks": ("Two weeks in Linhe", "林河的两周", "林河的兩週"),
    "demo_days": ("days", "天", "天"),
    "demo_stop": ("Ctrl-C stops it.", "按 Ctrl-C 停止。", "按 Ctrl-C 停止。"),
    "demo_stopped": ("Stopped.", "已停止。", "已停止。"),
    "home_en": ("Home (English)", "首页（英文）", "首頁（英文）"),
    "home_zh_hans": ("首页 (简体)", "首页（简体）", "首頁（簡體）"),
    "home_zh_hant": ("首頁 (繁體)", "首页（繁体）", "首頁（繁體）"),
    "handout": ("An entry: rice for a family", "一条记录：一户人家领米", "一條記錄：一戶人家領米"),
    "correction": ("The correction", "那次更正", "那次更正"),
    "over_issue": ("A refused over-issue", "一次被拒的超领", "一次被拒的超領"),
    "gift": ("Where a gift went", "一笔捐款的去向", "一筆捐款的去向"),
    "lot": ("Where a lot of rice went", "一批大米的去向", "一批白米的去向"),
    "checkpoint": ("The signed checkpoint", "已签检查点", "已簽檢查點"),
    "reference": ("Reference of the API", "接口文档", "介面文件"),
    # remarks
    "claimed_only": (
        "Too few mirrors cosigned: keys, outcomes and corrections are claimed by the log, "
        "not re-executed by others.",
        "会签的镜像机构不足：密钥、结果与更正仅为账本自称，未经他人重算。",
        "會簽的鏡像機構不足：金鑰、結果與更正僅為帳本自稱，未經他人重算。",
    ),
    "is_old": (
        "The proof is {age} old: ask for a newer one to see what happened since.",
        "这份证明已有 {age}：欲知其后变化，请索取新的。",
        "這份證明已有 {age}：欲知其後變化，請索取新的。",
    ),
    "no_governance": (
        "Whether your trust file still names who may sign for the log cannot be told from this "
        "receipt: it does not show governance, or not in a form that this program knows.",
        "从本收据无从得知您的信任文件是否仍列出有权为账本签名的各方：未附治理记录，或其格式本程序不认得。",
        "從本收據無從得知您的信任檔是否仍列出有權為帳本簽名的各方：未附治理記錄，或其格式本程式不認得。",
    ),
    "trust_is_old": (
        "Since your trust file was made, keys of the log or of its cosigners were changed: this "
        "receipt holds without the old ones, but get the new trust file.",
        "信任文件制作之后，账本或见证机构的密钥有更换：本收据不靠旧密钥也成立，但请取得新的信任文件。",
        "信任檔製作之後，帳本或見證機構的金鑰有更換：本收據不靠舊金鑰也成立，但請取得新的信任檔。",
    ),
    # next steps
    "then_fresh": (
        "Ask for a fresh receipt: the ledger's address gives one at /v1/receipts/ and the id of "
        "the statement.",
        "请索取新的收据：账本网址下的 /v1/receipts/ 加陈述编号即可取得。",
        "請索取新的收據：帳本網址下的 /v1/receipts/ 加陳述編號即可取得。",
    ),
    "then_trust_new": (
        "Get the trust file of today from a member you trust, not from whoever gave you the proof.",
        "请向您信任的成员索取现行的信任文件，不要向给您证明的人索取。",
        "請向您信任的成員索取現行的信任檔，不要向給您證明的人索取。",
    ),
    "then_mismatch": (
        "Keep this file as evidence and tell the organisation that gave it to you, and an auditor.",
        "请保存此文件作为证据，并告知给您此文件的机构和审计者。",
        "請保存此檔作為證據，並告知給您此檔的機構和稽核者。",
    ),
    "then_promised": (
        "Ask again in a few minutes: the witnesses have yet to cosign.",
        "请过几分钟再查：见证机构尚未会签。",
        "請過幾分鐘再查：見證機構尚未會簽。",
    ),
    "then_trust": (
        "Give --trust FILE: the trust file says which logs and witnesses you believe. Take it from "
        "a member you trust, not from whoever gave you the proof.",
        "请加 --trust 信任文件：它写明您相信哪些账本和见证机构。请向您信任的成员索取。",
        "請加 --trust 信任檔：它寫明您相信哪些帳本和見證機構。請向您信任的成員索取。",
    ),
    "then_clock": (
        "Set the clock of this machine, then run it again; if it is right, tell the cosigners.",
        "请校正本机时钟后再试；若时钟无误，请告知见证机构。",
        "請校正本機時鐘後再試；若時鐘無誤，請告知見證機構。",
    ),
    "then_unavailable": (
        "Get the missing file from the log's address or from another mirror, then run it again.",
        "请从账本网址或其他镜像取得缺少的文件后再试。",
        "請從帳本網址或其他鏡像取得缺少的檔案後再試。",
    ),
    "then_fork": (
        "These are two histories under one name. Keep both checkpoints as evidence, stop trusting "
        "this log, and tell its cosigners.",
        "同一账本出现两种历史。请保存两个检查点作为证据，停止信任此账本，并告知见证机构。",
        "同一帳本出現兩種歷史。請保存兩個檢查點作為證據，停止信任此帳本，並告知見證機構。",
    ),
    "then_newer": (
        "Ask for a newer copy, or another mirror; if none is longer, entries were taken away.",
        "请索取较新的副本或询问其他镜像；若都不更长，则有记录被拿走。",
        "請索取較新的副本或詢問其他鏡像；若都不更長，則有記錄被拿走。",
    ),
    "then_corrected": (
        "Read the correction beside the original; both stay on the ledger.",
        "请对照原记录与更正，两者都留在账上。",
        "請對照原記錄與更正，兩者都留在帳上。",
    ),
}  # fmt: skip


def word(name: str, language: str, **values: object) -> str:
    """The word or sentence `name` with its values put in.

    >>> word("entry_of", "zh-Hant", index=418, origin="a.example/log")
    'a.example/log 第 418 條'
    """
    return WORDS[name][language_index(language)].format(**values)


def state_line(state: str, language: str) -> str:
    """A state with its mark, in words.

    >>> state_line("verified", "zh-Hant")
    '✔ 已在這台電腦上驗證：每一步都通過'
    """
    mark, triple = STATES[state]
    return f"{mark} {triple[language_index(language)]}"
