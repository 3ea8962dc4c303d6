"""Task files in YAML, in the language of lm-eval-harness 0.4.13.

Its own files are read as they are: the output types multiple_choice, generate_until, loglikelihood
and loglikelihood_rolling, with rows from local files. A key that needs Python, a download, images,
audio or sampling is refused in one sentence. So a task that loads is scored as the harness does.

Upwell adds metrics of its own, and two keys under `metadata.upwell`, which the harness ignores:

    metadata:
      upwell:
        templates:          # other prompts for the same rows: a doc_to_text, or keys that differ
          question: "What color is {{thing}}?"
        id_column: thing    # column with the ids of the rows
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, get_args

from ...errors import DataError
from ...plugins import did_you_mean, quoted_list
from . import safe_yaml
from .metric_list import parse_filter_list, parse_metric_list
from .rows import TaskRow, read_rows, resolve_path, same_columns
from .task import EvalTask, OutputType, PromptTemplate

KNOWN_KEYS = (
    "include", "task", "task_alias", "tag", "group", "dataset_path", "dataset_name",
    "dataset_kwargs", "training_split", "validation_split", "test_split", "fewshot_split",
    "doc_to_text", "doc_to_target", "doc_to_choice", "description", "target_delimiter",
    "fewshot_delimiter", "fewshot_config", "num_fewshot", "metric_list", "output_type",
    "generation_kwargs", "repeats", "filter_list", "should_decontaminate",
    "doc_to_decontamination_query", "gen_prefix", "metadata", "unsafe_code",
)  # fmt: skip

KEY_TYPES: Mapping[str, tuple[type, ...]] = {
    **dict.fromkeys(("task", "description", "target_delimiter", "fewshot_delimiter"), (str,)),
    **dict.fromkeys(("training_split", "validation_split", "test_split"), (str,)),
    **dict.fromkeys(("fewshot_split", "gen_prefix", "dataset_path", "output_type"), (str,)),
    **dict.fromkeys(("metric_list", "filter_list"), (list,)),
    **dict.fromkeys(("dataset_kwargs", "fewshot_config", "generation_kwargs"), (dict,)),
    "include": (str, list),
    "doc_to_text": (str, int),
    "doc_to_target": (str, int, list),
    "doc_to_choice": (str, list, dict),
    "num_fewshot": (int,),
    "repeats": (int,),
    "unsafe_code": (bool,),
}

UNSUPPORTED_KEYS = (
    "process_docs", "process_results", "custom_dataset", "use_prompt", "doc_to_image",
    "doc_to_audio",
)  # fmt: skip
"""Keys of the harness that need Python, images or audio."""

REPLACED_KEYS: Mapping[str, str] = {
    "rows": "dataset_path and dataset_kwargs.data_files",
    "examples": "dataset_kwargs.data_files and fewshot_split",
    "kind": "output_type",
    "prompt": "doc_to_text",
    "choices": "doc_to_choice",
    "answer": "doc_to_target",
    "between": "target_delimiter",
    "separator": "fewshot_delimiter",
    "instructions": "description",
    "shots": "num_fewshot",
    "first_shots": "fewshot_config.sampler",
    "stop": "generation_kwargs.until",
    "tokens": "generation_kwargs.max_gen_toks",
    "metrics": "metric_list",
    "templates": "metadata.upwell.templates",
    "id": "metadata.upwell.id_column",
    "limit": "the option --limit",
}
"""Keys of task files before they had those of the harness, and what stands in their place."""

READERS = ("csv", "json", "parquet")

FEWSHOT_TEMPLATE_KEYS = (
    "doc_to_text", "doc_to_choice", "doc_to_target", "gen_prefix", "fewshot_delimiter",
    "target_delimiter",
)  # fmt: skip
"""Keys of a prompt template, which `fewshot_config` and a template of Upwell can change."""

FEWSHOT_KEYS = ("sampler", "split", "samples", "fewshot_indices", *FEWSHOT_TEMPLATE_KEYS)

UPWELL_KEYS = ("templates", "id_column")

MAX_INCLUDE_DEPTH = 8
"""Files that include one another."""


def load(path: Path) -> EvalTask:
    """Load the task of a file. Raises DataError for what is missing, unknown or refused."""
    config = {
        k: v for k, v in _load_with_includes(path, MAX_INCLUDE_DEPTH).items() if v is not None
    }
    _check_config(config, path)
    output_type = _parse_output_type(config, path)
    splits = _parse_splits(config, path)
    rows = _load_docs(config, splits, path)
    columns = frozenset(rows[0])
    template = _build_template(config, columns, path)
    fewshot_config = _get_mapping(config, "fewshot_config", path)
    safe_yaml.check_keys(fewshot_config, FEWSHOT_KEYS, f"{path}: fewshot_config")
    safe_yaml.check_types(fewshot_config, KEY_TYPES, f"{path}: fewshot_config")
    fewshot_split = fewshot_config.get("split", config.get("fewshot_split"))
    examples, examples_split = _load_fewshot_docs(
        config, fewshot_config, fewshot_split, splits, path
    )
    until, max_gen_toks = _generation_kwargs(config, output_type, template, path)
    upwell_keys = _upwell_metadata(config, path)
    return EvalTask(
        name=str(config.get("task") or path.stem),
        output_type=output_type,
        rows=rows,
        prompt_template=template,
        templates=_build_templates(config, upwell_keys, columns, path),
        metrics=parse_metric_list(config.get("metric_list"), output_type, path),
        examples=examples,
        fewshot_template=_build_template({**config, **fewshot_config}, columns, path)
        if set(FEWSHOT_TEMPLATE_KEYS) & set(fewshot_config)
        else None,
        num_fewshot=config.get("num_fewshot"),
        fewshot_first_n=_parse_sampler(fewshot_config, path) == "first_n",
        fewshot_from_test=examples_split == _test_split(config, path),
        lm_eval_excludes_question=fewshot_split == config.get("test_split"),
        description=config.get("description") or "",
        until=until,
        max_gen_toks=max_gen_toks,
        filters=parse_filter_list(config.get("filter_list"), output_type, path),
        ids=_item_ids(rows, upwell_keys.get("id_column"), path),
        config={key: value for key, value in config.items() if key != "include"},
    )


def _load_with_includes(path: Path, depth: int) -> dict[str, Any]:
    """The keys of a file over those of the files that it includes."""
    if depth == 0:
        raise DataError(f"{path}: more than {MAX_INCLUDE_DEPTH} files include one another")
    config = safe_yaml.read_yaml(path)
    safe_yaml.check_types(config, {"include": KEY_TYPES["include"]}, str(path))
    included = config.pop("include", None) or []
    merged: dict[str, Any] = {}
    for name in [included] if isinstance(included, str) else included:
        merged |= _load_with_includes(resolve_path(str(name), path), depth - 1)
    return merged | config


def _check_config(config: Mapping[str, Any], path: Path) -> None:
    replaced = [key for key in config if key in REPLACED_KEYS]
    if replaced:
        raise DataError(
            f"{path}: task files have the keys of lm-eval-harness; write "
            + ", ".join(f"{REPLACED_KEYS[key]} for {key}" for key in replaced)
        )
    for key in UNSUPPORTED_KEYS:
        if config.get(key) is not None:
            raise DataError(
                f"{path}: {key} needs Python, images or audio, which task files do not have; "
                "write the rows as they should be, or an ability of your own "
                "(docs/concepts/abilities.md)"
            )
    safe_yaml.check_keys(config, (*KNOWN_KEYS, *UNSUPPORTED_KEYS), str(path))
    safe_yaml.check_types(config, KEY_TYPES, str(path))


def _parse_output_type(config: Mapping[str, Any], path: Path) -> OutputType:
    output_type = config.get("output_type", "generate_until")
    if output_type not in get_args(OutputType):
        raise DataError(
            f"{path}: output_type is one of {quoted_list(get_args(OutputType))}; "
            f"found {output_type!r}"
        )
    if config.get("unsafe_code"):
        raise DataError(f"{path}: unsafe_code; the output of a model is never run here")
    if config.get("repeats", 1) != 1:
        raise DataError(f"{path}: repeats; generation is greedy here, so every repeat is the same")
    return output_type


def _parse_splits(config: Mapping[str, Any], path: Path) -> dict[str, list[Path]]:
    """Files by split, as `datasets.load_dataset` takes them."""
    reader = config.get("dataset_path")
    files = _get_mapping(config, "dataset_kwargs", path).get("data_files")
    if reader not in READERS or not files:
        raise DataError(
            f"{path}: rows come from local files: dataset_path must be one of "
            f"{quoted_list(READERS)} and dataset_kwargs.data_files must name files; found "
            f"dataset_path {reader!r} (save a dataset of the hub as JSON lines with its to_json)"
        )
    by_split = files if isinstance(files, dict) else {"train": files}
    return {
        split: [
            resolve_path(str(name), path) for name in ([names] if isinstance(names, str) else names)
        ]
        for split, names in by_split.items()
    }


def _read_split(splits: Mapping[str, Any], split: str, path: Path) -> list[dict[str, Any]]:
    if split not in splits:
        raise DataError(f"{path}: there is no split {split!r}; there are {quoted_list(splits)}")
    return same_columns([row for file in splits[split] for row in read_rows(file)])


def _test_split(config: Mapping[str, Any], path: Path) -> str:
    split = config.get("test_split") or config.get("validation_split")
    if not split:
        raise DataError(f"{path}: test_split or validation_split must name the rows to evaluate")
    return str(split)


def _load_docs(
    config: Mapping[str, Any], splits: Mapping[str, Any], path: Path
) -> list[dict[str, Any]]:
    return _read_split(splits, _test_split(config, path), path)


def _load_fewshot_docs(
    config: Mapping[str, Any],
    fewshot_config: Mapping[str, Any],
    split: str | None,
    splits: Mapping[str, Any],
    path: Path,
) -> tuple[Sequence[TaskRow], str | None]:
    """The rows of few-shot examples and their split, in the harness's order of preference."""
    samples = fewshot_config.get("samples")
    if split is None and samples is not None:
        if not isinstance(samples, list) or not all(isinstance(sample, dict) for sample in samples):
            raise DataError(f"{path}: fewshot_config.samples must be a list of rows")
        rows, source_split = samples, None
    else:
        names = (
            split,
            *(config.get(f"{name}_split") for name in ("training", "validation", "test")),
        )
        source_split = next(name for name in names if name)
        rows = _read_split(splits, source_split, path)
    indices = fewshot_config.get("fewshot_indices")
    return ([rows[index] for index in indices] if indices else rows), source_split


def _build_template(
    config: Mapping[str, Any], columns: frozenset[str], path: Path
) -> PromptTemplate:
    if config.get("doc_to_target") is None:
        raise DataError(f"{path} has no doc_to_target")
    choices = config.get("doc_to_choice")
    if choices is not None and not choices:
        raise DataError(f"{path}: doc_to_choice is empty; name at least two choices")
    if isinstance(choices, list) and any("{{" in str(choice) for choice in choices):
        raise DataError(
            f"{path}: a list in doc_to_choice has texts, not templates; write a template that "
            'gives a list, such as "{{[a, b]}}"'
        )
    return PromptTemplate(
        doc_to_text=_check_template_text(config.get("doc_to_text", ""), "doc_to_text", path),
        doc_to_target=config["doc_to_target"],
        doc_to_choice=choices,
        target_delimiter=config.get("target_delimiter", " "),
        fewshot_delimiter=config.get("fewshot_delimiter", "\n\n"),
        gen_prefix=config.get("gen_prefix"),
        columns=columns,
    )


def _check_template_text(value: Any, key: str, path: Path) -> str:
    if not isinstance(value, str | int):
        raise DataError(f"{path}: {key} must be a column or a template; found {value!r}")
    return str(value)


def _upwell_metadata(config: Mapping[str, Any], path: Path) -> dict[str, Any]:
    """The keys under `metadata.upwell`."""
    metadata = config.get("metadata")
    if not isinstance(metadata, dict):
        return {}
    location = f"{path}: metadata.upwell"
    upwell_keys = _get_mapping(metadata, "upwell", path)
    safe_yaml.check_keys(upwell_keys, UPWELL_KEYS, location)
    safe_yaml.check_types(upwell_keys, {"templates": (dict,), "id_column": (str,)}, location)
    return upwell_keys


def _build_templates(
    config: Mapping[str, Any], upwell_keys: Mapping[str, Any], columns: frozenset[str], path: Path
) -> dict[str, PromptTemplate]:
    """The templates of `metadata.upwell`: a `doc_to_text`, or keys over those of the task."""
    return {
        str(name): _build_template({**config, **_template_keys(value, path)}, columns, path)
        for name, value in (upwell_keys.get("templates") or {}).items()
    }


def _template_keys(value: Any, path: Path) -> dict[str, Any]:
    if isinstance(value, str):
        return {"doc_to_text": value}
    location = f"{path}: metadata.upwell.templates"
    if not isinstance(value, dict):
        raise DataError(
            f"{location}: a template must be a doc_to_text or a mapping; found {value!r}"
        )
    safe_yaml.check_keys(value, FEWSHOT_TEMPLATE_KEYS, location)
    safe_yaml.check_types(value, KEY_TYPES, location)
    return value


def _item_ids(rows: Sequence[TaskRow], column: str | None, path: Path) -> tuple[str, ...]:
    if column is None:
        return ()
    if column not in rows[0]:
        raise DataError(
            f"{path}: id_column names the column {column!r}; there are {quoted_list(rows[0])}"
            f"{did_you_mean(column, rows[0])}"
        )
    ids = tuple(str(row[column]) for row in rows)
    if len(set(ids)) < len(ids):
        raise DataError(f"{path}: the id_column {column!r} has the same id twice")
    return ids


def _get_mapping(config: Mapping[str, Any], key: str, path: Path) -> dict[str, Any]:
    value = config.get(key) or {}
    if not isinstance(value, dict):
        raise DataError(f"{path}: {key} must be a mapping; found {value!r}")
    return value


def _parse_sampler(fewshot_config: Mapping[str, Any], path: Path) -> str:
    sampler = fewshot_config.get("sampler", "default")
    if sampler not in ("default", "first_n"):
        raise DataError(f"{path}: fewshot_config.sampler is default or first_n; found {sampler!r}")
    return str(sampler)


def _generation_kwargs(
    config: Mapping[str, Any], output_type: OutputType, template: PromptTemplate, path: Path
) -> tuple[tuple[str, ...], int]:
    """The texts that end a completion, and its maximum number of tokens."""
    if output_type != "generate_until":
        return (), 256
    kwargs = _get_mapping(config, "generation_kwargs", path)
    length_keys = ("max_gen_toks", "max_new_tokens", "max_tokens", "max_completion_tokens")
    safe_yaml.check_keys(
        kwargs,
        ("until", "do_sample", "temperature", "top_p", "top_k", *length_keys),
        f"{path}: generation_kwargs",
    )
    if kwargs.get("do_sample") or float(kwargs.get("temperature") or 0) > 0:
        raise DataError(f"{path}: do_sample or a temperature; generation is greedy here")
    until = kwargs.get("until", template.fewshot_delimiter)
    lengths = [kwargs[key] for key in length_keys if key in kwargs]
    stops = tuple([until] if isinstance(until, str) else until)
    return stops, int(lengths[0]) if lengths else 256
