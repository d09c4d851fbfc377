"""Where a re-run stands after a batch, as lines: so that a longer log is run on, not run again.

    lines = rerun.ledger.tell()          # bytes without a line end
    other.ledger.take(lines)             # one that has run nothing yet

The first line is the head, the others rows of the state, right edges, statement ids and client-made
ids, each in the order in which they stand there. Marks follow from rows. Nothing of it is trusted:
whoever keeps the lines binds them to their log and to a digest (`nodes.tapes`).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from json import loads
from typing import Final, NoReturn

from contracts.memory import MemoryLedger
from ledger.canon import Value, encode_row
from ledger.envelope import StatementId
from ledger.errors import FormatError
from ledger.keys import KeyId
from ledger.marks import MARKED, marks_of
from ledger.state import Head

_THING: Final = "standing of a re-run"
_TAB: Final = "\t"


class StandingLedger(MemoryLedger):
    """One that can be told and taken up again. Its entries are kept elsewhere."""

    def tell(self) -> Iterator[bytes]:
        """Its lines."""
        yield encode_row(_head_value(self._head))
        for (table, key), value in self._rows.items():
            yield _line("row", table, key) + b"\t" + value
        for key, edge in self._edges.items():
            yield _line("edge", key, edge.hex())
        for statement, index in self._ids.items():
            yield _line("id", statement, str(index))
        for (author, nonce), statement in self._nonces.items():
            yield _line("nonce", author, nonce, statement)

    def take(self, lines: Iterable[bytes]) -> None:
        """Become what was told. `FormatError` where that is not in its form."""
        each = iter(lines)
        self._head = _read_head(next(each, b""))
        takers = {
            b"row": self._take_row,
            b"edge": self._take_edge,
            b"id": self._take_id,
            b"nonce": self._take_nonce,
        }
        for line in each:
            what, _, rest = line.partition(b"\t")
            taker = takers.get(what)
            if taker is None:
                _wrong("a line of no known form")
            try:
                taker(rest)
            except (ValueError, LookupError, AssertionError) as error:
                raise FormatError(_THING, f"a line {what.decode()}: {error}") from None
        for orders in self._marks.values():
            orders.sort()

    def _take_row(self, rest: bytes) -> None:
        table, key, value = rest.split(b"\t")
        pair = table.decode(), key.decode()
        self._rows[pair] = value
        if pair[0] in MARKED:
            for mark, order in marks_of(*pair, loads(value)):
                self._marks.setdefault((pair[0], mark), []).append((order, pair[1]))

    def _take_edge(self, rest: bytes) -> None:
        key, edge = rest.decode().split(_TAB)
        self._edges[key] = bytes.fromhex(edge)

    def _take_id(self, rest: bytes) -> None:
        statement, index = rest.decode().split(_TAB)
        self._ids[StatementId(statement)] = int(index)

    def _take_nonce(self, rest: bytes) -> None:
        author, nonce, statement = rest.decode().split(_TAB)
        self._nonces[KeyId(author), nonce] = StatementId(statement)


def _line(*parts: str) -> bytes:
    """Parts between tabs: keys and ids hold neither a tab nor a line end."""
    text = _TAB.join(parts)
    assert text.count(_TAB) == len(parts) - 1 and "\n" not in text, parts
    return text.encode()


def _head_value(head: Head) -> dict[str, Value]:
    return {
        "batch": head.batch,
        "edge": [one.hex() for one in head.edge],
        "origin": head.origin,
        "protocol": head.protocol,
        "size": head.size,
        "state_root": head.state_root.hex(),
        "time": head.time,
    }


def _read_head(line: bytes) -> Head:
    try:
        value: Mapping[str, object] = loads(line)
        numbers = [value[name] for name in ("size", "batch", "time", "protocol")]
        origin, root, edge = value["origin"], value["state_root"], value["edge"]
        if len(value) != 7 or any(type(one) is not int for one in numbers):
            _wrong("a head with other fields")
        if not isinstance(origin, str) or not isinstance(root, str) or not isinstance(edge, list):
            _wrong("a head with other fields")
        hashes = tuple(bytes.fromhex(one) for one in edge)
        head = Head(origin, state_root=bytes.fromhex(root), edge=hashes)
    except (ValueError, TypeError, LookupError) as error:
        raise FormatError(_THING, f"its head: {error}") from None
    size, batch, time, protocol = (int(str(one)) for one in numbers)
    return replace(head, size=size, batch=batch, time=time, protocol=protocol)


def _wrong(why: str) -> NoReturn:
    raise FormatError(_THING, why)
