"""Why a node only reads: each reason as a sentence with its next step, in the three languages.

A row is English, simplified and traditional Chinese, in the order of `ledger.sentences.LANGUAGES`;
`{name}` stands for a value. `/readyz`, `/freshness`, `relief serve` and `relief doctor` show them.

    raise read_only("watermark_missing", size=8)
"""

from collections.abc import Mapping
from typing import Final

from ledger.phrases import Triple
from nodes.errors import ReadOnly

REASONS: Final[Mapping[str, Triple]] = {
    "watermark_missing": (
        "there is no watermark beside a store of {size:,} entries, so nobody here knows what this "
        "key signed last; compare with the checkpoints that cosigners and readers hold, then: "
        "relief watermark --dir DIR --published SIZE",
        "账本已有 {size:,} 条记录，却没有水位文件，无从得知此密钥最后签到哪里；"
        "请核对见证机构与读者手中的检查点，然后执行："
        "relief watermark --dir DIR --published SIZE",
        "帳本已有 {size:,} 條記錄，卻沒有水位檔，無從得知此金鑰最後簽到哪裡；"
        "請核對見證機構與讀者手中的檢查點，然後執行："
        "relief watermark --dir DIR --published SIZE",
    ),
    "watermark_old": (
        "the watermark stands at {mark:,}, but this node has published size {seen:,}: it is from "
        "an older copy; compare with the checkpoints that cosigners and readers hold, then: "
        "relief watermark --dir DIR --published SIZE",
        "水位文件停在 {mark:,}，而本节点已公布到 {seen:,}：它来自较旧的备份；"
        "请核对见证机构与读者手中的检查点，然后执行："
        "relief watermark --dir DIR --published SIZE",
        "水位檔停在 {mark:,}，而本節點已公布到 {seen:,}：它來自較舊的備份；"
        "請核對見證機構與讀者手中的檢查點，然後執行："
        "relief watermark --dir DIR --published SIZE",
    ),
    "store_behind": (
        "this key was about to sign size {mark:,}, the store ends at {size:,}: it was restored; "
        "bring it up to what others hold before anything is signed",
        "此密钥曾要签到 {mark:,}，账本却只到 {size:,}：账本是从备份恢复的；"
        "须先补齐到他人已持有的内容，才会再签",
        "此金鑰曾要簽到 {mark:,}，帳本卻只到 {size:,}：帳本是從備份恢復的；"
        "須先補齊到他人已持有的內容，才會再簽",
    ),
    "no_log_key": (
        "there is no log key in {folder}; bring the key file back",
        "{folder} 中没有账本密钥；请放回密钥文件",
        "{folder} 中沒有帳本金鑰；請放回金鑰檔",
    ),
    "no_room": (
        "{free:,} MiB are free on the disk: too little to begin; make room, then start again",
        "磁盘只余 {free:,} MiB，不足以开始；请腾出空间后重新启动",
        "磁碟只餘 {free:,} MiB，不足以開始；請騰出空間後重新啟動",
    ),
    "unknown_log_key": (
        "the ledger does not know this log key, or has retired it; bring the key that governance "
        "names",
        "账本不认得此账本密钥，或已停用；请改用治理所列的密钥",
        "帳本不認得此帳本金鑰，或已停用；請改用治理所列的金鑰",
    ),
}


def read_only(reason: str, **values: int | str) -> ReadOnly:
    """The error for a reason of `REASONS`, its sentence filled in."""
    english, hans, hant = (text.format(**values) for text in REASONS[reason])
    return ReadOnly(english, reason, (english, hans, hant))
