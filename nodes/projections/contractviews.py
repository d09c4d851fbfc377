"""Views of contracts: each version that was proposed, the voices for it, and what runs by itself.

A version is a row from its proposal on, by the proposal's statement: it was proposed, then approved
(committed, its notice runs), then in force. Who has a voice and how many are wanted is in the state
(`ledger.voices`), as are the voices against a contract; whether a suspension was confirmed, too.
"""

from sqlalchemy import Index

from nodes.projections.views import PLAIN, Projection, Word, key, whole, word

__all__ = ["ContractRun", "ContractVersion", "ContractVoice"]


class ContractVersion(Projection, table=True):
    """One version of a contract in a scope, as it was proposed and what became of it.

    `state`: `proposed`; `lapsed`; `approved`, its notice runs; `dropped`, another came before it;
    `active`; `suspended`, at most to `until`; `before`, which returns when an emergency version
    ends, at `returns` of that; `superseded`; `expired`; `retired`. Entries `proposed` `committed`
    `activated` `ended`, and the times of the first and the last two: `opened` `starts` `ends`; -1
    while there is none. `lapses` ends a proposal; `not_before` and `expires` as proposed. `sort` is
    gate or trigger, `kinds` what it is about, joined by blanks; names are its title.
    """

    __tablename__ = "contract_version"
    __table_args__ = (
        Index("contract_version_contract", "contract", "scope"),
        Index("contract_version_state", "state", "proposed"),
        Index("contract_version_proposed", "proposed"),
        PLAIN,
    )
    proposal: str = key(Word)
    contract: str = word()
    scope: str = word()
    version: int = whole()
    hash: str = word()
    sort: str = word()
    kinds: str = word()
    mode: str = word()
    lane: str = word()
    owner: str = word()
    en: str = word()
    zh_hans: str = word()
    zh_hant: str = word()
    state: str = word()
    proposed: int = whole()
    opened: int = whole()
    lapses: int = whole()
    not_before: int = whole()
    expires: int = whole()
    committed: int = whole()
    activated: int = whole()
    starts: int = whole()
    returns: int = whole()
    until: int = whole()
    ended: int = whole()
    ends: int = whole()


class ContractVoice(Projection, table=True):
    """A member for which an admin signed a proposal or an approval of it; `n` in their order.

    Whoever has no voice in the scope is here too, and does not count.
    """

    __tablename__ = "contract_voice"
    proposal: str = key(Word)
    member: str = key(Word)
    n: int = whole()
    entry: int = whole()
    time: int = whole()


class ContractRun(Projection, table=True):
    """A contract's walk through a list, as the last entry about it tells it.

    `id`: `{cause, 12 digits}/{contract hash}`; `done` of its items were looked at, `fired` caused
    something, `refused` of their statements were refused, `faults` opened a case; `spent` in minor
    units. `state` running, paused or ended, and `why`; `entry`, `batch` and `time`: the last about
    it; `closed`: the entry that ended it, -1 while it is open.
    """

    __tablename__ = "contract_run"
    __table_args__ = (
        Index("contract_run_closed", "closed", "id"),
        Index("contract_run_contract", "contract", "id"),
        PLAIN,
    )
    id: str = key(Word)
    contract: str = word()
    cause: int = whole()
    entry: int = whole()
    batch: int = whole()
    time: int = whole()
    done: int = whole()
    fired: int = whole()
    refused: int = whole()
    faults: int = whole()
    spent: int = whole()
    state: str = word()
    why: str = word()
    closed: int = whole()
