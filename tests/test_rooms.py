"""The arrows between rooms, read from ARCHITECTURE.md and held against every import.

Inside a room no two files import each other, and the sub-folders of a room have an order. An import
inside a function, under TYPE_CHECKING or through importlib is an import.
"""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "upwell"
ANYTHING = "anything"

ORDERS = {
    "data": ("sources", "labeled", "loading", "media", "text", "reading", "", "tokenization"),
    "emergence": ("", "comparison", "detection", "forecasting", "curves", "ladder", "stats"),
    "evaluation": ("builtin", "", "task_files"),
    "finetune": (
        "feedback", "unlabeled", "methods", "training", "data", "scratch", "tasks", "modeling",
        "estimators", "inputs",
    ),
    "models": ("families", "hub", "lm", "layers", ""),
    "models/lm": ("", "readers"),
    "report": ("pages", "sections", "plot", "series", "html", ""),
    "study": ("executors", ""),
}  # fmt: skip
"""Sub-folders of a folder, from the top down: each imports from itself and from those after it.

"" stands for the files of the folder itself; where it is left out, they are not ordered with the
sub-folders. The `__init__` of a folder may import from all of them.
"""


def _table(text):
    """{room: rooms it may import, or ANYTHING} from the words and table on arrows."""
    before, after = text.split("<!-- arrows:")
    common = set(re.findall(r"`(\w+)`", before.split("what its row names, plus")[1].split("(")[0]))
    rows = [re.match(r"\| *(\w+) *\| *(.*?) *\|$", line) for line in after.splitlines()]
    return {row[1]: _allowed(row[2], common) for row in rows if row and row[1] != "room"}


def _allowed(text, common):
    if text == ANYTHING:
        return ANYTHING
    named = set(re.findall(r"\w+", text)) - {"only"}
    return named if text.startswith("only") else named | common


def _room(path):
    room = path.relative_to(SOURCE).with_suffix("").parts[0]
    return "cli" if room == "__main__" else room


def _imports(path, text):
    """Rooms of ours that a file's text imports, with the line."""
    package = ("upwell", *path.relative_to(SOURCE).parts[:-1])
    for node in ast.walk(ast.parse(text)):
        for name in _names(node, package):
            parts = name.split(".")
            if parts[0] == "upwell" and len(parts) > 1 and not parts[1].startswith("__"):
                yield parts[1], node.lineno


def _names(node, package):
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        base = package[: len(package) - node.level + 1] if node.level else ()
        stem = ".".join([*base, *([node.module] if node.module else [])])
        return [f"{stem}.{alias.name}" for alias in node.names] if stem == "upwell" else [stem]
    if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "import_module":
        first = node.args[0]
        return [first.value] if isinstance(first, ast.Constant) else []
    return []


def _wrong(table, path, text):
    """One sentence for every import of the file that the table forbids."""
    room = _room(path)
    if room not in table:
        return [f"{path.relative_to(ROOT)}: {room} is no room of ARCHITECTURE.md"]
    may = table[room]
    return [
        f"{path.relative_to(ROOT)}:{line}: {room} may not import {other}"
        for other, line in _imports(path, text)
        if other != room and (other == "studies" or (may != ANYTHING and other not in may))
    ]


def _module(path):
    """Dotted name of a file, that of its folder for an `__init__`."""
    parts = path.relative_to(SOURCE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _modules_imported(path, text, modules):
    """Modules of ours that a file's text imports, with the line."""
    package = ("upwell", *path.relative_to(SOURCE).parts[:-1])
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            stem = ".".join([*base, *([node.module] if node.module else [])])
            names = [f"{stem}.{alias.name}" for alias in node.names]
            names = [name if name in modules else stem for name in names]
        else:
            names = _names(node, package)
        yield from ((name, node.lineno) for name in names if name in modules)


def _graph(texts):
    """{module: modules of the same room that it imports} of the texts of files by their path."""
    modules = {_module(path) for path in texts}
    graph = {}
    for path, text in texts.items():
        imported = {name for name, _ in _modules_imported(path, text, modules)}
        room = _room(path)
        graph[_module(path)] = {n for n in imported if n.split(".")[1:2] == [room]}
    return graph


def _circles(graph):
    """Sets of modules that import each other, one way or another: Tarjan's components."""
    index, low, stack, circles = {}, {}, [], []

    def visit(name):
        index[name] = low[name] = len(index)
        stack.append(name)
        for other in graph.get(name, ()):
            if other not in index:
                visit(other)
            if other in stack:
                low[name] = min(low[name], low[other])
        if low[name] == index[name]:
            members = stack[stack.index(name) :]
            del stack[stack.index(name) :]
            if len(members) > 1 or name in graph.get(name, ()):
                circles.append(sorted(members))

    for name in graph:
        if name not in index:
            visit(name)
    return sorted(circles)


def _against_the_order(orders, path, text, modules):
    """One sentence for every import of the file that the order of a folder forbids."""
    here = _module(path)
    for folder, order in orders.items():
        root = ".".join(["upwell", *folder.split("/")])
        if not here.startswith(f"{root}."):
            continue
        for name, line in _modules_imported(path, text, modules):
            if name.startswith(f"{root}."):
                mine, other = (_part(root, each, order) for each in (here, name))
                if {mine, other} <= set(order) and order.index(mine) > order.index(other):
                    yield (
                        f"{path.relative_to(ROOT)}:{line}: in {folder}, {mine or 'a file'} may not "
                        f"import {other or 'a file'}"
                    )


def _part(root, module, order):
    first = module.removeprefix(f"{root}.").split(".")[0]
    return first if first in order else ""


TABLE = _table((ROOT / "ARCHITECTURE.md").read_text())
FILES = sorted(path for path in SOURCE.rglob("*.py") if path != SOURCE / "__init__.py")


def test_every_import_follows_an_arrow():
    wrong = [line for path in FILES for line in _wrong(TABLE, path, path.read_text())]
    assert not wrong, "\n".join(wrong)


def test_the_table_names_only_rooms():
    named = set().union(*(may for may in TABLE.values() if may != ANYTHING))
    assert named <= set(TABLE)
    assert TABLE["report"] == {"emergence", "store", "records", "errors"} | TABLE["report"]
    assert {"store", "study", "records", "emergence", "train"} <= set(TABLE)


@pytest.mark.parametrize(
    "text",
    [
        "from ..study import plan",
        "import upwell.study.plan",
        "def f():\n    from upwell import study",
        "from .. import study",
        "if TYPE_CHECKING:\n    from ..study.plan import plan",
        "importlib.import_module('upwell.study')",
    ],
)
def test_an_import_against_the_arrows_is_found(text):
    assert _wrong(TABLE, SOURCE / "emergence" / "fits.py", text)
    assert not _wrong(TABLE, SOURCE / "study" / "fits.py", text)


def test_an_import_along_an_arrow_is_not_called_wrong():
    text = (
        "import numpy\nfrom ..records import Fit\nfrom .curves import power\nfrom ..errors import X"
    )
    assert not _wrong(TABLE, SOURCE / "emergence" / "fits.py", text)


def test_an_unknown_room_is_found():
    assert _wrong(TABLE, SOURCE / "helpers" / "strings.py", "")


def test_nobody_imports_the_studies():
    assert _wrong(TABLE, SOURCE / "cli.py", "from .studies import demo")


def test_no_two_files_of_a_room_import_each_other():
    circles = _circles(_graph({path: path.read_text() for path in FILES}))
    assert not circles, "\n".join(" <-> ".join(circle) for circle in circles)


@pytest.mark.parametrize(
    "text",
    [
        "from .config import Config",
        "from . import config",
        "from upwell.models.families.mlp.config import Config",
        "import upwell.models.families.mlp.config",
        "def f():\n    from .config import Config",
        "if TYPE_CHECKING:\n    from .config import Config",
        "importlib.import_module('upwell.models.families.mlp.config')",
    ],
)
def test_files_that_import_each_other_are_found(text):
    folder = SOURCE / "models" / "families" / "mlp"
    face, config, network = (folder / name for name in ("__init__.py", "config.py", "network.py"))
    texts = {face: "from . import network", config: "import torch", network: text}
    assert not _circles(_graph(texts))
    direct = {**texts, config: "from .network import MLP"}
    over_the_face = {**texts, config: "from . import build"}
    package = "upwell.models.families.mlp"
    two = [f"{package}.config", f"{package}.network"]
    assert _circles(_graph(direct)) == [two]
    assert _circles(_graph(over_the_face)) == [[package, *two]]


def test_sub_folders_keep_their_order():
    modules = {_module(path) for path in FILES}
    wrong = [
        line
        for path in FILES
        for line in _against_the_order(ORDERS, path, path.read_text(), modules)
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("models/lm/causal.py", "from ..families import toy"),
        ("models/lm/causal.py", "from ..hub.resolve import resolve"),
        ("models/hub/resolve.py", "def f():\n    from ..families.toy import count"),
        ("models/layers/conv.py", "from ..lm.causal import CausalLM"),
        ("models/protocols.py", "if TYPE_CHECKING:\n    from .lm.causal import CausalLM"),
        ("models/size.py", "import upwell.models.layers.conv"),
        ("models/lm/readers/plain.py", "from ..causal import CausalLM"),
        ("report/plot/axes.py", "from ..pages.study import study_page"),
        ("emergence/ladder/ladder.py", "from ..detection.verdicts import judge"),
        ("finetune/inputs/text.py", "from ..tasks.base import Task"),
    ],
)
def test_an_import_against_the_order_is_found(file, text):
    modules = {_module(path) for path in FILES}
    assert len(list(_against_the_order(ORDERS, SOURCE / file, text, modules))) == 1


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("models/families/toy.py", "from ..lm.causal import CausalLM\nfrom . import pretrained"),
        ("models/lm/causal.py", "from .readers import plain\nfrom ..protocols import LM"),
        ("models/__init__.py", "from .families import toy\nfrom .size import ModelSize"),
        ("data/source.py", "from ..models.families import toy"),
        ("finetune/inputs/text.py", "from ..config import FinetuneConfig"),
    ],
)
def test_an_import_along_the_order_is_not_called_wrong(file, text):
    modules = {_module(path) for path in FILES}
    assert not list(_against_the_order(ORDERS, SOURCE / file, text, modules))


def test_every_ordered_folder_is_there():
    for folder, order in ORDERS.items():
        folders = {path.name for path in (SOURCE / folder).iterdir() if path.is_dir()}
        assert folders - {"__pycache__", "static"} == set(order) - {""}, folder


def test_upwell_starts_without_the_heavy_libraries():
    text = (
        "import sys, upwell, upwell.errors, upwell.records, upwell.store\n"
        "print({'torch', 'scipy', 'polars', 'transformers', 'numpy'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
