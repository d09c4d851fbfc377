"""What every test may ask for: shared vectors and data, and a PostgreSQL server of its own.

Goal: a test that cannot run on this machine skips and says what is missing, never passes silently.
Method: fixtures that return a folder or an address, or skip with the reason.

Helpers that several test files share live in `tests/support/`, which is on the import path; the
name `tests` itself is never imported, because another distribution installs a package of that name.
"""

import itertools
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from throwaway_postgres import Server, Unavailable

ROOT = Path(__file__).resolve().parents[1]
SHARED = Path(os.environ.get("RELIEF_SHARED", ROOT.parent / "shared"))

# A slow, shared machine must not fail a property: nothing is timed, and CI repeats itself exactly.
settings.register_profile(
    "house",
    deadline=None,
    derandomize=bool(os.environ.get("CI")),
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("house")


def folder_or_skip(folder: Path, what: str) -> Path:
    """`folder`, or a skip that says where `what` was looked for."""
    if not folder.is_dir():
        pytest.skip(f"{what} not present at {folder} (RELIEF_SHARED names another place)")
    return folder


@pytest.fixture(scope="session")
def shared_vectors() -> Path:
    """Folder of the public test vectors (`rfc6962.json`, `dsse.json` ...)."""
    return folder_or_skip(SHARED / "vectors", "shared test vectors")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of the real tables (`hubei-cash-donations.csv` ...); never copied into the project."""
    return folder_or_skip(SHARED / "data", "shared test data")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    """A PostgreSQL server for this test run alone, on a Unix socket in a folder that is removed."""
    try:
        server = Server.start()
    except Unavailable as error:
        pytest.skip(f"no PostgreSQL server: {error}")
    yield server
    server.stop()


@pytest.fixture(scope="session")
def postgres_url(postgres_server: Server) -> str:
    """SQLAlchemy URL of one database, shared by the tests of this run."""
    return postgres_server.create_database("relief")


_numbers = itertools.count(1)


@pytest.fixture
def fresh_postgres_url(postgres_server: Server) -> str:
    """SQLAlchemy URL of a new, empty database for this test alone."""
    return postgres_server.create_database(f"relief_{next(_numbers)}")
