"""What pages say, in the three languages.

A row is English, simplified and traditional Chinese (`ledger.sentences.LANGUAGES`); `{name}` stands
for a value. A test finds every row that a template asks for and that is missing, every row that
nobody asks for, and every row whose languages name different values.
"""

from collections.abc import Mapping
from typing import Final

from api.messages_contracts import CONTRACT_MESSAGES
from ledger.phrases import Triple
from ledger.sentences import language_index

MESSAGES: Final[Mapping[str, Triple]] = {
    # every page
    "language_name": ("English", "简体", "繁體"),
    "html_lang": ("en", "zh-Hans", "zh-Hant"),
    "languages": ("Languages", "语言", "語言"),
    "skip": ("Skip to the content", "跳到正文", "跳到正文"),
    "site": ("Relief ledger", "救灾共同账本", "救災共同帳本"),
    "home": ("Overview", "总览", "總覽"),
    "all_entries": ("All entries", "全部记录", "全部記錄"),
    "reference": ("For developers", "开发者文档", "開發者文件"),
    "limits": (
        "The ledger proves who said what and when, not that the rice arrived.",
        "账本证明谁在何时说了什么，不能证明米真的送到。",
        "帳本證明誰在何時說了什麼，不能證明米真的送到。",
    ),
    "zone_note": (
        "Times are shown in the ledger's zone, {zone}.",
        "时间以账本所在时区 {zone} 显示。",
        "時間以帳本所在時區 {zone} 顯示。",
    ),
    "colon": (": ", "：", "："),
    "separator": ("; ", "；", "；"),
    "comma": (", ", "、", "、"),
    "and_more": (" and {n} more", " 等，另有 {n} 项", " 等，另有 {n} 項"),
    # overview
    "lead_title": ("What came in, and where it went", "收到多少，去了哪里", "收到多少，去了哪裡"),
    "lead": (
        "Every number below leads to the entries behind it and to a proof that you can check "
        "without us.",
        "下面每个数字都可以点开看明细，也附有不必信任我们就能查验的证明。",
        "下面每個數字都可以點開看明細，也附有不必信任我們就能查驗的證明。",
    ),
    "money": ("Money", "款项", "款項"),
    "goods": ("Goods", "物资", "物資"),
    "received": ("received", "收到", "收到"),
    "delivered": ("delivered", "已送达", "已送達"),
    "money_out": ("paid out", "已支出", "已支出"),
    "on_the_way": ("on the way", "途中", "途中"),
    "in_stock": ("in stock", "库存", "庫存"),
    "money_left": ("not spent yet", "尚未动用", "尚未動用"),
    "lost_goods": ("lost", "损失", "損失"),
    "refunded": ("refunded", "退还", "退還"),
    "item": ("Item", "物资", "物資"),
    "proof_of": ("Proof", "证明", "證明"),
    "proof_of_numbers": (
        "Proof of the numbers for {name}",
        "{name}各项数字的证明",
        "{name}各項數字的證明",
    ),
    "no_money": ("No money has been recorded yet.", "尚无款项记录。", "尚無款項記錄。"),
    "no_goods": ("No goods have been recorded yet.", "尚无物资记录。", "尚無物資記錄。"),
    "shares": (
        "{received} received: {spent} paid out, {left} not spent yet",
        "收到 {received}：已支出 {spent}，尚未动用 {left}",
        "收到 {received}：已支出 {spent}，尚未動用 {left}",
    ),
    "keeping": ("How it is kept honest", "如何互相查核", "如何互相查核"),
    "entries": ("entries", "记录", "記錄"),
    "corrections": ("corrections", "更正", "更正"),
    "refused": ("refused", "被拒", "被拒"),
    "open_breaches": ("open differences", "未结差异", "未結差異"),
    "open_breaches_note": (
        "What was reported and the books could not hold, as long as nobody has explained it.",
        "已上报而账面容不下、至今无人说明的数量。",
        "已上報而帳面容不下、至今無人說明的數量。",
    ),
    "checkpoint_age": ("since the last checkpoint", "距上次检查点", "距上次檢查點"),
    "cosigners": (
        "witnesses cosigned (at least {k} needed)",
        "见证机构已会签（至少需 {k} 家）",
        "見證機構已會簽（至少需 {k} 家）",
    ),
    "cosigned_by": ("Cosigned by {names}", "会签：{names}", "會簽：{names}"),
    "not_final": (
        "No checkpoint has been cosigned by enough witnesses yet.",
        "尚无检查点得到足够的见证机构会签。",
        "尚無檢查點得到足夠的見證機構會簽。",
    ),
    "as_of": (
        "Numbers as of entry {index}, {time}; the signed checkpoint covers {size} entries, ends of "
        "batches included.",
        "数字截至第 {index} 条记录，{time}；已签检查点涵盖 {size} 条，含各批的结尾。",
        "數字截至第 {index} 條記錄，{time}；已簽檢查點涵蓋 {size} 條，含各批的結尾。",
    ),
    "newest": ("Newest entries", "最新记录", "最新記錄"),
    "corrected_title": (
        "Corrections, beside what they correct",
        "更正与原记录对照",
        "更正與原記錄對照",
    ),
    "original": ("Original", "原记录", "原記錄"),
    "correction": ("Correction", "更正", "更正"),
    "no_corrections": ("Nothing has been corrected.", "尚无更正。", "尚無更正。"),
    "more": ("Show more", "查看更多", "查看更多"),
    # lists
    "list_all": ("All entries, newest first", "全部记录，新的在前", "全部記錄，新的在前"),
    "list_refused": ("Refused statements", "被拒的陈述", "被拒的陳述"),
    "list_corrections": ("Corrections", "更正", "更正"),
    "list_breaches": ("Entries with differences", "有差异的记录", "有差異的記錄"),
    "list_kind": ("Entries: {kind}", "记录：{kind}", "記錄：{kind}"),
    "list_about": ("Entries about {name}", "关于{name}的记录", "關於{name}的記錄"),
    "list_open": ("Open differences", "未结差异", "未結差異"),
    "list_empty": ("There are none.", "没有记录。", "沒有記錄。"),
    "older": ("Older entries", "更早的记录", "更早的記錄"),
    "count_shown": (
        "{count} in all; this page shows {shown}.",
        "共 {count} 条，本页 {shown} 条。",
        "共 {count} 條，本頁 {shown} 條。",
    ),
    "time": ("Time", "时间", "時間"),
    "place": ("Where", "所在", "所在"),
    "opened_by": ("First named by", "首见于", "首見於"),
    # one entry
    "entry": ("Entry {index}", "第 {index} 条记录", "第 {index} 條記錄"),
    "derived": (
        "Worked out by every node from what was agreed before; nobody signs it.",
        "由各节点按先前约定推算，无人签名。",
        "由各節點按先前約定推算，無人簽名。",
    ),
    "end_of_batch": (
        "Closes batch {batch}, entries {first} to {last}, with the digest of all balances.",
        "第 {batch} 批结束：第 {first} 至 {last} 条，并附全部余额的摘要。",
        "第 {batch} 批結束：第 {first} 至 {last} 條，並附全部餘額的摘要。",
    ),
    "applied": ("It is on the ledger.", "已入账。", "已入帳。"),
    "applied_flagged": (
        "It is on the ledger, with a remark.",
        "已入账，并附注记。",
        "已入帳，並附註記。",
    ),
    "with_remark": ("with a remark", "附注记", "附註記"),
    "held_expired": (
        "Nobody decided in time, entry {index}: nothing of it was booked.",
        "逾期无人决定（第 {index} 条记录）：没有入账。",
        "逾期無人決定（第 {index} 條記錄）：沒有入帳。",
    ),
    "held_posted": (
        "It was approved, and is booked in entry {index}.",
        "已核准，在第 {index} 条记录入账。",
        "已核准，在第 {index} 條記錄入帳。",
    ),
    "held_refused": (
        "The approval was refused in entry {index}: nothing of it was booked.",
        "未获核准（第 {index} 条记录）：没有入账。",
        "未獲核准（第 {index} 條記錄）：沒有入帳。",
    ),
    "was_held": (
        "It was waiting for approval: this entry only sets its value aside.",
        "当时在等核准：本条只把所涉款物留住，尚未入账。",
        "當時在等核准：本條只把所涉款物留住，尚未入帳。",
    ),
    "was_refused": (
        "It was refused and moved nothing.",
        "被拒，未产生任何变动。",
        "被拒，未產生任何變動。",
    ),
    "refused_what": ("Refused: {what}", "被拒：{what}", "被拒：{what}"),
    "next_step": ("What to do next", "下一步", "下一步"),
    "happened_at": ("Said to have happened", "自述发生时间", "自述發生時間"),
    "logged_at": ("Put on the ledger", "入账时间", "入帳時間"),
    "late": (
        "It came {age} after its own deadline.",
        "比自定期限晚 {age}。",
        "比自訂期限晚 {age}。",
    ),
    "signers": ("Signed by", "签名", "簽名"),
    "effects": ("What it changed", "产生的变动", "產生的變動"),
    "no_effects": (
        "It moved no money and no goods.",
        "未动款项，未动物资。",
        "未動款項，未動物資。",
    ),
    "amount": ("Amount", "数量", "數量"),
    "from": ("From", "来自", "來自"),
    "to": ("To", "去向", "去向"),
    "digest": (
        "There are {count} changes, too many to be written out here; the log holds their digest.",
        "共 {count} 项变动，未逐项列出；账本存有其摘要。",
        "共 {count} 項變動，未逐項列出；帳本存有其摘要。",
    ),
    "breaches": ("Differences that it names", "指出的差异", "指出的差異"),
    "corrected_by": (
        "This entry was corrected. Both stand, side by side.",
        "本条已被更正，两者并列。",
        "本條已被更正，兩者並列。",
    ),
    "corrects": (
        "This entry corrects earlier ones. All of them stand, side by side.",
        "本条更正先前的记录，原记录仍在，并列如下。",
        "本條更正先前的記錄，原記錄仍在，並列如下。",
    ),
    "because": ("Reason", "原因", "原因"),
    # what a statement says (api.contents)
    "as_written": ("(on the paper: {text})", "（单据所写：{text}）", "（單據所寫：{text}）"),
    "counted": ("{text} counted", "清点得{text}", "清點得{text}"),
    "for_each": ("{text}, for each household", "每户{text}", "每戶{text}"),
    "f_organisations": ("Organisations", "机构", "機構"),
    "f_organisation": ("Organisation", "机构", "機構"),
    "f_currencies": ("Currencies", "币种", "幣種"),
    "f_person": ("Person", "人员", "人員"),
    "f_people": ("People", "人员", "人員"),
    "f_roles": ("Roles", "职责", "職責"),
    "f_items": ("Items", "物资种类", "物資種類"),
    "f_areas": ("Areas", "地区", "地區"),
    "f_sites": ("Places", "地点", "地點"),
    "f_funds": ("Funds", "基金", "基金"),
    "f_programmes": ("Programmes", "救助项目", "救助項目"),
    "f_programme": ("Programme", "救助项目", "救助項目"),
    "f_money": ("Money", "款项", "款項"),
    "f_each": ("Money, for each household", "每户款项", "每戶款項"),
    "f_gifts": ("Gifts", "捐款笔数", "捐款筆數"),
    "f_goods": ("Goods", "物资", "物資"),
    "f_households": ("Households", "户数", "戶數"),
    "f_persons": ("Persons", "人数", "人數"),
    "f_source": ("How it came", "来源", "來源"),
    "f_owner": ("Owner", "所有人", "所有人"),
    "f_site": ("Where", "地点", "地點"),
    "f_from": ("From", "自", "自"),
    "f_to": ("To", "至", "至"),
    "f_payee": ("For", "用于", "用於"),
    "f_area": ("Area", "地区", "地區"),
    "f_purpose": ("Purpose", "用途", "用途"),
    "f_cycle": ("Round", "期次", "期次"),
    "f_right": ("Entitlement", "应领份额", "應領份額"),
    "f_window": ("May be taken", "领取期间", "領取期間"),
    "f_carrier": ("Carrier", "承运方", "承運方"),
    "f_waybill": ("Waybill", "运单号", "運單號"),
    "f_due": ("Until", "期限", "期限"),
    "f_contract": ("Contract", "合约", "合約"),
    "f_mode": ("How it counts", "效力", "效力"),
    "f_not_before": ("In force from", "自此生效", "自此生效"),
    "f_alert": ("Name of the alert", "警报编号", "警報編號"),
    "f_hazard": ("Danger", "灾种", "災種"),
    "f_level": ("Level", "级别", "級別"),
    "f_method": ("How the figure was found", "数字的由来", "數字的由來"),
    "f_price": ("Price", "价格", "價格"),
    "f_sources": ("Sources", "询价来源数", "詢價來源數"),
    "f_at": ("Seen on", "采价时间", "採價時間"),
    "f_rule": ("Rule", "规则", "規則"),
    "f_class": ("About", "类别", "類別"),
    "f_subjects": ("Things it is about", "所涉事项数", "所涉事項數"),
    "f_measure": ("What is to be done", "处理措施", "處理措施"),
    "price_of": ("{price} for {quantity}", "{quantity} {price}", "{quantity} {price}"),
    "f_condition": ("Condition", "状况", "狀況"),
    "f_borrower": ("Borrowed by", "借用机构", "借用機構"),
    "f_contractor": ("Contractor", "承包方", "承包方"),
    "f_basis": ("Legal basis", "法律依据", "法律依據"),
    "f_number": ("Number of the order", "文号", "文號"),
    "f_milestones": ("Milestones", "完工节点", "完工節點"),
    "f_retention": ("Kept back", "保留款", "保留款"),
    "f_verdict": ("Found", "查验结果", "查驗結果"),
    "kept_back": ("{n} % for {days} days", "{n}%，保留 {days} 天", "{n}%，保留 {days} 天"),
    "f_state": ("What the household says", "住户所述", "住戶所述"),
    "proof": ("Proof", "证明", "證明"),
    "proof_note": (
        "Nothing has been checked on this page. With these files anyone can check, offline, that "
        "the entry is on the ledger.",
        "本页没有做任何查验。有了这些文件，任何人都可以离线查验这条记录确在账上。",
        "本頁沒有做任何查驗。有了這些檔案，任何人都可以離線查驗這條記錄確在帳上。",
    ),
    "unchecked": (
        "This device has not checked it",
        "这台设备尚未查验",
        "這台裝置尚未查驗",
    ),
    "unchecked_note": (
        "The check runs on your own device, with a script. Without one the files below do: anyone "
        "can check them offline, or with the verifier of another member.",
        "查验在您自己的设备上由程序执行。若不执行程序，可用下列文件：任何人都能离线查验，"
        "或用另一成员的验证页查验。",
        "查驗在您自己的裝置上由程式執行。若不執行程式，可用下列檔案：任何人都能離線查驗，"
        "或用另一成員的驗證頁查驗。",
    ),
    "verifier": ("Check a receipt", "验证收据", "驗證收據"),
    "verifier_file": ("The verifier, to keep", "验证页，可保存", "驗證頁，可保存"),
    "proof_file": ("Proof file", "证明文件", "證明檔案"),
    "receipt_file": ("Receipt", "收据", "收據"),
    "trace_file": ("Where it went", "款项去向", "款項去向"),
    "json_file": ("The entry as data", "记录原始数据", "記錄原始資料"),
    "proof_waits": (
        "The witnesses have not cosigned it yet; the proof follows.",
        "见证机构尚未会签，证明随后提供。",
        "見證機構尚未會簽，證明隨後提供。",
    ),
    "technical": ("Technical details", "技术细节", "技術細節"),
    "statement_id": ("Statement id", "陈述编号", "陳述編號"),
    "kind_name": ("Kind", "种类", "種類"),
    "body": ("What was signed", "签名内容", "簽名內容"),
    "outcome": ("Outcome", "结果", "結果"),
    **CONTRACT_MESSAGES,
    # problems
    "problem": ("Sorry", "抱歉", "抱歉"),
    "code": ("Code", "代码", "代碼"),
    "back_home": ("Back to the overview", "回到总览", "回到總覽"),
}


def say(message: str, language: str, /, **values: object) -> str:
    """The message with its values put in.

    >>> say("entry", "zh-Hant", index=418)
    '第 418 條記錄'
    """
    return MESSAGES[message][language_index(language)].format(**values)
