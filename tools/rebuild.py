"""`relief rebuild`: drop the views, replay the log, and show that everything came back.

The log is the truth; what pages and endpoints read are views of it. They can be lost, or made anew
by a newer version, at the price of the time it takes. The node must be stopped: one process at a
time follows the log into one database.
"""

from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from nodes.projections.follower import LogSource
from nodes.projections.projector import open_views
from nodes.projections.rebuild import Report
from nodes.projections.rebuild import rebuild as rebuild_views
from tools.console import FALSE, VERIFIED, Console, Stop, plain
from tools.home import Home
from tools.running import views_url
from tools.trace import stopped_store


def rebuild(console: Console, folder: Path, *, views: str) -> int:
    """Rebuild the views of the node in `folder`; 0 when they are equal, 1 when they were not."""
    home = Home(folder)
    home.must_exist()
    url = views or views_url(home.settings())
    with stopped_store(home) as store:
        head = store.head()
        try:
            engine = open_views(url)
            with console.counting("replaying", "entries"):
                report = rebuild_views(engine, LogSource(store))
            engine.dispose()
        except SQLAlchemyError as error:
            said = plain(" ".join(str(error).split()), longest=300)
            raise Stop(
                f"The database of the views failed: {said}.", "Check it and --views."
            ) from None
    same_log = (report.now.size, report.now.root) == (head.size, head.root())
    _show(console, report, same_log)
    return VERIFIED if report.is_equal and same_log else FALSE


def _show(console: Console, report: Report, same_log: bool) -> None:
    rows = []
    for name, after in report.after.items():
        before = report.before.get(name)
        equal = "new" if before is None else "equal" if before == after else "DIFFERENT"
        rows.append([name, after.rows, after.root.hex()[:16], equal])
    console.table("Views", ["view", "rows", "digest", "before"], rows)
    now = report.now
    console.say(f"{now.size:,} entries replayed in {report.seconds:.1f} s, root {now.root.hex()}")
    console.say(f"state root {now.state_root.hex()}")
    if not same_log:
        console.say("The views do not end where the log ends: run it again.", "bold red")
    elif report.differing:
        names = ", ".join(report.differing)
        console.say(f"They were not what the log says: {names}. Now they are.", "bold red")
    elif report.before:
        console.say("Every row and every digest is what it was.", "bold green")
    else:
        console.say("There was nothing to compare with; the views are made.", "bold green")
    console.result(
        {
            "equal": report.is_equal and same_log,
            "differing": list(report.differing),
            "compared": bool(report.before),
            "size": now.size,
            "root": now.root.hex(),
            "state_root": now.state_root.hex(),
            "seconds": round(report.seconds, 3),
            "views": {
                name: {"rows": each.rows, "digest": each.root.hex()}
                for name, each in report.after.items()
            },
        }
    )
