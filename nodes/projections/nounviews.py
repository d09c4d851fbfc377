"""Views of nouns: names, members, gifts, payments, shipments, households, hand-outs.

One table a noun, filled by `nodes.projections.nouns` from the bodies of its kinds. What is added up
here over later entries (paid, back, sent, arrived) follows corrections; the rest is what these
entries said, before anybody corrected them: whoever shows a row looks into `correction` for its
statement and shows both. Rules for columns as in `nodes.projections.views`; fields in
`docs/spec/projections.md`.
"""

from collections.abc import Sequence

from sqlalchemy import Index

from nodes.projections import arrangementviews, contractviews  # noqa: F401  listed here
from nodes.projections.views import PLAIN, Projection, Whole, Word, key, whole, word

# ---- names and people ---------------------------------------------------------------------------


class Catalogue(Projection, table=True):
    """Every version of every item, site, area, programme, fund, line and currency.

    `noun` is the class in the catalogue (`item` ..), `latest` 1 for the newest version. `parent`:
    of an area its parent, of a site its area, of a fund its programme, of a line its fund; `unit`:
    of an item its base unit, of a fund or line its currency, of a currency the digits of its minor
    unit; `sort`: of an item its class, of a site its kind, of an area its tier; `owner`: of a site
    its custodian, of a fund its owner.
    """

    __tablename__ = "catalogue"
    noun: str = key(Word)
    id: str = key(Word)
    version: int = key(Whole)
    latest: int = whole()
    entry: int = whole()
    en: str = word()
    zh_hans: str = word()
    zh_hant: str = word()
    parent: str = word()
    unit: str = word()
    sort: str = word()
    owner: str = word()


class Member(Projection, table=True):
    """An organisation that signs, by its public names."""

    __tablename__ = "member"
    id: str = key(Word)
    entry: int = whole()
    en: str = word()
    zh_hans: str = word()
    zh_hant: str = word()


class Actor(Projection, table=True):
    """Somebody who signs for a member, by code; `roles` now, joined by blanks."""

    __tablename__ = "actor"
    id: str = key(Word)
    member: str = word()
    person: str = word()
    roles: str = word()
    entry: int = whole()


class Key(Projection, table=True):
    """A key that was ever enrolled: in force for entries with from_size <= index < to_size."""

    __tablename__ = "signing_key"
    id: str = key(Word)
    use: str = word()
    actor: str = word()
    from_size: int = whole()
    to_size: int = whole()
    public: str = word()


# ---- gifts, payments, goods, households ---------------------------------------------------------


class Donation(Projection, table=True):
    """A gift of money, or a list of them (`gifts` > 1, `sequence` its number, else 0).

    `statement` is the gift's name: `{correction}/{n}` where replacement n of one brought it. What
    became of it stands in `origin` and `segment`, by its positions on the line.
    """

    __tablename__ = "donation"
    __table_args__ = (Index("donation_entry", "entry"), Index("donation_line", "line"), PLAIN)
    statement: str = key(Word)
    entry: int = whole()
    kind: str = word()
    line: str = word()
    commodity: str = word()
    amount: int = whole()
    gifts: int = whole()
    sequence: int = whole()


class Disbursement(Projection, table=True):
    """Money to be paid: `amount` instructed, of it `paid` and come `back`, in minor units.

    `beyond` was paid without being asked for. `tag` names a household and `cycle` the right that it
    fulfils; of any other payee `payee_class` is all that is said. `pays`: the requisition or claim
    that it pays for, or "".
    """

    __tablename__ = "disbursement"
    __table_args__ = (
        Index("disbursement_entry", "entry"),
        Index("disbursement_pays", "pays"),
        Index("disbursement_tag", "tag", "cycle", "purpose"),
        PLAIN,
    )
    statement: str = key(Word)
    entry: int = whole()
    commodity: str = word()
    amount: int = whole()
    paid: int = whole()
    back: int = whole()
    beyond: int = whole()
    payee_class: str = word()
    tag: str = word()
    cycle: str = word()
    purpose: str = word()
    area: str = word()
    pays: str = word()


class Shipment(Projection, table=True):
    """An order to send goods, or a dispatch of them; `ordered_by` is the order of a dispatch."""

    __tablename__ = "shipment"
    __table_args__ = (Index("shipment_entry", "entry"), PLAIN)
    statement: str = key(Word)
    entry: int = whole()
    kind: str = word()
    origin: str = word()
    target: str = word()
    carrier: str = word()
    ordered_by: str = word()


class ShipmentLine(Projection, table=True):
    """One item of an order (`ordered`, `sent`) or of a dispatch (`sent`, `arrived`, `lost`)."""

    __tablename__ = "shipment_line"
    statement: str = key(Word)
    item: str = key(Word)
    ordered: int = whole()
    sent: int = whole()
    arrived: int = whole()
    lost: int = whole()


class Household(Projection, table=True):
    """A household of a programme, by its random tag; `persons` 15 is 15 or more.

    `retired`: the statement by which it takes part no longer, "" while it does.
    """

    __tablename__ = "household"
    __table_args__ = (
        Index("household_area", "programme", "area"),
        Index("household_place", "area", "entry"),
        PLAIN,
    )
    tag: str = key(Word)
    entry: int = whole()
    statement: str = word()
    programme: str = word()
    area: str = word()
    persons: int = whole()
    bank_verified: int = whole()
    retired: str = word()


class Entitlement(Projection, table=True):
    """What a household may have of one commodity, in [starts, ends). What it got: `handed`.

    `revoked`: the statement that ended it before its time, which was `until`; else "".
    """

    __tablename__ = "entitlement"
    __table_args__ = (Index("entitlement_entry", "entry"), PLAIN)
    tag: str = key(Word)
    cycle: str = key(Word)
    purpose: str = key(Word)
    commodity: str = key(Word)
    entry: int = whole()
    statement: str = word()
    quantity: int = whole()
    starts: int = whole()
    ends: int = whole()
    until: int = whole()
    revoked: str = word()


class Handout(Projection, table=True):
    """Goods were handed out at a site: to `rows` households, an organisation, or whoever came.

    `lines` of it are in `handed`.
    """

    __tablename__ = "handout"
    __table_args__ = (Index("handout_entry", "entry"), PLAIN)
    statement: str = key(Word)
    entry: int = whole()
    site: str = word()
    form: str = word()
    rows: int = whole()
    lines: int = whole()
    release: str = word()
    organisation: str = word()


class Handed(Projection, table=True):
    """One line of a hand-out: what was given of a lot. `tag` is "" where no household is named."""

    __tablename__ = "handed"
    __table_args__ = (Index("handed_tag", "tag", "cycle", "purpose"), PLAIN)
    statement: str = key(Word)
    n: int = key(Whole)
    entry: int = whole()
    row: int = whole()
    tag: str = word()
    cycle: str = word()
    purpose: str = word()
    item: str = word()
    lot: str = word()
    quantity: int = whole()


class Delivery(Projection, table=True):
    """What the recipients of row `row` of a hand-out said of it last, in entry `entry`."""

    __tablename__ = "delivery"
    statement: str = key(Word)
    row: int = key(Whole)
    entry: int = whole()
    by: str = word()
    state: str = word()


# ---- needs, alerts, cases -----------------------------------------------------------------------


class Alert(Projection, table=True):
    """An alert as last declared, in [starts, ends); `closed`: the entry that ended it, or -1.

    Before its end is recorded `closed` is -1: whoever asks compares `ends` with the time.
    """

    __tablename__ = "alert"
    id: str = key(Word)
    entry: int = whole()
    statement: str = word()
    hazard: str = word()
    level: int = whole()
    starts: int = whole()
    ends: int = whole()
    closed: int = whole()


class AlertArea(Projection, table=True):
    """An area that an alert names, as it was last declared."""

    __tablename__ = "alert_area"
    __table_args__ = (Index("alert_area_area", "area"), PLAIN)
    alert: str = key(Word)
    area: str = key(Word)


class Figure(Projection, table=True):
    """A dated figure: `quantity` base units needed or forecast, or minor units for `per` of them.

    `series` as in the index (`need/east/rice`), `noun` its first word. In force from `starts` until
    a later figure of the series begins, and not from `ends` on (-1: no end). `commodity`: the
    currency of a price; `sources`: how many named it; `organisation`: whose figure it is.
    """

    __tablename__ = "figure"
    __table_args__ = (Index("figure_noun", "noun", "starts"), PLAIN)
    series: str = key(Word)
    starts: int = key(Whole)
    noun: str = word()
    entry: int = whole()
    statement: str = word()
    area: str = word()
    item: str = word()
    ends: int = whole()
    quantity: int = whole()
    per: int = whole()
    commodity: str = word()
    sources: int = whole()
    organisation: str = word()
    method: str = word()


class CaseFile(Projection, table=True):
    """A case: class, state, clock and counters, and no more. `due` and `closed` -1: none yet.

    What it is about stands in the entry that opened it, whose words are sealed.
    """

    __tablename__ = "case_file"
    __table_args__ = (Index("case_file_state", "state", "opened"), PLAIN)
    statement: str = key(Word)
    entry: int = whole()
    sort: str = word()
    state: str = word()
    opened: int = whole()
    due: int = whole()
    assigned: str = word()
    finding: str = word()
    responses: int = whole()
    appeals: int = whole()
    closed: int = whole()


PROJECTIONS: Sequence[type[Projection]] = tuple(Projection.__subclasses__())
"""Every view, those of `nodes.projections.views` first."""
