"""Why work ended before its time, and what to do: simplified and traditional Chinese.

The English is that of the commands, of `nodes.peers` and of the system.
"""

from collections.abc import Mapping
from typing import Final

STOPS: Final[Mapping[str, tuple[str, str]]] = {
    "--second-opinion is about a whole log, and this is one file.": (
        "--second-opinion 只用于整本账，这里是一个文件。",
        "--second-opinion 只用於整本帳，這裡是一個檔案。",
    ),
    "--since is about a whole log or a receipt, and this is another file.": (
        "--since 只用于整本账或收据，这里是别的文件。",
        "--since 只用於整本帳或收據，這裡是別的檔案。",
    ),
    "Ask another source.": ("请改问别的来源。", "請改問別的來源。"),
    "Check the id and the source.": ("请核对编号和来源。", "請核對編號和來源。"),
    "Check the path; it must exist.": ("请检查路径；它必须存在。", "請檢查路徑；它必須存在。"),
    "Check who owns it and its mode, or run as the user who may.": (
        "请检查所有者和权限，或改用有权的用户执行。",
        "請檢查所有者和權限，或改用有權的使用者執行。",
    ),
    "Name a contract in YAML.": ("请给一份 YAML 写的合约。", "請給一份 YAML 寫的合約。"),
    "Name a file, not a folder.": ("请给文件，不是文件夹。", "請給檔案，不是資料夾。"),
    "Name a folder, not a file.": ("请给文件夹，不是文件。", "請給資料夾，不是檔案。"),
    "Name a new path, or move what is there away first.": (
        "请换新路径，或先移开原有的。",
        "請換新路徑，或先移開原有的。",
    ),
    "The machine may be very busy: run it again, and if it stays so, ask relief doctor.": (
        "机器可能很忙：请再试；若一直如此，请执行 relief doctor。",
        "機器可能很忙：請再試；若一直如此，請執行 relief doctor。",
    ),
    "Check the disk and the path, then run it again.": (
        "请检查磁盘和路径后再试。",
        "請檢查磁碟和路徑後再試。",
    ),
    "An answer did not come in time": ("没有及时得到回答", "沒有及時得到回答"),
    "Correct it in {} or in the environment.": (
        "请在 {0} 或环境变量中改正。",
        "請在 {0} 或環境變數中改正。",
    ),
    "Did you mean {}?": ("是否指 {0}？", "是否指 {0}？"),
    "Get the missing file.": ("请取得缺少的文件。", "請取得缺少的檔案。"),
    "Give --to http://host:port/": (
        "请用 --to http://主机:端口/ 给出",
        "請用 --to http://主機:連接埠/ 給出",
    ),
    "Give the address below which `checkpoint` stands.": (
        "请给 `checkpoint` 所在的上层网址。",
        "請給 `checkpoint` 所在的上層網址。",
    ),
    "Give the entry's file with --entry.": (
        "请用 --entry 给出记录的文件。",
        "請用 --entry 給出記錄的檔案。",
    ),
    "It has the form {}, 64 hex digits.": (
        "格式为 {0}，编号为 64 位十六进制。",
        "格式為 {0}，編號為 64 位十六進製。",
    ),
    "Make one: relief init --dir DIR --origin NAME": (
        "请先建立：relief init --dir 文件夹 --origin 名称",
        "請先建立：relief init --dir 資料夾 --origin 名稱",
    ),
    (
        "Name a .relief-receipt, .tlog-proof, .state-proof or .index-proof file, the "
        "folder of a published log, or its address."
    ): (
        (
            "请给 .relief-receipt、.tlog-proof、.state-proof 或 .index-proof 文件，或已公"
            "布账本的文件夹或网址。"
        ),
        (
            "請給 .relief-receipt、.tlog-proof、.state-proof 或 .index-proof 檔案，或已公"
            "布帳本的資料夾或網址。"
        ),
    ),
    "Name the entry's file.": ("请给记录的文件。", "請給記錄的檔案。"),
    "Name the file of a receipt or proof, or the folder of a published log.": (
        "请给收据或证明的文件，或已公布账本的文件夹。",
        "請給收據或證明的檔案，或已公布帳本的資料夾。",
    ),
    "Name the folder that holds `checkpoint` and `tile`.": (
        "请给含有 `checkpoint` 与 `tile` 的文件夹。",
        "請給含有 `checkpoint` 與 `tile` 的資料夾。",
    ),
    "Please report the lines above, without the data.": (
        "请报告以上各行，但不要附资料。",
        "請報告以上各行，但不要附資料。",
    ),
    "Setting {}: {}.": ("设置 {0}：{1}。", "設定 {0}：{1}。"),
    "Start the node, or name another source with --from.": (
        "请启动节点，或用 --from 指定别的来源。",
        "請啟動節點，或用 --from 指定別的來源。",
    ),
    "Stopped.": ("已停止。", "已停止。"),
    "The log does not pass its verification.": ("账本没有通过验证。", "帳本沒有通過驗證。"),
    "The log is not whole: {}.": ("账本不完整：{0}。", "帳本不完整：{0}。"),
    "The node answered {}: {}": ("节点回答 {0}：{1}", "節點回答 {0}：{1}"),
    "The node's answer is not in our terms.": ("节点的回答看不懂。", "節點的回答看不懂。"),
    "There is no direction {}.": ("没有 {0} 这个方向。", "沒有 {0} 這個方向。"),
    "There is no language {} here.": ("这里没有 {0} 这种语言。", "這裡沒有 {0} 這種語言。"),
    "There is no such donation on this log.": ("账本上没有这笔捐款。", "帳本上沒有這筆捐款。"),
    "There is no such lot on this log.": ("账本上没有这个批号。", "帳本上沒有這個批號。"),
    "There is no trace of a {}.": ("不能追踪 {0}。", "不能追蹤 {0}。"),
    "This is a fault of relief itself; nothing was proved or disproved.": (
        "这是 relief 自己的错误；既未证实也未否定。",
        "這是 relief 自己的錯誤；既未證實也未否定。",
    ),
    "This is no log that can be followed: {}.": (
        "这不是可以追踪的账本：{0}。",
        "這不是可以追蹤的帳本：{0}。",
    ),
    "This proof does not carry its entry.": ("这份证明没有附上记录。", "這份證明沒有附上記錄。"),
    "Use --direction up or down.": (
        "请用 --direction up 或 down。",
        "請用 --direction up 或 down。",
    ),
    "Use relief trace donation or lot.": (
        "请用 relief trace donation 或 lot。",
        "請用 relief trace donation 或 lot。",
    ),
    "Use {}.": ("请用 {0}。", "請用 {0}。"),
    "While the node runs, ask its address: --from http://host:port/": (
        "节点运行时请问它的网址：--from http://主机:端口/",
        "節點運作時請問它的網址：--from http://主機:連接埠/",
    ),
    "not in our terms": ("看不懂", "看不懂"),
    "relief verify says what is wrong with it.": (
        "relief verify 会说明哪里不对。",
        "relief verify 會說明哪裡不對。",
    ),
    "relief verify {} says which step.": (
        "relief verify {0} 会说明是哪一步。",
        "relief verify {0} 會說明是哪一步。",
    ),
    "{} holds no log: it has no file `checkpoint`.": (
        "{0} 没有账本：缺少 `checkpoint` 文件。",
        "{0} 沒有帳本：缺少 `checkpoint` 檔案。",
    ),
    "{} is neither a receipt nor a proof that this program knows.": (
        "{0} 不是本程序认得的收据或证明。",
        "{0} 不是本程式認得的收據或證明。",
    ),
    "{} is no address of a log: {}.": ("{0} 不是账本的网址：{1}。", "{0} 不是帳本的網址：{1}。"),
    "{} is no address of a node: {}.": ("{0} 不是节点的网址：{1}。", "{0} 不是節點的網址：{1}。"),
    "{} is no entry: {}.": ("{0} 不是记录：{1}。", "{0} 不是記錄：{1}。"),
    "{} is no id of a donation.": ("{0} 不是捐款的编号。", "{0} 不是捐款的編號。"),
    "{} is no id of a lot.": ("{0} 不是批号的编号。", "{0} 不是批號的編號。"),
    "{} is no receipt or proof: {}.": ("{0} 不是收据或证明：{1}。", "{0} 不是收據或證明：{1}。"),
    "{} is not the folder of a ledger: it has no `settings`.": (
        "{0} 不是账本的文件夹：缺少 `settings`。",
        "{0} 不是帳本的資料夾：缺少 `settings`。",
    ),
    "an answer of more than {} bytes": ("回答超过 {0} 字节", "回答超過 {0} 位元組"),
    "an answer of {} bytes, at most {} are read": (
        "回答有 {0} 字节，最多读 {1}",
        "回答有 {0} 位元組，最多讀 {1}",
    ),
    "it does not begin with http:// or https:// and a host": (
        "开头不是 http:// 或 https:// 加主机名",
        "開頭不是 http:// 或 https:// 加主機名",
    ),
    "it has a query or a fragment; name the folder of the log": (
        "网址带有查询或片段；请给账本所在的网址",
        "網址帶有查詢或片段；請給帳本所在的網址",
    ),
    "it has more than {} bytes": ("超过 {0} 字节", "超過 {0} 位元組"),
    "it holds a name or password; addresses are printed and kept": (
        "网址含用户名或密码；网址会被显示和保存",
        "網址含使用者名稱或密碼；網址會被顯示和保存",
    ),
    "it is no address: {}": ("不是网址：{0}", "不是網址：{0}"),
    "it is no plain file": ("不是普通文件", "不是普通檔案"),
    "it sends us on, to {}; name that address itself": (
        "它转到 {0}；请直接给那个网址",
        "它轉到 {0}；請直接給那個網址",
    ),
    "the answer is compressed, which was not asked for": (
        "回答被压缩，而并未要求压缩",
        "回答被壓縮，而並未要求壓縮",
    ),
    "the answer was not whole in time": ("未能及时收完回答", "未能及時收完回答"),
    "no connection in time": ("未能及时连上", "未能及時連上"),
    "no answer in time": ("没有及时回答", "沒有及時回答"),
    (
        "{} is in use by another process; a node has one process, or its key signs "
        "two histories: stop the other one first"
    ): (
        ("{0} 正被另一个程序使用；一个节点只能有一个程序，否则密钥会签出两种历史：请先停止另一个"),
        ("{0} 正被另一個程式使用；一個節點只能有一個程式，否則金鑰會簽出兩種歷史：請先停止另一個"),
    ),
    "the file is empty": ("文件是空的", "檔案是空的"),
    "No such file or directory": ("没有这个文件或文件夹", "沒有這個檔案或資料夾"),
    "[Errno {}] {}": ("{1}（{0}）", "{1}（{0}）"),
    "Connection refused": ("对方拒绝连接", "對方拒絕連線"),
    "Name or service not known": ("找不到这个主机名", "找不到這個主機名稱"),
    "Permission denied": ("没有权限", "沒有權限"),
    "Is a directory": ("这是文件夹", "這是資料夾"),
    "Not a directory": ("这不是文件夹", "這不是資料夾"),
    "File exists": ("文件已存在", "檔案已存在"),
}
"""Sentences of `tools.console.Stop`, and the reasons inside them."""
