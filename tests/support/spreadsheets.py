"""Small tables and mappings for tests of loading; all people in them are invented."""

from pathlib import Path

from tools.sheets.drafts import Reading
from tools.sheets.mapping import Mapping, fit, parse_mapping
from tools.sheets.reading import Sheet, parse_csv

LISTS = """
kind: donation.list
key: [batch, seq]
occurred: {column: date, format: YYYY.MM.DD, offset: 28800}
signers: {author: county/director, second: charity/secretary}
donations:
  line: flood.general
  list: batch
  amount: {column: yuan, currency: CNY, decimals: 2}
  donor: donor
"""
ROWS = LISTS.replace("donation.list", "donation.receive").replace(
    "list: batch", "institution: bank"
)
GIFTS = """batch,seq,date,donor,yuan
01,1,2020.01.22,d-1,100.00
01,2,2020.01.23,d-2,0.01
03,1,2020.01.24,d-3,50000.00
"""
IN = """
kind: stock.receive
fill_down: [party]
signers: {author: county/stores, second: charity/cashier, keeper: county/director}
goods:
  site: depot
  class: medical
  party: party
  item: item
  spec: spec
  unit: unit
  quantity: n
  as_written: [item, n, unit]
  units: [{unit: H87, written: [箱, 只]}]
  numerals: [{word: 万, times: 10000}]
"""
OUT = (
    IN.replace("stock.receive", "disbursement.handout")
    .replace("  units:", "  missing: found\n  units:")
    .replace("keeper:", "admins: [county/director, charity/secretary], keeper:")
)
GOODS = """party,item,spec,unit,n
甲公司,口罩,N95,箱,3.0
,口罩,N95,箱,4.0
乙公司,口罩,KN95,只,1.6万
乙公司,手套,,只,20
"""
GIVEN = """party,item,spec,unit,n
东医院,口罩,N95,箱,5
西医院,口罩,KN95,只,17000
西医院,护目镜,,只,9
"""


def mapping_of(text: str) -> Mapping:
    """A mapping from its YAML."""
    return parse_mapping(text.encode())


def sheet_of(text: str) -> Sheet:
    """A table from its CSV."""
    return parse_csv(text.encode(), "utf-8", "table.csv")


def fitted(mapping: str, table: str) -> tuple[Mapping, Sheet, Reading]:
    """A table as a mapping reads it, with an empty reading."""
    wanted = mapping_of(mapping)
    return wanted, fit(wanted, sheet_of(table)), Reading()


def write(folder: Path, mapping: str, table: str) -> tuple[Path, Path]:
    """Files of a table and its mapping in `folder`."""
    folder.mkdir(exist_ok=True)
    (folder / "table.csv").write_text(table)
    (folder / "mapping.yaml").write_text(mapping)
    return folder / "table.csv", folder / "mapping.yaml"
