"""The invented people of the demo: donors and residents. They stand in the vault and nowhere else.

Names are put together from lists by a fixed seed, so that every demo tells of the same people, and
numbers are of a form that nobody can have. A test looks for each of them in every public file.
"""

from dataclasses import dataclass
from random import Random
from typing import Final

SEED: Final = 1_998

_HANT_FAMILY: Final = "陳林黃張李王吳劉蔡楊許鄭謝郭洪"
_HANT_GIVEN: Final = (
    "曉嵐",
    "雅筑",
    "志遠",
    "美鳳",
    "承恩",
    "淑芬",
    "建宏",
    "怡君",
    "詩涵",
    "國棟",
)
_HANS_FAMILY: Final = "赵钱孙冯陈卫蒋韩贺龚邓萧"
_HANS_GIVEN: Final = (
    "晓岚",
    "海涛",
    "丽华",
    "志远",
    "凤霞",
    "国庆",
    "梦瑶",
    "建军",
    "秀兰",
    "云飞",
)
_EN_FIRST: Final = ("Marta", "Idris", "Noor", "Tomás", "Saskia", "Kofi", "Leilani", "Ewan", "Priya")
_EN_LAST: Final = ("Oyelaran", "Brandvold", "Quispe", "Haldane", "Mirzoev", "Takeda", "Fontaine")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody invented: what a vault keeps of a person."""

    name: str
    phone: str
    address: str
    document: str

    @property
    def personal(self) -> tuple[str, ...]:
        """Everything that must stand in no public byte."""
        return self.name, self.phone, self.address, self.document


def _person(random: Random, number: int) -> Person:
    script = random.randrange(3)
    if script == 0:
        name = random.choice(_HANT_FAMILY) + random.choice(_HANT_GIVEN)
        address = f"河沿里{number}號之{random.randint(2, 9)}"
    elif script == 1:
        name = random.choice(_HANS_FAMILY) + random.choice(_HANS_GIVEN)
        address = f"河沿里{number}号{random.randint(2, 9)}室"
    else:
        name = f"{random.choice(_EN_FIRST)} {random.choice(_EN_LAST)}"
        address = f"{number} Riverside Lane, flat {random.randint(2, 9)}"
    return Person(
        name=name,
        phone=f"0000-{number:03}-{random.randrange(1_000):03}",
        address=address,
        document=f"DEMO{number:04}X{random.randrange(10_000):04}",
    )


def people(count: int, *, first: int = 1) -> list[Person]:
    """So many people, the same each time; `first` begins another part of the county."""
    random = Random(SEED + first)  # noqa: S311 - invented content, not a secret
    return [_person(random, first + number) for number in range(count)]


DONORS: Final = 440
HOUSEHOLDS: Final = 18


def donors() -> list[Person]:
    """Who gave money, rows of lists included."""
    return people(DONORS, first=1)


def residents() -> list[Person]:
    """Who speaks for each household."""
    return people(HOUSEHOLDS, first=701)


def givers() -> list[Person]:
    """Who brought goods to the depot."""
    return people(3, first=901)


def everyone() -> list[Person]:
    """Everybody in the story."""
    return [*donors(), *residents(), *givers()]
