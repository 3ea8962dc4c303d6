"""From a config to encoded splits: read, clean, split and check the rows, and load the model."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from ..data.labeled import LabeledDataset, Row, clean, train_dev_split
from ..data.labeled.cleaning import exclude_overlap
from ..data.labeled.splits import SplitDatasets
from ..errors import DataError, SpecError
from ..records import FinetuneSpec
from .base_model import PretrainedModel, load_base_model
from .config import FinetuneConfig, FinetuneProgressFn, LogFn
from .data.dataset import FinetuneData, encode_rows
from .data.rows import drop_unscorable
from .defaults import IMBALANCE_RATIO, MIN_CLASS_ROWS
from .feedback.journal import add_corrections
from .inputs.encoded import EncodedSplit
from .inputs.text import describe_special_strings
from .methods.prompt_tuning import add_prompt_tokens
from .scratch import ScratchConfig, build_from_scratch, is_scratch_name
from .tasks import Task, load_task


def prepare_data(
    config: FinetuneConfig, out: Path, log: LogFn, on_progress: FinetuneProgressFn
) -> FinetuneData:
    """Read and check the rows and the model. `out` keeps the work of a scratch model.

    Problems that can be worked around are logged. Raises DataError, ModelError or SpecError for
    the others.
    """
    task = load_task(config.task)
    splits = _read_splits(config, task)
    dataset = splits.train
    columns = dataset.columns
    log(_describe_rows(dataset))
    for each, use in ((splits.dev, "choose by"), (splits.test, "score on")):
        if each is not None:
            log(f"{each.name}: {len(each.rows):,} rows to {use}")
    dataset = _add_feedback(dataset, config, task, log)
    test, dev = (each and drop_unscorable(each) for each in (splits.test, splits.dev))
    eval_sets = tuple(eval_set for eval_set in (test, dev) if eval_set is not None)
    cleaned = clean(dataset, eval_sets)
    if dev is not None and test is not None:
        dev = exclude_overlap(dev, test)
    files = (
        (dataset.name, (*dataset.notes, *map(str, cleaned.issues))),
        *((each.name, each.notes) for each in (test, dev) if each is not None),
    )
    problems = tuple(f"{name}: {note}" for name, notes in files for note in notes)
    if dev is not None and not dev.rows and config.dev is None:
        problems += (f"{dev.name}: no rows of its own, so dev rows are split off training rows",)
        dev = None
    for problem in problems:
        log(problem)
    base_model = _load_model(config, task, cleaned.data, out, on_progress)
    base_model = _add_prompt(base_model, config, task)
    model_notes = _describe_model_inputs(base_model, task, (dataset, *eval_sets))
    for note in model_notes:
        log(note)
    problems += model_notes
    train_split, dev_split = (
        _split_train_dev(cleaned.data, config.seed, task) if dev is None else (cleaned.data, dev)
    )
    labels = task.get_labels(cleaned.data)
    eval_splits = [each for each in (dev_split, test) if each is not None]
    _check_eval_labels(labels, task, cleaned.data, eval_splits)
    spec = FinetuneSpec(
        task=config.task,
        labels=labels,
        pooling=task.pooling(base_model),
        max_length=config.hyperparameters.max_length
        or task.default_max_length(base_model, train_split),
        class_weighted=_can_weight_classes(task, cleaned.data)
        and _is_imbalanced(cleaned.data, log),
        tag_scheme=task.tag_scheme(cleaned.data),
    )

    def encode(dataset: LabeledDataset) -> EncodedSplit:
        return encode_rows(dataset, task, base_model, spec)

    return FinetuneData(
        config=config,
        task=task,
        base_model=base_model,
        spec=spec,
        train=encode(train_split),
        dev=encode(dev_split),
        test=None if test is None else encode(test),
        multilabel=columns.label_separator is not None,
        dev_from_train=dev is None,
        problems=problems,
    )


def _describe_model_inputs(
    base_model: PretrainedModel, task: Task, datasets: tuple[LabeledDataset, ...]
) -> tuple[str, ...]:
    """Notes on how the model reads the rows."""
    notes = [f"{base_model.name}: {note}" for note in base_model.notes]
    if task.modality == "text":
        for each in datasets:
            texts = (
                (*row.texts, row.target) if isinstance(row.target, str) else row.texts
                for row in each.rows
            )
            special = describe_special_strings(texts, base_model.tokenizer)
            notes += [f"{each.name}: {note}" for note in special]
    return tuple(notes)


def _read_splits(config: FinetuneConfig, task: Task) -> SplitDatasets:
    """The rows of each split; files of the config take the place of splits of the data."""
    splits = task.read_splits(config.data, config.columns)
    columns, notes = splits.train.columns, splits.train.notes
    datasets = {"dev": splits.dev, "test": splits.test}
    for name, path in (("dev", config.dev), ("test", config.test)):
        if path is None:
            continue
        unused = datasets[name]
        if unused is not None:
            count = f"{len(unused.rows):,} rows of {unused.name}"
            notes += (f"{count} are not used, because of --{name}",)
        datasets[name] = task.read(path, columns)
    return SplitDatasets(replace(splits.train, notes=notes), datasets["dev"], datasets["test"])


def _split_train_dev(
    dataset: LabeledDataset, seed: int, task: Task
) -> tuple[LabeledDataset, LabeledDataset]:
    """Training and dev rows. Tasks with slow predictions limit the dev rows."""
    has_groups = any(task.group_key(row) is not None for row in dataset.rows)

    def group_key(row: Row) -> tuple[str, ...]:
        return task.group_key(row) or ()

    train, dev = train_dev_split(
        dataset, seed, task.max_dev_rows, group_key if has_groups else None
    )
    if not (train.rows and dev.rows):
        raise DataError(
            f"{dataset.name}: its {len(dataset.rows)} rows are too few to split off dev rows; give "
            "dev rows with --dev"
        )
    return train, dev


def _add_feedback(
    dataset: LabeledDataset, config: FinetuneConfig, task: Task, log: LogFn
) -> LabeledDataset:
    """The dataset with the corrected rows of the feedback journal at its end."""
    if config.feedback is None:
        return dataset
    if not (task.has_linear_head and task.one_label_per_row):
        raise SpecError(
            f"task {config.task!r} cannot train on a feedback journal; use a classification task"
        )
    dataset, count = add_corrections(dataset, config.feedback)
    lines = f"{dataset.rows[-count].line:,} to {dataset.rows[-1].line:,}"
    log(
        f"{config.feedback.name}: {count:,} corrected rows, reported as lines {lines} "
        f"of {dataset.name}"
    )
    return dataset


def _load_model(
    config: FinetuneConfig,
    task: Task,
    dataset: LabeledDataset,
    out: Path,
    on_progress: FinetuneProgressFn,
) -> PretrainedModel:
    """The pretrained model, or a scratch model built for the dataset."""
    if not is_scratch_name(config.model):
        return load_base_model(config.model, task.modality)

    def make_scratch_config(size: Any, work_dir: Path) -> ScratchConfig:
        return ScratchConfig(
            size=size,
            dataset=dataset,
            task=config.task,
            texts=_pretraining_texts(task, dataset),
            seed=config.seed,
            pretrain_tokens=config.pretrain_tokens,
            work_dir=work_dir,
            on_progress=on_progress,
        )

    folder = build_from_scratch(config.model, make_scratch_config, task.modality, out)
    note = "built from scratch: no pretrained weights are loaded"
    return replace(load_base_model(str(folder), task.modality), from_scratch=True, notes=(note,))


def _pretraining_texts(task: Task, dataset: LabeledDataset) -> tuple[str, ...]:
    """The texts of the rows. Rows that are lists of words are joined into one text each."""
    if task.modality != "text":
        return ()
    if task.rows_are_words:
        return tuple(" ".join(row.texts) for row in dataset.rows)
    return tuple(text for row in dataset.rows for text in row.texts)


def _add_prompt(base_model: PretrainedModel, config: FinetuneConfig, task: Task) -> PretrainedModel:
    """The model, with prompt tokens in its tokenizer for method "prompt"."""
    if config.method != "prompt":
        return base_model
    if task.modality != "text":
        raise SpecError("--method prompt is for text models; choose another method, e.g. lora")
    return add_prompt_tokens(base_model)


def _describe_rows(dataset: LabeledDataset) -> str:
    columns = dataset.columns
    label = f"label {columns.label_column!r}" if columns.label_column else "labels"
    texts = " and ".join(repr(name) for name in columns.text_columns)
    values = f" with {len(dataset.labels)} different values" if dataset.has_fixed_labels else ""
    return f"{dataset.name}: {len(dataset.rows):,} rows, text {texts}, {label}{values}"


def _check_eval_labels(
    labels: tuple[str, ...], task: Task, train: LabeledDataset, eval_sets: list[LabeledDataset]
) -> None:
    """Raise DataError for an evaluation set that is empty or has a label without training rows."""
    for dataset in eval_sets:
        # Mask classes are named by their numbers; the names depend on which rows are read together.
        combined = replace(train, rows=(*train.rows, *dataset.rows))
        unknown = set(task.get_labels(combined)) - set(labels)
        if unknown and not set(task.get_labels(dataset)) <= set(labels):
            raise DataError(
                f"{dataset.name} has the label {max(unknown)!r}, which no training row has; "
                "correct the label or add training rows with it"
            )
        if not dataset.rows:
            raise DataError(f"{dataset.name} has no rows left to evaluate on; add rows")


def _can_weight_classes(task: Task, dataset: LabeledDataset) -> bool:
    """Whether rows can be weighted by the frequency of their label."""
    return (
        task.has_linear_head and task.one_label_per_row and dataset.columns.label_separator is None
    )


def _is_imbalanced(dataset: LabeledDataset, log: LogFn) -> bool:
    """Whether the classes are imbalanced enough to be weighted. Logs it if so."""
    counts = [pair for pair in dataset.counts.most_common() if pair[1] >= MIN_CLASS_ROWS]
    if not counts or counts[0][1] < IMBALANCE_RATIO * counts[-1][1]:
        return False
    (common_label, common_count), (rare_label, rare_count) = counts[0], counts[-1]
    log(
        f"{dataset.name}: the classes are imbalanced ({common_count} rows of {common_label!r}, "
        f"{rare_count} of {rare_label!r}); classes are weighted, and macro F1 selects the model"
    )
    return True
