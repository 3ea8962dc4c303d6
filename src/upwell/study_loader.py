"""Studies by name or path.

A study file defines a function `study`, or one with the name of the file, that returns a `Study`.
Modules beside it can be imported, unless an installed one has their name.
"""

from __future__ import annotations

import importlib.util
import inspect
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from .errors import SpecError, UpwellError
from .plugins import (
    builtin_names,
    did_you_mean,
    load_plugin,
    package_files,
    quoted_list,
    trust_working_dir,
)
from .records import Study

STUDIES_PACKAGE = "upwell.studies"


def load_study(name: str, **options: Any) -> Study:
    """Load a study: a built-in one ("ruler"), a path ("mine.py"), or a dotted module.

    `options` are passed to the study function. Raises SpecError if there is no such study or no
    such option, or if the file raises an error.
    """
    module = _load_module(name)
    build = _find_study_function(module, name)
    _check_options(build, name, options)
    return _call_study_function(build, name, options)


def builtin_studies() -> list[str]:
    """Names of the built-in studies."""
    return builtin_names(STUDIES_PACKAGE, ("study", *package_files(STUDIES_PACKAGE)))


def _load_module(name: str) -> ModuleType:
    if name.endswith(".py") or "/" in name:
        return _load_file(Path(name))
    if "." not in name and name not in builtin_studies():
        raise SpecError(
            f"no study {name!r}; there are {quoted_list(builtin_studies())}, or give the path of "
            f"a file such as studies/mine.py{did_you_mean(name, builtin_studies())}"
        )
    stem = name.rpartition(".")[2]
    if "." in name:
        trust_working_dir()
    return load_plugin(name, package=STUDIES_PACKAGE, kind="study", required=("study", stem))


def _load_file(path: Path) -> ModuleType:
    if not path.is_file():
        raise SpecError(
            f"no study file {str(path)!r}; give a file that exists, or one of the built-in "
            f"studies: {quoted_list(builtin_studies())}"
        )
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise SpecError(f"study {str(path)!r} is not a Python file; give one that ends in .py")
    module = importlib.util.module_from_spec(spec)
    trust_working_dir()
    if (folder := str(path.parent.resolve())) not in sys.path:
        sys.path.append(folder)
    try:
        spec.loader.exec_module(module)
    # The file is the user's: any error in it becomes one sentence.
    except Exception as error:
        raise SpecError(f"study {str(path)!r} does not run: {_format_error(error)}") from error
    return module


def _find_study_function(module: ModuleType, name: str) -> Callable[..., object]:
    stem = module.__name__.rpartition(".")[2]
    for function_name in ("study", stem):
        function = getattr(module, function_name, None)
        if callable(function):
            return function
    raise SpecError(f"study {name!r} has neither a function study() nor {stem}(); add one")


def _check_options(build: Callable[..., object], name: str, options: dict[str, Any]) -> None:
    known = inspect.signature(build).parameters
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in known.values()):
        return
    for option in options:
        if option not in known:
            raise SpecError(
                f"study {name!r} has no option {option!r}; it has {quoted_list(known)}"
                + did_you_mean(option, known)
            )


def _call_study_function(build: Callable[..., object], name: str, options: dict[str, Any]) -> Study:
    try:
        study = build(**options)
    except UpwellError:
        raise
    # The function is the user's as well.
    except Exception as error:
        raise SpecError(f"study {name!r} does not run: {_format_error(error)}") from error
    if not isinstance(study, Study):
        raise SpecError(f"study {name!r} returned a {type(study).__name__}, expected a Study")
    return study


def _format_error(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
