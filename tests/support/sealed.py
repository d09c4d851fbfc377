"""A donation list as its keeper has it: rows, secrets, and the manifest that the log knows."""

from typing import Any

from money import GENERAL, h

from ledger.proofs.disclosure import Manifest, Record, manifest_size

KIND = ("donation.list", 1)


class SealedList:
    """A list of donations as its keeper has it: rows, secrets, manifest."""

    def __init__(self, *amounts: int) -> None:
        self.amounts = amounts
        self.offsets = [sum(amounts[:n]) for n in range(len(amounts))]
        self.secrets = [bytes([n + 1]) * 32 for n in range(len(amounts))]
        values = [
            {"amount": amount, "offset": offset, "donor": f"d-{n}", "reference": f"r-{n}"}
            for n, (amount, offset) in enumerate(zip(amounts, self.offsets, strict=True))
        ]
        self.records = [
            Record.seal(*KIND, k, value) for k, value in zip(self.secrets, values, strict=True)
        ]
        size = manifest_size(len(amounts))
        dummies = [bytes([200 + n % 50]) * 32 for n in range(size - len(amounts))]
        order = list(range(size))[::-1]
        self.manifest = Manifest.make(
            [record.root for record in self.records], order=order, dummies=dummies
        )

    def body(self, sequence: int = 1, line: str = GENERAL) -> dict[str, Any]:
        return {
            "count": len(self.amounts),
            "file": h(5),
            "line": line,
            "manifest": self.manifest.value(),
            "sequence": sequence,
            "total": sum(self.amounts),
        }

    def row(self, n: int) -> dict[str, Any]:
        """Row n, opened as a statement names it."""
        shown, paths = self.records[n].show(self.secrets[n], [])
        place = self.manifest.prove(n)
        return {
            "amount": self.amounts[n],
            "offset": self.offsets[n],
            "paths": {
                "manifest": {"index": place.index, "path": [each.hex() for each in place.path]},
                "record": [
                    {"index": path.index, "path": [each.hex() for each in path.path]}
                    for path in paths
                ],
            },
            "salts": {field.name: field.salt.hex() for field in shown},
        }
