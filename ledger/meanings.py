"""What each code means and what to do next, in English and both Chinese scripts.

One row a code, in the order of `ledger.codes`; `ledger.sentences` puts place and values in.
"""

from collections.abc import Mapping

from ledger.codes import Code
from ledger.phrases import Triple

WHAT: Mapping[Code, tuple[Triple, Triple]] = {
    # code: (what happened, what to do next), each in the three languages
    Code.TOO_LARGE: (
        ("The statement is too large", "陈述过大", "陳述過大"),
        ("Split it into smaller ones.", "请拆成较小的几份。", "請拆成較小的幾份。"),
    ),
    Code.MALFORMED: (
        ("The statement does not have the form of its kind", "陈述的格式不对", "陳述的格式不對"),
        (
            "Correct the field that is named and sign again.",
            "请改正所指的栏位并重新签名。",
            "請改正所指的欄位並重新簽名。",
        ),
    ),
    Code.DUPLICATE_KEY: (
        ("A key stands twice in one object", "同一物件里有重复的键", "同一物件裡有重複的鍵"),
        ("Keep one of the two and sign again.", "请保留其一并重新签名。", "請保留其一並重新簽名。"),
    ),
    Code.NOT_CANONICAL: (
        (
            "The payload is not in its one canonical spelling",
            "内容不是唯一的规范写法",
            "內容不是唯一的規範寫法",
        ),
        (
            "Encode it as docs/spec/canonical-json.md says and sign again.",
            "请按 docs/spec/canonical-json.md 编码后重新签名。",
            "請按 docs/spec/canonical-json.md 編碼後重新簽名。",
        ),
    ),
    Code.WRONG_ORIGIN: (
        ("The statement is for another ledger", "这份陈述属于另一本账", "這份陳述屬於另一本帳"),
        (
            "Send it to the ledger that it names, or sign one for this ledger.",
            "请送到它所指的账本，或为本账本另签一份。",
            "請送到它所指的帳本，或為本帳本另簽一份。",
        ),
    ),
    Code.REPLAYED: (
        (
            "This statement is on the ledger already",
            "这份陈述已在账上",
            "這份陳述已在帳上",
        ),
        (
            "Nothing is to be done: use its first receipt.",
            "无需再做：请用原来的收据。",
            "無需再做：請用原來的收據。",
        ),
    ),
    Code.UNKNOWN_KEY: (
        (
            "A signer's key is not enrolled for signing statements",
            "签名者的密钥未登记为可签陈述",
            "簽名者的金鑰未登記為可簽陳述",
        ),
        (
            "Have an admin of your organisation enrol the key, then send again.",
            "请本机构管理员登记该密钥后再送。",
            "請本機構管理員登記該金鑰後再送。",
        ),
    ),
    Code.REVOKED_KEY: (
        ("A signer's key is no longer in force", "签名者的密钥已失效", "簽名者的金鑰已失效"),
        (
            "Sign again with a key that is in force.",
            "请用有效的密钥重新签名。",
            "請用有效的金鑰重新簽名。",
        ),
    ),
    Code.BAD_SIGNATURE: (
        ("A signature does not fit the statement", "签名与陈述不符", "簽名與陳述不符"),
        (
            "Sign the very bytes that are sent; do not edit after signing.",
            "请对实际送出的内容签名，签名后勿改。",
            "請對實際送出的內容簽名，簽名後勿改。",
        ),
    ),
    Code.SIGNATURE_MISSING: (
        ("A named signer has not signed", "所列签名者尚未签名", "所列簽名者尚未簽名"),
        (
            "Collect the missing signature and send again; the id is still free.",
            "请补齐签名后再送；编号仍可使用。",
            "請補齊簽名後再送；編號仍可使用。",
        ),
    ),
    Code.OUT_OF_RANGE: (
        ("A number is outside its range", "数值超出允许范围", "數值超出允許範圍"),
        ("Correct the number and sign again.", "请改正数值并重新签名。", "請改正數值並重新簽名。"),
    ),
    Code.UNKNOWN_REFERENCE: (
        (
            "The statement names something that is not on the ledger",
            "陈述所指的记录不在账上",
            "陳述所指的記錄不在帳上",
        ),
        (
            "Send the statement that makes it first, or correct the reference.",
            "请先送出产生该记录的陈述，或改正所指编号。",
            "請先送出產生該記錄的陳述，或改正所指編號。",
        ),
    ),
    Code.SUM_OUT_OF_RANGE: (
        (
            "A sum would grow beyond what the ledger can hold",
            "合计将超出账本上限",
            "合計將超出帳本上限",
        ),
        ("Open a second fund line for further gifts.", "请另开一条基金线。", "請另開一條基金線。"),
    ),
    Code.ID_REUSED: (
        (
            "The author used this id for another statement",
            "作者已用此编号签过另一份陈述",
            "作者已用此編號簽過另一份陳述",
        ),
        (
            "Sign again with a fresh random id.",
            "请换新的随机编号重新签名。",
            "請換新的隨機編號重新簽名。",
        ),
    ),
    Code.EXPIRED: (
        ("The authorisation came after its own expiry", "授权已过自定的期限", "授權已過自訂的期限"),
        (
            "If it is still wanted, sign a new one with a later expiry.",
            "如仍需要，请另签一份期限较晚的。",
            "如仍需要，請另簽一份期限較晚的。",
        ),
    ),
    Code.NO_AUTHORITY: (
        ("The signers may not say this", "签名者没有此权限", "簽名者沒有此權限"),
        (
            "Let somebody who has the role sign, or ask the administrators for it.",
            "请由具备该角色者签名，或向管理员申请。",
            "請由具備該角色者簽名，或向管理員申請。",
        ),
    ),
    Code.REFERENCE_USED: (
        (
            "This bank or provider reference is booked already",
            "此银行或机构流水号已入账",
            "此銀行或機構流水號已入帳",
        ),
        (
            "Compare with the statement named here; correct that one if it is wrong.",
            "请与所列陈述核对；如有误请更正该笔。",
            "請與所列陳述核對；如有誤請更正該筆。",
        ),
    ),
    Code.SAME_PERSON: (
        (
            "Two different persons must sign, and here it is one",
            "须由两个不同的人签名，这里是同一人",
            "須由兩個不同的人簽名，這裡是同一人",
        ),
        ("Let another person co-sign.", "请由另一人会签。", "請由另一人會簽。"),
    ),
    Code.ALREADY_EXISTS: (
        ("It exists on the ledger already", "账上已有此项", "帳上已有此項"),
        (
            "Use what is there, or choose another id or the next version.",
            "请使用已有项目，或改用其他编号或下一版本。",
            "請使用已有項目，或改用其他編號或下一版本。",
        ),
    ),
    Code.ALREADY_CORRECTED: (
        ("The statement is corrected already", "该陈述已被更正过", "該陳述已被更正過"),
        ("Correct the correction instead.", "请改为更正那份更正。", "請改為更正那份更正。"),
    ),
    Code.NOT_CORRECTABLE: (
        (
            "This cannot be corrected any more, because later entries stand on it",
            "后续记录以此为据，已不能这样更正",
            "後續記錄以此為據，已不能這樣更正",
        ),
        (
            "Name those later entries as targets too, or record the difference as a new fact.",
            "请把后续记录一并列为更正对象，或把差额作为新事实记录。",
            "請把後續記錄一併列為更正對象，或把差額作為新事實記錄。",
        ),
    ),
    Code.NOT_OPEN: (
        ("It is closed or was never open", "该项已结束或从未开始", "該項已結束或從未開始"),
        (
            "Look at its entries and name one that is open.",
            "请查看记录并改指未结的一项。",
            "請查看記錄並改指未結的一項。",
        ),
    ),
    Code.NOT_ELIGIBLE: (
        ("The conditions for this are not met", "不符合此项的条件", "不符合此項的條件"),
        (
            "Meet the condition that is named, or choose another source.",
            "请满足所列条件，或改用其他来源。",
            "請滿足所列條件，或改用其他來源。",
        ),
    ),
    Code.NOT_USABLE: (
        (
            "It may not be used: expired, held, damaged or weak",
            "不可使用：已过期、被冻结、损坏或过弱",
            "不可使用：已過期、被凍結、損壞或過弱",
        ),
        ("Choose another one.", "请改用另一个。", "請改用另一個。"),
    ),
    Code.LINE_SHORT: (
        (
            "The fund line has a shortfall that must be covered first",
            "该基金线有缺口，须先补足",
            "該基金線有缺口，須先補足",
        ),
        (
            "Let the fund's owner cover the shortfall, then try again.",
            "请基金所有人补足缺口后再试。",
            "請基金所有人補足缺口後再試。",
        ),
    ),
    Code.NOT_ENOUGH: (
        ("Less is there than was asked for", "现有数量少于所需", "現有數量少於所需"),
        (
            "Ask for what is left or less, or name a second source.",
            "请改为不超过余量，或另指第二个来源。",
            "請改為不超過餘量，或另指第二個來源。",
        ),
    ),
    Code.TOO_MANY_PIECES: (
        ("The amount lies in too many pieces", "金额分散在过多段落", "金額分散在過多段落"),
        ("Split it into several statements.", "请拆成几份陈述。", "請拆成幾份陳述。"),
    ),
    Code.NOT_CONSERVED: (
        ("What comes out is not what goes in", "进出数量不相等", "進出數量不相等"),
        (
            "Correct the lines so that both sides sum to the same.",
            "请改正各行使两边相等。",
            "請改正各行使兩邊相等。",
        ),
    ),
    Code.BELOW_QUORUM: (
        (
            "Afterwards too few would be left to decide",
            "这样做之后，剩下的人数不足以作决定",
            "這樣做之後，剩下的人數不足以作決定",
        ),
        ("Enrol another one first.", "请先登记另一位。", "請先登記另一位。"),
    ),
    Code.OUTCOME_TOO_LARGE: (
        (
            "What it would change is too long to be logged",
            "其影响过长，无法入账",
            "其影響過長，無法入帳",
        ),
        ("Split it into several statements.", "请拆成几份陈述。", "請拆成幾份陳述。"),
    ),
    Code.CONTRACT_INVALID: (
        (
            "The proposed contract is not valid",
            "所提的合约无效",
            "所提的合約無效",
        ),
        (
            "Mend what is named; `relief contract check` tells every problem with its line.",
            "请改正所指之处；`relief contract check` 会逐行指出问题。",
            "請改正所指之處；`relief contract check` 會逐行指出問題。",
        ),
    ),
    Code.CONTRACT_DENIED: (
        ("A rule that is in force does not allow this", "现行规则不准许此事", "現行規則不准許此事"),
        (
            "Change what the sentence names, or ask for a decision by the people it names.",
            "请更正句中所指之处，或请句中所指的人决定。",
            "請更正句中所指之處，或請句中所指的人決定。",
        ),
    ),
    Code.CONTRACT_ERROR: (
        (
            "A rule that is in force could not be worked out, so this is not allowed",
            "现行规则无法算出结果，因此不准许",
            "現行規則無法算出結果，因此不准許",
        ),
        (
            "Tell the owner of the contract; the entry names it.",
            "请告知该合约的负责机构；记录中写明是哪一份。",
            "請告知該合約的負責機構；記錄中寫明是哪一份。",
        ),
    ),
    Code.NO_GATE: (
        (
            "No rule in force says when this may be done, so it may not",
            "没有现行规则说明何时可行，因此不可",
            "沒有現行規則說明何時可行，因此不可",
        ),
        (
            "Have a contract for this kind of statement adopted, then send again.",
            "请先通过适用于此类陈述的合约，再重新送出。",
            "請先通過適用於此類陳述的合約，再重新送出。",
        ),
    ),
    Code.OVER_ISSUE: (
        ("More went out than the books held", "发出的多于账面", "發出的多於帳面"),
        (
            "Count the site and correct what was recorded wrongly.",
            "请盘点该点并更正误记。",
            "請盤點該點並更正誤記。",
        ),
    ),
    Code.FOUND: (
        ("Goods are there that nobody had recorded", "现场有未入账的物资", "現場有未入帳的物資"),
        (
            "Find the receipt that is missing, or correct the count.",
            "请补录缺少的收货，或更正盘点。",
            "請補錄缺少的收貨，或更正盤點。",
        ),
    ),
    Code.SHORTFALL: (
        (
            "Money was paid or taken back that was not there",
            "付出或退回的钱账上没有",
            "付出或退回的錢帳上沒有",
        ),
        (
            "Let the fund's owner cover it, or correct the entry.",
            "请基金所有人补足，或更正该笔。",
            "請基金所有人補足，或更正該筆。",
        ),
    ),
    Code.EXCEEDED: (
        ("More than was agreed or is left", "超过约定或余下的数量", "超過約定或餘下的數量"),
        (
            "Look at what was agreed and correct the difference.",
            "请核对约定并更正差额。",
            "請核對約定並更正差額。",
        ),
    ),
    Code.LATE: (
        ("It came after its time", "超过时限", "超過時限"),
        (
            "Say why in the case file; the fact stands.",
            "请在案卷说明原因；事实照记。",
            "請在案卷說明原因；事實照記。",
        ),
    ),
    Code.UNEXPLAINED: (
        ("Goods are missing and nobody knows why", "物资短少，原因不明", "物資短少，原因不明"),
        (
            "Search the site; correct the entry that was wrong, once it is known.",
            "请清查现场；查明后更正有误的记录。",
            "請清查現場；查明後更正有誤的記錄。",
        ),
    ),
    Code.RESERVED: (
        (
            "Goods were taken that are kept for another purpose",
            "动用了为其他用途预留的物资",
            "動用了為其他用途預留的物資",
        ),
        (
            "Tell whoever planned with them; keep goods again from what is left, or bring more.",
            "请通知预留者；请从余量重新预留，或另行补充。",
            "請通知預留者；請從餘量重新預留，或另行補充。",
        ),
    ),
    Code.OK: (
        ("It is on the ledger", "已入账", "已入帳"),
        ("Keep the receipt.", "请保存收据。", "請保存收據。"),
    ),
    Code.FLAGGED: (
        ("It is on the ledger, with a remark", "已入账，并附注记", "已入帳，並附註記"),
        (
            "See what is named: a difference, or the rule of a contract.",
            "请看所列事项：账面差异，或某条规则的提示。",
            "請看所列事項：帳面差異，或某條規則的提示。",
        ),
    ),
    Code.HELD: (
        (
            "It waits for approvals; nothing has moved yet",
            "等待核准；尚未执行",
            "等待核准；尚未執行",
        ),
        (
            "Ask those named to approve or refuse.",
            "请所列人员核准或拒绝。",
            "請所列人員核准或拒絕。",
        ),
    ),
}
