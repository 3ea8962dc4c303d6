"""Task files in both formats: what they give, and how they fail."""

import gzip
import json
import lzma
import re

import polars
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from upwell.errors import DataError, UpwellError
from upwell.evaluation.task_files import (
    FewshotSampling,
    Variant,
    evaluate_task,
    lm_eval_yaml,
    load_task,
)
from upwell.evaluation.task_files.fewshot import sample_fewshot
from upwell.evaluation.task_files.prompting import build_prompts, fewshot_context
from upwell.evaluation.task_files.rows import read_rows

from ..fake_models import Counting, as_lm

ROWS = [
    {"q": "one", "a": "x", "b": "y", "target": "x"},
    {"q": "two", "a": "x", "b": "y", "target": "y"},
]

TASK = """
task: letters
dataset_path: json
dataset_kwargs: {data_files: {test: rows.jsonl}}
test_split: test
output_type: multiple_choice
doc_to_text: "{{q}}:"
doc_to_choice: "{{[a, b]}}"
doc_to_target: target
metadata:
  upwell:
    templates:
      bare: "{{q}}"
"""

OLD_TASK = """
task: letters
rows: rows.jsonl
prompt: "{{q}}:"
choices: ["{{a}}", "{{b}}"]
answer: target
"""

BIG_BENCH = {
    "name": "small",
    "task_prefix": "Choose {well}.",
    "examples": [
        {"input": "one", "target_scores": {"x": 1, "y": 0}},
        {"input": "two", "target_scores": {"x": 0, "y": 1}},
    ],
}


def write_task(tmp_path, text, rows=ROWS):
    lines = "\n".join(json.dumps(row) for row in rows)
    (tmp_path / "rows.jsonl").write_text(lines, encoding="utf-8")
    path = tmp_path / "task.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_task_file_gives_prompts_choices_and_templates(tmp_path):
    task = load_task(write_task(tmp_path, TASK))
    assert (task.name, task.output_type, len(task.rows)) == ("letters", "multiple_choice", 2)
    assert build_prompts(task.prompt_template, task.rows[0]) == ["one:"]
    assert build_prompts(task.get_template("bare"), task.rows[0]) == ["one"]
    assert task.prompt_template.render_choices(task.rows[0]) == ["x", "y"]
    examples = [(task.rows[1], task.prompt_template.render_target(task.rows[1]))]
    assert fewshot_context(task, task.rows[0], examples, task.prompt_template) == "two: y\n\n"


def test_big_bench(tmp_path):
    path = tmp_path / "task.json"
    path.write_text(json.dumps(BIG_BENCH), encoding="utf-8")
    task = load_task(path)
    examples = [(task.rows[1], task.prompt_template.render_target(task.rows[1]))]
    start = fewshot_context(task, task.rows[0], examples, task.prompt_template)
    assert start == "Choose {well}.\nQ: two\n  choice: x\n  choice: y\nA: y"
    assert build_prompts(task.prompt_template, task.rows[0]) == [
        "\nQ: one\n  choice: x\n  choice: y\nA:"
    ]
    answers = evaluate_task(as_lm(Counting(), context=200), "m", task, [Variant(shots=1)])
    assert [each.answer.reason for each in answers] == [None, None]


def test_big_bench_that_is_write_task(tmp_path):
    path = tmp_path / "task.json"
    path.write_text(json.dumps({"examples": [{"input": "a", "target": ["b", "c"]}]}), "utf-8")
    task = load_task(path)
    (answer,) = evaluate_task(as_lm(Counting()), "m", task)
    assert (task.output_type, answer.answer.target) == ("generate_until", "b")
    assert answer.answer.completion is not None


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (("q}}:", "quesiton}}:"), "names the column 'quesiton'"),
        (
            ("doc_to_choice:", "doc_to_choise:"),
            "unknown key 'doc_to_choise'; did you mean 'doc_to_choice'",
        ),
        (('"{{[a, b]}}"', "[]"), "doc_to_choice is empty"),
        (('"{{[a, b]}}"', "['{{a}}', '{{b}}']"), "has texts, not templates"),
        (("doc_to_target: target", ""), "has no doc_to_target"),
        (("rows.jsonl", "none.jsonl"), "there is no file none.jsonl"),
        (("rows.jsonl", "https://example.org/rows.jsonl"), "is not downloaded"),
        (("doc_to_target: target", "doc_to_target: q"), "'one' is not among the choices"),
        (("doc_to_target: target", "doc_to_target: !function utils.target"), "!function"),
        (("dataset_path: json", "dataset_path: cais/mmlu"), "local files"),
        (("doc_to_text", "doc_to_txt"), "did you mean 'doc_to_text'"),
        (("test_split: test", "test_split: best"), "no split 'best'"),
        (("test_split: test", ""), "test_split or validation_split must name"),
        (("output_type: multiple_choice", "output_type: multi"), "output_type is one of"),
        (("task: letters", "process_docs: utils.x"), "process_docs needs Python"),
        (("task: letters", "metric_list: [{metric: acuracy}]"), "found 'acuracy'"),
        (("task: letters", "metric_list: [{metric: acuracy}]"), "did you mean 'accuracy'"),
        (("task: letters", "metric_list: [{metric: bleu}]"), "a multiple_choice task has"),
        (("task: letters", "metric_list: [acc]"), "an entry of metric_list is {metric: NAME}"),
        (("task: letters", "repeats: 4"), "repeats"),
        (("task: letters", "unsafe_code: true"), "never run"),
        (("task: letters", "include: task.yaml"), "include one another"),
        (("task: letters", "fewshot_config: {sampler: best}"), "sampler is default or first_n"),
        (("templates:", "template:"), "did you mean 'templates'"),
        (("bare:", "bare: {doc_to_txt: x}\n      other:"), "did you mean 'doc_to_text'"),
        (("templates:", "id_column: p\n    templates:"), "id_column names the column 'p'"),
        (("templates:", "id_column: a\n    templates:"), "has the same id twice"),
    ],
)
def test_a_mistake_in_a_task_file_is_one_sentence(tmp_path, change, fault):
    path = write_task(tmp_path, TASK.replace(*change))
    with pytest.raises(DataError, match=re.escape(fault)) as error:
        evaluate_task(as_lm(Counting()), "m", load_task(path))
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("change", "note"),
    [
        (
            ("task: letters", "fewshot_config: {sampler: first_n, fewshot_indices: [1]}"),
            "fewshot_indices",
        ),
        (("task: letters", "should_decontaminate: true"), "should_decontaminate has no effect"),
        (("task: letters", "generation_kwargs: {until: x}"), "generation_kwargs has no effect"),
        (('"{{[a, b]}}"', "[no, yes]"), "so the choices are False, True"),
    ],
)
def test_what_has_no_effect_is_said(tmp_path, change, note):
    assert load_task(write_task(tmp_path, TASK)).notes == ()
    (found,) = load_task(write_task(tmp_path, TASK.replace(*change))).notes
    assert note in found


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (("task: letters", "group: g\ntask: [a, b]"), "is a group of tasks"),
        (("{test: rows.jsonl}}", "{test: rows.jsonl}, feild: data}"), "did you mean 'field'"),
        (
            ("{test: rows.jsonl}}", "{test: rows.jsonl}, streaming: true}"),
            "streaming is not supported",
        ),
        (("task: letters", "? [a, b]\n: 1"), "a key that is a list"),
        (("task: letters", "filter_list: [{name: f, filter: true}]"), "an entry of filter_list"),
        (("task: letters", "metric_list: [{metric: [acc]}]"), "a metric is a name"),
        (("multiple_choice", "generate_until\ngeneration_kwargs: {until: [1]}"), "must be a text"),
        (("multiple_choice", "generate_until\ngeneration_kwargs: {max_gen_toks: 0}"), "at least 1"),
        (
            (
                "multiple_choice",
                "generate_until\nfilter_list: [filter: [function: take_first, function: map]]",
            ),
            "take_first must be the last",
        ),
        (
            (
                "multiple_choice",
                "generate_until\nfilter_list: [{filter: [{function: regex, regex_pattern: '('}]}]",
            ),
            "is not a regular expression",
        ),
    ],
)
def test_what_is_not_read_is_refused_by_name(tmp_path, change, fault):
    with pytest.raises(DataError, match=re.escape(fault)) as error:
        load_task(write_task(tmp_path, TASK.replace(*change)))
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("task_prefix", ["x"]), ("example_input_prefix", True), ("choice_prefix", [[]]),
        ("example_output_prefix", -1e308), ("name", "\ud800"),
        ("examples", [{"input": "a", "target_scores": {"x": "1", "y": 0}}]),
        ("examples", [{"input": "a", "target_scores": {"x": float("nan")}}]),
        ("examples", [{"input": "a", "target_scores": {"x": 1}}, {"input": "b", "target": "c"}]),
    ],
)  # fmt: skip
def test_a_mistake_in_big_bench_is_one_sentence(tmp_path, key, value):
    path = tmp_path / "task.json"
    path.write_text(json.dumps({**BIG_BENCH, key: value}), encoding="utf-8")
    with pytest.raises(DataError):
        load_task(path)


def test_every_best_choice_of_big_bench_is_correct(tmp_path):
    path = tmp_path / "task.json"
    examples = [{"input": "{{one}}", "target_scores": {"x": 0.5, "y": 1, "z": 1}}]
    path.write_text(json.dumps({**BIG_BENCH, "examples": examples}), encoding="utf-8")
    task = load_task(path)
    assert task.prompt_template.render_target(task.rows[0]) == [1, 2]
    assert "{{one}}" in build_prompts(task.prompt_template, task.rows[0])[0]
    assert "are not all 0 and 1" in task.notes[0]


def test_a_file_with_the_old_keys_names_the_new_ones(tmp_path):
    path = write_task(tmp_path, OLD_TASK)
    with pytest.raises(DataError) as error:
        load_task(path)
    assert str(error.value) == (
        f"{path}: task files have the keys of lm-eval-harness; write dataset_path and "
        "dataset_kwargs.data_files for rows, doc_to_text for prompt, doc_to_choice for choices, "
        "doc_to_target for answer"
    )


def test_the_id_column_names_the_items(tmp_path):
    path = write_task(tmp_path, TASK.replace("templates:", "id_column: q\n    templates:"))
    task = load_task(path)
    assert [task.item_id(index) for index in range(2)] == ["one", "two"]


def test_a_template_replaces_keys_of_the_task(tmp_path):
    text = TASK.replace('bare: "{{q}}"', 'bare: {doc_to_text: q, target_delimiter: ": "}')
    template = load_task(write_task(tmp_path, text)).get_template("bare")
    assert (template.render_question(ROWS[0]), template.target_delimiter) == ("one", ": ")


def test_examples_of_the_evaluated_split_exclude_the_row_itself(tmp_path):
    """Without `fewshot_split` lm-eval takes the test split and may show a row its own target."""
    task = load_task(write_task(tmp_path, TASK))
    assert task.fewshot_from_test and not task.lm_eval_excludes_question
    nested = sample_fewshot(task, 1, FewshotSampling())
    assert [each[0]["q"] for each in nested] == ["two", "one"]
    with pytest.raises(DataError, match="never its own example"):
        sample_fewshot(task, 2, FewshotSampling())
    assert len(sample_fewshot(task, 2, FewshotSampling(lm_eval=True))[0]) == 2


def test_a_row_that_does_not_fit_gives_a_reason(tmp_path):
    broken = [*ROWS, {"q": "three", "a": "x", "b": "y", "target": "z"}]
    answers = evaluate_task(as_lm(Counting()), "m", load_task(write_task(tmp_path, TASK, broken)))
    assert [each.answer.reason is None for each in answers] == [True, True, False]
    assert "not among the choices" in answers[2].answer.reason


def test_a_prompt_that_is_too_long_is_a_reason_or_is_counted(tmp_path):
    long = [{**ROWS[0], "q": "x" * 100}, ROWS[1]]
    answers = evaluate_task(as_lm(Counting()), "m", load_task(write_task(tmp_path, TASK, long)))
    assert "needs a context of" in answers[0].answer.reason
    assert answers[1].answer.reason is None


@pytest.mark.parametrize("kind", ["csv", "tsv", "json", "jsonl", "parquet", "jsonl.gz", "jsonl.xz"])
def test_rows_are_the_same_from_every_format(tmp_path, kind):
    rows = [{"text": 'a, "b"\u2028', "number": 1}, {"text": "第二", "number": 2}]
    path, frame = tmp_path / f"rows.{kind}", polars.DataFrame(rows)
    lines = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows).encode()
    writers = {
        "csv": lambda: frame.write_csv(path),
        "tsv": lambda: frame.write_csv(path, separator="\t"),
        "json": lambda: path.write_text(json.dumps(rows), encoding="utf-8"),
        "jsonl": lambda: path.write_bytes(lines),
        "parquet": lambda: frame.write_parquet(path),
        "jsonl.gz": lambda: path.write_bytes(gzip.compress(lines)),
        "jsonl.xz": lambda: path.write_bytes(lzma.compress(lines)),
    }
    writers[kind]()
    assert read_rows(path) == rows


@pytest.mark.parametrize(
    ("name", "data", "fault"),
    [
        ("rows.jsonl", b'{"a": 1}\n{"a"', "line 2 is not JSON"),
        ("rows.json", b"[1]", "every row must be a JSON object"),
        ("rows.jsonl", b"", "has no rows"),
        ("rows.parquet", b"no", "cannot be read as parquet"),
        ("rows.txt", b"a", "rows are read from"),
        ("rows.jsonl.xz", b"\xfd7zXZ\x00a", "cannot be decompressed"),
        ("rows.jsonl", b"\xff\xfe", "cannot be read"),
    ],
)
def test_broken_rows_are_one_sentence(tmp_path, name, data, fault):
    (tmp_path / name).write_bytes(data)
    with pytest.raises(DataError, match=fault):
        read_rows(tmp_path / name)


ODD = st.sampled_from([None, 3, -1, 2.5, True, "", "x", [], [1], {}, {"a": 1}, [{}], [["x"]]])


@given(st.data())
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_value_for_any_key_is_a_task_or_one_sentence(tmp_path, data):
    document = yaml.safe_load(TASK)
    document[data.draw(st.sampled_from(lm_eval_yaml.KNOWN_KEYS))] = data.draw(ODD)
    path = write_task(tmp_path, yaml.safe_dump(document))
    try:
        answers = evaluate_task(as_lm(Counting()), "m", load_task(path))
    except UpwellError as error:
        assert "\n" not in str(error)
    else:
        assert len(answers) == len(load_task(path).rows)
