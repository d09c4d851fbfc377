"""The log as files beyond one full tile, where a second level of tiles begins.

Goal: whoever reads by C2SP tlog-tiles finds every tile of the tree under the checkpoint.
Method: more than 256 entries, of which no batch ends at 256, on a running node; each tile is asked
for, and some that no tree has.
"""

from pathlib import Path

import httpx
from apis import gift, place

from ledger.log.checkpoint import open_checkpoint_text
from ledger.log.tile import bundles_of, tiles_of


async def test_every_tile_of_the_tree_is_there(tmp_path: Path) -> None:
    with place(tmp_path) as node:
        node.send(
            *(node.ledger.statement("donation.receive", gift(5), "red/ana") for _ in range(270))
        )
        node.settle()
        with node.node.store.view() as view:
            assert not view.has_batch_end(256, 257)
        transport = httpx.ASGITransport(node.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://node") as client:
            note = (await client.get("/checkpoint")).content
            size = open_checkpoint_text(note)[0].size
            wanted = [tile.path for tile in (*tiles_of(size), *bundles_of(size))]
            assert "tile/1/000.p/1" in wanted
            for path in wanted:
                assert (await client.get(f"/{path}")).status_code == 200, path
            for path in ("tile/1/000.p/2", "tile/2/000.p/1", "tile/63/000.p/1", "tile/0/000.p/255"):
                assert (await client.get(f"/{path}")).status_code == 404, path
