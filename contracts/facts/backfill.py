"""Back-fill: an index that begins late has the rows of one that listened since genesis.

    commit        `begin`: the index listens from the next batch on, and is owed what was before
    meanwhile     what it counts is written; what turns an entry that it has not noted is kept as
                  a *debt* (`contracts.facts.rows.turn`)
    activation    `fill`: the rows that listening would have given up to and with the batch of the
                  commit come from the reader, its own are joined to them, the debts are worked off

    facts      {index}!                    entry of the commit: there until it is filled
               {index}!{entry, 12 digits}  how the notes of that entry stand by now

Nothing but the log up to the commit is needed, so the rows can be worked out as soon as the commit
is durable, once, while the log goes on (`ledger.state.Reader.backfill`, `contracts.memory.Refill`).
What comes between commit and activation turns notes or adds its own; the last standing of a note
is all that counts of its turns; and sums are sums: so the order in which both halves come does not
matter, and the rows are equal. Specification: `docs/spec/facts.md`, back-fill.
"""

from collections.abc import Collection, Iterable
from json import loads

from contracts.facts.definition import Definition
from contracts.facts.rows import TABLE, debt_mark, listen, offset_of, owed, owes, turn
from ledger.canon import Value
from ledger.state import Pair, State


def begin(state: State, definitions: Iterable[Definition], since: int) -> None:
    """These indexes are new: they listen from the batch after that of entry `since`, the commit."""
    for index in definitions:
        state.put(TABLE, owes(index.id), since)


def is_filled(state: State, definition: Definition) -> bool:
    """Whether an index that listens has all its rows: before that, nothing reads it."""
    return state.get(TABLE, owes(definition.id)) is None


def fill(state: State, definitions: Iterable[Definition]) -> None:
    """Give those of these indexes that are owed something all that they are owed.

    Raises what the reader raises when it does not have it yet; then nothing is changed.
    """
    owing: dict[str, tuple[int, Definition]] = {}
    for index in definitions:
        since = state.get(TABLE, owes(index.id))
        if isinstance(since, int):
            owing[index.id] = (since, index)
    if not owing:
        return
    wanted = sorted((since, name) for name, (since, _) in owing.items())
    rows = state.reader.backfill(wanted)
    state.prefetch([(TABLE, key) for key in rows if key[32] != "@"])
    for key in sorted(rows):
        _join(state, key, loads(rows[key]))
    for name in sorted(owing):
        _work_off(state, owing[name][1])


def take_beside(rows: dict[Pair, bytes | None], names: Collection[str]) -> dict[str, bytes | None]:
    """Take out of the changes of a batch the rows of indexes that only listen besides, by key."""
    # What an index is owed is written by its commit: that is state.
    own = [key for table, key in rows if table == TABLE and key[:32] in names and key[32] != "!"]
    return {key: rows.pop((TABLE, key)) for key in own}


def _join(state: State, key: str, value: Value) -> None:
    if key[32] == "@":
        # The note of an entry that the index did not hear.
        state.add(TABLE, key, value)
        return
    own = state.get(TABLE, key)
    assert isinstance(value, list)
    sums = [int(str(part)) for part in value]
    if isinstance(own, list):
        sums = [one + int(str(other)) for one, other in zip(sums, own, strict=True)]
    state.put(TABLE, key, [str(part) for part in sums] if any(sums) else None)


def _work_off(state: State, index: Definition) -> None:
    """Turn what was turned meanwhile; nothing is owed any more."""
    state.put(TABLE, owes(index.id), None)
    listeners, offset = listen([index]), offset_of(state)
    debts = list(state.scan(TABLE, debt_mark(index.id)))
    for _, key, standing in debts:
        state.put(TABLE, key, None)
        turn(state, listeners, index.of, entry=owed(key), standing=standing, offset=offset)  # type: ignore[arg-type]
