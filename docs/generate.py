"""Write the generated pages of the docs: the command line and the metrics.

    python docs/generate.py

A test holds both pages to the code.
"""

from __future__ import annotations

import inspect
import re
from pathlib import Path

from typer.main import get_command

from upwell.cli import app
from upwell.metrics import metric_names
from upwell.records import METRICS, Metric, evaluation
from upwell.results.metric_names import METRIC_ALIASES

REFERENCE = Path(__file__).parent / "reference"
HELP_COLUMNS = 80

PUBLISHERS = {
    "": "Upwell",
    "abilities of our own": "Upwell",
}
"""Publisher of the metrics under a comment of `records/evaluation.py`; otherwise the comment."""

CLI_PAGE = """# Command line

What `upwell COMMAND --help` prints. Each command is also a [Python call](api.md), and `--json` is
described in [JSON documents](json.md).

"""

METRICS_PAGE = """# Metrics

The metrics whose facts Upwell knows. A metric that is not here is listed as unknown and not judged,
because its direction would be a guess.

- **direction**: whether higher or lower values are better.
- **continuous**: whether every small change of the probabilities changes the value. A jump of a
  metric that is not continuous may be made by the metric (Schaeffer et al. 2023).
- **bounds**: the lowest and highest possible value; a value outside of them is reported as wrong.
- **formula**: whether Upwell computes the metric from answers; the
  [definitions](../concepts/abilities.md#metrics) are on the page on abilities.
- **also read as**: names under which other tools publish the same metric.

"""

METRICS_HEADER = (
    "| name | title | direction | continuous | bounds | unit | formula | also read as |\n"
    "|---|---|---|---|---|---|---|---|\n"
)


def cli_page() -> str:
    """The help of every command, in the order of the help."""
    group = get_command(app)
    with group.make_context("upwell", [], resilient_parsing=True) as context:
        sections = [
            f"## upwell {name}\n\n```text\n{help_text(command, name, context)}\n```\n"
            for name, command in group.commands.items()
        ]
    return CLI_PAGE + "\n".join(sections)


def help_text(command, name, parent) -> str:
    """What `upwell NAME --help` prints, 80 columns wide."""
    context = command.context_class(
        command,
        info_name=name,
        parent=parent,
        terminal_width=HELP_COLUMNS,
        max_content_width=HELP_COLUMNS,
    )
    lines = command.get_help(context).strip().splitlines()
    return "\n".join(line.rstrip() for line in lines)


def metrics_page() -> str:
    """A table of metrics for each publisher."""
    publishers = metric_publishers()
    sections = []
    for publisher in dict.fromkeys(publishers.values()):
        rows = [metric_row(METRICS[name]) for name in METRICS if publishers[name] == publisher]
        sections.append(f"## {publisher}\n\n{METRICS_HEADER}" + "".join(rows))
    return METRICS_PAGE + "\n".join(sections)


def metric_row(metric: Metric) -> str:
    """One row of the table."""
    aliases = [f"`{alias}`" for alias, name in METRIC_ALIASES.items() if name == metric.name]
    cells = (
        f"`{metric.name}`",
        metric.title,
        "higher" if metric.higher_is_better else "lower",
        "yes" if metric.continuous else "no",
        f"{bound(metric.low, '-∞')} to {bound(metric.high, '∞')}",
        metric.unit,
        "yes" if metric.name in metric_names() else "",
        ", ".join(aliases),
    )
    return "| " + " | ".join(cells) + " |\n"


def bound(value: float | None, unbounded: str) -> str:
    """A bound as people write it."""
    return unbounded if value is None else f"{value:g}"


def metric_publishers() -> dict[str, str]:
    """{metric: who publishes it}, from the comments between the facts in the source."""
    facts = inspect.getsource(evaluation).partition("_FACTS:")[2].partition("\n)\n")[0]
    publishers, comment = {}, ""
    for match in re.finditer(r'^    # ([^,\n]+)$|^    \(\s*"([^"]+)"', facts, re.MULTILINE):
        if match[1]:
            comment = match[1]
        else:
            publishers[match[2]] = PUBLISHERS.get(comment, comment)
    if set(publishers) != set(METRICS):
        raise SystemExit(f"no publisher known of {sorted(set(METRICS) ^ set(publishers))}")
    return publishers


PAGES = {"cli.md": cli_page, "metrics.md": metrics_page}

if __name__ == "__main__":
    for page_name, page in PAGES.items():
        (REFERENCE / page_name).write_text(page(), encoding="utf-8")
