"""A model and labeled rows to a folder that does the task, with its report."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from ..errors import DataError, UpwellError
from ..files import read_regular, to_filename
from .documents import build_document, to_text, write_text
from .finetuned_results import MODEL_CARD_FILE
from .gate import GateResult, run_gate

if TYPE_CHECKING:
    from ..finetune.predictor import Predictor
    from ..records import ModelCard, TrainLogEntry

LogFn: TypeAlias = Callable[[str], None]
TrainProgressFn: TypeAlias = "Callable[[TrainLogEntry, int, int], None]"
"""Called with an entry of the training log, the steps in all and the rows in all."""


def no_log(line: str) -> None:
    """Logs nothing."""


@dataclass(frozen=True)
class FinetuneResult:
    """A fine-tuned model: its folder, which transformers loads, its card and its report."""

    folder: Path
    card: ModelCard
    report: Path
    gate: GateResult | None = None
    """In the feedback loop: whether the new model replaced the old one."""

    def predictor(self) -> Predictor:
        """The model, ready to predict."""
        from ..finetune.predictor import Predictor

        return Predictor.from_pretrained(self.folder)

    def document(self) -> dict[str, Any]:
        """The JSON of `upwell finetune`: the card without the predictions."""
        fields = asdict(self.card)
        del fields["predictions"]
        return build_document("model_card", **fields)

    def to_json(self, path: str | Path | None = None) -> str:
        """The JSON text, also written to a file where a path is given."""
        text = to_text(self.document())
        if path is not None:
            write_text(Path(path), text)
        return text

    def _repr_html_(self) -> str:
        from ..formatting import format_number
        from ..report.html.tables import table

        rows = [
            (
                score.metric,
                format_number(score.value),
                f"{format_number(score.interval_low)} to {format_number(score.interval_high)}",
            )
            for score in self.card.scores
        ]
        return str(table(("metric", self.card.eval_set, "90 % interval"), rows))


def finetune(
    model: str | Path,
    data: str | Path,
    *,
    task: str | None = None,
    method: str = "auto",
    output_dir: str | Path | None = None,
    dev: str | Path | None = None,
    test: str | Path | None = None,
    text_column: str | list[str] | None = None,
    label_column: str = "",
    label_separator: str | None = None,
    seed: int = 0,
    feedback: str | Path | None = None,
    unlabeled: str | Path | None = None,
    pseudo_label: bool = False,
    suggest_labels: int = 0,
    pretrain_tokens: int = 0,
    log: LogFn = no_log,
    on_progress: TrainProgressFn | None = None,
    **hyperparameters: Any,
) -> FinetuneResult:
    """Fine-tune a model on labeled rows.

    Parameters
    ----------
    model
        A folder that transformers loads, a model of the hub in the local cache, a Python package
        that carries one, a model of a study (STUDY_FOLDER/MODEL), or the name of a model trained
        from scratch, such as "bert-small".
    data
        Labeled rows: CSV, TSV, JSON lines or Parquet, a folder of images or recordings, or a data
        set of the hub in the local cache (ORG/NAME).
    task
        A Hugging Face task such as "text-classification"; inferred from the files where None.
    method
        "auto" trains a linear head and all weights, and keeps what the dev rows prefer; or "full",
        "lora", "dora", "ia3", "prompt", "linear".
    dev, test
        Rows to choose by (a fraction of `data` where None), and rows that nothing is chosen by.
    feedback
        A journal of predictions and corrections to train on too; `model` is then the model that
        the new one may replace, if it is not worse on `test`.
    hyperparameters
        epochs, learning_rate, batch_size, max_length, label_smoothing, dropout, l1, l2,
        layer_lr_decay, fgm_epsilon, augment, word_dropout. None takes the recipe's own.

    Returns
    -------
    FinetuneResult
        The folder with the model, its card with scores and intervals, and its report.
    """
    from ..data.labeled import Columns
    from ..data.media.split_folders import find_split_folders
    from ..finetune.config import FinetuneConfig
    from ..finetune.data.task_detection import infer_task
    from ..finetune.defaults import FinetuneHyperparameters
    from ..finetune.feedback.rounds import next_round_dir
    from ..finetune.pipeline import finetune as finetune_model
    from ..finetune.saving import read_model_card
    from ..plugins import trust_working_dir
    from ..store.lock import claim_dir

    if "." in (task or ""):
        trust_working_dir()
    name, rows, dev_rows, test_rows = _locate_rows(Path(data), dev, test)
    loop_dir = None if feedback is None else Path(model)
    if loop_dir is not None and test_rows is None and rows.is_dir():
        test_rows = find_split_folders(rows).get("test")
    card = None if loop_dir is None else _current_card(loop_dir, test_rows)
    texts = [text_column] if isinstance(text_column, str) else text_column or []
    columns = Columns(
        text_columns=tuple(texts), label_column=label_column, label_separator=label_separator
    )
    if card is not None and columns == Columns():
        columns = Columns(
            text_columns=card.text_columns,
            label_column=card.label_column,
            label_separator=card.label_separator,
        )
    target = Path(output_dir) if output_dir else Path("out", "finetune", to_filename(name))
    check_output_dir(target)
    with claim_dir(loop_dir or target):
        if loop_dir is not None:
            target = next_round_dir(loop_dir)
        config = FinetuneConfig(
            model=resolve_model_dir(str(model), target),
            data=rows,
            task=task or (card.finetune.task if card is not None else infer_task(rows)),
            method=method,
            columns=columns,
            dev=dev_rows,
            test=test_rows,
            seed=seed,
            pretrain_tokens=pretrain_tokens,
            feedback=None if feedback is None else Path(feedback),
            unlabeled=None if unlabeled is None else Path(unlabeled),
            pseudo_label=pseudo_label,
            num_suggestions=suggest_labels,
            hyperparameters=FinetuneHyperparameters(**hyperparameters),
        )
        if loop_dir is None and (target / MODEL_CARD_FILE).is_file():
            log(f"{target} holds a model{_describe_model(target)}, which this one replaces")
        new_card = finetune_model(config, target, log, on_progress or (lambda *_: None))
        page = _write_report(new_card, target)
        if loop_dir is None or test_rows is None:
            return FinetuneResult(target, new_card, page)
        _log_leaked_rows(new_card, test_rows, log)
        gate = run_gate(loop_dir, target, test_rows)
        current = read_model_card(loop_dir)
        return FinetuneResult(loop_dir, current, _write_report(current, loop_dir), gate)


def check_output_dir(path: Path) -> None:
    """DataError, before any work is done, for a path that cannot be a folder."""
    for ancestor in (path, *path.parents):
        if ancestor.exists() and not ancestor.is_dir():
            raise DataError(f"{ancestor} is a file; give another folder with --output-dir")


def resolve_model_dir(model: str, target: Path) -> str:
    """A model of a study, written as a folder that transformers loads; any other as it is."""
    from ..store import Store
    from . import export_model

    study_path = export_model.parse_study_path(Path(model))
    if study_path is None or (Path(model) / "config.json").is_file():
        return model
    run, name = export_model.select_model(Store.open(study_path[0]), study_path[1])
    folder = target / "work" / "base_model" / name
    export_model.write_export(export_model.build_export(run, name), folder)
    return str(folder)


def _locate_rows(
    data: Path, dev: str | Path | None, test: str | Path | None
) -> tuple[str, Path, Path | None, Path | None]:
    """Name of the rows, and the files of train, dev and test rows."""
    from ..finetune.data.hub_dataset import download_splits, is_hub_id

    dev_rows = None if dev is None else Path(dev)
    test_rows = None if test is None else Path(test)
    if is_hub_id(str(data)):
        splits = download_splits(str(data))
        name = data.name.partition("@")[0]
        return name, splits.train, dev_rows or splits.dev, test_rows or splits.test
    name = (data.resolve() if data.name in ("", "..") else data).stem
    return name, data, dev_rows, test_rows


def _current_card(folder: Path, test: Path | None) -> ModelCard:
    """The card of the model in a feedback loop. DataError where the gate has no rows."""
    from ..finetune.feedback.rounds import next_round_dir
    from ..finetune.saving import read_model_card

    if test is None:
        raise DataError(
            "feedback needs test rows (--test): always the same ones, on which a new model is "
            "compared with the old before it replaces it"
        )
    next_round_dir(folder)
    return read_model_card(folder)


def _describe_model(folder: Path) -> str:
    """What the model in a folder was made of; empty where its card is damaged."""
    from ..finetune.saving import read_model_card

    try:
        card = read_model_card(folder)
    except UpwellError:
        return ""
    return f" made of {card.base_model} and {card.data}"


def _log_leaked_rows(card: ModelCard, test: Path, log: LogFn) -> None:
    """Warn that a model was trained on rows of the gate, which then favors it."""
    from ..data.labeled.issues import leak_message

    if any(leak_message(test.name) in problem for problem in card.problems):
        log(
            f"rows of {test.name} are in {card.data} too: where the old model was trained on them, "
            "the gate favors it; keep test rows apart"
        )


def _write_report(card: ModelCard, folder: Path) -> Path:
    from ..finetune.feedback.rounds import history
    from ..finetune.saving import PREVIEW_FILE
    from ..report import finetune_page
    from ..store import RunDir

    curve = RunDir(folder / "work" / card.ref.run).curve()
    preview = folder / PREVIEW_FILE
    picture = read_regular(preview) if preview.is_file() else None
    page = folder / "report.html"
    write_text(page, finetune_page(card, curve, history(folder), picture))
    return page
