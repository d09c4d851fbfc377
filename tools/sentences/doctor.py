"""What `relief doctor` finds, and the remedies: simplified and traditional Chinese.

The English is that of `tools.doctor` and `tools.checkup`.
"""

from collections.abc import Mapping
from typing import Final

DOCTOR: Final[Mapping[str, tuple[str, str]]] = {
    "Free {} MiB or more: the node does not start to write with less.": (
        "请腾出 {0} MiB 以上：空间不足时节点不会开始写入。",
        "請騰出 {0} MiB 以上：空間不足時節點不會開始寫入。",
    ),
    "Give relief-ledger an environment of its own: python -m venv, then install it alone.": (
        "请为 relief-ledger 单独建环境：python -m venv，再单独安装。",
        "請為 relief-ledger 單獨建環境：python -m venv，再單獨安裝。",
    ),
    "Good for a trial. For a real ledger make sealed ones: whoever reads these can sign.": (
        "试用可以。正式账本请用加密的密钥：谁读到明文密钥，谁就能签名。",
        "試用可以。正式帳本請用加密的金鑰：誰讀到明文金鑰，誰就能簽名。",
    ),
    "Hand each to its person, who keeps it elsewhere; then remove it here.": (
        "请把每把密钥交给本人另存，然后从这里删除。",
        "請把每把金鑰交給本人另存，然後從這裡刪除。",
    ),
    "Is it the right address? Give it with --to.": (
        "地址对吗？请用 --to 给出。",
        "地址對嗎？請用 --to 給出。",
    ),
    "The next start checks everything; it takes longer, and needs no help.": (
        "下次启动会全部检查一遍，时间较长，不用帮忙。",
        "下次啟動會全部檢查一遍，時間較長，不用幫忙。",
    ),
    (
        "The node writes by one connection and is not affected. Open its files with "
        "no other program that writes; a Python built with SQLite 3.51.3 or later "
        "ends the question."
    ): (
        (
            "节点只用一个连接写入，不受影响。请勿用其他会写入的程序打开其文件；换用 SQLit"
            "e 3.51.3 以上的 Python 即可根治。"
        ),
        (
            "節點只用一個連線寫入，不受影響。請勿用其他會寫入的程式打開其檔案；換用 SQLit"
            "e 3.51.3 以上的 Python 即可根治。"
        ),
    ),
    "Think about a larger disk before it is needed.": (
        "请趁早考虑换大一些的磁盘。",
        "請趁早考慮換大一些的磁碟。",
    ),
    "Without it the node serves, and signs nothing. Bring the key file back.": (
        "没有它，节点仍可供查询，但不签名。请放回密钥文件。",
        "沒有它，節點仍可供查詢，但不簽名。請放回金鑰檔。",
    ),
    "Get the one that governance gives now, and hand it to those who verify.": (
        "请取得治理现行的信任文件，并交给查验的人。",
        "請取得治理現行的信任檔，並交給查驗的人。",
    ),
    "Set the clock (timedatectl set-ntp true), then start the node.": (
        "请校正时钟（timedatectl set-ntp true），再启动节点。",
        "請校正時鐘（timedatectl set-ntp true），再啟動節點。",
    ),
    "Are the mirrors and witnesses up? GET /freshness names who refused, and why.": (
        "镜像机构和见证机构在运行吗？GET /freshness 会列出谁拒绝及原因。",
        "鏡像機構和見證機構在運作嗎？GET /freshness 會列出誰拒絕及原因。",
    ),
    "Correct the line; all names are in docs/reference/settings.md.": (
        "请改正该行；全部名称见 docs/reference/settings.md。",
        "請改正該行；全部名稱見 docs/reference/settings.md。",
    ),
    (
        "The store is from an older backup. Bring it up to what cosigners hold; the "
        "node signs nothing before."
    ): (
        "存储来自较旧的备份。请先补到见证机构所持的程度；此前节点不签名。",
        "儲存庫來自較舊的備份。請先補到見證機構所持的程度；此前節點不簽名。",
    ),
    "They follow by themselves while the node runs; else relief rebuild --dir {}": (
        "节点运行时会自动跟上；否则请执行 relief rebuild --dir {0}",
        "節點運作時會自動跟上；否則請執行 relief rebuild --dir {0}",
    ),
    "Check the path, its owner and its disk.": (
        "请检查路径、所有者和磁盘。",
        "請檢查路徑、所有者和磁碟。",
    ),
    "The answer says why; see docs/reference/api.md.": (
        "回答里写了原因；见 docs/reference/api.md。",
        "回答裡寫了原因；見 docs/reference/api.md。",
    ),
    "a node runs on this folder": ("有节点在用这个文件夹", "有節點在用這個資料夾"),
    "another distribution also owns {}": ("另有软件包也占用 {0}", "另有軟體套件也佔用 {0}"),
    "cannot look: {}": ("无法查看：{0}", "無法查看：{0}"),
    "chmod 600 {}, and think about a new key.": (
        "请执行 chmod 600 {0}，并考虑换新密钥。",
        "請執行 chmod 600 {0}，並考慮換新金鑰。",
    ),
    "chmod 700 {}": ("请执行 chmod 700 {0}", "請執行 chmod 700 {0}"),
    "it does not name this node's log key": ("未列出本节点的账本密钥", "未列出本節點的帳本金鑰"),
    "it ends at size {}": ("只适用到大小 {0}", "只適用到大小 {0}"),
    "it is for sizes below {}, the log has {}": (
        "只适用于大小不足 {0}，账本已有 {1}",
        "只適用於大小不足 {0}，帳本已有 {1}",
    ),
    "it was not a clean one": ("上次未正常停止", "上次未正常停止"),
    "keys of people lie here: {}": ("这里有个人的密钥：{0}", "這裡有個人的金鑰：{0}"),
    "no checkpoint is final": ("没有已定案的检查点", "沒有已定案的檢查點"),
    "no node runs on it": ("没有节点在用", "沒有節點在用"),
    "nobody else owns ledger, contracts, nodes, api, tools": (
        "没有其他软件包占用 ledger、contracts、nodes、api、tools",
        "沒有其他軟體套件佔用 ledger、contracts、nodes、api、tools",
    ),
    "not entered yet: {}": ("尚未入账：{0}", "尚未入帳：{0}"),
    "nothing was signed yet": ("尚未签过名", "尚未簽過名"),
    "relief serve --dir {}": ("请执行 relief serve --dir {0}", "請執行 relief serve --dir {0}"),
    "relief serve --dir {}; they expire after six days.": (
        "请执行 relief serve --dir {0}；六天后过期。",
        "請執行 relief serve --dir {0}；六天後過期。",
    ),
    "relief submit --dir {} sends them; again is free.": (
        "relief submit --dir {0} 会寄出；重复执行无妨。",
        "relief submit --dir {0} 會寄出；重複執行無妨。",
    ),
    "signed up to {}, the store holds {}": ("已签到 {0}，存储有 {1}", "已簽到 {0}，儲存庫有 {1}"),
    "the final checkpoint is not so by {}: {}": (
        "依 {0}，定案的检查点不成立：{1}",
        "依 {0}，定案的檢查點不成立：{1}",
    ),
    "the last batch is of {}, here it is {}": (
        "最后一批的时间是 {0}，本机是 {1}",
        "最後一批的時間是 {0}，本機是 {1}",
    ),
    "the node is read-only: {}": ("节点只读：{0}", "節點唯讀：{0}"),
    "there is none in {}": ("{0} 里没有", "{0} 裡沒有"),
    "there is none yet": ("尚无", "尚無"),
    "there is none": ("没有", "沒有"),
    "{} MiB free": ("剩余 {0} MiB", "剩餘 {0} MiB"),
    "{} can be read by others": ("他人可读 {0}", "他人可讀 {0}"),
    "{} entries ahead of the log": ("比账本超前 {0} 条", "比帳本超前 {0} 條"),
    "{} entries behind the log": ("比账本落后 {0} 条", "比帳本落後 {0} 條"),
    "{} entries, batch {}, {}": ("{0} 条记录，第 {1} 批，{2}", "{0} 條記錄，第 {1} 批，{2}"),
    "{} in plain: {}": ("{0} 把是明文：{1}", "{0} 把是明文：{1}"),
    "{} is before 3.51.3: two connections that write at once may corrupt a WAL": (
        "{0} 早于 3.51.3：两个连接同时写入可能损坏 WAL",
        "{0} 早於 3.51.3：兩個連線同時寫入可能損壞 WAL",
    ),
    "{} is before this program was made": ("{0} 早于本程序的制作时间", "{0} 早於本程式的製作時間"),
    "{} is open to others": ("他人可进入 {0}", "他人可進入 {0}"),
    "{} of {} entries are final": ("{1} 条中 {0} 条已定案", "{1} 條中 {0} 條已定案"),
    "{} of {} that a committed contract waits for are worked out": (
        "已通过的合约所等的 {1} 项统计中，{0} 项已算好",
        "已通過的合約所等的 {1} 項統計中，{0} 項已算好",
    ),
    "Let the node run: it works them out, and makes no batch that needs them before.": (
        "请让节点运行：节点会自行算好，此前不会写入需要它们的批次。",
        "請讓節點運作：節點會自行算好，此前不會寫入需要它們的批次。",
    ),
    "{} that contracts have opened are not over": (
        "合约开启的 {0} 次发放尚未结束",
        "合約開啟的 {0} 次發放尚未結束",
    ),
    "Let the node run: it goes on by itself. /readyz says what it waits for.": (
        "请让节点运行：它会自行继续。/readyz 会说明在等什么。",
        "請讓節點運作：它會自行繼續。/readyz 會說明在等什麼。",
    ),
    "runs": ("进行中的发放", "進行中的發放"),
    "late indexes": ("补算的统计", "補算的統計"),
    "{} sealed key files": ("{0} 个加密的密钥文件", "{0} 個加密的金鑰檔"),
    "{} statements wait": ("{0} 份陈述待寄", "{0} 份陳述待寄"),
    "{}, cosigned {}": ("{0}，会签于 {1}", "{0}，會簽於 {1}"),
    "{}, since {}": ("{0}，自 {1} 起如此", "{0}，自 {1} 起如此"),
    "line {}: {} is no setting": ("第 {0} 行：{1} 不是设置名", "第 {0} 行：{1} 不是設定名"),
    "line {}: {} is fixed by the folder": (
        "第 {0} 行：{1} 由文件夹决定",
        "第 {0} 行：{1} 由資料夾決定",
    ),
    "line {}: {} stands twice": ("第 {0} 行：{1} 重复", "第 {0} 行：{1} 重複"),
    "the file cannot be read: {}": ("无法读取文件：{0}", "無法讀取檔案：{0}"),
    "{} things looked at, {} bad, {} to think about.": (
        "共看了 {0} 项，{1} 项有问题，{2} 项请留意。",
        "共看了 {0} 項，{1} 項有問題，{2} 項請留意。",
    ),
    "clock": ("时钟", "時鐘"),
    "disk": ("磁盘", "磁碟"),
    "finality": ("定案", "定案"),
    "founding": ("创立", "創立"),
    "freshness": ("新鲜度", "新鮮度"),
    "keys": ("密钥", "金鑰"),
    "last stop": ("上次停止", "上次停止"),
    "livez": ("节点存活", "節點存活"),
    "lock": ("锁", "鎖"),
    "log key": ("账本密钥", "帳本金鑰"),
    "modes": ("权限", "權限"),
    "outbox": ("待寄", "待寄"),
    "packages": ("软件包", "軟體套件"),
    "people": ("个人密钥", "個人金鑰"),
    "readyz": ("节点就绪", "節點就緒"),
    "settings": ("设置", "設定"),
    "store": ("存储", "儲存庫"),
    "trust": ("信任文件", "信任檔"),
    "views": ("视图", "檢視"),
    "waiting": ("待寄", "待寄"),
    "watermark": ("水位", "水位"),
    (
        "Ask the cosigners and readers for the newest checkpoint that they hold, "
        "stop the node, then: relief watermark --dir DIR --published SIZE"
    ): (
        (
            "请向见证机构和读者索取他们所持的最新检查点，停止节点，再执行：relief waterma"
            "rk --dir 文件夹 --published 大小"
        ),
        (
            "請向見證機構和讀者索取他們所持的最新檢查點，停止節點，再執行：relief waterma"
            "rk --dir 資料夾 --published 大小"
        ),
    ),
}
"""What was looked at, what was found, what to do."""
