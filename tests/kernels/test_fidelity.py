"""With nbtrack a cell behaves as without: each is run in a plain and in tracking kernels."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.kernels.kernel_client import Cell, Home, Kernel, Message, running_kernel

CELLS = {
    "a result": "1 + 1",
    "a result that is used": "_ + 40",
    "Out": "sorted(Out)[-1] == len(In) - 2, _, __, _oh is Out",
    "no result": "x = 1;",
    "hidden result": "1 + 1;",
    "text": "import sys\nprint('out')\nprint('err', file=sys.stderr)\nprint('end', flush=True)",
    "displays": "display(1, 'two')\ndisplay({'text/html': '<b>x</b>'}, raw=True)\n3",
    "an updated display": "h = display(1, display_id='d')\nh.update(2)",
    "cleared output": "from IPython.display import clear_output\n"
    "print(1)\nclear_output()\nprint(2)",
    "await": "import asyncio\nawait asyncio.sleep(0)\nprint('awaited')\nawait asyncio.sleep(0, 42)",
    "async for": "async def two():\n    yield 1\n    yield 2\n[i async for i in two()]",
    "an error": "x = 1\n\n\ny = x / 0\nz = 3",
    "an error in a function": "def f(n):\n    return 1 / n\n\n\n\nprint(f(1))\nf(0)",
    "a chained error": "try:\n    {}['k']\nexcept KeyError as e:\n    raise ValueError('v') from e",
    "an error in await": "import asyncio\n\n\nawait asyncio.sleep(0)\nraise OSError(2, 'async')",
    "a syntax error": "x = 1\n\n\ny = = 2",
    "an indentation error": "x = 1\n\n\n  y = 2",
    "an unknown name": "\n\n\nundefined_name",
    "an unknown magic": "x = 1\n%no_such_magic",
    "an unknown cell magic": "%%no_such_magic\nx",
    "a line magic": "%pwd\n%precision 3\n%precision",
    "a shell command": "!echo from the shell\nlines = !echo captured\nlines",
    "help": "len?",
    "%%capture": "%%capture captured\nprint('hidden')\ndisplay('too')\n1 + 1",
    "captured": "captured.stdout, len(captured.outputs)",
    "%%bash": "%%bash\necho from bash",
    "%%html": "%%html\n<i>x</i>",
    "%%timeit of a pass": "%%capture\n%timeit -n1 -r1 pass",
    "%%prun": "%%capture\n%prun -q len('')",
    "nested run_cell": "r = get_ipython().run_cell('print(5); 6')\nr.success, r.result",
    "nested error": "get_ipython().run_cell('1/0').success",
    "an error in %%capture": "%%capture\n1 / 0",
    "an error in %%time": "%%time\nx = 1\n1 / 0",
    "sys.exit(0)": "import sys\nprint('x')\nsys.exit(0)",
    "sys.exit(1)": "import sys\nsys.exit(1)",
    "SystemExit with text": "raise SystemExit('leaving')",
    "KeyboardInterrupt raised": "raise KeyboardInterrupt('mine')",
    "an exception without text": "class E(Exception):\n"
    "    def __str__(self):\n        raise RuntimeError('no text')\nraise E",
    "a group of exceptions": "raise ExceptionGroup('g', [ValueError(1), TypeError(2)])",
    "a broken repr": "class R:\n"
    "    def __repr__(self):\n        raise RuntimeError('no repr')\nR()",
    "a falsy exception": "class F(Exception):\n"
    "    def __bool__(self):\n        return False\nraise F",
    "another stdout": "import io, sys\nold = sys.stdout\nsys.stdout = io.StringIO()\n"
    "print('gone')\nkept = sys.stdout.getvalue()\nsys.stdout = old\nkept",
    "redirected": "import contextlib, io\nwith contextlib.redirect_stdout(io.StringIO()) as f:\n"
    "    print('gone')\nf.getvalue()",
    "a closed stderr": "import io, sys\nold = sys.stderr\nsys.stderr = io.StringIO()\n"
    "sys.stderr.close()",
    "stderr again": "sys.stderr = old\nprint('back', file=sys.stderr)",
    "logging": "import logging\nlogging.getLogger('own').error('told')",
    "a warning told once": "import warnings\n"
    "def old():\n    warnings.warn('old', stacklevel=1)\nold()",
    "an odd escape": "text = '\\d'\nold()",
    "not told again": "old()",
    "a warning": "import warnings\n"
    "warnings.simplefilter('always')\nwarnings.warn('w', stacklevel=1)",
    "threads": "import threading\n"
    "threads = [threading.Thread(target=print, args=(i,)) for i in range(3)]\n"
    "for t in threads:\n    t.start()\n    t.join()",
    "multiprocessing": "import multiprocessing\nprocess = multiprocessing.get_context('fork')"
    ".Process(target=print, args=('child',))\nprocess.start()\nprocess.join()\nprocess.exitcode",
    "a comment": "# nothing here",
    "a blank cell": "\n",
    "an empty cell": "",
    "input": "input('name? ')",
    "history": "%history -n -l 1",
    "%rerun": "x = 7\nx",
    "a hook of the user": "def told(result):\n    print('post', result.success)\n"
    "get_ipython().events.register('post_run_cell', told)",
    "with that hook": "1 / 0",
    "without that hook": "get_ipython().events.unregister('post_run_cell', told)",
    "a figure": "from IPython.display import SVG\nSVG('<svg xmlns=\"http://www.w3.org/2000/svg\"/>')",
    "the last error": "import sys\nsys.last_type.__name__",
    "rerun input": "get_ipython().set_next_input('next = 1')",
}


STATUSES = {
    **{name: "failed" for name in CELLS if "error" in name or "unknown" in name},
    **dict.fromkeys(
        ("sys.exit(1)", "SystemExit with text", "an exception without text", "a falsy exception",
         "a group of exceptions", "a broken repr", "input", "with that hook"),
        "failed",
    ),
    "the last error": "completed",
    "KeyboardInterrupt raised": "interrupted",
}  # fmt: skip
NAMES = list(CELLS)


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    with running_kernel(Home(tmp_path_factory.mktemp("plain")), load=False) as kernel:
        kernel.run("# where the other kernel loads nbtrack")
        kernel.run("# where the other kernel turns tracking on")
        yield kernel


@pytest.fixture(scope="module")
def always(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    with running_kernel(Home(tmp_path_factory.mktemp("always"))) as kernel:
        kernel.run("%track on")
        yield kernel


@pytest.fixture(scope="module")
def commented(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    with running_kernel(Home(tmp_path_factory.mktemp("commented")), load=False) as kernel:
        kernel.run("# where the other kernel loads nbtrack")
        yield kernel


@pytest.fixture(scope="module")
def tracked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    with running_kernel(Home(tmp_path_factory.mktemp("tracked"))) as kernel:
        yield kernel


def outputs(cell: Cell) -> list[object]:
    """Return what a front end shows: streams joined, nbtrack's own line left out."""
    shown: list[Message] = []
    for message in cell.messages:
        kind, content = message["msg_type"], dict(message["content"])
        if kind == "execute_input" or is_report(content):
            continue
        if kind == "stream" and shown and shown[-1].get("name") == content["name"]:
            shown[-1]["text"] += content["text"]
        else:
            shown.append({"type": kind, **content})
    return [comparable(output) for output in shown]


def is_report(content: Message) -> bool:
    return str(content.get("data", {}).get("text/plain")).startswith("nbtrack: ")


def comparable(value: object) -> object:
    """Leave out what differs between any two kernels: colours, addresses, ids, folders."""
    match value:
        case str():
            value = re.sub(r"\x1b\[[\d;]*m", "", value)
            value = re.sub(r"0x[0-9a-f]+", "0x", value)
            value = re.sub(r"(ipykernel_\d+/|\()\d+\.py", "cell.py", value)
            value = re.sub(r"(plain|tracked|always|commented)\d", "home", value)
            value = re.sub(r"%%track cell-\d+", "#", value)
            value = re.sub(r"(?m)^( +1) #$", r"\1 ", value)
            return re.sub(r"((CPU times|Wall time):).*", r"\1", value)
        case dict():
            return {key: comparable(item) for key, item in value.items() if key != "engine_info"}
        case list():
            return [comparable(item) for item in value]
    return value


@pytest.mark.parametrize("name", NAMES)
def test_with_tracking_on_a_cell_behaves_as_without(
    plain: Kernel, always: Kernel, name: str
) -> None:
    expected, cell = plain.run(CELLS[name]), always.run(CELLS[name])
    assert outputs(cell) == outputs(expected)
    assert comparable(cell.reply) == comparable(expected.reply)


@pytest.mark.parametrize("name", NAMES)
def test_under_the_magic_a_cell_behaves_as_without(
    commented: Kernel, tracked: Kernel, name: str
) -> None:
    code, label = CELLS[name], f"cell-{NAMES.index(name)}"
    expected = commented.run(code if code.startswith("%%") else f"#\n{code}")
    cell = tracked.run(f"%%track {label}\n{code}")
    assert outputs(cell) == outputs(expected)
    assert comparable(cell.reply) == comparable(expected.reply)
    status = STATUSES.get(name, "completed")
    assert cell.report.startswith(f"nbtrack: {status} in ")
    assert tracked.home.run(run_name=label).status == status
