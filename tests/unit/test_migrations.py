"""A store's schema: what the migrations make, and how they run beside others."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from nbtrack.config import load_config
from nbtrack.errors import StoreError, StoreVersionError
from nbtrack.store import Database, open_store
from nbtrack.store.migrate import MIGRATIONS, migrate, schema_version
from nbtrack.store.tables import SCHEMA_VERSION, metadata
from tests.unit.processes import start_python

OVERVIEW = "ix_runs_overview"
LATER_REVISION = f"""
import sqlalchemy as sa
from alembic import op

revision = "later"
down_revision = "{SCHEMA_VERSION}"


def upgrade() -> None:
    op.add_column("runs", sa.Column("colour", sa.Text()))
    op.execute("UPDATE runs SET colour = 'blue'")
    {{then}}
"""


@pytest.fixture
def later_migrations(tmp_path: Path) -> Path:
    """Migrations of a later nbtrack, which has one more."""
    folder = tmp_path / "later"
    shutil.copytree(MIGRATIONS / "versions", folder / "versions")
    (folder / "versions" / "later_colour.py").write_text(LATER_REVISION.format(then=""))
    return folder


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_the_migrations_make_the_tables_of_the_code(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = f"sqlite:///{tmp_path / 'first.db'}"
    if kind == "postgresql":
        url = request.getfixturevalue("empty_postgresql_url")
    engine = sa.create_engine(url)
    migrate(engine, target="0001")
    engine.dispose()
    database = open_store(url)
    assert _differences(database) == []
    database.close()


def test_a_new_store_has_the_tables_of_the_code(database: Database) -> None:
    assert _differences(database) == []


def _differences(database: Database) -> list[Any]:
    # Alembic takes SQLite's empty text as default for another than its own, and an index of
    # SQLite with a descending column for one of expressions
    is_sqlite = database.dialect == "sqlite"
    options = {
        "compare_type": True,
        "compare_server_default": not is_sqlite,
        "include_object": lambda _object, name, *_rest: not is_sqlite or name != OVERVIEW,
    }
    with database.reading() as connection:
        assert schema_version(connection) == SCHEMA_VERSION
        context = MigrationContext.configure(connection, opts=options)
        return list(compare_metadata(context, metadata))


def test_the_sqlite_tables_of_keyed_values_have_no_row_ids(tmp_path: Path) -> None:
    open_store(tmp_path / "nbtrack.db").close()
    with sqlite3.connect(tmp_path / "nbtrack.db") as connection:
        made = dict(connection.execute("SELECT name, sql FROM sqlite_master"))
    connection.close()
    assert {name for name, sql in made.items() if sql and "WITHOUT ROWID" in sql} == {
        "metrics",
        "params",
        "tags",
    }
    assert "WHERE stage = 'active'" in made["uq_experiments_active_name"]
    assert made[OVERVIEW].endswith(
        "(stage, start_time DESC, run_id, experiment_id, status, end_time)"
    )


OPEN = """
    import sys
    from nbtrack.store import open_store
    print("ready", flush=True)
    sys.stdin.readline()
    print(open_store(sys.argv[1]).store_id)
"""


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_processes_that_open_a_new_store_at_once_all_get_it(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    for attempt in range(3 if kind == "sqlite" else 1):
        url = str(tmp_path / f"{attempt}.db")
        if kind == "postgresql":
            url = request.getfixturevalue("empty_postgresql_url")
        processes = [start_python(OPEN, url) for _ in range(3)]
        for process in processes:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        for process in processes:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        answers = [process.communicate(timeout=60) for process in processes]
        assert [stderr for _, stderr in answers] == ["", "", ""]
        assert len({stdout for stdout, _ in answers}) == 1
        assert len(answers[0][0].strip()) == 32


def test_a_newer_store_is_refused_with_both_versions_and_left_as_it_is(
    database: Database,
) -> None:
    with database.writing() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreVersionError, match=rf"9999.*{SCHEMA_VERSION}.*newer nbtrack"):
        open_store(database.config)
    with database.reading() as connection:
        assert schema_version(connection) == "9999"
        assert len(sa.inspect(connection).get_table_names()) == len(metadata.tables) + 1


def test_a_database_of_another_program_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "other.db"
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE runs (id INTEGER)")
        connection.execute("INSERT INTO runs VALUES (7)")
    connection.close()
    with pytest.raises(StoreError, match="another program, such as 'runs'"):
        open_store(file)
    with sqlite3.connect(file) as connection:
        assert connection.execute("SELECT * FROM runs").fetchall() == [(7,)]
        names = connection.execute("SELECT name FROM sqlite_master").fetchall()
    connection.close()
    assert names == [("runs",)]


def test_an_upgrade_keeps_the_runs_and_copies_a_sqlite_file_before(
    database: Database, later_migrations: Path
) -> None:
    _insert_experiment(database, "sweep")
    migrate(database.engine, target="later", migrations=later_migrations)
    with database.reading() as connection:
        assert schema_version(connection) == "later"
        assert "colour" in {c["name"] for c in sa.inspect(connection).get_columns("runs")}
        assert connection.execute(sa.text("SELECT name FROM experiments")).scalars().all() == [
            "sweep"
        ]
    if database.dialect == "sqlite":
        (copy,) = Path(database.name).parent.glob(f"*.before-{SCHEMA_VERSION}-*")
        kept = open_store(load_config(copy))
        with kept.reading() as connection:
            names = connection.execute(sa.text("SELECT name FROM experiments")).scalars().all()
        assert names == ["sweep"]
        assert kept.store_id == database.store_id
        kept.close()


def test_a_migration_that_fails_changes_nothing(database: Database, later_migrations: Path) -> None:
    (later_migrations / "versions" / "later_colour.py").write_text(
        LATER_REVISION.format(then="raise RuntimeError('the disk is gone')")
    )
    with pytest.raises(RuntimeError, match="the disk is gone"):
        migrate(database.engine, target="later", migrations=later_migrations)
    with database.reading() as connection:
        assert schema_version(connection) == SCHEMA_VERSION
        assert "colour" not in {c["name"] for c in sa.inspect(connection).get_columns("runs")}


def test_opening_a_store_of_this_version_writes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "nbtrack.db"
    open_store(file).close()
    before = file.read_bytes()
    open_store(file).close()
    assert file.read_bytes() == before
    assert [path.name for path in tmp_path.glob("nbtrack.db*")] == ["nbtrack.db"]


def _insert_experiment(database: Database, name: str) -> None:
    with database.writing() as connection:
        connection.execute(
            sa.text("INSERT INTO experiments (name, created) VALUES (:name, 0)"), {"name": name}
        )
