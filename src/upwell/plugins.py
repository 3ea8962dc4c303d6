"""Plugins by name: a name without a dot is a module of ours, a dotted one is the user's own.

There is no registry: a module is a plugin if it defines the required function. Our modules are
listed by reading them, so a misspelled name imports nothing.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import re
from collections.abc import Iterable
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from types import ModuleType

import upwell

from .errors import MissingDependencyError, SpecError


def load_plugin(
    name: str, *, package: str, kind: str, required: tuple[str, ...], hyphenated: bool = False
) -> ModuleType:
    """Import the plugin `name`: a dotted module, or a module of `package`.

    It must define at least one of the functions in `required`; `kind` names it in messages. Raises
    SpecError with the choices if there is no such module, MissingDependencyError if it needs a
    library that is not installed.
    """
    path = name
    if "." not in name:
        names = builtin_names(package, required, hyphenated)
        if name not in names:
            raise SpecError(
                f"no {kind} {name!r}; there are {quoted_list(names)}, or name a module of your own "
                f"by its dotted path{did_you_mean(name, names)}"
            )
        path = f"{package}.{name.replace('-', '_')}"
    module = _import_module(path, kind)
    if not any(hasattr(module, function) for function in required):
        expected = " or ".join(name if name.isupper() else f"{name}()" for name in required)
        raise SpecError(f"module {name!r} has no {expected}, which every {kind} has; add it")
    return module


def builtin_names(package: str, required: tuple[str, ...], hyphenated: bool = False) -> list[str]:
    """Sorted modules of `package` that define one of `required`; none is imported.

    With `hyphenated` names have hyphens, as tasks of Hugging Face have: "text-classification".
    """
    names = "|".join(required)
    pattern = re.compile(rf"^(?:(?:def|class) (?:{names})\b|(?:{names})(?::.*)? = )", re.MULTILINE)
    return sorted(
        name.replace("_", "-") if hyphenated else name
        for name, path in package_files(package).items()
        if not name.startswith("_") and pattern.search(path.read_text("utf-8"))
    )


def package_files(package: str) -> dict[str, Path]:
    """{name of a module or subpackage: its file}; none is imported."""
    spec = importlib.util.find_spec(package)
    assert spec is not None and spec.submodule_search_locations, package
    roots = [Path(root) for root in spec.submodule_search_locations]
    modules = {path.stem: path for root in roots for path in root.glob("*.py")}
    packages = {path.parent.name: path for root in roots for path in root.glob("*/__init__.py")}
    return modules | packages


@cache
def code_version(packages: tuple[str, ...], modules: tuple[str, ...] = ()) -> str:
    """Version of Upwell and hash of its code, e.g. "0.1.0+3f2a9c1d".

    The hash covers the source of `packages` (paths in the package) and of `modules` (dotted names
    of the user's own).
    """
    root = Path(upwell.__file__).parent
    files = [path for part in packages for path in _python_files(root / part)]
    specs = {name: importlib.util.find_spec(name) for name in modules}
    user_files = [(name, Path(spec.origin)) for name, spec in specs.items() if spec and spec.origin]
    digest = hashlib.sha256()
    for name, path in [(str(file.relative_to(root)), file) for file in files] + user_files:
        digest.update(f"{name}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return f"{upwell.__version__}+{digest.hexdigest()[:8]}"


def did_you_mean(name: str, choices: Iterable[str]) -> str:
    """ "; did you mean 'x'?", or "" if no choice is similar."""
    matches = get_close_matches(name, list(choices), n=1)
    return f"; did you mean {matches[0]!r}?" if matches else ""


def quoted_list(choices: Iterable[str]) -> str:
    """The choices, sorted and quoted, with commas; "none" for no choices."""
    return ", ".join(repr(choice) for choice in sorted(choices)) or "none"


def _python_files(path: Path) -> list[Path]:
    return sorted(path.rglob("*.py")) if path.is_dir() else [path]


def _import_module(path: str, kind: str) -> ModuleType:
    try:
        return importlib.import_module(path)
    except ModuleNotFoundError as error:
        missing = error.name or ""
        if path == missing or path.startswith(f"{missing}."):
            raise SpecError(
                f"no {kind} {path!r}: Python finds no module {missing!r}; "
                "install it, or run from the folder that holds it"
            ) from None
        raise MissingDependencyError(
            f"{kind} {path!r} needs {missing!r}, which is not installed; install it "
            "(all that Upwell itself can use: pip install 'upwell[export]')"
        ) from None
