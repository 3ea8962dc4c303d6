"""From a name to a module: a name without a dot is a file of ours, a dotted one is yours.

There is no registry: a file is one of a kind if it has the function that every one of the
kind has. Files of ours are listed by reading them, so a misspelt name imports nothing.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import re
from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path
from types import ModuleType

import upwell

from .errors import MissingExtra, SpecError


def module_named(name: str, *, package: str, noun: str, promises: tuple[str, ...]) -> ModuleType:
    """The module called `name`, in `package` if the name has no dot.

    It must have at least one of the functions `promises`. Raises SpecError with the choices
    if there is no such module, MissingExtra if it needs a library that is not installed.
    """
    ours = "." not in name
    if ours and name not in (names := ours_in(package, promises)):
        raise SpecError(
            f"no {noun} {name!r}; there are {listed(names)}, or name a module of your own "
            f"by its dotted path{did_you_mean(name, names)}"
        )
    module = _imported(f"{package}.{name}" if ours else name, noun)
    if not any(hasattr(module, promise) for promise in promises):
        wanted = " or ".join(f"{promise}()" for promise in promises)
        raise SpecError(f"module {name!r} has no {wanted}, which every {noun} has; add it")
    return module


def ours_in(package: str, promises: tuple[str, ...]) -> list[str]:
    """Files of `package` that define one of `promises`, function or class: sorted, not imported."""
    pattern = re.compile(rf"^(?:def|class) ({'|'.join(promises)})\b", re.MULTILINE)
    files = files_in(package)
    return sorted(path.stem for path in files if pattern.search(path.read_text("utf-8")))


def files_in(package: str) -> list[Path]:
    """The Python files of a package, found without importing it."""
    spec = importlib.util.find_spec(package)
    assert spec is not None and spec.submodule_search_locations, package
    return [path for root in spec.submodule_search_locations for path in Path(root).glob("*.py")]


def source_version(rooms: Iterable[str], modules: Iterable[str] = ()) -> str:
    """Version of the package and of the source in some of its rooms, e.g. "0.1.0+3f2a9c1d".

    `modules` are dotted names of the user's own files that count as well.
    """
    root = Path(upwell.__file__).parent
    files = [path for room in rooms for path in _sources(root / room)]
    specs = {name: importlib.util.find_spec(name) for name in modules}
    own = [(name, Path(spec.origin)) for name, spec in specs.items() if spec and spec.origin]
    digest = hashlib.sha256()
    for name, path in [(str(file.relative_to(root)), file) for file in files] + own:
        digest.update(f"{name}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return f"{upwell.__version__}+{digest.hexdigest()[:8]}"


def did_you_mean(name: str, choices: Iterable[str]) -> str:
    """ "; did you mean 'x'?", or nothing when no choice is near."""
    near = get_close_matches(name, list(choices), n=1)
    return f"; did you mean {near[0]!r}?" if near else ""


def listed(choices: Iterable[str]) -> str:
    """The choices, quoted, sorted, with commas; "none" when there are none."""
    return ", ".join(repr(choice) for choice in sorted(choices)) or "none"


def _sources(path: Path) -> list[Path]:
    return sorted(path.rglob("*.py")) if path.is_dir() else [path]


def _imported(path: str, noun: str) -> ModuleType:
    try:
        return importlib.import_module(path)
    except ModuleNotFoundError as error:
        absent = error.name or ""
        if path == absent or path.startswith(f"{absent}."):
            raise SpecError(
                f"no {noun} {path!r}: Python finds no module {absent!r}; "
                "install it, or run from the folder that holds it"
            ) from None
        raise MissingExtra(
            f"{noun} {path!r} needs {absent!r}, which is not installed; install it "
            "(all that Upwell itself can use: pip install 'upwell[export]')"
        ) from None
