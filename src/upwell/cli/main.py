"""The application: its commands, and how mistakes are reported."""

from __future__ import annotations

import functools
import inspect
import sys
import traceback
from collections.abc import Callable
from typing import Annotated, Any

import typer

from .. import __version__
from ..errors import UpwellError, describe_error, explain_error
from .commands.backtest import backtest
from .commands.compare import compare
from .commands.crossover import crossover
from .commands.doctor import doctor
from .commands.eval import evaluate
from .commands.export import export
from .commands.feedback import feedback
from .commands.finetune import finetune
from .commands.forecast import forecast
from .commands.grade import grade
from .commands.judge import judge
from .commands.plan import plan
from .commands.predict import predict
from .commands.report import report
from .commands.run import demo, run, train
from .console import allow_all_characters, discard_output, print_error
from .suggestions import suggest_command, suggest_option

# typer carries a click of its own in newer versions; its exceptions are reached by what is public.
ClickException: Any = next(c for c in typer.BadParameter.__mro__ if c.__name__ == "ClickException")

EXIT_USER_ERROR = 2
"""Exit code where the user can correct the mistake."""

EXIT_BUG = 70
"""Exit code of a bug in Upwell (EX_SOFTWARE of sysexits.h)."""

EXIT_INTERRUPTED = 130
"""Exit code after Ctrl-C."""

EXIT_BROKEN_PIPE = 141
"""Exit code where the reader of the output has gone, as `upwell judge ... | head` does it."""

Debug = Annotated[
    bool, typer.Option("--debug", help="Show where an error comes from: its traceback.")
]
"""The option that every command has."""

app = typer.Typer(
    name="upwell",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80},
)


def handle_errors(command: Callable[..., None]) -> Callable[..., None]:
    """The command with `--debug`, and with every error reported in one sentence."""

    @functools.wraps(command)
    def run_command(*args: Any, debug: bool = False, **options: Any) -> None:
        try:
            command(*args, **options)
        except (SystemExit, typer.Exit, typer.Abort, ClickException):
            raise
        # A panic of a library in Rust is no Exception.
        except BaseException as error:
            raise typer.Exit(report_error(error, debug=debug)) from None

    signature = inspect.signature(command, eval_str=True)
    parameter = inspect.Parameter("debug", inspect.Parameter.KEYWORD_ONLY, default=False)
    run_command.__annotations__ = {**command.__annotations__, "debug": Debug}
    run_command.__dict__["__signature__"] = signature.replace(
        parameters=[*signature.parameters.values(), parameter.replace(annotation=Debug)]
    )
    return run_command


def report_error(error: BaseException, *, debug: bool = False) -> int:
    """Print one sentence, or with `debug` the traceback too; the exit code.

    It is the only place where the command line meets an exception.
    """
    if isinstance(error, BrokenPipeError):
        return EXIT_BROKEN_PIPE
    if debug:
        traceback.print_exception(error)
    if isinstance(error, KeyboardInterrupt):
        print_error(str(error) or "stopped")
        return EXIT_INTERRUPTED
    sentence = explain_error(error)
    if sentence is None:
        print_error(
            f"this is a bug in Upwell: {describe_error(error)}; files that were written stay "
            "whole. Please report it with what the same command prints with --debug, and what "
            "`upwell doctor` prints"
        )
        return EXIT_BUG
    hint = "" if isinstance(error, UpwellError) or debug else " (--debug shows where)"
    print_error(f"{sentence}{hint}")
    return EXIT_USER_ERROR


COMMANDS: dict[str, Callable[..., None]] = {
    "plan": plan,
    "run": run,
    "train": train,
    "demo": demo,
    "report": report,
    "export": export,
    "finetune": finetune,
    "predict": predict,
    "feedback": feedback,
    "crossover": crossover,
    "eval": evaluate,
    "judge": judge,
    "forecast": forecast,
    "backtest": backtest,
    "compare": compare,
    "grade": grade,
    "doctor": doctor,
}

for name, command in COMMANDS.items():
    app.command(name)(handle_errors(command))


@app.callback(invoke_without_command=True)
def upwell(
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    """Which abilities a model has at which scale, and which will come.

    Train a family of models and measure it, or judge anyone's results:

      upwell demo                      train a small ladder, open the report

      upwell run mine.py               a study of your own

      upwell judge results/            verdicts on published results

      upwell finetune MODEL rows.csv   a model of your own from labeled rows

      upwell doctor                    what this machine has, and what is missing
    """
    if version:
        print(__version__)
        raise typer.Exit


def main() -> None:
    """Run the command line and leave with its exit code."""
    allow_all_characters()
    try:
        code = app(standalone_mode=False)
        sys.stdout.flush()
    except typer.Abort:
        code = report_error(KeyboardInterrupt())
    except ClickException as error:
        code = _report_usage_error(error)
    except SystemExit as error:
        # click and rich leave with 1, which would read as a failed gate.
        if not isinstance(error.__context__, BrokenPipeError):
            raise
        code = EXIT_BROKEN_PIPE
    except BaseException as error:
        code = report_error(error)
    if code == EXIT_BROKEN_PIPE:
        discard_output()
    sys.exit(code if isinstance(code, int) else 0)


def _report_usage_error(error: Any) -> int:
    """Print a mistake in the call in one sentence that names what was probably meant."""
    if type(error).__name__ == "NoArgsIsHelpError":
        error.show()
    else:
        print_error(_describe_usage_error(error))
    return EXIT_USER_ERROR


def _describe_usage_error(error: Any) -> str:
    context = getattr(error, "ctx", None)
    prefix = f"{context.info_name}: " if context is not None and context.parent else ""
    if (option := getattr(error, "option_name", None)) is not None and context is not None:
        options = [name for parameter in context.command.params for name in parameter.opts]
        suggestion = suggest_option(option, options)
        hint = f"did you mean {suggestion}?" if suggestion else "see --help"
        return f"{prefix}no option {option}; {hint}"
    message = error.format_message().rstrip(".")
    if context is not None and context.parent is None and message.startswith("No such command"):
        word = message.split("'")[1]
        suggestion = suggest_command(word, COMMANDS)
        hint = f"did you mean {suggestion}?" if suggestion else "see upwell --help"
        return f"there is no command {word!r}; {hint}"
    return f"{prefix}{message[:1].lower()}{message[1:]}"
