"""The helpers of the other tests.

Goal: the PostgreSQL of a test run is real, is nobody else's, and disappears.
Method: ask the server itself; look for its folder and process when it has stopped.
"""

import os
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool
from throwaway_postgres import Server, Unavailable, find_binaries


def ask(url: str, question: str) -> object:
    """One value from the database behind a SQLAlchemy URL."""
    with create_engine(url, poolclass=NullPool).connect() as connection:
        return connection.execute(text(question)).scalar_one()


def test_the_url_opens_a_real_server(postgres_url: str) -> None:
    assert str(ask(postgres_url, "SELECT version()")).startswith("PostgreSQL")
    assert ask(postgres_url, "SELECT current_database()") == "relief"
    assert ask(postgres_url, "SHOW listen_addresses") == ""
    assert ask(postgres_url, "SHOW server_encoding") == "UTF8"


@pytest.mark.parametrize("turn", [1, 2])
def test_a_fresh_database_is_empty(fresh_postgres_url: str, turn: int) -> None:
    engine = create_engine(fresh_postgres_url, poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE once (n integer)"))
    count = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
    assert ask(fresh_postgres_url, count) == 1, f"turn {turn} must not see another turn's table"


def test_nothing_is_left_behind(postgres_server: Server) -> None:
    second = Server.start()
    assert second.folder != postgres_server.folder
    left_open = psycopg.connect(f"host={second.folder} user=relief dbname=postgres")
    pid = int((second.folder / "data" / "postmaster.pid").read_text().splitlines()[0])
    second.stop()
    left_open.close()
    assert not second.folder.exists()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_what_is_missing_is_said(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="apt-get install postgresql"):
        find_binaries({"PATH": str(tmp_path)}, debian=tmp_path)


def test_the_newest_of_debians_is_taken(tmp_path: Path) -> None:
    for version in ("9", "15", "17"):
        folder = tmp_path / version / "bin"
        folder.mkdir(parents=True)
        (folder / "initdb").touch()
        (folder / "postgres").touch()
    (tmp_path / "17" / "bin" / "postgres").unlink()  # a client package alone is not a server
    assert find_binaries({"PATH": ""}, debian=tmp_path) == tmp_path / "15" / "bin"
