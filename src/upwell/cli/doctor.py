"""`upwell doctor`: what this machine has, and what is missing."""

from __future__ import annotations

import importlib.metadata
import json as json_
import os
import platform
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

from .. import __version__
from . import telling
from .options import Json

LIBRARIES = {
    "numpy": "everything",
    "scipy": "judging",
    "polars": "tables",
    "pydantic": "reading records",
    "torch": "training",
    "safetensors": "weights",
    "tokenizers": "text",
    "transformers": "asking models of others, checking an export",
    "jinja2": "task files",
    "pyyaml": "task files",
    "sacrebleu": "BLEU and chrF",
    "pillow": "image files",
}
"""What Upwell uses, and for what."""

CORE = ("numpy", "scipy", "polars", "pydantic")


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One line of the examination."""

    name: str
    found: str
    good: bool
    advice: str = ""


def doctor(json: Json = None) -> None:
    """Say what this machine has, and what is missing.

    upwell doctor

    upwell doctor --json -
    """
    findings = [*_machine(), *(_library(name) for name in LIBRARIES)]
    if json is not None:
        document = {
            "upwell": "doctor",
            "version": telling.VERSION,
            "findings": [asdict(finding) for finding in findings],
        }
        telling.write_record(json, json_.dumps(document, ensure_ascii=False, indent=1))
    if json != "-":
        rows = [(f.name, f.found, "ok" if f.good else "missing", f.advice) for f in findings]
        telling.table(telling.out(json), ("", "found", "", "what to do"), rows)


def _machine() -> list[Finding]:
    from ..study import cores, free_memory, peak_flops

    memory = free_memory()
    disk = shutil.disk_usage(Path.cwd()).free
    findings = [
        Finding(name="upwell", found=__version__, good=True),
        Finding(name="Python", found=platform.python_version(), good=True),
        Finding(name="system", found=f"{platform.system()} {platform.machine()}", good=True),
        Finding(name="cores", found=str(cores()), good=True),
        Finding(
            name="free memory",
            found="unknown" if memory is None else telling.size(memory),
            good=memory is None or memory > 1e9,
            advice=""
            if memory is None or memory > 1e9
            else "close programs; a worker takes 0.4 GB",
        ),
        Finding(
            name="free disk",
            found=telling.size(disk),
            good=disk > 1e9,
            advice="" if disk > 1e9 else "make room; the demo takes 0.1 GB",
        ),
        Finding(
            name="matrix products",
            found=f"{peak_flops() / 1e9:.0f} GFLOP/s a core",
            good=True,
        ),
    ]
    threads = os.environ.get("OMP_NUM_THREADS")
    if threads:
        findings.append(Finding(name="OMP_NUM_THREADS", found=threads, good=True))
    return findings


def _library(name: str) -> Finding:
    try:
        found = importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        others = "upwell[images]" if name == "pillow" else "upwell[ask]"
        extra = "upwell" if name in CORE else others
        return Finding(
            name=name,
            found="",
            good=False,
            advice=f"{LIBRARIES[name]} needs it: pip install '{extra}'",
        )
    return Finding(name=name, found=found, good=True)
