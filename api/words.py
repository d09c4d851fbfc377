"""What is on the ledger, in the words of the people it is about: kinds, accounts, units.

The ledger's own names (`disbursement.handout`, `given:household`) are for programs; no page shows
them in a sentence. Every triple is English, simplified and traditional Chinese, in the order of
`ledger.sentences.LANGUAGES`; tests keep every list whole.
"""

from collections.abc import Mapping
from typing import Final

from ledger.phrases import Triple
from ledger.sentences import language_index

KINDS: Final[Mapping[str, Triple]] = {
    "genesis": ("The ledger was founded", "账本成立", "帳本成立"),
    "batch": ("End of a batch", "一批记录结束", "一批記錄結束"),
    "deadline.pass": ("A deadline passed", "期限已到", "期限已到"),
    "member.enrol": ("Member enrolled", "成员登记", "成員登記"),
    "member.grant": ("Roles granted", "授予职责", "授予職責"),
    "member.revoke": ("Roles revoked", "撤销职责", "撤銷職責"),
    "key.enrol": ("Key enrolled", "登记密钥", "登記金鑰"),
    "key.retire": ("Key retired", "停用密钥", "停用金鑰"),
    "catalogue.define": ("Catalogue extended", "目录增补", "目錄增補"),
    "donation.receive": ("Donation of money received", "收到捐款", "收到捐款"),
    "donation.list": ("List of donations received", "收到一批捐款", "收到一批捐款"),
    "donation.reverse": ("Donation taken back by the bank", "银行撤回捐款", "銀行撤回捐款"),
    "donation.refund": ("Donation refunded", "退还捐款", "退還捐款"),
    "fund.allocate": ("Money allocated to a purpose", "拨定用途", "撥定用途"),
    "fund.deallocate": ("Allocation withdrawn", "取消拨定", "取消撥定"),
    "fund.cover": ("Shortfall covered", "补足缺口", "補足缺口"),
    "disbursement.instruct": ("Payment instructed", "下达付款指令", "下達付款指令"),
    "disbursement.paid": ("Payment made", "已付款", "已付款"),
    "disbursement.failed": ("Payment failed", "付款失败", "付款失敗"),
    "disbursement.returned": ("Payment returned", "款项退回", "款項退回"),
    "disbursement.release": ("Goods released for handing out", "准予发放", "准予發放"),
    "disbursement.handout": ("Goods handed out", "发放物资", "發放物資"),
    "stock.receive": ("Goods received into store", "物资入库", "物資入庫"),
    "stock.move": ("Goods moved within the store", "库内移动", "庫內移動"),
    "stock.split": ("Lot split", "拆分批号", "拆分批號"),
    "stock.merge": ("Lots merged", "合并批号", "合併批號"),
    "stock.count": ("Stock counted", "盘点", "盤點"),
    "stock.adjust": ("Stock adjusted", "库存调整", "庫存調整"),
    "stock.loss": ("Loss recorded", "记录损失", "記錄損失"),
    "stock.reserve": ("Goods reserved", "预留物资", "預留物資"),
    "stock.release": ("Reservation freed", "解除预留", "解除預留"),
    "asset.lend": ("Loan of equipment agreed", "约定借出设备", "約定借出設備"),
    "asset.handover": ("Equipment handed over", "设备交接", "設備交接"),
    "asset.return": ("Equipment returned", "设备归还", "設備歸還"),
    "requisition.order": ("Requisition ordered", "下达征用令", "下達徵用令"),
    "requisition.accept": ("Requisitioned goods taken over", "接收征用物资", "接收徵用物資"),
    "requisition.return": ("Requisitioned goods returned", "归还征用物资", "歸還徵用物資"),
    "project.contract": ("Project contracted", "签订工程合同", "簽訂工程合約"),
    "project.claim": ("Milestone claimed", "申报完工节点", "申報完工節點"),
    "project.inspect": ("Milestone inspected", "查验完工节点", "查驗完工節點"),
    "shipment.order": ("Shipment ordered", "下达调拨单", "下達調撥單"),
    "shipment.dispatch": ("Shipment sent off", "物资发运", "物資發運"),
    "shipment.arrive": ("Shipment arrived", "物资到达", "物資到達"),
    "household.enrol": ("Household enrolled", "住户登记", "住戶登記"),
    "household.retire": ("Household takes part no longer", "住户退出", "住戶退出"),
    "entitlement.issue": ("Entitlements issued", "核定应领份额", "核定應領份額"),
    "entitlement.revoke": ("Entitlements revoked", "撤销应领份额", "撤銷應領份額"),
    "alert.declare": ("Alert declared", "发布警报", "發布警報"),
    "alert.lift": ("Alert lifted", "解除警报", "解除警報"),
    "need.declare": ("Need declared", "申报需求", "申報需求"),
    "forecast.publish": ("Forecast published", "发布需求预测", "發布需求預測"),
    "price.observe": ("Price observed", "采集价格", "採集價格"),
    "approval.give": ("Approved", "核准", "核准"),
    "approval.refuse": ("Approval refused", "不予核准", "不予核准"),
    "override.use": ("A rule overridden", "紧急放行", "緊急放行"),
    "case.open": ("Case opened", "立案", "立案"),
    "case.assign": ("Case assigned", "案件交办", "案件交辦"),
    "case.respond": ("Answer in a case", "案件答复", "案件答覆"),
    "case.decide": ("Case decided", "案件决定", "案件決定"),
    "case.appeal": ("Decision appealed", "对决定不服", "不服決定"),
    "case.close": ("Case closed", "结案", "結案"),
    "contract.propose": ("Contract proposed", "提出合约", "提出合約"),
    "contract.approve": ("Contract approved", "赞成合约", "贊成合約"),
    "contract.commit": ("Contract adopted", "通过合约", "通過合約"),
    "contract.suspend": ("Suspension of a contract asked for", "要求暂停合约", "要求暫停合約"),
    "contract.retire": ("End of a contract asked for", "要求终止合约", "要求終止合約"),
    "contract.activate": ("What contracts are in force changed", "生效合约变更", "生效合約變更"),
    "contract.run": ("A contract went on through its list", "合约逐户执行", "合約逐戶執行"),
    "clock.hour": ("A full hour", "整点", "整點"),
    "run.pause": ("A contract's run paused", "暂停合约的逐户执行", "暫停合約的逐戶執行"),
    "run.resume": ("A contract's run goes on", "恢复合约的逐户执行", "恢復合約的逐戶執行"),
    "run.end": ("A contract's run ended", "终止合约的逐户执行", "終止合約的逐戶執行"),
    "delivery.confirm": ("Receipt confirmed", "确认收到", "確認收到"),
    "correction.declare": ("Correction", "更正", "更正"),
}
"""Kind of an entry -> what happened."""

ACCOUNTS: Final[Mapping[str, Triple]] = {
    # first word of an account's label, or the whole label where it says more
    "ext:donor": ("donors", "捐赠者", "捐贈者"),
    "ext:vendor": ("a supplier", "供应商", "供應商"),
    "ext:requisition": ("requisition", "征用", "徵用"),
    "ext:owner": ("the fund's owner", "基金所有人", "基金所有人"),
    "ext:interest": ("interest", "利息", "利息"),
    "ext:partner": ("a partner", "合作机构", "合作機構"),
    "ext": ("outside", "外部", "外部"),
    "free": ("not yet allocated", "尚未拨定", "尚未撥定"),
    "allocated": ("allocated", "已拨定", "已撥定"),
    "held": ("held for approval", "待核准", "待核准"),
    "transit": ("being paid", "付款中", "付款中"),
    "paid:household": ("paid to households", "付给住户", "付給住戶"),
    "paid:vendor": ("paid to suppliers", "付给供应商", "付給供應商"),
    "paid:contractor": ("paid to contractors", "付给承包方", "付給承包方"),
    "paid:partner": ("paid to partners", "付给合作机构", "付給合作機構"),
    "paid:compensation": ("paid as compensation", "付作补偿", "付作補償"),
    "paid:fee": ("paid as fees", "付作手续费", "付作手續費"),
    "paid": ("paid", "已付", "已付"),
    "refunded": ("refunded to donors", "已退还捐赠者", "已退還捐贈者"),
    "shortfall": ("shortfall", "缺口", "缺口"),
    "site": ("in store", "库存", "庫存"),
    "consignment": ("on the way", "运输途中", "運輸途中"),
    "given:household": ("given to households", "发给住户", "發給住戶"),
    "given:open": ("given out at an open point", "开放点发放", "開放點發放"),
    "given:organisation": ("given to organisations", "发给机构", "發給機構"),
    "given": ("given out", "已发放", "已發放"),
    "lost": ("lost", "损失", "損失"),
    "destroyed": ("destroyed", "已销毁", "已銷毀"),
    "returned": ("returned", "已退回", "已退回"),
    "over_issue": ("issued beyond the books", "超出账面发放", "超出帳面發放"),
    "found": ("found, not recorded before", "现场多出、未曾入账", "現場多出、未曾入帳"),
    "fx": ("exchange", "兑换", "兌換"),
    "transform": ("made into something else", "改装", "改裝"),
}
"""Label of an account -> what it is."""

REASONS: Final[Mapping[str, Triple]] = {
    # reasons of losses and purposes, as far as they are common; others are shown as written
    "good": ("good", "完好", "完好"),
    "shadow": ("only watches", "仅旁观", "僅旁觀"),
    "warn": ("warns", "提醒", "提醒"),
    "enforce": ("decides", "有决定权", "有決定權"),
    "pass": ("done as agreed", "合格", "合格"),
    "fail": ("not done as agreed", "不合格", "不合格"),
    "damaged": ("damaged", "损坏", "損壞"),
    "expired": ("expired", "过期", "過期"),
    "stolen": ("stolen", "被盗", "被盜"),
    "lost": ("lost", "遗失", "遺失"),
    "transport": ("in transport", "运输途中", "運輸途中"),
    "unexplained": ("unexplained", "原因不明", "原因不明"),
    "food": ("food", "食品", "食品"),
    "cash": ("cash aid", "现金救助", "現金救助"),
    "shelter": ("shelter", "安置", "安置"),
    "medical": ("medical supplies", "医疗物资", "醫療物資"),
    "water": ("water", "饮水", "飲水"),
    "hygiene": ("hygiene", "卫生用品", "衛生用品"),
    "compensation": ("compensation", "补偿", "補償"),
    "transport-costs": ("transport costs", "运输费用", "運輸費用"),
    "did_not_occur": ("it did not happen", "此事没有发生", "此事沒有發生"),
    "incorrect_data": ("it was recorded wrongly", "记录有误", "記錄有誤"),
    "destroyed": ("destroyed", "销毁", "銷毀"),
    "returned": ("returned", "退回", "退回"),
    "received": ("received", "已收到", "已收到"),
    "partial": ("received in part", "收到一部分", "收到一部分"),
    "not_received": ("not received", "没有收到", "沒有收到"),
    "no-network": ("there was no network", "当时没有网络", "當時沒有網路"),
    "end-of-service": ("the service ended", "任务结束", "任務結束"),
    "flood": ("flood", "洪水", "洪水"),
    "typhoon": ("typhoon", "台风", "颱風"),
    "earthquake": ("earthquake", "地震", "地震"),
    "fire": ("fire", "火灾", "火災"),
    "water-fell": ("the water fell", "水位回落", "水位回落"),
    "moved-away": ("moved away", "已迁离", "已遷離"),
    "enrolled-twice": ("enrolled twice", "重复登记", "重複登記"),
    "register": ("counted in the register", "按登记册", "依登記冊"),
    "assessment": ("assessed on the spot", "现场评估", "現場評估"),
    "model": ("calculated by a model", "模型推算", "模型推算"),
    "upheld": ("upheld", "理由成立", "理由成立"),
    "partly": ("upheld in part", "部分成立", "部分成立"),
    "rejected": ("rejected", "理由不成立", "理由不成立"),
    "settled": ("settled", "已处理", "已處理"),
    "hand-out-again": ("hand out what is missing", "补发", "補發"),
    "explain": ("explain in person", "当面说明", "當面說明"),
    "aid": ("aid", "救助", "救助"),
    "goods": ("goods", "物资", "物資"),
    "override": ("a rule overridden", "紧急放行", "緊急放行"),
    "wrong-account": ("wrong account", "账号有误", "帳號有誤"),
    "account-closed": ("the account was closed", "账户已注销", "帳戶已註銷"),
}

ROLES: Final[Mapping[str, Triple]] = {
    # what an actor may do; roles that no law names are shown as written
    "admin": ("administrator", "管理员", "管理員"),
    "approver": ("approver", "核准人", "核准人"),
    "confirmer": ("confirms receipts", "收货确认人", "收貨確認人"),
    "counter": ("counts stock", "盘点人", "盤點人"),
    "distributor": ("hands out", "发放人", "發放人"),
    "fund-owner": ("owner of the fund", "基金所有人", "基金所有人"),
    "inspector": ("inspects work", "查验人", "查驗人"),
    "commander": ("commands in a disaster", "应急指挥", "應變指揮"),
    "decider": ("decides cases", "裁定人", "裁定人"),
    "officer": ("officer for needs and cases", "承办人", "承辦人"),
    "keeper": ("keeper of the catalogue", "目录管理人", "目錄管理人"),
    "manager": ("manager of goods", "物资主管", "物資主管"),
    "payer": ("pays", "付款人", "付款人"),
    "quality": ("quality", "质检", "質檢"),
    "receiver": ("receives goods", "收货人", "收貨人"),
    "registrar": ("registers households", "登记人", "登記人"),
    "shipper": ("sends off goods", "发运人", "發運人"),
    "storekeeper": ("storekeeper", "仓库管理员", "倉庫管理員"),
    "treasurer": ("treasurer", "出纳", "出納"),
}

SOURCES: Final[Mapping[str, Triple]] = {
    "gift": ("a gift", "捐赠", "捐贈"),
    "purchase": ("bought", "采购", "採購"),
    "requisition": ("requisitioned", "征用", "徵用"),
    "found": ("found, not recorded before", "现场多出、未曾入账", "現場多出、未曾入帳"),
}
"""Where received goods come from."""

UNITS: Final[Mapping[str, Triple]] = {
    # UN/CEFACT Recommendation 20
    "GRM": ("g", "克", "克"),
    "KGM": ("kg", "公斤", "公斤"),
    "LTR": ("L", "升", "公升"),
    "H87": ("pcs", "件", "件"),
}

TONNE: Final[Triple] = ("t", "吨", "公噸")
"""A thousand kilograms."""


def word(table: Mapping[str, Triple], key: str, language: str) -> str:
    """The word for `key`, or `key` itself where the table has none."""
    triple = table.get(key)
    return key if triple is None else triple[language_index(language)]


def account_word(label: str, language: str) -> str:
    """The word for an account's label, the most special one there is.

    >>> account_word("paid:vendor", "en"), account_word("lost:stolen", "en")
    ('paid to suppliers', 'lost')
    """
    first = label.partition(":")[0]
    return word(ACCOUNTS, label if label in ACCOUNTS else first, language)
