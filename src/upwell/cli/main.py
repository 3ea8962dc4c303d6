"""The application: which verbs there are, and what becomes of a mistake."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from typing import Annotated, Any

import typer

from .. import __version__
from ..errors import UpwellError
from .adapt import adapt
from .ask import ask
from .backtest import backtest
from .compare import compare
from .crossover import crossover
from .doctor import doctor
from .export import export
from .feedback import feedback
from .forecast import forecast
from .grade import grade
from .judge import judge
from .plan import plan
from .predict import predict
from .report import report
from .run import demo, run

MISTAKE = 2
"""Exit code where the user can put it right."""

STOPPED = 130
"""Exit code after Ctrl-C."""

app = typer.Typer(
    name="upwell",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80},
)


def guarded(verb: Callable[..., None]) -> Callable[..., None]:
    """The verb, with a mistake told in one sentence instead of a traceback."""

    @functools.wraps(verb)
    def run_verb(*words: Any, **options: Any) -> None:
        try:
            verb(*words, **options)
        except UpwellError as error:
            print(f"upwell: {error}", file=sys.stderr)
            raise typer.Exit(MISTAKE) from None
        except KeyboardInterrupt as error:
            print(f"upwell: {str(error) or 'stopped'}", file=sys.stderr)
            raise typer.Exit(STOPPED) from None

    return run_verb


for verb in (
    plan,
    run,
    demo,
    report,
    export,
    adapt,
    predict,
    feedback,
    crossover,
    ask,
    judge,
    forecast,
    backtest,
    compare,
    grade,
    doctor,
):
    app.command()(guarded(verb))


@app.callback(invoke_without_command=True)
def upwell(
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    """Which abilities a model has at which scale, and which will come.

    Grow a family of models and measure it, or judge anyone's results:

      upwell demo                      grow a small ladder, open the report

      upwell run mine.py               a study of your own

      upwell judge results/            verdicts on published results

      upwell doctor                    what this machine has, and what is missing
    """
    if version:
        print(__version__)
        raise typer.Exit


def main() -> None:
    """Run the command line and leave with its exit code."""
    # A study, family or ability of the user's own is found beside where they stand.
    sys.path.insert(0, "")
    app()
