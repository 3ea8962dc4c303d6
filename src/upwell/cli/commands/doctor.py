"""`upwell doctor`: what this machine has, and what is missing."""

from __future__ import annotations

from dataclasses import asdict

from .. import console
from ..options import Json


def doctor(json: Json = None) -> None:
    """Say what this machine has, and what is missing.

    upwell doctor

    upwell doctor --json -
    """
    from ...workflows.doctor import doctor as check_health
    from ...workflows.documents import build_document, to_text

    console.check_json_target(json)
    checks = check_health()
    document = build_document("doctor", checks=[asdict(check) for check in checks])
    console.write_json(json, to_text(document))
    if json != "-":
        rows = [(c.name, c.value, "ok" if c.ok else "missing", c.advice) for c in checks]
        console.print_table(console.get_console(json), ("", "value", "", "what to do"), rows)
