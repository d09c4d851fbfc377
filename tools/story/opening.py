"""Opening: who else takes part, whose keys they are, and what a new item is called.

Governance as it happens: parties are named, a volunteer is enrolled, given a role and a device for
the days of the flood, and leaves again; the keeper maps a spelling that nobody knew.
"""

from nodes.keyring import KeyFile, new_key
from tools.story.county import DAY, PARTIES, item, names
from tools.story.teller import Body, Teller

VOLUNTEER = "cloud/volunteer"
PHONE = "cloud/volunteer phone"
"""The volunteer's device: a key of its own, for six days."""
ADMINS = ("county/director", "bridge/secretary")


def parties(teller: Teller) -> None:
    """The rice mill, the water works, the carrier, the clinic and the hospital are named."""
    for id_, called in PARTIES:
        body: Body = {"actors": [], "organisation": {"id": id_, "names": called}}
        teller.say("member.enrol", body, *ADMINS)


def volunteer(teller: Teller) -> dict[str, KeyFile]:
    """A volunteer joins, with a key for a desk and one for a phone; the new key files."""
    files = {VOLUNTEER: new_key("author", VOLUNTEER), PHONE: new_key("device", VOLUNTEER)}
    teller.keys |= {name: file.key for name, file in files.items()}
    scope: Body = {"areas": [], "funds": [], "sites": ["hall", "school"]}
    actor: Body = {"id": VOLUNTEER, "person": "p-24", "roles": ["distributor"], "scope": scope}
    teller.say("member.enrol", {"actors": [actor]}, *ADMINS)
    public = files[VOLUNTEER].key.public.hex()
    teller.say(
        "key.enrol", {"actor": VOLUNTEER, "public": public, "use": "author"}, "cloud/captain"
    )
    phone: Body = {
        "actor": VOLUNTEER,
        "due": teller.clock.now() + 6 * DAY,
        "public": files[PHONE].key.public.hex(),
        "use": "device",
    }
    teller.say("key.enrol", phone, "cloud/captain", mark="device key")
    return files


def more_roles(teller: Teller) -> None:
    """The volunteer may also confirm what residents say they got."""
    scope: Body = {"areas": [], "funds": [], "sites": ["hall", "school"]}
    body: Body = {"actor": VOLUNTEER, "roles": ["distributor", "confirmer"], "scope": scope}
    teller.say("member.grant", body, *ADMINS)


def farewell(teller: Teller) -> None:
    """The volunteer goes home: no roles, no key."""
    body: Body = {
        "actor": VOLUNTEER,
        "reason": "end-of-service",
        "roles": ["distributor", "confirmer"],
    }
    teller.say("member.revoke", body, *ADMINS)
    key = teller.keys[VOLUNTEER].key_id
    teller.say("key.retire", {"key": key, "reason": "end-of-service"}, *ADMINS)


def new_items(teller: Teller) -> None:
    """Infant formula comes for the first time, and masks get a spelling more."""
    formula = item(
        "formula",
        "food",
        "GRM",
        names("Infant formula", "婴儿奶粉", "嬰兒奶粉"),
        packs=[("罐", 800, 1)],
        shelf_life_s=540 * DAY,
    )
    masks = item(
        "n95",
        "medical",
        "H87",
        names("N95 masks", "N95口罩", "N95口罩"),
        packs=[("盒", 20, 1)],
        aliases=["口罩", "N95防护口罩"],
    )
    teller.say("catalogue.define", {"items": [formula, {**masks, "version": 2}]}, "county/director")
