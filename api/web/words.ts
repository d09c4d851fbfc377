/**
 * What the verifier says, in three languages: [English, simplified, traditional Chinese].
 *
 * The five states have the words of `docs/reference/verifier-in-the-browser.md`; `relief verify`
 * means the same by them. `{name}` stands for a value.
 */

import kinds from "./kinds.json" with { type: "json" };

export type Language = "en" | "zh-Hans" | "zh-Hant";
type Triple = readonly [string, string, string];

const LANGUAGES: readonly Language[] = ["en", "zh-Hans", "zh-Hant"];

export const WORDS = {
  // states
  state_mismatch: ["Does not match", "对不上", "對不上"],
  state_unchecked: ["This device could not check it", "这台设备无法验证", "這台裝置無法驗證"],
  state_promised: ["Received, not published yet", "已收件，尚未公布", "已收件，尚未公布"],
  state_corrected: ["Corrected", "已更正", "已更正"],
  state_verified: ["Checked on this device", "已在这台设备上验证", "已在這台裝置上驗證"],
  state_refused: ["Proved: it was refused", "已证实：被拒", "已證實：被拒"],
  state_held: ["Proved: it waits for approval", "已证实：待核准", "已證實：待核准"],
  state_included: ["It is on the ledger", "确在账上", "確在帳上"],
  state_proved: ["The books say so", "账面即为如此", "帳面即為如此"],
  state_absent: ["The books hold no such row", "账面没有这一项", "帳面沒有這一項"],
  state_checking: ["Checking…", "正在查验…", "正在查驗…"],
  // one sentence
  means_mismatch: [
    "A check was carried out here and failed: this is not what the ledger and its witnesses signed.",
    "查验已在此执行，结果不符：这与账本和见证机构所签的不一样。",
    "查驗已在此執行，結果不符：這與帳本和見證機構所簽的不一樣。",
  ],
  means_promised: [
    "The ledger has signed it; not enough witnesses of your trust file have cosigned yet.",
    "账本已签；您的信任文件所列的见证机构尚未足数会签。",
    "帳本已簽；您的信任檔所列的見證機構尚未足數會簽。",
  ],
  means_unchecked: [
    "It is neither proved nor disproved.",
    "既未证实，也未否定。",
    "既未證實，也未否定。",
  ],
  sentence_receipt: [
    "{what}: entry {index} of {origin}, put on the ledger {time}, {who}.",
    "{what}：{origin} 第 {index} 条记录，{time} 入账，{who}。",
    "{what}：{origin} 第 {index} 條記錄，{time} 入帳，{who}。",
  ],
  sentence_corrected: [
    "A later entry corrects it: read both.",
    "其后有一条记录更正了它：请两者对照。",
    "其後有一條記錄更正了它：請兩者對照。",
  ],
  sentence_refused: [
    "The ledger refused it, and nothing moved.",
    "账本拒绝了它，未产生任何变动。",
    "帳本拒絕了它，未產生任何變動。",
  ],
  sentence_held: [
    "Nothing has moved yet: approvals are missing.",
    "尚未执行：还缺核准。",
    "尚未執行：還缺核准。",
  ],
  sentence_included: [
    "{what}: entry {index} of {origin}, put on the ledger {time}. Signers and corrections are shown by a receipt only.",
    "{what}：{origin} 第 {index} 条记录，{time} 入账。签名与更正须看收据。",
    "{what}：{origin} 第 {index} 條記錄，{time} 入帳。簽名與更正須看收據。",
  ],
  sentence_row: [
    "{table} · {key}: {row}, as of {time}.",
    "{table} · {key}：{row}，截至 {time}。",
    "{table} · {key}：{row}，截至 {time}。",
  ],
  sentence_no_row: [
    "{table} · {key}: there was no such row, as of {time}.",
    "{table} · {key}：截至 {time} 没有这一项。",
    "{table} · {key}：截至 {time} 沒有這一項。",
  ],
  sentence_list: [
    "{n} entries are all there are about {key}, as of {time}.",
    "截至 {time}，关于 {key} 的记录共 {n} 条，全在这里。",
    "截至 {time}，關於 {key} 的記錄共 {n} 條，全在這裡。",
  ],
  signed_by: ["signed by {names}", "由 {names} 签名", "由 {names} 簽名"],
  derived: ["derived by every node, signed by nobody", "由各节点推算，无人签名", "由各節點推算，無人簽名"],
  vouched: [
    "Vouched for by {names}, as of {time}.",
    "见证：{names}，截至 {time}。",
    "見證：{names}，截至 {time}。",
  ],
  // what to do next
  next_mismatch: [
    "Keep this page and save the file as evidence; tell the organisation that gave it to you, and an auditor.",
    "请保留此页并保存文件作为证据，告知给您的机构和审计者。",
    "請保留此頁並保存檔案作為證據，告知給您的機構和稽核者。",
  ],
  next_promised: [
    "Ask again in a few minutes.",
    "请过几分钟再查。",
    "請過幾分鐘再查。",
  ],
  next_trust: [
    "Get the trust file of today from a member you trust, not from whoever gave you the proof.",
    "请向您信任的成员索取现行的信任文件，不要向给您证明的人索取。",
    "請向您信任的成員索取現行的信任檔，不要向給您證明的人索取。",
  ],
  next_clock: [
    "The cosignatures are of the future for this device: set its clock, then check again.",
    "对这台设备而言会签时间在未来：请校正时钟后再查。",
    "對這台裝置而言會簽時間在未來：請校正時鐘後再查。",
  ],
  next_fresh: ["Ask for a fresh receipt.", "请索取新的收据。", "請索取新的收據。"],
  next_load: [
    "The proof could not be loaded. Try again, or open the receipt with another member's verifier.",
    "证明未能载入。请再试一次，或用另一成员的验证页打开收据。",
    "證明未能載入。請再試一次，或用另一成員的驗證頁開啟收據。",
  ],
  next_kind: [
    "This is none of the files that can be checked here: a receipt, a proof file, a state or index proof.",
    "这不是此处可验证的文件：收据、证明文件、账面或清单证明。",
    "這不是此處可驗證的檔案：收據、證明檔案、帳面或清單證明。",
  ],
  next_entry: [
    "The entry itself is not in this proof file: ask for one that holds it.",
    "证明文件未附记录本身：请索取附有记录的一份。",
    "證明檔案未附記錄本身：請索取附有記錄的一份。",
  ],
  // remarks
  remark_claimed: [
    "Too few mirrors cosigned: keys, outcomes and corrections are claimed by the log, not re-executed by others.",
    "会签的镜像机构不足：密钥、结果与更正仅为账本自称，未经他人重算。",
    "會簽的鏡像機構不足：金鑰、結果與更正僅為帳本自稱，未經他人重算。",
  ],
  remark_old: [
    "This proof is of {time}, more than a day ago: what came after it is not shown.",
    "此证明出自 {time}，已逾一天：其后的变化未显示。",
    "此證明出自 {time}，已逾一天：其後的變化未顯示。",
  ],
  remark_trust_old: [
    "Keys were changed since the trust file was made: this holds without the old ones, but get the new file.",
    "信任文件制作之后密钥有更换：不靠旧密钥也成立，但请取得新文件。",
    "信任檔製作之後金鑰有更換：不靠舊金鑰也成立，但請取得新檔。",
  ],
  remark_same_site: [
    "Whom to believe was told by this same site. To check without it, open the receipt with another member's verifier.",
    "该相信谁，是由本网站告知的。要不依靠本网站，请用另一成员的验证页打开收据。",
    "該相信誰，是由本網站告知的。要不依靠本網站，請用另一成員的驗證頁開啟收據。",
  ],
  remark_member: [
    "Whom to believe was told by {host}.",
    "该相信谁，是由 {host} 告知的。",
    "該相信誰，是由 {host} 告知的。",
  ],
  remark_text_not_shown: [
    "This receipt does not show the text of the correction: ask for a newer one.",
    "本收据未附更正的内容：请索取新的收据。",
    "本收據未附更正的內容：請索取新的收據。",
  ],
  // the eight steps
  steps: ["What was checked: {passed} of {all} steps passed", "查验过程：{all} 步中通过 {passed} 步", "查驗過程：{all} 步中通過 {passed} 步"],
  step_form: ["Form", "格式", "格式"],
  step_leaf: ["Fingerprint", "指纹", "指紋"],
  step_trust: ["Whom to believe", "相信谁", "相信誰"],
  step_log: ["The ledger's signature", "账本签名", "帳本簽名"],
  step_quorum: ["Witnesses", "见证机构", "見證機構"],
  step_place: ["Place on the ledger", "账上位置", "帳上位置"],
  step_signers: ["Who signed, and what came of it", "谁签名，结果如何", "誰簽名，結果如何"],
  step_shown: ["What is shown, and corrections", "所示内容与更正", "所示內容與更正"],
  step_row: ["The row in the books", "账面的一项", "帳面的一項"],
  step_list: ["The whole list", "完整清单", "完整清單"],
  ok_form: ["The file is whole and of a form that is known.", "文件完整，格式认得。", "檔案完整，格式認得。"],
  ok_leaf: [
    "The fingerprint of the entry was worked out here, from its own bytes.",
    "记录的指纹由本设备从原文算出。",
    "記錄的指紋由本裝置從原文算出。",
  ],
  ok_trust: [
    "The trust file is meant for {origin} with {size} entries.",
    "信任文件适用于 {origin}，共 {size} 条记录时。",
    "信任檔適用於 {origin}，共 {size} 條記錄時。",
  ],
  ok_log: ["{origin} has signed.", "{origin} 已签。", "{origin} 已簽。"],
  ok_quorum: [
    "Cosigned by {names}; it existed by {time}.",
    "{names} 已会签；最迟存在于 {time}。",
    "{names} 已會簽；最遲存在於 {time}。",
  ],
  ok_place: [
    "It is entry {index} of {size}, as of {time}.",
    "第 {index} 条，共 {size} 条，截至 {time}。",
    "第 {index} 條，共 {size} 條，截至 {time}。",
  ],
  ok_place_only: ["It is entry {index} of {size}.", "第 {index} 条，共 {size} 条。", "第 {index} 條，共 {size} 條。"],
  ok_signers: [
    "{who}; keys in force then; outcome: {outcome}.",
    "{who}；密钥当时有效；结果：{outcome}。",
    "{who}；金鑰當時有效；結果：{outcome}。",
  ],
  ok_shown: [
    "Shown here as it was logged: {shown}. No correction follows up to {time}.",
    "此处所示与入账时一致：{shown}。截至 {time} 没有更正。",
    "此處所示與入帳時一致：{shown}。截至 {time} 沒有更正。",
  ],
  ok_shown_corrected: [
    "Shown here as it was logged: {shown}. A correction follows.",
    "此处所示与入账时一致：{shown}。其后有更正。",
    "此處所示與入帳時一致：{shown}。其後有更正。",
  ],
  ok_row: ["It leads to the state that the batch names.", "可推至本批所列的账面摘要。", "可推至本批所列的帳面摘要。"],
  ok_list: ["Nothing was left out, put in or moved.", "没有遗漏、添加或移动。", "沒有遺漏、添加或移動。"],
  fail_form: ["The file is damaged, or of another form.", "文件损坏，或格式不同。", "檔案損壞，或格式不同。"],
  fail_trust: [
    "There is no trust file, or it is not for this ledger at this size.",
    "没有信任文件，或它不适用于此账本的这一时点。",
    "沒有信任檔，或它不適用於此帳本的這一時點。",
  ],
  fail_log: [
    "The ledger's signature is missing, unknown or wrong.",
    "账本签名缺失、不认得或有误。",
    "帳本簽名缺失、不認得或有誤。",
  ],
  fail_quorum: [
    "Too few witnesses, or one of their signatures is wrong.",
    "见证机构不足，或其签名有误。",
    "見證機構不足，或其簽名有誤。",
  ],
  fail_place: [
    "The entry does not stand where the file says.",
    "记录不在文件所说的位置。",
    "記錄不在檔案所說的位置。",
  ],
  fail_signers: [
    "A signature, a key or the outcome does not hold.",
    "签名、密钥或结果不成立。",
    "簽名、金鑰或結果不成立。",
  ],
  fail_shown: [
    "What is shown is not what was logged, or the proof about corrections does not hold.",
    "所示内容与入账不符，或关于更正的证明不成立。",
    "所示內容與入帳不符，或關於更正的證明不成立。",
  ],
  fail_row: ["The row is not what the state holds.", "这一项与账面不符。", "這一項與帳面不符。"],
  fail_list: ["The list is not whole.", "清单不完整。", "清單不完整。"],
  not_reached: ["not reached", "未进行", "未進行"],
  passed: ["passed", "通过", "通過"],
  failed: ["failed", "未通过", "未通過"],
  nothing: ["nothing personal", "无个人资料", "無個人資料"],
  fields: ["{n} sealed fields", "{n} 项封存资料", "{n} 項封存資料"],
  a_row: ["one row", "一行", "一列"],
  reason: ["Reason", "原因", "原因"],
  correction: ["Correction, entry {index}, {time}", "更正：第 {index} 条，{time}", "更正：第 {index} 條，{time}"],
  technical: ["For technicians", "技术说明", "技術說明"],
  outcome_applied: ["booked", "已入账", "已入帳"],
  outcome_flagged: ["booked, with a remark", "已入账，附注记", "已入帳，附註記"],
  outcome_held: ["held", "待核准", "待核准"],
  outcome_refused: ["refused ({code})", "被拒（{code}）", "被拒（{code}）"],
  elsewhere: ["Open with a verifier", "用验证页打开", "用驗證頁開啟"],
  save: ["Save the receipt", "保存收据", "保存收據"],
  // fields that a receipt shows
  field_address: ["Address", "地址", "地址"],
  field_amount: ["Amount, in the smallest unit", "金额（最小单位）", "金額（最小單位）"],
  field_contact: ["Contact", "联系方式", "聯絡方式"],
  field_document: ["Document", "证件", "證件"],
  field_donor: ["Donor", "捐赠者", "捐贈者"],
  field_lines: ["Goods", "物资", "物資"],
  field_name: ["Name", "姓名", "姓名"],
  field_offset: ["Place on the list", "清单内的位置", "清單內的位置"],
  field_phone: ["Phone", "电话", "電話"],
  field_reference: ["Reference", "凭证号", "憑證號"],
  field_tag: ["Card", "卡号", "卡號"],
  field_words: ["Words", "所述", "所述"],
  // verify.html
  page_title: ["Check a receipt", "验证收据", "驗證收據"],
  page_lead: [
    "Everything is worked out on this device. Files that you choose are not sent anywhere.",
    "全部在这台设备上计算。您选的文件不会送往任何地方。",
    "全部在這台裝置上計算。您選的檔案不會送往任何地方。",
  ],
  page_proof: ["1. The receipt or proof", "1. 收据或证明", "1. 收據或證明"],
  page_proof_hint: [
    "Choose it, or drop it anywhere on this page: .relief-receipt, .tlog-proof, state or index proof.",
    "请选择文件，或拖到本页任何位置：.relief-receipt、.tlog-proof、账面或清单证明。",
    "請選擇檔案，或拖到本頁任何位置：.relief-receipt、.tlog-proof、帳面或清單證明。",
  ],
  page_trust: ["2. The trust file", "2. 信任文件", "2. 信任檔"],
  page_trust_hint: [
    "It says which ledgers and witnesses you believe. Take it from a member you trust.",
    "它写明您相信哪些账本和见证机构。请向您信任的成员索取。",
    "它寫明您相信哪些帳本和見證機構。請向您信任的成員索取。",
  ],
  page_choose: ["Choose a file", "选择文件", "選擇檔案"],
  page_use_member: ["Use the trust file of {host}", "使用 {host} 的信任文件", "使用 {host} 的信任檔"],
  page_chosen: ["{name}, {size} bytes", "{name}，{size} 字节", "{name}，{size} 位元組"],
  page_none: ["nothing chosen yet", "尚未选择", "尚未選擇"],
  page_result: ["Result", "结果", "結果"],
  page_waiting: ["Choose a receipt or proof.", "请选择收据或证明。", "請選擇收據或證明。"],
  page_languages: ["Languages", "语言", "語言"],
  page_limits: [
    "The ledger proves who said what and when, not that the rice arrived.",
    "账本证明谁在何时说了什么，不能证明米真的送到。",
    "帳本證明誰在何時說了什麼，不能證明米真的送到。",
  ],
  page_bad_trust: ["What was chosen is no trust file.", "所选的不是信任文件。", "所選的不是信任檔。"],
  page_hash: ["Fingerprint of the trust file", "信任文件的指纹", "信任檔的指紋"],
  page_genesis: ["Fingerprint of the ledger's first entry", "账本首条记录的指纹", "帳本首條記錄的指紋"],
} as const satisfies Record<string, Triple>;

export type Word = keyof typeof WORDS;

/** The word in a language with its values put in. */
export function say(word: Word, language: Language, values: Record<string, string | number> = {}): string {
  const text: string = WORDS[word][LANGUAGES.indexOf(language)] as string;
  return text.replace(/\{([a-z_]+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

/** A field that a receipt shows, in words; its own name where there are none. */
export function fieldWords(name: string, language: Language): string {
  const word = `field_${name}`;
  return Object.hasOwn(WORDS, word) ? say(word as Word, language) : name;
}

/** What an entry is about, in the words of the pages; the ledger's own name where there are none. */
export function kindWords(kind: string, language: Language): string {
  const known = (kinds as Record<string, readonly string[]>)[kind];
  return known?.[LANGUAGES.indexOf(language)] ?? kind;
}

/** One of the three languages for a tag such as `zh-TW`; English where it is another. */
export function languageOf(tag: string): Language {
  const parts = tag.toLowerCase().split("-");
  if (parts[0] !== "zh") return "en";
  const traditional = parts.some((part) => ["hant", "tw", "hk", "mo"].includes(part));
  return traditional && !parts.includes("hans") ? "zh-Hant" : "zh-Hans";
}

/** Seconds east of UTC in which times are shown; null for this device's own zone. */
let zoneOffset: number | null = null;

/** Show times in the zone of the page around, written as the pages write it: `UTC+8`, `UTC-3:30`. */
export function useZone(zone: string | null): void {
  const match = /^UTC(?:([+-])(\d{1,2})(?::(\d{2}))?)?$/.exec(zone ?? "");
  const seconds = Number(match?.[2] ?? 0) * 3600 + Number(match?.[3] ?? 0) * 60;
  zoneOffset = match === null ? null : match[1] === "-" ? -seconds : seconds;
}

/** A time of the ledger (Unix seconds) as the pages write it, `2026-11-20 09:30 UTC+8`. */
export function clock(seconds: number | bigint): string {
  const milliseconds = Number(seconds) * 1000;
  if (!(Math.abs(milliseconds) < 8e15)) return String(seconds);
  const offset = zoneOffset ?? new Date(milliseconds).getTimezoneOffset() * -60;
  const minutes = Math.abs(offset) / 60;
  const hours = `${Math.floor(minutes / 60)}${minutes % 60 === 0 ? "" : `:${String(minutes % 60).padStart(2, "0")}`}`;
  const zone = offset === 0 ? "UTC" : `UTC${offset < 0 ? "-" : "+"}${hours}`;
  return `${new Date(milliseconds + offset * 1000).toISOString().slice(0, 16).replace("T", " ")} ${zone}`;
}
