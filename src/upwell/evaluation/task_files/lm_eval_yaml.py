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

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar, get_args

from ...errors import DataError
from ...plugins import quoted_list
from . import safe_yaml
from .data_files import find_include
from .metric_list import parse_filter_list, parse_metric_list
from .safe_yaml import short_repr
from .task import EvalTask, OutputType, PromptTemplate
from .task_data import check_fewshot_config, load_task_data, read_ids

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

NumberT = TypeVar("NumberT", int, float)

FEWSHOT_TEMPLATE_KEYS = (
    "doc_to_text", "doc_to_choice", "doc_to_target", "gen_prefix", "fewshot_delimiter",
    "target_delimiter",
)  # fmt: skip
"""Keys of a prompt template, which `fewshot_config` and a template of Upwell can change."""

FEWSHOT_KEYS = ("sampler", "split", "samples", "fewshot_indices", *FEWSHOT_TEMPLATE_KEYS)

UPWELL_KEYS = ("templates", "id_column")

MAX_INCLUDE_DEPTH = 8
"""Files that include one another."""


def load(path: Path, data_dir: Path | None = None) -> EvalTask:
    """Load the task of a file. Raises DataError for what is missing, unknown or refused.

    Rows are read below the folder of the file, and below `data_dir`.
    """
    config = {
        k: v for k, v in _load_with_includes(path, MAX_INCLUDE_DEPTH).items() if v is not None
    }
    _check_config(config, path)
    output_type = _parse_output_type(config, path)
    fewshot_config = _get_mapping(config, "fewshot_config", path)
    sampler = check_fewshot_config(fewshot_config, FEWSHOT_KEYS, path)
    safe_yaml.check_types(fewshot_config, KEY_TYPES, f"{path}: fewshot_config")
    upwell_keys = _upwell_metadata(config, path)
    data = load_task_data(config, fewshot_config, path, data_dir)
    template = _build_template(config, data.columns, path)
    until, max_gen_toks = _generation_kwargs(config, output_type, template, path)
    return EvalTask(
        name=str(config.get("task") or path.stem),
        output_type=output_type,
        rows=data.rows,
        prompt_template=template,
        templates=_build_templates(config, upwell_keys, data.columns, path),
        metrics=parse_metric_list(config.get("metric_list"), output_type, path),
        examples=data.examples,
        fewshot_template=_build_template({**config, **fewshot_config}, data.columns, path)
        if set(FEWSHOT_TEMPLATE_KEYS) & set(fewshot_config)
        else None,
        num_fewshot=config.get("num_fewshot"),
        fewshot_first_n=sampler == "first_n",
        fewshot_from_test=data.examples_from_test,
        lm_eval_excludes_question=data.lm_eval_excludes_question,
        description=config.get("description") or "",
        until=until,
        max_gen_toks=max_gen_toks,
        filters=parse_filter_list(config.get("filter_list"), output_type, path),
        ids=read_ids(data.rows, upwell_keys.get("id_column"), path),
        notes=tuple(_notes(config, fewshot_config, path)),
        config={key: value for key, value in config.items() if key != "include"},
    )


def _notes(
    config: Mapping[str, Any], fewshot_config: Mapping[str, Any], path: Path
) -> Iterator[str]:
    """What the file asks for and does not get, and what it may not mean."""
    if fewshot_config.get("fewshot_indices"):
        yield (
            f"{path}: fewshot_config.fewshot_indices has no effect, as in lm-eval-harness 0.4.13; "
            "keep only these rows in the few-shot split"
        )
    if config.get("should_decontaminate"):
        yield f"{path}: should_decontaminate has no effect; no row is left out"
    if config.get("output_type", "generate_until") != "generate_until" and config.get(
        "generation_kwargs"
    ):
        yield f"{path}: generation_kwargs has no effect, because nothing is generated"
    choices = config.get("doc_to_choice")
    values = list(choices.values()) if isinstance(choices, dict) else choices
    if isinstance(values, list) and any(isinstance(value, bool) for value in values):
        texts = ", ".join(map(str, values))
        yield (
            f"{path}: YAML reads yes, no, on and off without quotes as True and False, so the "
            f'choices are {texts}; write them in quotes, such as "yes"'
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
        merged |= _load_with_includes(find_include(str(name), path), depth - 1)
    return merged | config


def _check_config(config: Mapping[str, Any], path: Path) -> None:
    if isinstance(config.get("task"), list) or "aggregate_metric_list" in config:
        raise DataError(
            f"{path} is a group of tasks, which is not read; name the files of its tasks one by one"
        )
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
            f"found {short_repr(output_type)}"
        )
    if config.get("unsafe_code"):
        raise DataError(f"{path}: unsafe_code; the output of a model is never run here")
    if config.get("repeats", 1) != 1:
        raise DataError(f"{path}: repeats; generation is greedy here, so every repeat is the same")
    return output_type


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
        raise DataError(f"{path}: {key} must be a column or a template; found {short_repr(value)}")
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
            f"{location}: a template must be a doc_to_text or a mapping; found {short_repr(value)}"
        )
    safe_yaml.check_keys(value, FEWSHOT_TEMPLATE_KEYS, location)
    safe_yaml.check_types(value, KEY_TYPES, location)
    return value


def _get_mapping(config: Mapping[str, Any], key: str, path: Path) -> dict[str, Any]:
    value = config.get(key) or {}
    if not isinstance(value, dict):
        raise DataError(f"{path}: {key} must be a mapping; found {short_repr(value)}")
    return value


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
    temperature = _to_number(kwargs.get("temperature", 0.0), float, "temperature", path)
    if kwargs.get("do_sample", temperature > 0) is not False:
        raise DataError(f"{path}: do_sample or a temperature; generation is greedy here")
    until = kwargs.get("until", template.fewshot_delimiter)
    stops = [until] if isinstance(until, str) else until
    if not isinstance(stops, list) or not all(isinstance(stop, str) for stop in stops):
        raise DataError(
            f"{path}: generation_kwargs.until must be a text or a list of texts; "
            f"found {short_repr(until)}"
        )
    lengths = [kwargs[key] for key in length_keys if kwargs.get(key) is not None]
    max_gen_toks = _to_number(lengths[0] if lengths else 256, int, "max_gen_toks", path)
    if max_gen_toks < 1:
        raise DataError(f"{path}: max_gen_toks must be at least 1; found {lengths[0]!r}")
    return tuple(stops), max_gen_toks


def _to_number(value: Any, kind: type[NumberT], key: str, path: Path) -> NumberT:
    try:
        return kind(value)
    except (TypeError, ValueError, OverflowError):
        raise DataError(
            f"{path}: generation_kwargs.{key} must be a number; found {short_repr(value)}"
        ) from None
