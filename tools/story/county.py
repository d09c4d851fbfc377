"""Linhe, an invented county: its members and their people, places, goods, programme and funds.

The form is the one that `relief init --from` reads (`docs/reference/founding.md`), so the demo
founds its ledger the way anybody does. Roles are spread so that nobody approves their own work.
"""

from collections.abc import Sequence
from typing import Final

from ledger.canon import Value

ORIGIN: Final = "demo.example/linhe-flood"
OFFSET: Final = 28_800
"""The county counts its days eight hours east of UTC."""
DAY: Final = 86_400

Body = dict[str, Value]


def names(en: str, hans: str, hant: str) -> Body:
    """A public name in three languages."""
    return {"en": en, "zh_hans": hans, "zh_hant": hant}


def _person(id_: str, code: str, *roles: str) -> Body:
    return {"id": id_, "person": code, "roles": [*roles]}


def _founders() -> list[Value]:
    return [
        {
            "id": "county",
            "names": names("Linhe County Relief Office", "林河县救灾办公室", "林河縣救災辦公室"),
            "people": [
                _person("director", "p-01", "admin", "keeper", "manager", "commander"),
                _person("deputy", "p-02", "admin", "approver", "manager"),
                _person("registry", "p-03", "registrar", "counter", "officer"),
                _person("stores", "p-04", "storekeeper", "shipper"),
                _person("gate", "p-05", "storekeeper", "receiver", "distributor", "confirmer"),
            ],
        },
        {
            "id": "bridge",
            "names": names("Bridge of Hands Charity", "同桥慈善会", "同橋慈善會"),
            "people": [
                _person("secretary", "p-11", "admin", "fund-owner", "decider"),
                _person("treasurer", "p-12", "treasurer"),
                _person("cashier", "p-13", "payer"),
                _person("reviewer", "p-14", "approver", "treasurer", "quality"),
            ],
        },
        {
            "id": "cloud",
            "names": names("White Cloud Rescue Team", "白云救援队", "白雲救援隊"),
            "people": [
                _person("captain", "p-21", "admin", "keeper", "manager", "officer", "decider"),
                _person("stores", "p-22", "storekeeper", "receiver", "distributor", "counter"),
                _person("nurse", "p-23", "approver", "confirmer", "distributor", "inspector"),
            ],
        },
    ]


def _trust() -> Body:
    """Both must cosign: the node's mirror, which re-executes everything, and a witness."""
    return {
        "cosigners": [
            {"key_name": "mirror.demo.example/mirror", "name": "mirror"},
            {"key_name": "press.demo.example/witness", "name": "press"},
        ],
        "groups": [{"k": 2, "members": ["mirror", "press"], "name": "both"}],
        "mirrors": 1,
        "quorum": "both",
    }


def _area(id_: str, tier: int, called: Body, parent: str = "", **rest: Value) -> Body:
    found: Body = {
        **rest,
        "code": f"lh-{id_}",
        "id": id_,
        "names": called,
        "tier": tier,
        "version": 1,
        "vocabulary": "demo",
    }
    return {**found, "parent": parent} if parent else found


def _site(id_: str, area: str, custodian: str, kind: str, called: Body) -> Body:
    return {
        "area": area,
        "custodian": custodian,
        "id": id_,
        "kind": kind,
        "names": called,
        "version": 1,
    }


def item(
    id_: str,
    class_: str,
    unit: str,
    called: Body,
    *,
    packs: Sequence[tuple[str, int, int]] = (),
    aliases: Sequence[str] = (),
    **rest: Value,
) -> Body:
    """An item; a pack is (code, units, divided by): a 550 ml bottle is ("瓶", 11, 20) litres."""
    return {
        "aliases": [*aliases],
        "class": class_,
        "id": id_,
        "names": called,
        "packs": [{"code": c, "den": den, "from": 0, "num": num} for c, num, den in packs],
        "unit": unit,
        "version": 1,
        **rest,
    }


def _items() -> list[Value]:
    return [
        item(
            "rice",
            "food",
            "GRM",
            names("Rice", "大米", "白米"),
            packs=[("袋", 10_000, 1), ("bag", 10_000, 1)],
            weight_g=1,
            aliases=["粳米", "white rice"],
            shelf_life_s=365 * DAY,
        ),
        item(
            "water",
            "water",
            "LTR",
            names("Drinking water", "饮用水", "飲用水"),
            packs=[("箱", 66, 5), ("瓶", 11, 20)],
            aliases=["矿泉水", "礦泉水"],
            shelf_life_s=540 * DAY,
        ),
        item(
            "parcel",
            "food-parcel",
            "H87",
            names("Food parcels", "食物箱", "食物箱"),
            packs=[("箱", 1, 1)],
            weight_g=8_000,
        ),
        item("blanket", "shelter", "H87", names("Blankets", "毛毯", "毛毯"), packs=[("包", 10, 1)]),
        item("tent", "shelter", "H87", names("Family tents", "家庭帐篷", "家庭帳篷")),
        item(
            "n95",
            "medical",
            "H87",
            names("N95 masks", "N95口罩", "N95口罩"),
            packs=[("盒", 20, 1)],
            aliases=["口罩"],
        ),
        item(
            "kn95",
            "medical",
            "H87",
            names("KN95 masks", "KN95口罩", "KN95口罩"),
            packs=[("盒", 20, 1)],
        ),
        item("salts", "medical", "H87", names("Rehydration salts", "口服补液盐", "口服補液鹽")),
    ]


def _line(id_: str, *, purposes: Sequence[str] = (), areas: Sequence[str] = ()) -> Body:
    return {"earmark": {"areas": [*areas], "classes": [], "purposes": [*purposes]}, "id": id_}


def _fund(id_: str, currency: str, called: Body, lines: Sequence[Body]) -> Body:
    return {
        "currency": currency,
        "id": id_,
        "lines": [*lines],
        "names": called,
        "owner": "bridge",
        "programme": PROGRAMME,
        "version": 1,
    }


PROGRAMME: Final = "flood"
GENERAL, EAST_FOOD, OVERSEAS = "linhe.general", "linhe.east-food", "straits.general"
EMERGENCY: Final = "emergency.open"
PURPOSES: Final = (
    "food",
    "water",
    "shelter",
    "cash",
    "medical",
    "transport-costs",
    "compensation",
    "requisition",
)


def _catalogue(start: int) -> Body:
    return {
        "areas": [
            _area("linhe", 1, names("Linhe County", "林河县", "林河縣"), population=48_000),
            _area("east", 2, names("East Town", "东镇", "東鎮"), "linhe"),
            _area("west", 2, names("West Town", "西镇", "西鎮"), "linhe"),
            _area("hill", 2, names("Hill Town", "山口镇", "山口鎮"), "linhe", population=300),
        ],
        "funds": [
            _fund(
                "linhe",
                "CNY",
                names("Linhe Flood Fund", "林河水灾基金", "林河水災基金"),
                [_line("general"), _line("east-food", purposes=["food"], areas=["east"])],
            ),
            _fund(
                "emergency",
                "CNY",
                names("Linhe Emergency Fund", "林河应急基金", "林河應急基金"),
                [_line("open")],
            ),
            _fund(
                "straits",
                "TWD",
                names("Overseas Friends Fund", "海外友人基金", "海外友人基金"),
                [_line("general")],
            ),
        ],
        "items": _items(),
        "programmes": [
            {
                "code": "lh-flood",
                "from": start - DAY,
                "id": PROGRAMME,
                "names": names("Linhe flood relief", "林河水灾救助", "林河水災救助"),
                "permit": {"from": start - DAY, "to": start + 90 * DAY},
                "purposes": [*PURPOSES],
                "to": start + 365 * DAY,
                "version": 1,
            }
        ],
        "sites": [
            _site("depot", "linhe", "county", "warehouse",
                  names("County Depot", "县中心仓", "縣中心倉")),
            _site("square", "west", "county", "point",
                  names("West Town Square", "西镇广场", "西鎮廣場")),
            _site("school", "east", "cloud", "shelter",
                  names("East School Shelter", "东镇小学安置点", "東鎮小學安置點")),
            _site("hall", "hill", "cloud", "point",
                  names("Hill Town Hall", "山口镇礼堂", "山口鎮禮堂")),
        ],
    }  # fmt: skip


def description(start: int) -> Body:
    """What the ledger is founded with, two weeks ago at `start` (Unix seconds)."""
    limits = {"CNY": 5_000_000, "TWD": 20_000_000, "rice": 500_000, "blanket": 50, "water": 500}
    return {
        "catalogue": _catalogue(start),
        "currencies": [{"code": "CNY", "minor": 2}, {"code": "TWD", "minor": 2}],
        "limits": [{"commodity": name, "n": n} for name, n in limits.items()],
        "offset": OFFSET,
        "organisations": _founders(),
        "origin": ORIGIN,
        "thresholds": {"admins": 2, "revoke": 2},
        "trust": _trust(),
    }


PARTIES: Final = (
    ("mill", names("Golden Ear Rice Mill", "金穗粮厂", "金穗糧廠")),
    ("spring", names("Clear Spring Water Works", "清泉饮水厂", "清泉飲水廠")),
    ("freight", names("Shunhe Freight", "顺河货运", "順河貨運")),
    ("masons", names("Stonebridge Builders", "石桥营造", "石橋營造")),
    ("clinic", names("Hill Town Clinic", "山口镇卫生院", "山口鎮衛生院")),
    ("hospital", names("Linhe Hospital", "林河医院", "林河醫院")),
)
"""Organisations that are only named: they give, sell, carry or receive, and sign nothing."""
