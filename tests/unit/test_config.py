"""Which store, artifacts and outbox are taken, and what is shown of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbtrack.config import CONFIG_FILE, load_config, redact_url, shown_store, sqlite_file
from nbtrack.errors import ConfigError
from nbtrack.store import open_store


@pytest.fixture
def write_settings(own_folders: Path) -> Any:
    def write(settings: object) -> Path:
        file = own_folders / "jupyter_config_dir" / CONFIG_FILE
        file.parent.mkdir(exist_ok=True)
        file.write_text(settings if isinstance(settings, str) else json.dumps(settings))
        return file

    return write


def test_the_store_is_in_jupyters_data_folder_by_default(own_folders: Path) -> None:
    config = load_config()
    folder = own_folders / "jupyter_data_dir" / "nbtrack"
    assert sqlite_file(config.store_url) == folder / "nbtrack.db"
    assert config.artifacts == str(folder / "artifacts")
    assert config.outbox.parent == own_folders / "outbox"


def test_first_the_caller_then_the_environment_then_the_settings(
    write_settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_settings(
        {"store": "/settings/runs.db", "artifacts": "s3://settings", "outbox": "/settings/out"}
    )
    monkeypatch.delenv("NBTRACK_OUTBOX")
    config = load_config()
    assert (config.store_url, config.artifacts) == ("sqlite:////settings/runs.db", "s3://settings")
    assert config.outbox.parent == Path("/settings/out")
    monkeypatch.setenv("NBTRACK_STORE", "/environment/runs.db")
    monkeypatch.setenv("NBTRACK_ARTIFACTS", "/environment/files")
    monkeypatch.setenv("NBTRACK_OUTBOX", "/environment/out")
    config = load_config()
    assert (config.store_url, config.artifacts, config.outbox.parent) == (
        "sqlite:////environment/runs.db",
        "/environment/files",
        Path("/environment/out"),
    )
    assert load_config("/caller/runs.db").store_url == "sqlite:////caller/runs.db"


def test_artifacts_are_beside_a_sqlite_file_and_in_the_data_folder_for_postgresql(
    own_folders: Path,
) -> None:
    assert load_config("/data/team.db").artifacts == "/data/artifacts"
    artifacts = load_config("postgresql://db.example/team").artifacts
    assert artifacts == str(own_folders / "jupyter_data_dir" / "nbtrack" / "artifacts")


def test_each_store_has_an_outbox_of_its_own() -> None:
    first = load_config("postgresql://ana:one@db.example/team").outbox
    assert load_config("postgresql://ben:two@db.example/team").outbox == first
    assert load_config("postgresql://db.example/other").outbox != first


@pytest.mark.parametrize(
    ("given_url", "taken"),
    [
        ("postgresql://h/db", "postgresql+psycopg://h/db"),
        ("postgresql+psycopg://h/db", "postgresql+psycopg://h/db"),
        ("postgresql+psycopg2://h/db", "postgresql+psycopg://h/db"),
        ("postgresql+asyncpg://h/db", "postgresql+psycopg://h/db"),
        ("sqlite:////data/runs.db", "sqlite:////data/runs.db"),
        ("sqlite+pysqlite:////data/runs.db", "sqlite:////data/runs.db"),
        ("/data/runs.db", "sqlite:////data/runs.db"),
        (Path("/data/runs.db"), "sqlite:////data/runs.db"),
        ("/data/50%25 ä.db", "sqlite:////data/50%25 ä.db"),
    ],
)
def test_how_a_url_is_taken(given_url: str, taken: str) -> None:
    assert load_config(given_url).store_url == taken


def test_relative_paths_and_the_home_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", "/home/ana")
    assert load_config("runs.db").store_url == f"sqlite:///{tmp_path}/runs.db"
    assert load_config("sqlite:///runs.db").store_url == f"sqlite:///{tmp_path}/runs.db"
    assert load_config("~/runs.db").store_url == "sqlite:////home/ana/runs.db"


@pytest.mark.parametrize("name", ["50%25 off.db", "a b.db", "ä#1.db", "x@y.db"])
def test_a_file_of_any_name_is_that_file(name: str, tmp_path: Path) -> None:
    open_store(tmp_path / name).close()
    assert (tmp_path / name).is_file()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"stroe": "x"}, "Unknown setting 'stroe'.*Did you mean 'store'"),
        ({"zzz": "x"}, "Known: artifacts, outbox, outbox_limit, secret_keys, store"),
        ({"store": 5}, "'store'.* is 5.*text"),
        ({"secret_keys": "pin"}, "'secret_keys'.* is 'pin'.*list of words"),
        ({"secret_keys": [1]}, "list of words"),
        ([1, 2], "must hold a JSON object"),
        ("{", "cannot be read as JSON"),
        ("", "cannot be read as JSON"),
    ],
)
def test_settings_that_cannot_be_used_are_refused_with_their_file(
    settings: object, message: str, write_settings: Any
) -> None:
    file = write_settings(settings)
    with pytest.raises(ConfigError, match=message) as caught:
        load_config()
    assert str(file) in str(caught.value)


def test_further_secret_keys_are_taken_from_the_settings(write_settings: Any) -> None:
    write_settings({"secret_keys": ["pin", "customer number"]})
    assert load_config().secret_keys == ("pin", "customer number")


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://ana:secret@db.example:5432/team", "postgresql://db.example:5432/team"),
        ("postgresql://ana:secret@db/team?password=secret", "postgresql://db/team"),
        ("postgresql://ana:se/cr@et#?x@db/team", "postgresql://db/team"),
        ("postgresql://ana:secret@/team?host=/tmp", "postgresql:///team"),
        ("postgresql:///team?password=secret", "postgresql:///team"),
        ("postgresql://db/team?user=ana@example.org", "postgresql://db/team"),
        ("sqlite:////home/me@work/runs.db", "sqlite:////home/me@work/runs.db"),
    ],
)
def test_what_is_shown_of_a_url(url: str, shown: str) -> None:
    assert redact_url(url) == shown


@given(
    user=st.text("ab1", min_size=1),
    password=st.text("xyz@/?#:%&=", min_size=3).filter(lambda text: set(text) & set("xyz")),
    path=st.sampled_from(["/team", "/team?sslmode=require", ""]),
)
def test_no_part_of_a_password_is_shown(user: str, password: str, path: str) -> None:
    shown = redact_url(f"postgresql://{user}:{password}@db.org{path}")
    assert not set(shown.removeprefix("postgresql://")) & set("xyz")


def test_a_store_is_shown_as_people_know_it() -> None:
    assert shown_store(load_config("/data/runs.db")) == "/data/runs.db"
    assert shown_store(load_config("postgresql://a:b@db/team")) == "postgresql+psycopg://db/team"


def test_the_bound_of_the_outboxes_is_a_size(
    monkeypatch: pytest.MonkeyPatch, write_settings: Any
) -> None:
    assert load_config().outbox_limit == 4 << 30
    write_settings({"outbox_limit": "1.5 TB"})
    assert load_config().outbox_limit == 3 << 39
    monkeypatch.setenv("NBTRACK_OUTBOX_LIMIT", "500mb")
    assert load_config().outbox_limit == 500 << 20
    for wrong in ("0", "much", "-1GB", "5 PB"):
        monkeypatch.setenv("NBTRACK_OUTBOX_LIMIT", wrong)
        with pytest.raises(ConfigError, match="500MB"):
            load_config()
