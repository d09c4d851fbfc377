"""The verifier's page and the trust file, as a node serves them.

Goal: the page comes with a policy that lets its one script run and nothing else, as a page and as a
file to keep; the trust file is the one under which the node's own receipts hold.
Method: asked of a running node; a receipt of it is checked with the trust file that it gives.
"""

import base64
import re
from hashlib import sha256
from typing import Any

import pytest
from apis import Place, gift

from ledger.log.trust import parse_trust
from ledger.proofs.receiptcheck import Verdict, check_receipt


@pytest.mark.parametrize("path", ["/verify", "/verify.html"])
async def test_the_page_has_a_policy_of_its_own(client: Any, path: str) -> None:
    reply = await client.get(path)
    assert reply.status_code == 200
    assert reply.headers["content-type"] == "text/html; charset=utf-8"
    policy = reply.headers["content-security-policy"]
    (script,) = re.findall(r"<script>(.*?)</script>", reply.text, flags=re.DOTALL)
    digest = base64.b64encode(sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}';" in policy
    assert policy.startswith("default-src 'none'") and "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert reply.headers["referrer-policy"] == "no-referrer"
    kept = "content-disposition" in reply.headers
    assert kept == (path == "/verify.html")


async def test_other_pages_keep_theirs(client: Any) -> None:
    reply = await client.get("/en/")
    assert "script-src 'self'" in reply.headers["content-security-policy"]


async def test_a_receipt_holds_under_the_trust_file_of_the_node(node: Place, client: Any) -> None:
    said = node.say("donation.receive", gift(700), "red/ana")
    node.settle()
    reply = await client.get("/v1/trust")
    assert reply.status_code == 200
    assert reply.headers["content-type"] == "text/plain; charset=utf-8"
    trust = parse_trust(reply.content)
    receipt = await client.get(f"/v1/receipts/{said.statement}")
    assert check_receipt(receipt.content, trust).verdict == Verdict.VERIFIED


async def test_the_page_of_an_entry_holds_the_element(node: Place, client: Any) -> None:
    said = node.say("donation.receive", gift(800), "red/ana")
    node.settle()
    for slug, words in (
        ("en", "has not checked it"),
        ("zh-hant", "尚未查驗"),
        ("zh-hans", "尚未查验"),
    ):
        text = (await client.get(f"/{slug}/e/{said.index}")).text
        (element,) = re.findall(r"<proof-check ([^>]*)>(.*?)</proof-check>", text, flags=re.DOTALL)
        assert (
            f'src="/v1/receipts/{said.statement}"' in element[0]
            and 'trust="/v1/trust"' in element[0]
        )
        # What the server writes claims nothing.
        assert (
            words in element[1] and 'data-state="unchecked"' in element[1] and "✔" not in element[1]
        )
    batch = (await client.get(f"/en/e/{said.index + 1}")).text
    assert "<proof-check" not in batch, "a batch entry has no receipt"
