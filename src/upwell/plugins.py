"""Plugins by name: a name without a dot is a module of ours, a dotted one is the user's own.

There is no registry: a module is a plugin if it defines the required function. Our modules are
listed by reading them, so a misspelled name imports nothing.

The working folder is not on `sys.path`: a downloaded folder may hold a `polars.py`. A dotted name
that the user gives is looked up there after all installed modules, and nothing else is
(`trust_working_dir`). A name that only a file gives, such as a model card, is not.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import re
import sys
from collections.abc import Iterable
from difflib import get_close_matches
from functools import cache
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType

import upwell

from .errors import MissingDependencyError, SpecError, UpwellError, describe_error

_trusted_dirs: list[str] = []


def trust_working_dir(folders: Iterable[str | Path] = ()) -> None:
    """Look dotted names up in the working folder, too: the user has named code of their own.

    `folders` are those that another process trusts already.
    """
    for folder in map(str, [*folders, Path.cwd()]):
        if folder not in _trusted_dirs:
            _trusted_dirs.append(folder)


def trusted_dirs() -> tuple[str, ...]:
    """Folders in which dotted names are looked up after all installed modules."""
    return tuple(_trusted_dirs)


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
    specs = {name: _find_user_module(name) for name in modules}
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


def import_user_module(name: str) -> ModuleType:
    """The module of a dotted name: an installed one, or one in a trusted folder."""
    _import_trusted(name.partition(".")[0])
    return importlib.import_module(name)


def _find_user_module(name: str) -> ModuleSpec | None:
    """The spec of a dotted name; None where there is no such module. Its package is imported."""
    _import_trusted(name.partition(".")[0])
    try:
        return importlib.util.find_spec(name)
    except ModuleNotFoundError:
        return None


def _import_trusted(package: str) -> None:
    """Import the package from a trusted folder, if no installed one has its name."""
    if package in sys.modules or PathFinder.find_spec(package) is not None:
        return
    spec = PathFinder.find_spec(package, _trusted_dirs)
    if spec is None:
        return
    module = importlib.util.module_from_spec(spec)
    sys.modules[package] = module
    try:
        if spec.loader is not None:
            spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[package]
        raise


def _import_module(path: str, kind: str) -> ModuleType:
    try:
        return import_user_module(path)
    except ModuleNotFoundError as error:
        missing = error.name or ""
        if path == missing or path.startswith(f"{missing}."):
            raise SpecError(f"no {kind} {path!r}: {_explain_missing(missing)}") from None
        raise MissingDependencyError(
            f"{kind} {path!r} needs {missing!r}, which is not installed; install it, or put it "
            f"into the package of {path!r} if it is yours "
            "(all that Upwell itself can use: pip install 'upwell[export]')"
        ) from None
    except UpwellError:
        raise
    # The name may be anything, and the module is the user's.
    except Exception as error:
        raise SpecError(
            f"{kind} {path!r} cannot be imported: {describe_error(error)}; correct it"
        ) from error


def _explain_missing(name: str) -> str:
    """Why a module is not found, and what to do."""
    is_here = name and PathFinder.find_spec(name.partition(".")[0], [str(Path.cwd())]) is not None
    if is_here and str(Path.cwd()) not in _trusted_dirs:
        return (
            f"{name!r} is in the working folder, whose code is not run because a file names it; "
            "to allow it, set the environment variable PYTHONPATH to that folder"
        )
    return f"Python finds no module {name!r}; install it, or run from the folder that holds it"
