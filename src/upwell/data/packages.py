"""Files of installed packages, found without running the code of the package."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from ..errors import DataError, MissingDependencyError


def package_file(package: str, file: str, pip: str) -> Path:
    """The path of a file of a package.

    Raises MissingDependencyError with the command that installs the package, and DataError
    where the installed version has no such file.
    """
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise MissingDependencyError(f"this source needs the package {pip}: pip install {pip}")
    path = Path(spec.origin).parent / file
    if not path.is_file():
        raise DataError(f"the package {pip} that is installed has no file {file}: {path}")
    return path
