"""Problems: every answer that is not what was asked for, in one form (RFC 9457).

    {"code":"too_large","detail":"..","next_step":"..","status":413,"title":"..","type":".."}

`code` is a `Code` of the ledger when a statement is refused, or a `Trouble` when it is the request
that is wrong, not what it says. `title` and `next_step` are sentences in the reader's language;
`type` leads to the code's own page. `where` names the field, `values` what the law compared.

Nothing that was sent comes back: a body may hold somebody's name, and answers are kept by proxies
and journals. Of places and values only what the ledger itself could have written is shown.
"""

import json
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from api.discretion import safe_place, safe_values
from api.language import negotiate
from ledger.codes import Code
from ledger.errors import FormatError, Refusal
from ledger.meanings import WHAT
from ledger.phrases import Triple
from ledger.sentences import language_index, sentence
from nodes.errors import (
    Busy,
    NodeError,
    NotFinal,
    NotRefilled,
    Paused,
    ReadOnly,
    Stopped,
    StoreFull,
    StoreLost,
)  # fmt: skip

MEDIA_TYPE: Final = "application/problem+json"


class Trouble(StrEnum):
    """What can be wrong with a request, whatever it says."""

    BAD_REQUEST = "bad_request"
    NOT_FOUND = "not_found"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    TOO_SLOW = "too_slow"
    TOO_MANY_LINES = "too_many_lines"
    WRONG_CONTENT_TYPE = "wrong_content_type"
    ENCODED_BODY = "encoded_body"
    TOO_MANY_REQUESTS = "too_many_requests"
    TOO_MUCH_WORK = "too_much_work"
    BUSY = "busy"
    READ_ONLY = "read_only"
    PAUSED = "paused"
    NO_ROOM = "no_room"
    NOT_READY = "not_ready"
    NOT_FINAL_YET = "not_final_yet"
    INTERNAL = "internal"


TROUBLES: Final[Mapping[Trouble, tuple[int, Triple, Triple]]] = {
    # trouble: (status, what happened, what to do next), in the order of `LANGUAGES`
    Trouble.BAD_REQUEST: (
        400,
        ("A part of the address or of the query is wrong", "网址或查询有误", "網址或查詢有誤"),
        (
            "Correct the parameter that is named; the reference is at /docs.",
            "请改正所指的参数；说明见 /docs。",
            "請改正所指的參數；說明見 /docs。",
        ),
    ),
    Trouble.NOT_FOUND: (
        404,
        ("There is nothing at this address", "此网址没有内容", "此網址沒有內容"),
        (
            "Check the number or id; if it was sent just now, ask again in a few seconds.",
            "请核对编号；如刚刚送出，请稍候再查。",
            "請核對編號；如剛剛送出，請稍候再查。",
        ),
    ),
    Trouble.METHOD_NOT_ALLOWED: (
        405,
        ("This address does not take that method", "此网址不接受这种请求", "此網址不接受這種請求"),
        (
            "Use a method that the header Allow names.",
            "请改用 Allow 标头所列的方法。",
            "請改用 Allow 標頭所列的方法。",
        ),
    ),
    Trouble.TOO_SLOW: (
        408,
        ("The body did not arrive in time", "内容未在时限内送达", "內容未在時限內送達"),
        (
            "Send it again; over a slow line send fewer statements at once.",
            "请重新送出；线路较慢时请减少每次的份数。",
            "請重新送出；線路較慢時請減少每次的份數。",
        ),
    ),
    Trouble.TOO_MANY_LINES: (
        413,
        (
            "There are more lines than one request may hold",
            "行数超过一次请求的上限",
            "行數超過一次請求的上限",
        ),
        (
            "Send at most 1,000 lines at a time; nothing of this request was taken.",
            "每次最多 1,000 行；这次请求没有收下任何一行。",
            "每次最多 1,000 行；這次請求沒有收下任何一行。",
        ),
    ),
    Trouble.WRONG_CONTENT_TYPE: (
        415,
        (
            "The content type is not the one that this address takes",
            "内容类型不是此网址所要求的",
            "內容類型不是此網址所要求的",
        ),
        (
            "Send exactly the content type that the header Accept-Post names.",
            "请使用 Accept-Post 标头所列的内容类型。",
            "請使用 Accept-Post 標頭所列的內容類型。",
        ),
    ),
    Trouble.ENCODED_BODY: (
        415,
        ("The body is compressed or encoded", "内容经过压缩或编码", "內容經過壓縮或編碼"),
        (
            "Send the bytes as they are, without Content-Encoding.",
            "请直接送出原始内容，勿用 Content-Encoding。",
            "請直接送出原始內容，勿用 Content-Encoding。",
        ),
    ),
    Trouble.TOO_MANY_REQUESTS: (
        429,
        ("Too many requests came from this network", "此网络的请求过多", "此網路的請求過多"),
        (
            "Wait as long as the header Retry-After says, then go on.",
            "请按 Retry-After 标头所示时间等候后再试。",
            "請按 Retry-After 標頭所示時間等候後再試。",
        ),
    ),
    Trouble.TOO_MUCH_WORK: (
        422,
        (
            "What is asked takes more work than one answer may",
            "所问的计算量超过一次答复的上限",
            "所問的計算量超過一次答覆的上限",
        ),
        (
            "Ask about fewer rows or a shorter time; a long log the command simulates by itself: "
            "relief contract simulate.",
            "请减少行数或缩短时段；较长的账本请用命令 relief contract simulate 自行计算。",
            "請減少行數或縮短時段；較長的帳本請用命令 relief contract simulate 自行計算。",
        ),
    ),
    Trouble.BUSY: (
        503,
        ("The node has as much to do as it can take", "节点目前已满载", "節點目前已滿載"),
        (
            "Send it again after Retry-After; sending again is always safe.",
            "请在 Retry-After 之后重新送出；重送不会重复入账。",
            "請在 Retry-After 之後重新送出；重送不會重複入帳。",
        ),
    ),
    Trouble.READ_ONLY: (
        503,
        ("The node does not take statements now", "节点暂不接收陈述", "節點暫不接收陳述"),
        (
            "Reading goes on; send it later, or to another member's node.",
            "查询照常；请稍后再送，或送到其他成员的节点。",
            "查詢照常；請稍後再送，或送到其他成員的節點。",
        ),
    ),
    Trouble.PAUSED: (
        503,
        (
            "Authorisations pause; facts are still taken",
            "授权类陈述暂停，事实照常收",
            "授權類陳述暫停，事實照常收",
        ),
        (
            "Keep the statement and send it again after Retry-After.",
            "请保留陈述，在 Retry-After 之后重送。",
            "請保留陳述，在 Retry-After 之後重送。",
        ),
    ),
    Trouble.NO_ROOM: (
        507,
        ("The node has no room left on its disk", "节点磁盘已满", "節點磁碟已滿"),
        (
            "Nothing was kept; send it again later, or to another member's node.",
            "没有留下任何内容；请稍后再送，或送到其他成员的节点。",
            "沒有留下任何內容；請稍後再送，或送到其他成員的節點。",
        ),
    ),
    Trouble.NOT_READY: (
        503,
        (
            "A contract that was adopted waits for its figures",
            "新采纳的合约尚待其所需数字",
            "新採納的合約尚待其所需數字",
        ),
        (
            "They are being worked out from the log; send it again after Retry-After.",
            "正由日志算出；请在 Retry-After 之后重新送出。",
            "正由日誌算出；請在 Retry-After 之後重新送出。",
        ),
    ),
    Trouble.NOT_FINAL_YET: (
        503,
        (
            "It is on the ledger, but not under a final checkpoint yet",
            "已入账，但尚未有最终检查点",
            "已入帳，但尚未有最終檢查點",
        ),
        (
            "Ask again after Retry-After: the witnesses have yet to cosign.",
            "请在 Retry-After 之后再查：见证机构尚未会签。",
            "請在 Retry-After 之後再查：見證機構尚未會簽。",
        ),
    ),
    Trouble.INTERNAL: (
        500,
        ("Something went wrong here", "系统出错", "系統出錯"),
        (
            "It is noted in the node's journal; try again, or tell its operator the time.",
            "已记入节点日志；请重试，或把时间告知管理员。",
            "已記入節點日誌；請重試，或把時間告知管理員。",
        ),
    ),
}

STATUSES: Final[Mapping[Code, int]] = {
    Code.TOO_LARGE: 413,
    Code.MALFORMED: 400,
    Code.DUPLICATE_KEY: 400,
    Code.NOT_CANONICAL: 400,
    Code.WRONG_ORIGIN: 422,
    Code.UNKNOWN_KEY: 403,
    Code.REVOKED_KEY: 403,
    Code.BAD_SIGNATURE: 403,
    Code.SIGNATURE_MISSING: 403,
    Code.OUT_OF_RANGE: 422,
    Code.UNKNOWN_REFERENCE: 409,
    Code.SUM_OUT_OF_RANGE: 409,
}
"""Status of a refusal that makes no entry. Of one that is logged the answer is a 200: the ledger
has taken the statement, and says what became of it."""


_OF_NODE: Final[Sequence[tuple[type[NodeError], Trouble]]] = (
    (Busy, Trouble.BUSY),
    (StoreFull, Trouble.NO_ROOM),
    (ReadOnly, Trouble.READ_ONLY),
    (StoreLost, Trouble.READ_ONLY),
    (Stopped, Trouble.READ_ONLY),
    (Paused, Trouble.PAUSED),
    (NotRefilled, Trouble.NOT_READY),
    (NotFinal, Trouble.NOT_FINAL_YET),
)


class Problem(Exception):
    """Raised anywhere under an endpoint; the app turns it into its answer."""

    def __init__(
        self,
        code: Trouble | Code,
        *,
        where: str = "",
        values: Mapping[str, int | str] | None = None,
        headers: Mapping[str, str] | None = None,
        status: int | None = None,
        signed: bytes | None = None,
    ) -> None:
        """`signed`: the node's signature under a refusal, a DSSE envelope."""
        self.code, self.where, self._status, self.signed = code, where, status, signed
        self.values, self.headers = dict(values or {}), dict(headers or {})
        super().__init__(str(code))

    @classmethod
    def of(cls, refusal: Refusal, signed: bytes | None = None) -> "Problem":
        """The problem of a statement that made no entry."""
        return cls(refusal.code, where=refusal.where, values=refusal.values, signed=signed)

    @classmethod
    def of_format(cls, error: FormatError) -> "Problem":
        """The problem of bytes that are no statement."""
        where = f"{error.thing} {error.where}".strip()
        return cls(error.code, where=where, values={"wanted": error.why})

    @classmethod
    def of_node(cls, error: NodeError) -> "Problem":
        """The problem of a node that cannot do it now; when to ask again stands in the answer."""
        trouble = next((t for kind, t in _OF_NODE if isinstance(error, kind)), Trouble.BUSY)
        return cls(trouble, headers={"Retry-After": str(error.retry_s)}, status=error.status)

    @property
    def status(self) -> int:
        """HTTP status."""
        if self._status is not None:
            return self._status
        if isinstance(self.code, Trouble):
            return TROUBLES[self.code][0]
        return STATUSES.get(self.code, 422)


def said(code: Trouble | Code, language: str) -> tuple[str, str]:
    """What happened and what to do next, without place or values."""
    what, then = TROUBLES[code][1:] if isinstance(code, Trouble) else WHAT[code]
    place = language_index(language)
    return what[place], then[place]


def describe(
    code: Trouble | Code, where: str, values: Mapping[str, int | str], language: str
) -> dict[str, str]:
    """`code`, `title`, `detail`, `next_step`, `where`? of a problem or of a logged refusal."""
    title, then = said(code, language)
    place = safe_place(where)
    if isinstance(code, Trouble):
        detail = f"{title}: {place}. {then}" if place else f"{title}. {then}"
        if place and language != "en":
            detail = f"{title}：{place}。{then}"
        elif language != "en":
            detail = f"{title}。{then}"
    else:
        detail = sentence(Refusal(code, place, safe_values(values)), language)
    found = {"code": str(code), "detail": detail, "next_step": then, "title": title}
    if place:
        found["where"] = place
    return found


def answer(problem: Problem, request: Request) -> Response:
    """The answer to a request that raised `problem`."""
    language = negotiate(request.headers.get("accept-language", ""))
    body: dict[str, Any] = describe(problem.code, problem.where, problem.values, language)
    if problem.signed is not None:
        body["signed"] = json.loads(problem.signed)
    body["status"] = problem.status
    body["type"] = f"/problems/{problem.code}"
    headers = {"Content-Language": language, "Cache-Control": "no-store", **problem.headers}
    raw = json.dumps(body, ensure_ascii=False, sort_keys=True).encode()
    return Response(raw, problem.status, headers, media_type=MEDIA_TYPE)
