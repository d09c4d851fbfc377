"""What steps that passed have found: simplified and traditional Chinese.

The English is that of `ledger.proofs.receiptcheck`, `contracts.audit` and `tools.verifying`.
"""

from collections.abc import Mapping
from typing import Final

STEPS: Final[Mapping[str, tuple[str, str]]] = {
    "a well-formed receipt, version 1": ("格式正确的收据，第 1 版", "格式正確的收據，第 1 版"),
    "the entry's leaf hash is {}": ("记录的哈希是 {0}", "記錄的雜湊是 {0}"),
    "the trust file given is for size {} of {}": (
        "所给信任文件适用于 {1} 的大小 {0}",
        "所給信任檔適用於 {1} 的大小 {0}",
    ),
    "signed by the log {}": ("由账本 {0} 签名", "由帳本 {0} 簽名"),
    "cosigned by {}": ("会签者：{0}", "會簽者：{0}"),
    "existed by {}": ("最迟存在于 {0}", "最遲存在於 {0}"),
    "{} mirrors of {} wanted: what rests on the state root is {}": (
        "需 {1} 个镜像机构，只有 {0} 个：依据账面根的部分{2}",
        "需 {1} 個鏡像機構，只有 {0} 個：依據帳面根的部分{2}",
    ),
    "claimed by the log, not re-executed": (
        "仅为账本自称，未经他人重算",
        "僅為帳本自稱，未經他人重算",
    ),
    "re-executed by the mirrors": ("已由镜像机构重算", "已由鏡像機構重算"),
    "entry {} of {}, of batch {} at {}": (
        "共 {1} 条中的第 {0} 条，属第 {2} 批，时间 {3}",
        "共 {1} 條中的第 {0} 條，屬第 {2} 批，時間 {3}",
    ),
    "as of batch {} at {}": ("截至第 {0} 批，时间 {1}", "截至第 {0} 批，時間 {1}"),
    "signatures: {}, keys {}": ("签名 {0} 个，密钥{1}", "簽名 {0} 個，金鑰{1}"),
    "derived, {}": ("由规则推得，{0}", "由規則推得，{0}"),
    "outcome: {}": ("结果：{0}", "結果：{0}"),
    "outcome: {}, posted by entry {}": ("结果：{0}，由第 {1} 条入账", "結果：{0}，由第 {1} 條入帳"),
    "outcome: {}: held, nothing shows that it was posted": (
        "结果：{0}：待核准，没有证据表明已入账",
        "結果：{0}：待核准，沒有證據表明已入帳",
    ),
    "outcome: {}: a proven refusal": ("结果：{0}：已证实被拒", "結果：{0}：已證實被拒"),
    "{} governance entries are all there are": (
        "治理记录共 {0} 条，全部在此",
        "治理記錄共 {0} 條，全部在此",
    ),
    "not all of them can be read here": ("其中有本程序读不懂的", "其中有本程式讀不懂的"),
    "{} of them came after the trust file": ("其中 {0} 条晚于信任文件", "其中 {0} 條晚於信任檔"),
    "keys that were retired are not needed": ("无需已停用的密钥也足够", "無需已停用的金鑰也足夠"),
    "disclosed: 1 row as logged": ("所示内容：1 行，与账上一致", "所示內容：1 列，與帳上一致"),
    "disclosed: {} fields as logged": (
        "所示内容：{0} 个栏位，与账上一致",
        "所示內容：{0} 個欄位，與帳上一致",
    ),
    "disclosed: nothing": ("所示内容：无", "所示內容：無"),
    "a correction follows, its text is shown ({})": (
        "其后有更正，已附内容（{0}）",
        "其後有更正，已附內容（{0}）",
    ),
    "a correction follows, text not shown ({})": (
        "其后有更正，未附内容（{0}）",
        "其後有更正，未附內容（{0}）",
    ),
    "no correction follows ({})": ("截至此时没有更正（{0}）", "截至此時沒有更正（{0}）"),
    "logs: {}, cosigners: {}": ("账本 {0} 个，见证机构 {1} 个", "帳本 {0} 個，見證機構 {1} 個"),
    "{}, {} entries, signed by its log": (
        "{0}，{1} 条记录，已由其账本签名",
        "{0}，{1} 條記錄，已由其帳本簽名",
    ),
    "{}, {} entries": ("{0}，{1} 条记录", "{0}，{1} 條記錄"),
    "{} entries hash to the signed root": (
        "{0} 条记录的哈希与所签的根一致",
        "{0} 條記錄的雜湊與所簽的根一致",
    ),
    "{} hash tiles say the same": ("{0} 块哈希瓦片结果相同", "{0} 塊雜湊瓦片結果相同"),
    "entry 0 founds this origin": ("第 0 条创立本账本", "第 0 條創立本帳本"),
    "governance read to the end": ("治理记录已读到底", "治理記錄已讀到底"),
    "{} batches executed again, every entry the same byte for byte": (
        "重算 {0} 批，每条记录逐字节相同",
        "重算 {0} 批，每條記錄逐位元組相同",
    ),
    "{} commodities balance": ("{0} 个项目收支平衡", "{0} 個項目收支平衡"),
    "{} mirrors cosigned, {} wanted: this audit re-executes the log itself": (
        "镜像机构会签 {0} 个，需 {1} 个：本次查验自行重算全账",
        "鏡像機構會簽 {0} 個，需 {1} 個：本次查驗自行重算全帳",
    ),
    (
        "the trust file you gave names other logs, cosigners or groups than the "
        "log's own governance; yours was used"
    ): (
        "您给的信任文件与账本治理记录所列的账本、见证机构或群组不同；已用您的",
        "您給的信任檔與帳本治理記錄所列的帳本、見證機構或群組不同；已用您的",
    ),
    "the first {} entries are those of the older checkpoint": (
        "前 {0} 条与较早的检查点一致",
        "前 {0} 條與較早的檢查點一致",
    ),
    "entry {} of {}, by {} hashes": (
        "共 {1} 条中的第 {0} 条，经 {2} 个哈希",
        "共 {1} 條中的第 {0} 條，經 {2} 個雜湊",
    ),
    "a state proof": ("账面证明", "帳面證明"),
    "an index proof": ("清单证明", "清單證明"),
    "batch {} at {}": ("第 {0} 批，时间 {1}", "第 {0} 批，時間 {1}"),
    "{}, {} bytes, {}": ("{0}，{1} 字节，{2}", "{0}，{1} 位元組，{2}"),
    "this copy has {} entries, the log had {} before": (
        "这份副本有 {0} 条，账本先前有 {1} 条",
        "這份副本有 {0} 條，帳本先前有 {1} 條",
    ),
    "at size {} it had root {}, now {}": (
        "大小 {0} 时根为 {1}，现为 {2}",
        "大小 {0} 時根為 {1}，現為 {2}",
    ),
    "the cosignatures are of {}, here it is {}": (
        "会签时间为 {0}，本机时间为 {1}",
        "會簽時間為 {0}，本機時間為 {1}",
    ),
    "none was given": ("没有给出", "沒有給出"),
    "nobody": ("无人", "無人"),
    "{} is not there": ("缺少 {0}", "缺少 {0}"),
    "{}: status {}": ("{0}：状态码 {1}", "{0}：狀態碼 {1}"),
    "No second opinion: merkletools is not installed; {}.": (
        "没有第二意见：未安装 merkletools；{0}。",
        "沒有第二意見：未安裝 merkletools；{0}。",
    ),
    "make install adds it (requirements/oracle.txt, without dependencies)": (
        "make install 会装上（requirements/oracle.txt，不含依赖）",
        "make install 會裝上（requirements/oracle.txt，不含依賴）",
    ),
    "merkletools finds the same root over {} entries": (
        "merkletools 对 {0} 条记录算得同一个根",
        "merkletools 對 {0} 條記錄算得同一個根",
    ),
    "merkletools finds {}, signed is {}": (
        "merkletools 算得 {0}，所签的是 {1}",
        "merkletools 算得 {0}，所簽的是 {1}",
    ),
    "{}: it is another log, {}": ("{0}：它属于另一个账本 {1}", "{0}：它屬於另一個帳本 {1}"),
    "the checkpoint seen before has {} entries, this receipt stands under {}": (
        "先前所见的检查点有 {0} 条，本收据只到 {1} 条",
        "先前所見的檢查點有 {0} 條，本收據只到 {1} 條",
    ),
    "at size {} the one seen before has root {}, this one {}": (
        "大小 {0} 时先前所见的根是 {1}，现为 {2}",
        "大小 {0} 時先前所見的根是 {1}，現為 {2}",
    ),
    "{} entries, {} were seen before": (
        "{0} 条记录，先前所见 {1} 条",
        "{0} 條記錄，先前所見 {1} 條",
    ),
}
"""Details of a step, each for itself: a detail may join several by `; `."""
