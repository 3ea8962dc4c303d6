"""Write the generated pages of the docs: the command line and the metrics.

    python docs/generate.py

A test holds both pages to the code.
"""

from __future__ import annotations

from pathlib import Path

from typer.main import get_command

from upwell.cli import app
from upwell.metrics import metric_names
from upwell.records import Metric
from upwell.records.metric_facts import PUBLISHERS, UNDIRECTED_METRICS
from upwell.results.metric_names import METRIC_ALIASES

REFERENCE = Path(__file__).parent / "reference"
HELP_COLUMNS = 80

CLI_PAGE = """# Command line

What `upwell COMMAND --help` prints. Each command is also a [Python call](api.md), and `--json` is
described in [JSON documents](json.md).

"""

METRICS_PAGE = """# Metrics

The metrics whose facts Upwell knows. A metric that is not here is listed as unknown and not judged,
because its direction would be a guess. `--metric-info name=higher,0,1` tells the facts of such a
metric: which values are better, the lowest and the highest (`-` for unbounded). A fourth word
`continuous` says that every small change of the probabilities changes the value.

- **direction**: whether higher or lower values are better.
- **continuous**: whether every small change of the probabilities changes the value. A jump of a
  metric that is not continuous may be made by the metric (Schaeffer et al. 2023).
- **proportion**: whether the value is the proportion of items that are correct, so that the number
  of items gives its standard error.
- **bounds**: the lowest and highest possible value. One value outside of them leaves out all values
  of the metric for that ability and file: they are not on the metric's scale. Percentages are read
  where they are marked: by % in cells, column or metric, or with
  `--metric-info accuracy=higher,0,100`.
- **formula**: whether Upwell computes the metric from answers; the
  [definitions](../concepts/abilities.md#metrics) are on the page on abilities.
- **also read as**: names under which other tools publish the same metric.

"""

METRICS_HEADER = (
    "| name | title | direction | continuous | proportion | bounds | unit | formula "
    "| also read as |\n"
    "|---|---|---|---|---|---|---|---|---|\n"
)

UNDIRECTED_HEADER = """## Metrics without a better end

Metrics of lm-evaluation-harness that are listed and not judged.

| name | why |
|---|---|
"""


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
    """A table of metrics for each publisher, and those that are not judged."""
    sections = [
        f"## {publisher}\n\n{METRICS_HEADER}{''.join(map(metric_row, metrics))}"
        for publisher, metrics in PUBLISHERS.items()
    ]
    undirected = "".join(f"| `{name}` | {why} |\n" for name, why in UNDIRECTED_METRICS.items())
    return METRICS_PAGE + "\n".join([*sections, UNDIRECTED_HEADER + undirected])


def metric_row(metric: Metric) -> str:
    """One row of the table."""
    aliases = [f"`{alias}`" for alias, name in METRIC_ALIASES.items() if name == metric.name]
    cells = (
        f"`{metric.name}`",
        metric.title,
        "higher" if metric.higher_is_better else "lower",
        "yes" if metric.continuous else "no",
        "yes" if metric.proportion else "no",
        f"{bound(metric.low, '-∞')} to {bound(metric.high, '∞')}",
        metric.unit,
        "yes" if metric.name in metric_names() else "",
        ", ".join(aliases),
    )
    return "| " + " | ".join(cells) + " |\n"


def bound(value: float | None, unbounded: str) -> str:
    """A bound as people write it."""
    return unbounded if value is None else f"{value:g}"


PAGES = {"cli.md": cli_page, "metrics.md": metrics_page}

if __name__ == "__main__":
    for page_name, page in PAGES.items():
        (REFERENCE / page_name).write_text(page(), encoding="utf-8")
