"""The configuration of a crossover, and its rows and models once they are read."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

from ..data.labeled import Columns, LabeledDataset, Row, clean, train_dev_split
from ..data.labeled import read_labeled as read_table
from ..errors import DataError, SpecError
from ..finetune.base_model import PretrainedModel, count_params, load_base_model
from ..finetune.config import LogFn
from ..finetune.data.rows import drop_unscorable
from ..finetune.defaults import FinetuneHyperparameters
from ..plugins import did_you_mean, quoted_list
from ..records import Cell
from .subsets import nested_subset

METHODS = ("in_context", "linear", "lora", "full")
MAX_TEST_ROWS = 500
"""In-context learning scores every label of every test row, so they are limited."""


@dataclass(frozen=True, kw_only=True)
class CrossoverConfig:
    """The rows, models and methods to compare. Raises SpecError for an unknown method."""

    data: Path
    models: tuple[str, ...]
    """Folders, packages or hub names, as `upwell finetune` takes them."""

    methods: tuple[str, ...] = METHODS
    train_sizes: tuple[int, ...] = ()
    """Numbers of labeled rows. Empty for 8, 16, 32, ... and all rows."""

    shots: tuple[int, ...] = (0, 1, 2, 4, 8, 16, 32)
    """Numbers of examples in the prompt."""

    seeds: int = 3
    """Number of random subsets of the rows."""

    test: Path | None = None
    columns: Columns = field(default_factory=Columns)
    hyperparameters: FinetuneHyperparameters = field(default_factory=FinetuneHyperparameters)

    def __post_init__(self) -> None:
        for method in self.methods:
            if method not in METHODS:
                raise SpecError(
                    f"no method {method!r}; there are {quoted_list(METHODS)}"
                    + did_you_mean(method, METHODS)
                )
        if not self.models or self.seeds < 1:
            raise SpecError("a crossover needs at least one model and one seed")
        if len(set(self.models)) != len(self.models):
            raise SpecError("a model is given twice; give each once")


@dataclass(frozen=True)
class CrossoverSetup:
    """The rows, split once for all cells, and the models."""

    config: CrossoverConfig
    train: LabeledDataset
    test: LabeledDataset
    test_name: str
    problems: tuple[str, ...]
    pretrained: dict[str, PretrainedModel]
    params: dict[str, int]
    mean_tokens: dict[str, float]
    """{model: mean tokens of a test row}."""

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels of the training rows. In-context learning scores them in this order."""
        return self.train.labels

    def model_key(self, cell: Cell) -> str:
        """The model of a cell, as the config names it."""
        return next(model for model, each in self.pretrained.items() if each.name == cell.model)

    def sample_rows(self, seed: int) -> tuple[Row, ...]:
        """The training rows in random order. The first n are the subset of n rows."""
        return nested_subset(self.train.rows, seed)


def prepare(config: CrossoverConfig, log: LogFn) -> CrossoverSetup:
    """Read the rows and find the models. Raises DataError, ModelError or SpecError."""
    labeled = read_table(config.data, config.columns)
    if labeled.columns.label_separator is not None:
        raise SpecError("a crossover needs rows with one label each; leave out --label-separator")
    test = (
        None if config.test is None else drop_unscorable(read_table(config.test, labeled.columns))
    )
    cleaned = clean(labeled, () if test is None else (test,))
    problems = tuple(f"{labeled.name}: {problem}" for problem in cleaned.issues)
    for problem in problems:
        log(problem)
    train, name = cleaned.data, config.data.name
    if test is None:
        train, test = train_dev_split(cleaned.data, 0, MAX_TEST_ROWS)
        name = f"{name}, rows held out"
    else:
        name = test.name
    for count in config.train_sizes:
        if count > len(train.rows):
            log(
                f"{config.data.name} has {len(train.rows):,} training rows; all are used "
                f"instead of {count:,}"
            )
    test = _limit_test_rows(test)
    _check_test_labels(train, test)
    pretrained = {model: load_base_model(model) for model in config.models}
    names = [each.name for each in pretrained.values()]
    if len(set(names)) != len(names):
        raise SpecError(f"two models are named {max(names, key=names.count)!r}; rename one")
    texts = [" ".join(row.texts) for row in test.rows]
    mean_tokens = {
        model: sum(map(len, each.tokenizer(texts)["input_ids"])) / len(texts)
        for model, each in pretrained.items()
    }
    params = {model: count_params(each) for model, each in pretrained.items()}
    return CrossoverSetup(config, train, test, name, problems, pretrained, params, mean_tokens)


def _check_test_labels(train: LabeledDataset, test: LabeledDataset) -> None:
    if not test.rows:
        raise DataError(f"{test.name} has no rows to evaluate on; add rows")
    if unknown := sorted(set(test.labels) - set(train.labels)):
        raise DataError(f"{test.name} has the label {unknown[0]!r}, which no training row has")


def _limit_test_rows(test: LabeledDataset) -> LabeledDataset:
    """At most `MAX_TEST_ROWS` rows, stratified by label."""
    if len(test.rows) <= MAX_TEST_ROWS:
        return test
    step = len(test.rows) / MAX_TEST_ROWS
    sorted_rows = sorted(test.rows, key=lambda row: (row.labels, row.line))
    test_lines = {sorted_rows[int(index * step)].line for index in range(MAX_TEST_ROWS)}
    return replace(test, rows=tuple(row for row in test.rows if row.line in test_lines))
