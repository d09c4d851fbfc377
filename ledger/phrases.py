"""Names of values, and set phrases, in the languages of `ledger.sentences`: for its brackets.

A check that refuses names its values by keyword (`left=9500`) and says what it wanted in one of the
phrases here; a test reads the source and keeps both lists whole.
"""

from collections.abc import Mapping

Triple = tuple[str, str, str]
"""English, simplified Chinese, traditional Chinese."""

LABELS: Mapping[str, Triple] = {
    "actor": ("who", "签名者", "簽名者"),
    "asked": ("asked", "要求", "要求"),
    "entry": ("entry", "记录", "記錄"),
    "given": ("given", "已有", "已有"),
    "high": ("at most", "最多", "最多"),
    "key": ("which", "哪一项", "哪一項"),
    "known": ("known", "已知", "已知"),
    "left": ("left", "余下", "餘下"),
    "log": ("ledger", "账本", "帳本"),
    "low": ("at least", "最少", "最少"),
    "n": ("difference", "差额", "差額"),
    "now": ("now", "现在", "現在"),
    "options": ("words", "可选", "可選"),
    "other": ("the other", "另一份", "另一份"),
    "promised": ("promised to households", "已承诺给住户", "已承諾給住戶"),
    "role": ("role", "角色", "角色"),
    "rules": ("rules", "规则", "規則"),
    "tag": ("reference", "流水号", "流水號"),
    "value": ("value", "数值", "數值"),
    "wanted": ("wanted", "应为", "應為"),
}

PHRASES: Mapping[str, tuple[str, str]] = {
    # English phrases that checks give as `wanted` or `role`, in simplified and traditional Chinese
    "a member with a voice in this scope": ("在此范围有表决权的成员", "在此範圍有表決權的成員"),
    "another enforcing gate for this kind first": (
        "先有另一份对此类陈述有强制力的合约",
        "先有另一份對此類陳述有強制力的合約",
    ),
    "fewer open proposals: commit some, or wait until they lapse": (
        "先提交或等待部分提案失效，再提出新的",
        "先提交或等待部分提案失效，再提出新的",
    ),
    "fewer proposals at once; sign it anew for a later batch": (
        "一次少提几份；请稍后重新签名送出",
        "一次少提幾份；請稍後重新簽名送出",
    ),
    "contracts of one currency; name it in a type": (
        "只涉及一种货币的合约；请在类型中写明",
        "只涉及一種貨幣的合約；請在類型中寫明",
    ),
    "each member once": ("每个成员只列一次", "每個成員只列一次"),
    "each scope once": ("每个范围只列一次", "每個範圍只列一次"),
    "shadow first": ("先以影子模式观察", "先以影子模式觀察"),
    "a contract that is in force": ("正在生效的合约", "正在生效的合約"),
    "other values of params alone": ("只改参数的值", "只改參數的值"),
    "no emergency version before it": ("没有先前的紧急版本", "沒有先前的緊急版本"),
    "as it is, or more; another value goes by lane params, the rest by full": (
        "维持原样或另加；改参数的值请走参数程序（params），其余走完整程序（full）",
        "維持原樣或另加；改參數的值請走參數程序（params），其餘走完整程序（full）",
    ),
    "no kind fewer; that goes by lane full": (
        "陈述种类不得减少；减少请走完整程序（full）",
        "陳述種類不得減少；減少請走完整程序（full）",
    ),
    "no kind more; that goes by lane full": (
        "陈述种类不得增加；增加请走完整程序（full）",
        "陳述種類不得增加；增加請走完整程序（full）",
    ),
    "as it is; or by lane full": (
        "维持原样；更改请走完整程序（full）",
        "維持原樣；更改請走完整程序（full）",
    ),
    "as it is, or (as it is) && more; the rest by lane full": (
        "维持原样，或（原条件）&& 新条件；其余走完整程序（full）",
        "維持原樣，或（原條件）&& 新條件；其餘走完整程序（full）",
    ),
    "as it is, or (as it is) && more, or stricter; the rest by lane full": (
        "维持原样，或（原条件）&& 新条件，或更严；其余走完整程序（full）",
        "維持原樣，或（原條件）&& 新條件，或更嚴；其餘走完整程序（full）",
    ),
    "as it is, or when (as it is) && more; marks as they are; the rest by lane full": (
        "维持原样，或条件改为（原条件）&& 新条件；标记维持原样；其余走完整程序（full）",
        "維持原樣，或條件改為（原條件）&& 新條件；標記維持原樣；其餘走完整程序（full）",
    ),
    "no higher budget; that goes by lane full": (
        "预算不得提高；提高请走完整程序（full）",
        "預算不得提高；提高請走完整程序（full）",
    ),
    "no new index; that goes by lane full": (
        "不得新增统计；新增请走完整程序（full）",
        "不得新增統計；新增請走完整程序（full）",
    ),
    "the same mode, owner and expiry": (
        "相同的模式、负责机构与到期日",
        "相同的模式、負責機構與到期日",
    ),
    "an enforcing gate in force by then": ("届时有生效的强制闸门", "屆時有生效的強制閘門"),
    "the lane full": ("走完整程序（full）", "走完整程序（full）"),
    "the scope consortium": ("适用范围为 consortium（全联盟）", "適用範圍為 consortium（全聯盟）"),
    "the version in force, or the next one": ("现行版本或下一版本", "現行版本或下一版本"),
    "one that waits or came to nothing; what was posted is done, and is corrected": (
        "仍在等候或未入账的陈述；已入账的无须放行，有误请更正",
        "仍在等候或未入帳的陳述；已入帳的無須放行，有誤請更正",
    ),
    "an object": ("一个物件", "一個物件"),
    "nothing, for there is no such field": (
        "不填（没有这个栏位）",
        "不填（沒有這個欄位）",
    ),
    "this field, which is missing": ("填写此栏位（尚缺）", "填寫此欄位（尚缺）"),
    "an integer": ("整数", "整數"),
    "true or false": ("true 或 false", "true 或 false"),
    "a text of so many bytes": ("长度合适的文字", "長度合適的文字"),
    "a list of so many elements": ("长度合适的列表", "長度合適的列表"),
    "one of these words": ("所列词之一", "所列詞之一"),
    "a kind and version that this ledger knows": (
        "本账本认得的种类和版本",
        "本帳本認得的種類和版本",
    ),
    "an actor": ("一位签名人", "一位簽名人"),
    "no actor": ("不带签名人", "不帶簽名人"),
    "a due date": ("到期日", "到期日"),
    "no due date": ("不带到期日", "不帶到期日"),
    "something to define": ("至少一项定义", "至少一項定義"),
    "an organisation or an actor": ("机构或签名人", "機構或簽名人"),
    "the same currency, owner and programme": (
        "相同的币种、所有人与项目；其他项目请另设基金",
        "相同的幣種、所有人與計畫；其他計畫請另設基金",
    ),
    "a log key retired first": ("先停用一把日志密钥", "先停用一把日誌金鑰"),
    "a leaf for every row": ("每行一个叶", "每行一個葉"),
    "the donation of the row": ("该行所属的捐赠", "該行所屬的捐贈"),
    "16 bytes of a household, else 32, in hex": (
        "住户为 16 字节，其他为 32 字节，十六进制",
        "住戶為 16 位元組，其他為 32 位元組，十六進位",
    ),
    "an entitlement to money": ("现金领取资格", "現金領取資格"),
    "a power of two": ("二的幂", "二的冪"),
    "rows, or lines with a manifest or an organisation": (
        "按户的行，或附清单或机构的行",
        "按戶的行，或附清單或機構的行",
    ),
    "cycle and purpose with rows": ("按户发放须写明期次与用途", "按戶發放須寫明期次與用途"),
    "a reason where a witness confirms": ("由见证人确认时须说明原因", "由見證人確認時須說明原因"),
    "each item once": ("每种物资只列一次", "每種物資只列一次"),
    "each household once": ("每户只列一次", "每戶只列一次"),
    "another site": ("另一个地点", "另一個地點"),
    "one piece with a serial number": ("单件且有序号的一批", "單件且有序號的一批"),
    "each milestone once": ("每个节点只列一次", "每個節點只列一次"),
    "a price in every line and a currency, or none": (
        "每行写明价格并写明币种，或都不写",
        "每行寫明價格並寫明幣種，或都不寫",
    ),
    "something that is owed": ("一笔应付的款项", "一筆應付的款項"),
    "an entitlement or an order": ("领取资格或应付款项，二者择一", "領取資格或應付款項，二者擇一"),
    "another organisation than the contractor": ("承包方以外的机构", "承包方以外的機構"),
    "another person": ("另一个人", "另一個人"),
    "an end after its beginning": ("结束时间晚于开始时间", "結束時間晚於開始時間"),
    "lines or money": ("物资或金额，二者择一", "物資或金額，二者擇一"),
    "an instruction where goods are bought": ("采购物资须写明付款指令", "採購物資須寫明付款指令"),
    "pack and count together": ("包装与件数须同时写明", "包裝與件數須同時寫明"),
    "each commodity once": ("每种货币或物资只列一次", "每種貨幣或物資只列一次"),
    "each area once": ("每个地区只列一次", "每個地區只列一次"),
    "each source once": ("每个来源只列一次", "每個來源只列一次"),
    "each subject once": ("每个事项只列一次", "每個事項只列一次"),
    "no subject and no evidence where the class is sensitive": (
        "敏感类别不得写明事项与凭证",
        "敏感類別不得寫明事項與憑證",
    ),
    "an organisation that is no party to it": ("与此事无关的机构", "與此事無關的機構"),
    "each target once": ("每个对象只列一次", "每個對象只列一次"),
    "an id, or #replacement/output": ("编号，或 #替代项/产出", "編號，或 #替代項/產出"),
    "a replacement that stands before it": ("排在它之前的替代项", "排在它之前的替代項"),
    "at most 200 characters": ("至多 200 个字", "至多 200 個字"),
    "a contract": ("一份合约", "一份合約"),
    "a purpose of the programme": ("该项目的用途之一", "該計畫的用途之一"),
    "allocated to a contract": ("拨给某份合约的款项", "撥給某份合約的款項"),
    "another member": ("另一个成员", "另一個成員"),
    "a log key": ("一把日志密钥", "一把日誌金鑰"),
    "false: no contract is in force yet": ("false：尚无有效规则", "false：尚無有效規則"),
}
