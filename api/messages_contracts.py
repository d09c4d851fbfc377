"""What the pages about contracts say, in the three languages: a part of `api.messages.MESSAGES`."""

from collections.abc import Mapping
from typing import Final

from ledger.phrases import Triple

CONTRACT_MESSAGES: Final[Mapping[str, Triple]] = {
    # all of them
    "contracts": ("Contracts", "合约", "合約"),
    "contracts_lead": (
        "The rules that members have adopted: who may get what, and when. Each is a text that "
        "anybody can run again.",
        "成员采纳的规则：谁在何时可得什么。每份都是任何人可以重新执行的文本。",
        "成員採納的規則：誰在何時可得什麼。每份都是任何人可以重新執行的文本。",
    ),
    "no_contracts": ("No contract is adopted.", "尚未采纳任何合约。", "尚未採納任何合約。"),
    "contracts_in_force": ("In force", "正在生效", "正在生效"),
    "contracts_coming": ("Adopted, not yet in force", "已通过，尚未生效", "已通過，尚未生效"),
    "contracts_proposed": ("Proposed", "提案中", "提案中"),
    "contracts_over": ("No longer in force", "不再生效", "不再生效"),
    "contracts_older": ("Earlier ones", "更早的", "更早的"),
    # one of them
    "contract_number": ("Version {version}", "第 {version} 版", "第 {version} 版"),
    "contract_about": ("Judges", "审查", "審查"),
    "contract_after": ("Acts after", "触发条件", "觸發條件"),
    "contract_scope": ("Where it counts", "适用范围", "適用範圍"),
    "contract_owner": ("Answers for it", "负责机构", "負責機構"),
    "contract_basis": ("Legal basis", "依据", "依據"),
    "contract_since": ("In force since", "生效时间", "生效時間"),
    "contract_was": ("Was in force", "曾经生效", "曾經生效"),
    "contract_from": ("In force from", "自此生效", "自此生效"),
    "contract_until": ("Until", "有效至", "有效至"),
    "contract_span": ("{since} to {until}", "{since} 至 {until}", "{since} 至 {until}"),
    "contract_never": ("It never was in force.", "从未生效。", "從未生效。"),
    "contract_in": ("{time}, in {age}", "{time}，还有 {age}", "{time}，還有 {age}"),
    "contract_approved": ("Approved by", "赞成者", "贊成者"),
    "contract_nobody": ("nobody yet", "尚无", "尚無"),
    "contract_needed": ("Still needed", "还需", "還需"),
    "contract_needs": (
        "{count} of {names}, by {until}",
        "{names}中的 {count} 家，截止 {until}",
        "{names}中的 {count} 家，截止 {until}",
    ),
    "contract_needs_all": ("{names}, by {until}", "{names}，截止 {until}", "{names}，截止 {until}"),
    "contract_enough": (
        "Enough members have approved. It takes effect once an administrator commits it, by "
        "{until}.",
        "赞成者已足够，待管理员提交后生效，截止 {until}。",
        "贊成者已足夠，待管理員提交後生效，截止 {until}。",
    ),
    "contract_suspended": (
        "Members have suspended it. It decides nothing meanwhile.",
        "成员已暂停此合约，期间不作任何决定。",
        "成員已暫停此合約，期間不作任何決定。",
    ),
    "contract_suspended_to": (
        "Members have suspended it. It decides nothing until {until}, unless they confirm that it "
        "stays so.",
        "成员已暂停此合约，至 {until} 不作任何决定；若成员确认，则继续暂停。",
        "成員已暫停此合約，至 {until} 不作任何決定；若成員確認，則繼續暫停。",
    ),
    "contract_emergency": (
        "An emergency version. On {until} the one before it comes back.",
        "应急版本，{until} 起恢复前一版。",
        "應急版本，{until} 起恢復前一版。",
    ),
    "contract_retires": (
        "Members have ended it: it is in force until {until}.",
        "成员已决定终止，生效至 {until}。",
        "成員已決定終止，生效至 {until}。",
    ),
    "contract_next": (
        "Version {version} takes its place on {time}, in {age}.",
        "第 {version} 版将于 {time} 取代本版，还有 {age}。",
        "第 {version} 版將於 {time} 取代本版，還有 {age}。",
    ),
    "contract_rules": ("Its rules, in words", "规则说明", "規則說明"),
    "contract_else": ("if not: {then}", "不符则{then}", "不符則{then}"),
    "contract_rule_text": ("Its rule, exactly", "规则原文", "規則原文"),
    "contract_effects": ("What it does by itself", "自动执行的事", "自動執行的事"),
    "contract_when": ("When, exactly", "条件原文", "條件原文"),
    "contract_bounds": ("What it may spend", "可动用金额", "可動用金額"),
    "bound_fund": ("From {fund}", "出自{fund}", "出自{fund}"),
    "bound_firing": (
        "At most {amount} for one cause",
        "每次触发至多 {amount}",
        "每次觸發至多 {amount}",
    ),
    "bound_item": ("At most {amount} for each", "每户至多 {amount}", "每戶至多 {amount}"),
    "bound_rate": (
        "How often: at most {n} in {span}",
        "{span}内至多 {n} 次",
        "{span}內至多 {n} 次",
    ),
    "contract_examples": ("Examples it was adopted with", "通过时所附示例", "通過時所附示例"),
    "contract_versions": ("Versions", "各版", "各版"),
    "contract_decisions": ("Last decisions", "最近的决定", "最近的決定"),
    "contract_none": ("It has decided nothing lately.", "最近没有决定。", "最近沒有決定。"),
    "decided_by": ("What contracts said", "合约如何决定", "合約如何決定"),
    "decided_numbers": ("The numbers behind it", "背后的数字", "背後的數字"),
    "only_would": ("{outcome} ({mode})", "{outcome}（{mode}）", "{outcome}（{mode}）"),
    "contract_data": ("The contract as data", "合约原始数据", "合約原始資料"),
    # runs
    "runs": ("Distributions under way", "逐户发放进度", "逐戶發放進度"),
    "runs_lead": (
        "What a contract does by itself, household by household, once something called for it. Any "
        "two members can stop it at once.",
        "合约触发后自动逐户执行的进度。任何两个成员都可立即叫停。",
        "合約觸發後自動逐戶執行的進度。任何兩個成員都可立即叫停。",
    ),
    "runs_open": ("Going on", "进行中", "進行中"),
    "runs_over": ("Over", "已结束", "已結束"),
    "runs_none": (
        "No distribution is under way.",
        "目前没有进行中的发放。",
        "目前沒有進行中的發放。",
    ),
    "runs_all": ("All distributions", "全部发放进度", "全部發放進度"),
    "run_of": (
        "{done} of {of} households done",
        "{of} 户中已处理 {done} 户",
        "{of} 戶中已處理 {done} 戶",
    ),
    "run_done": ("{done} items done", "已处理 {done} 项", "已處理 {done} 項"),
    "run_spent": ("Instructed to be paid", "已下达付款", "已下達付款"),
    "run_left": ("Left of its budget", "预算剩余", "預算剩餘"),
    "run_aside": ("Still set aside for it", "专款尚余", "專款尚餘"),
    "run_fired": ("Something was done for", "已发放或立案", "已發放或立案"),
    "run_refused": ("Refused by other rules", "被其他规则拒绝", "被其他規則拒絕"),
    "run_faults": ("Left for people to look at", "留待人工查看", "留待人工查看"),
    "run_cause": ("Because of", "起因", "起因"),
    "run_last": ("Last went on", "最近一次", "最近一次"),
    "run_data": ("The figures as data", "原始数据", "原始資料"),
    "run_household": ("{n} households", "{n} 户", "{n} 戶"),
    # what is held
    "held_until": (
        "Unless somebody decides before, the wait ends on {until}.",
        "若无人决定，等待至 {until} 为止。",
        "若無人決定，等待至 {until} 為止。",
    ),
    "held_to": ("held, until {until}", "等待核准，至 {until}", "等待核准，至 {until}"),
    "held_then_posted": ("held, then approved", "后获核准入账", "後獲核准入帳"),
    "held_then_voided": ("held, then not approved", "未获核准", "未獲核准"),
    "held_voided": (
        "When it was approved, the rules then in force did not allow it, entry {index}: nothing of "
        "it was booked.",
        "核准时，当时生效的规则不准许此事（第 {index} 条记录）：没有入账。",
        "核准時，當時生效的規則不准許此事（第 {index} 條記錄）：沒有入帳。",
    ),
    "ends_posted": (
        "It books what had waited in entry {index}.",
        "第 {index} 条记录所等待的事项由此入账。",
        "第 {index} 條記錄所等待的事項由此入帳。",
    ),
    "ends_voided": (
        "It ends the wait of entry {index}: nothing of that is booked.",
        "第 {index} 条记录的等待到此结束：没有入账。",
        "第 {index} 條記錄的等待到此結束：沒有入帳。",
    ),
}
