"""The Jupyter Server extension, asked over HTTP as the page asks it."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import pytest
from jupyter_server.auth.authorizer import Authorizer
from jupyter_server.serverapp import ServerApp
from tornado.httpclient import HTTPResponse

import nbtrack
from nbtrack.dashboard.protocol import OPERATIONS, PROTOCOL_VERSION, READ_OPERATIONS
from nbtrack.server.handlers import MAX_BODY
from nbtrack.store import open_store
from nbtrack.store.edits import save_view

pytest_plugins = ["pytest_jupyter.jupyter_server"]

Fetch = Callable[..., Awaitable[HTTPResponse]]
NO_TOKEN = {"Authorization": ""}


class Nobody(Authorizer):
    """Allows nothing."""

    def is_authorized(self, handler: Any, user: Any, action: str, resource: str) -> bool:
        return False


class Reader(Authorizer):
    """Allows reading nbtrack's runs, and nothing else."""

    def is_authorized(self, handler: Any, user: Any, action: str, resource: str) -> bool:
        return (action, resource) == ("read", "nbtrack")


@pytest.fixture
def store_url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    url = f"sqlite:///{tmp_path / 'runs.db'}"
    monkeypatch.setenv("NBTRACK_STORE", url)
    return url


@pytest.fixture
def authorizer() -> type[Authorizer] | None:
    """Override by parametrizing."""
    return None


@pytest.fixture
def jp_server_config(store_url: str, authorizer: type[Authorizer] | None) -> dict[str, Any]:
    settings: dict[str, Any] = {"jpserver_extensions": {"nbtrack": True}}
    if authorizer is not None:
        settings["authorizer_class"] = authorizer
    return {"ServerApp": settings}


def request(op: str, **args: Any) -> str:
    return json.dumps({"v": PROTOCOL_VERSION, "id": 7, "op": op, "args": args})


async def ask(fetch: Fetch, body: str, **options: Any) -> tuple[int, Any]:
    response = await fetch("nbtrack", "api", method="POST", body=body, raise_error=False, **options)
    return response.code, json.loads(response.body)


async def test_info_names_both_versions(jp_fetch: Fetch) -> None:
    response = await jp_fetch("nbtrack", "api", "info")
    info = json.loads(response.body)
    assert (info["version"], info["protocol"]) == (nbtrack.__version__, PROTOCOL_VERSION)


async def test_a_request_is_answered_from_the_configured_store(
    jp_fetch: Fetch, store_url: str
) -> None:
    created = await ask(jp_fetch, request("create_experiment", name="sweep"))
    assert created[0] == 200
    assert created[1]["ok"] is True
    listed = await ask(jp_fetch, request("experiments"))
    assert [entry["name"] for entry in listed[1]["result"]["experiments"]] == ["sweep"]
    assert listed[1]["id"] == 7
    assert Path(store_url.removeprefix("sqlite:///")).is_file()


async def test_an_unknown_operation_gets_an_error_reply(jp_fetch: Fetch) -> None:
    status, reply = await ask(jp_fetch, request("sumary"))
    assert status == 200
    assert reply["error"]["code"] == "request"
    assert "summary" in reply["error"]["hint"]


@pytest.mark.parametrize("body", ["", "{", "\x00", '{"op": "\ud800"', "[" * 100_000])
async def test_a_body_that_is_no_json_is_refused(jp_fetch: Fetch, body: str) -> None:
    encoded = body.encode("utf-8", "surrogatepass")
    status, reply = await ask(jp_fetch, encoded)  # type: ignore[arg-type]
    assert status == 400
    assert reply["ok"] is False
    assert reply["error"] == {"code": "request", "message": "The body of the request is not JSON."}


@pytest.mark.parametrize("body", ["null", "[]", "3", '"x"', "{}", '{"op": []}'])
async def test_json_that_is_no_request_gets_an_error_reply(jp_fetch: Fetch, body: str) -> None:
    status, reply = await ask(jp_fetch, body)
    assert status == 200
    assert reply["error"]["code"] == "request"


async def test_a_body_over_the_bound_is_refused(jp_fetch: Fetch) -> None:
    padding = " " * (MAX_BODY + 1 - len(request("store")))
    assert (await ask(jp_fetch, request("store") + padding[1:]))[0] == 200
    status, reply = await ask(jp_fetch, request("store") + padding)
    assert status == 413
    assert f"{MAX_BODY} are allowed" in reply["error"]["message"]


async def test_the_info_names_the_folder_that_paths_of_notebooks_begin_at(
    jp_fetch: Fetch, jp_root_dir: Path
) -> None:
    info = json.loads((await jp_fetch("nbtrack", "api", "info")).body)
    assert Path(info["root"]) == jp_root_dir


async def test_more_requests_than_the_bound_are_refused_at_once(
    jp_fetch: Fetch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nbtrack.server.worker.MAX_WAITING", 0)
    status, reply = await ask(jp_fetch, request("store"))
    assert status == 503
    assert reply["id"] == 7
    assert reply["error"]["code"] == "busy"


async def test_a_stranger_is_refused(jp_fetch: Fetch) -> None:
    info = await jp_fetch("nbtrack", "api", "info", headers=NO_TOKEN, raise_error=False)
    assert info.code == 403
    status, _ = await ask(jp_fetch, request("store"), headers=NO_TOKEN)
    assert status == 403


async def test_a_change_by_cookie_needs_the_xsrf_token(
    jp_fetch: Fetch, jp_serverapp: ServerApp
) -> None:
    form = await jp_fetch("login", headers=NO_TOKEN)
    xsrf = SimpleCookie(form.headers["Set-Cookie"])["_xsrf"].value
    token = {"token": jp_serverapp.identity_provider.token}
    login = await jp_fetch(
        "login", params=token, headers=NO_TOKEN, follow_redirects=False, raise_error=False
    )
    user = login.headers["Set-Cookie"].partition(";")[0]
    by_cookie = {**NO_TOKEN, "Cookie": f"_xsrf={xsrf}; {user}"}
    body = request("create_experiment", name="sweep")
    assert (await ask(jp_fetch, body, headers=by_cookie))[0] == 403
    with_xsrf = {**by_cookie, "X-XSRFToken": xsrf}
    assert (await ask(jp_fetch, body, headers=with_xsrf))[0] == 200


@pytest.mark.parametrize("authorizer", [Nobody])
async def test_without_permission_everything_is_refused(jp_fetch: Fetch) -> None:
    info = await jp_fetch("nbtrack", "api", "info", raise_error=False)
    assert info.code == 403
    assert (await ask(jp_fetch, request("store")))[0] == 403
    assert (await ask(jp_fetch, request("delete", run_ids=[])))[0] == 403


@pytest.mark.parametrize("authorizer", [Reader])
async def test_permission_to_read_does_not_include_changes(jp_fetch: Fetch) -> None:
    assert (await ask(jp_fetch, request("store")))[0] == 200
    for operation in [*sorted(OPERATIONS.keys() - READ_OPERATIONS), "no such operation"]:
        status, reply = await ask(jp_fetch, request(operation))
        assert status == 403, operation
        assert reply["error"]["code"] == "permission"
        assert "not authorized to write" in reply["error"]["message"]


async def test_the_page_is_the_servers_own(jp_fetch: Fetch, jp_base_url: str) -> None:
    response = await jp_fetch("nbtrack")
    text = response.body.decode()
    assert f'src="{jp_base_url}static/nbtrack/page.js' in text
    assert json.dumps({"baseUrl": jp_base_url}) in text
    assert "script-src 'self';" in response.headers["Content-Security-Policy"]
    assert "_xsrf" in response.headers["Set-Cookie"]
    style = await jp_fetch("static", "nbtrack", "page.css")
    assert b"--jp-layout-color0" in style.body


async def test_the_page_is_for_those_who_are_logged_in(jp_fetch: Fetch) -> None:
    response = await jp_fetch(
        "nbtrack", headers=NO_TOKEN, follow_redirects=False, raise_error=False
    )
    assert response.code == 302
    assert "/login" in response.headers["Location"]


@pytest.mark.parametrize("authorizer", [Nobody])
async def test_the_page_is_for_those_who_may_read(jp_fetch: Fetch) -> None:
    assert (await jp_fetch("nbtrack", raise_error=False)).code == 403


def test_every_operation_open_to_readers_exists() -> None:
    assert OPERATIONS.keys() > READ_OPERATIONS


async def test_a_store_that_cannot_be_opened_is_reported_and_tried_again(
    jp_fetch: Fetch, store_url: str
) -> None:
    file = Path(store_url.removeprefix("sqlite:///"))
    file.write_text("no database " * 1000)
    status, reply = await ask(jp_fetch, request("store"))
    assert status == 200
    assert reply["error"]["code"] == "store_corrupt"
    file.unlink()
    _, reply = await ask(jp_fetch, request("store"))
    assert reply["ok"] is True


async def test_exports_go_into_the_folder_that_the_server_serves(
    jp_fetch: Fetch, jp_root_dir: Path, store_url: str, tmp_path: Path
) -> None:
    inside, outside = jp_root_dir / "work", tmp_path / "outside"
    args = {"view": {}, "name": "runs", "format": "csv", "shape": "wide"}
    database = open_store(store_url)
    for view_id, folder in (("in", inside), ("out", outside)):
        folder.mkdir()
        save_view(database, view_id, {"folder": str(folder)})
    database.close()
    _, reply = await ask(jp_fetch, request("export", view_id="in", **args))
    assert reply["result"]["path"] == "runs.csv"
    assert (inside / "runs.csv").is_file()
    _, reply = await ask(jp_fetch, request("export", view_id="out", **args))
    assert "not below the server's folder" in reply["error"]["message"]
    assert list(outside.iterdir()) == []
    moved = {"folder": str(outside)}
    _, reply = await ask(jp_fetch, request("set_view", view_id="in", view=moved))
    assert "folder" in reply["error"]["message"]
