"""The dashboard's widget in a real kernel, asked over its comm as JupyterLab's page does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from nbtrack.dashboard.protocol import PROTOCOL_VERSION
from nbtrack.dashboard.widget import MIME_TYPE
from tests.kernels.kernel_client import Cell, Home, Kernel, Message

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
RECORD = (
    "import nbtrack\nwith nbtrack.start_run('{name}') as run:\n    run.log_metric('acc', {acc})"
)
WAIT = "import threading\nprint('waiting', flush=True)\nthreading.Event().wait(100)"


class Page(Kernel):
    """A kernel and a page that shows its widgets."""

    def __init__(self, home: Home) -> None:
        super().__init__(home)
        self.heard_on_comms: list[Message] = []
        self._asked = 0

    def custom_messages(self, comm_id: str) -> list[Any]:
        """Return what was pushed to the front end's model of a widget."""
        return [
            message["data"]["content"]
            for message in self.heard_on_comms
            if message["comm_id"] == comm_id and message["data"].get("method") == "custom"
        ]

    def create_subshell(self) -> str:
        """Ask for a thread that answers while a cell runs, as JupyterLab does for comms."""
        self.client.control_channel.send(self.client.session.msg("create_subshell_request"))
        reply = self.client.get_control_msg(timeout=30)
        return str(reply["content"]["subshell_id"])

    def push(self, comm_id: str, content: object, subshell: str | None = None) -> None:
        """Send a custom message of a widget's model."""
        data = {"method": "custom", "content": content}
        message = self.client.session.msg("comm_msg", {"comm_id": comm_id, "data": data})
        if subshell is not None:
            message["header"]["subshell_id"] = subshell
        self.client.shell_channel.send(message)

    def ask(self, comm_id: str, op: str, *, subshell: str | None = None, **args: Any) -> Any:
        """Send a request and return the result of the reply."""
        self._asked += 1
        asked = f"{comm_id}/{self._asked}"
        request = {"v": PROTOCOL_VERSION, "id": asked, "op": op, "args": args}
        self.push(comm_id, request, subshell)

        def replies() -> list[Any]:
            return [found for found in self.custom_messages(comm_id) if found.get("id") == asked]

        self._listen(lambda: bool(replies()), f"the reply to {op}")
        (reply,) = replies()
        assert reply["ok"], reply
        return reply["result"]

    def wait_for_event(self, comm_id: str, after: int) -> None:
        """Wait until the widget has told of a revision after the given one."""

        def told() -> bool:
            return any(
                message.get("event") == "changed" and message["revision"] > after
                for message in self.custom_messages(comm_id)
            )

        self._listen(told, "a changed event")

    def wait_for_snapshot(self, comm_id: str, op: str, fits: Callable[[Any], bool]) -> Any:
        """Wait until the widget gives, unasked, an answer that fits; return the snapshot."""

        def fitting() -> list[Any]:
            return [
                message
                for message in self.custom_messages(comm_id)
                if message.get("event") == "snapshot"
                and any(each["op"] == op and fits(each["result"]) for each in message["answers"])
            ]

        self._listen(lambda: bool(fitting()), f"a snapshot with {op}")
        return fitting()[0]

    def wait_for_refusal(self, comm_id: str, number: int) -> list[Any]:
        """Wait for so many refusals of messages without a usable id, and return them."""

        def refusals() -> list[Any]:
            found = self.custom_messages(comm_id)
            return [message for message in found if message.get("id", "") is None]

        self._listen(lambda: len(refusals()) == number, "the refusals")
        return refusals()

    def _take(self, message: Message) -> None:
        if message["msg_type"] in {"comm_open", "comm_msg"}:
            self.heard_on_comms.append(message["content"])
        super()._take(message)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    page = Page(Home(tmp_path_factory.mktemp("comm")))
    try:
        page.start()
        assert page.run("%load_ext nbtrack").status == "ok"
        yield page
    finally:
        page.close()


def bundles(cell: Cell) -> list[Any]:
    assert cell.status == "ok", cell.error
    contents = [*cell.of("display_data"), *cell.of("execute_result")]
    return [content["data"] for content in contents if MIME_TYPE in content["data"]]


def shown(page: Page, code: str, cell_id: str = "dashboard") -> tuple[str, str]:
    """Run a cell that shows one dashboard; return the widget's comm and the view's id."""
    (bundle,) = bundles(page.run(f"import nbtrack\n{code}", cell_id))
    return bundle[WIDGET_VIEW]["model_id"], bundle[MIME_TYPE]["view_id"]


def names(page: Page, comm_id: str, **view: Any) -> list[str]:
    found = page.ask(comm_id, "rows", view=view, columns=[], offset=0, limit=9)
    return [row["run_name"] for row in found["rows"]]


def test_a_request_is_answered_on_the_comm(page: Page) -> None:
    page.run(RECORD.format(name="first", acc="float('nan')"))
    comm_id, view_id = shown(page, "nbtrack.Dashboard()")
    (opened,) = [m for m in page.heard_on_comms if m["comm_id"] == comm_id and "target_name" in m]
    assert opened["data"]["state"]["view_id"] == view_id
    view = page.ask(comm_id, "view", view_id=view_id)["view"]
    found = page.ask(comm_id, "rows", view=view, columns=["metrics.acc"], offset=0, limit=9)
    assert [(row["run_name"], row["cells"]) for row in found["rows"]] == [("first", ["NaN"])]


def test_what_is_no_request_gets_a_refusal(page: Page) -> None:
    comm_id, _ = shown(page, "nbtrack.Dashboard(scope='all')")
    hostile: list[Any] = [None, 3, "store", [], {}, {"id": {}}, [[[[]]]]]
    for content in hostile:
        page.push(comm_id, content)
    replies = page.wait_for_refusal(comm_id, len(hostile))
    assert {reply["error"]["code"] for reply in replies} == {"request"}
    assert page.ask(comm_id, "store")["revision"] > 0


def test_each_reply_goes_out_on_its_own_widgets_comm(page: Page) -> None:
    cell = page.run(
        "import nbtrack\none, two = nbtrack.Dashboard(), nbtrack.Dashboard(scope='all')\n"
        "display(one, two, one)"
    )
    first, second, again = (bundle[WIDGET_VIEW]["model_id"] for bundle in bundles(cell))
    assert first == again != second
    for comm_id in (first, second, first):
        page.ask(comm_id, "summary", view={})
    for comm_id in (first, second):
        replies = [m["id"] for m in page.custom_messages(comm_id) if "id" in m]
        assert replies
        assert all(reply.startswith(comm_id) for reply in replies)


def test_a_request_is_answered_while_a_cell_runs(page: Page) -> None:
    comm_id, _ = shown(page, "nbtrack.Dashboard()")
    subshell = page.create_subshell()
    cell = page.send(WAIT)
    page.wait_for_output(cell, "waiting")
    for _ in range(3):
        assert page.ask(comm_id, "summary", subshell=subshell, view={})["total"] >= 0
    assert not page.heard(cell).reply
    page.interrupt()
    assert page.finish(cell).status == "error"
    assert page.ask(comm_id, "summary", view={})["total"] >= 0


def test_a_dashboard_hears_of_runs_as_they_are_recorded(page: Page) -> None:
    comm_id, _ = shown(page, "nbtrack.Dashboard(scope='all')")
    before = page.ask(comm_id, "store")["revision"]
    page.run(RECORD.format(name="recorded", acc=0.5))
    page.wait_for_event(comm_id, before)
    assert "recorded" in names(page, comm_id)


def test_a_dashboard_hears_of_a_run_while_its_cell_runs(page: Page) -> None:
    comm_id, _ = shown(page, "nbtrack.Dashboard(scope='all')")
    before = page.ask(comm_id, "store")["revision"]
    cell = page.send(f"{RECORD.format(name='live', acc=0.5)}\n{WAIT}")
    page.wait_for_event(comm_id, before)
    page.wait_for_output(cell, "waiting")
    subshell = page.create_subshell()
    found = page.ask(
        comm_id, "rows", subshell=subshell, view={}, columns=[], offset=0, limit=1
    )["rows"]  # fmt: skip
    assert [row["run_name"] for row in found] == ["live"]
    assert not page.heard(cell).reply
    page.interrupt()
    page.finish(cell)


def test_a_page_that_is_not_heard_is_told_what_it_would_ask(page: Page) -> None:
    comm_id, _ = shown(page, "nbtrack.Dashboard(scope='all')")
    args: dict[str, Any] = {"view": {}, "columns": ["metrics.acc"], "offset": 0, "limit": 1}
    page.ask(comm_id, "rows", **args)  # on no subshell: the cells keep it waiting
    cell = page.send(f"{RECORD.format(name='unheard', acc=0.5)}\n{WAIT}")
    snapshot = page.wait_for_snapshot(
        comm_id, "rows", lambda result: result["rows"][0]["run_name"] == "unheard"
    )
    assert not page.heard(cell).reply
    (answer,) = [each for each in snapshot["answers"] if each["op"] == "rows"]
    assert answer["args"] == args
    assert answer["result"]["revision"] >= snapshot["revision"]
    page.interrupt()
    page.finish(cell)


def test_a_page_that_is_heard_is_told_of_changes_alone(page: Page) -> None:
    comm_id, _ = shown(page, "nbtrack.Dashboard(scope='all')")
    subshell = page.create_subshell()
    before = page.ask(comm_id, "store", subshell=subshell)["revision"]
    page.ask(
        comm_id, "rows", subshell=subshell, view={}, columns=[], offset=0, limit=1
    )  # fmt: skip
    page.run(RECORD.format(name="heard", acc=0.5))
    page.wait_for_event(comm_id, before)
    page.ask(comm_id, "store", subshell=subshell)
    assert not [m for m in page.custom_messages(comm_id) if m.get("event") == "snapshot"]


def test_a_closed_dashboard_is_quiet_and_the_others_go_on(page: Page) -> None:
    closed, _ = shown(page, "closed = nbtrack.Dashboard(scope='all'); closed")
    other, _ = shown(page, "nbtrack.Dashboard(scope='all')", "other")
    page.run("closed.close()")
    heard = len(page.custom_messages(closed))
    before = page.ask(other, "store")["revision"]
    page.run(RECORD.format(name="after", acc=0.5))
    page.wait_for_event(other, before)
    assert len(page.custom_messages(closed)) == heard


def test_the_view_comes_back_when_the_cell_is_executed_again(page: Page) -> None:
    code = "nbtrack.Dashboard('metrics.acc > 0.4', scope='all')"
    comm_id, view_id = shown(page, code)
    view = page.ask(comm_id, "view", view_id=view_id)["view"]
    chosen = {"search": "recorded", "columns": ["metrics.acc"]}
    page.ask(comm_id, "set_view", view_id=view_id, view={**view, **chosen})
    again, same_id = shown(page, code)
    assert again != comm_id
    assert same_id == view_id
    kept = page.ask(again, "view", view_id=same_id)["view"]
    assert kept == {"where": "metrics.acc > 0.4", **chosen}


@pytest.mark.parametrize(
    ("code", "cell_id"),
    [
        ("nbtrack.Dashboard('metrics.acc > 0.5', scope='all')", "dashboard"),
        ("nbtrack.Dashboard(scope='kernel')", "dashboard"),
        ("nbtrack.Dashboard(scope='all', columns='metrics.acc')", "dashboard"),
        ("nbtrack.Dashboard(scope='all')", "another"),
    ],
)
def test_another_cell_or_other_arguments_have_another_view(
    page: Page, code: str, cell_id: str
) -> None:
    _, view_id = shown(page, "nbtrack.Dashboard(scope='all')")
    assert shown(page, code, cell_id)[1] != view_id


def test_a_bad_argument_is_an_error_of_the_cell(page: Page) -> None:
    cell = page.run("import nbtrack\nnbtrack.Dashboard('metrics.acc >')")
    assert cell.status == "error"
    assert "QueryError" in (cell.error or "")
    assert "^" in (cell.error or "")
