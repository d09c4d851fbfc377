"""`relief rebuild`: views are dropped, replayed, and held against what they were.

Goal: every row and digest comes back, on SQLite and PostgreSQL alike; a row that was changed is named.
Method: copies of a stopped ledger's folder, spoilt in one place.
"""

import sqlite3
from contextlib import closing

import pytest
from homes import Home, Served, invoke, said


def test_rebuilt_views_are_equal(home: Home) -> None:
    code, value = said("rebuild", "--dir", home.folder)
    assert code == 0 and value["equal"] and value["compared"] and not value["differing"]
    assert value["size"] == 8 and value["views"]["entry"]["rows"] == 8
    assert said("rebuild", "--dir", home.folder)[1]["views"] == value["views"]


def test_views_that_were_changed_are_found_and_mended(home: Home) -> None:
    with closing(sqlite3.connect(home.data / "views.sqlite")) as connection, connection:
        connection.execute("UPDATE balance SET units = '1'")
    code, value = said("rebuild", "--dir", home.folder)
    assert code == 1 and value["differing"] == ["balance"]
    assert said("rebuild", "--dir", home.folder)[0] == 0


def test_views_that_are_gone_are_made(home: Home) -> None:
    (home.data / "views.sqlite").unlink()
    code, value = said("rebuild", "--dir", home.folder)
    assert code == 0 and not value["compared"] and value["views"]["donation"]["rows"] == 1


def test_views_in_postgresql_are_the_same(home: Home, fresh_postgres_url: str) -> None:
    _, here = said("rebuild", "--dir", home.folder)
    code, there = said("rebuild", "--dir", home.folder, "--views", fresh_postgres_url)
    assert code == 0 and there["views"] == here["views"]


@pytest.mark.parametrize("views", ["nonsense", "sqlite:////nowhere/at/all.sqlite"])
def test_a_database_that_fails_is_a_sentence(views: str, home: Home) -> None:
    code, text = invoke("rebuild", "--dir", home.folder, "--views", views)
    assert code == 2 and "--views" in text


def test_a_running_nodes_views_are_left_alone(filled: Served) -> None:
    code, text = invoke("rebuild", "--dir", filled.home.folder)
    assert code == 2 and "in use by another process" in text
