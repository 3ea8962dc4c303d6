"""The kinds of input that `benchmarks/fuzz.py` mutates: what writes a valid one, and what reads it.

A new kind is two small functions and a line in `KINDS`. What is heavy is imported in the functions.
"""

from __future__ import annotations

import json
import random
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.fuzz import Kind
from benchmarks.fuzz_media import MEDIA_KINDS

SIZES = (70, 160, 410, 1000, 1400, 2800, 6900)
"""Millions of parameters of the models in results."""

TASK_YAML = """task: colors
dataset_path: csv
dataset_kwargs: {data_files: {test: rows.csv}}
output_type: multiple_choice
test_split: test
doc_to_text: "Q: {{question}}\\nA:"
doc_to_choice: ["red", "blue"]
doc_to_target: "{{answer}}"
num_fewshot: 1
metric_list: [{metric: acc, aggregation: mean, higher_is_better: true}]
"""

GENERATE_YAML = """task: repeat
dataset_path: csv
dataset_kwargs: {data_files: {test: rows.csv}}
output_type: generate_until
test_split: test
doc_to_text: "{{question}} ->"
doc_to_target: "{{answer}}"
generation_kwargs: {until: ["\\n"], max_gen_toks: 4}
filter_list: [{name: first, filter: [{function: regex, regex_pattern: "(\\\\w+)"},
  {function: take_first}]}]
metric_list: [{metric: exact_match, aggregation: mean, higher_is_better: true}]
"""

ROWS_CSV = "question,answer\n" + "".join(f"what is {n},{n % 2}\n" for n in range(6))


# Results.


def scores(rng: random.Random) -> list[tuple[str, float]]:
    """(model, accuracy) of a ladder."""
    return [(f"pythia-{size}m", round(0.2 + 0.08 * i + 0.01 * rng.random(), 4))
            for i, size in enumerate(SIZES)]  # fmt: skip


def results_table(separator: str, name: str) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        columns = ("model", "params", "tokens", "ability", "shots", "metric", "value", "items")
        lines = [separator.join(columns)]
        for model, value in scores(random.Random(0)):
            params = 1e6 * int(model.split("-")[1][:-1])
            row = (model, params, 3e11, "arc", 0, "acc", value, 500)
            lines.append(separator.join(map(str, row)))
        (folder / name).write_text("\n".join(lines) + "\n")

    return write


def lm_eval_json(folder: Path) -> None:
    (folder / "models.csv").write_text(
        "model,params,tokens\n"
        + "".join(f"EleutherAI/pythia-{size}m,{size}e6,3e11\n" for size in SIZES)
    )
    for model, value in scores(random.Random(0)):
        document = {
            "results": {"arc_easy": {"alias": "arc_easy", "acc,none": value,
                                     "acc_stderr,none": 0.01}},
            "configs": {"arc_easy": {"task": "arc_easy", "num_fewshot": 0}},
            "versions": {"arc_easy": 1.0}, "n-shot": {"arc_easy": 0},
            "n-samples": {"arc_easy": {"original": 500, "effective": 500}},
            "config": {"model": "hf", "model_args": f"pretrained=EleutherAI/{model}",
                       "limit": None},
            "model_name": f"EleutherAI/{model}",
        }  # fmt: skip
        (folder / f"results_{model}.json").write_text(json.dumps(document))


def lm_eval_samples(folder: Path) -> None:
    lm_eval_json(folder)
    name = f"pythia-{SIZES[0]}m"
    sub = folder / name
    sub.mkdir()
    (folder / f"results_{name}.json").rename(sub / "results_2024-01-01T00-00-00.json")
    samples = [
        {"doc_id": n, "target": "0", "arguments": [["q", " a"], ["q", " b"]],
         "filtered_resps": [[-1.0, False], [-2.0, False]], "acc": float(n % 2), "doc_hash": f"{n}"}
        for n in range(6)
    ]  # fmt: skip
    (sub / "samples_arc_easy_2024-01-01T00-00-00.jsonl").write_text(
        "".join(json.dumps(sample) + "\n" for sample in samples)
    )


def results_parquet(folder: Path) -> None:
    import polars

    results_table(",", "t.csv")(folder)
    polars.read_csv(folder / "t.csv").write_parquet(folder / "t.parquet")
    (folder / "t.csv").unlink()


def forecasts(folder: Path) -> None:
    import upwell

    results_table(",", "t.csv")(folder)
    made = upwell.forecast(folder / "t.csv", "pythia-12b=12b,300b")
    (folder / "forecasts.json").write_text(made.to_json())


def judge(folder: Path) -> object:
    import upwell

    return upwell.judge(folder)


def read_results(folder: Path) -> object:
    import upwell

    return upwell.read_results(folder)


def grade(folder: Path) -> object:
    import upwell

    return upwell.grade(folder / "forecasts.json", folder / "t.csv").to_json()


# Files of Upwell's own.


def study(folder: Path) -> None:
    from dataclasses import replace

    from upwell.store import Store
    from upwell.studies.ruler import study as ruler
    from upwell.study import execute_run, plan

    small = replace(ruler(), seeds=(0,), abilities=("step",))
    store = Store.create(folder, small)
    planned = plan(small)
    store.save_plan(planned)
    for run in planned.runs[:3]:
        execute_run(run, store)


def unfinished_study(folder: Path) -> None:
    """A study whose runs have not finished: their results are in journals."""
    study(folder)
    from upwell.store import Store

    for run_dir in Store.open(folder).runs():
        run, answers, observations = run_dir.run(), run_dir.answers(), run_dir.observations()
        for name in ("result.json", "answers.parquet", "observations.parquet"):
            (run_dir.path / name).unlink()
        with run_dir.open_journal(run) as results:
            results.add(answers[:20], observations)


def read_study(folder: Path) -> object:
    from upwell.store import Store

    store = Store.open(folder)
    runs = [(run.run(), run.result(), run.answers(), run.observations(), run.models(), run.curve())
            for run in store.runs()]  # fmt: skip
    return store.study(), store.plan(), store.verdicts(), store.forecasts(), runs


def checkpoint(folder: Path) -> None:
    import torch

    from upwell.store import RunDir

    run_dir = RunDir(folder)
    run_dir.save_checkpoint("main", {"w": torch.arange(12.0)}, {"step": 3, "loss": 0.5})


def read_checkpoint(folder: Path) -> object:
    from upwell.store import RunDir

    loaded = RunDir(folder).load_checkpoint("main")
    assert loaded is not None
    tensors, state = loaded
    return {name: tensor.tolist() for name, tensor in tensors.items()}, state


def journal(folder: Path) -> None:
    from upwell.data.labeled import Row
    from upwell.finetune.feedback.journal import PredictionJournal

    rows = [Row(n, (f"text {n}",), ()) for n in range(8)]
    predictions = [{"prediction": "yes", "probability": 0.5, "abstain": False} for _ in rows]
    with PredictionJournal(folder / "journal.jsonl") as file:
        for id_ in file.log_predictions("m-1", rows, predictions)[:4]:
            file.correct(id_, "no")


def read_journal(folder: Path) -> object:
    import upwell

    return upwell.feedback(folder / "journal.jsonl").entries


def answers(folder: Path) -> None:
    """The cache of answers to a task."""
    import dataclasses

    from upwell.evaluation.task_files import Variant, VariantAnswer
    from upwell.evaluation.task_files.cache import ResponseCache
    from upwell.records import Answer

    task_file(TASK_YAML)(folder)
    answer = Answer(
        model="m", ability="colors", item="0", shots=0, prompt="0" * 64, target="red",
        completion="red", choices=("red", "blue"), logprobs=(-0.1, -2.5), correct=True,
    )  # fmt: skip
    cache = ResponseCache(folder, "m", _task(folder))
    for n in range(5):
        variant = Variant(shots=0)
        cache.append(
            [VariantAnswer(variant=variant, answer=dataclasses.replace(answer, item=f"{n}"))]
        )
    cache.close()
    (folder / "task.yaml").unlink()
    (folder / "rows.csv").unlink()


def read_answers(folder: Path) -> object:
    """The cache again; its task is read from files that are not part of it."""
    import tempfile

    from upwell.evaluation.task_files.cache import ResponseCache

    with tempfile.TemporaryDirectory() as task_folder:
        task_file(TASK_YAML)(Path(task_folder))
        cache = ResponseCache(folder, "m", _task(Path(task_folder)))
    cache.close()
    return cache.answers


def _task(folder: Path) -> Any:
    from upwell.evaluation.task_files import load_task

    return load_task(folder / "task.yaml")


# Task files and rows.


def task_file(text: str) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        (folder / "task.yaml").write_text(text)
        (folder / "rows.csv").write_text(ROWS_CSV)

    return write


def big_bench(folder: Path) -> None:
    examples = [{"input": f"what is {n}", "target_scores": {"red": n % 2, "blue": 1 - n % 2}}
                for n in range(4)]  # fmt: skip
    document = {"name": "colors", "description": "d", "keywords": [], "examples": examples,
                "metrics": ["multiple_choice_grade"], "example_input_prefix": "Q: "}  # fmt: skip
    (folder / "task.json").write_text(json.dumps(document))


def read_task(folder: Path) -> object:
    from upwell.evaluation.task_files import FewshotSampling, Variant, check_variants, load_task

    task = load_task(next(folder.glob("task.*")))
    check_variants(task, [Variant(shots=1)], FewshotSampling())
    return task


def labeled_csv(folder: Path) -> None:
    lines = [f"row number {n},{'good' if n % 2 else 'bad'}" for n in range(12)]
    (folder / "rows.csv").write_text("\n".join(["text,label", *lines]) + "\n")


def labeled_jsonl(folder: Path) -> None:
    rows = [{"text": f"row {n}", "label": "good" if n % 2 else "bad"} for n in range(12)]
    (folder / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))


def labeled_parquet(folder: Path) -> None:
    import polars

    frame = polars.DataFrame({"text": [f"row {n}" for n in range(12)], "label": ["a", "b"] * 6})
    frame.write_parquet(folder / "rows.parquet")


def conll(folder: Path) -> None:
    sentence = "Anna B-PER\nlives O\nin O\nRome B-LOC\n\n"
    (folder / "rows.conll").write_text(sentence * 6)


def squad(folder: Path) -> None:
    answers = [{"text": "Rome", "answer_start": 9}]
    questions = [{"id": f"q{n}", "question": f"where {n}?", "answers": answers} for n in range(3)]
    paragraphs = [{"context": "Anna lives in Rome.", "qas": []}]
    paragraphs[0] = {"context": "She is in Rome.", "qas": questions}
    for question in questions:
        question["answers"] = [{"text": "Rome", "answer_start": 10}]
    (folder / "rows.json").write_text(json.dumps({"data": [{"paragraphs": paragraphs}]}))


def pairs(folder: Path) -> None:
    rows = [{"source": f"hello {n}", "target": f"hallo {n}"} for n in range(8)]
    (folder / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))


def conversations(folder: Path) -> None:
    messages = [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "hello"}]
    lines = json.dumps({"messages": messages}) + "\n"
    (folder / "rows.jsonl").write_text(lines * 6)


def labeled_utf16(folder: Path) -> None:
    rows = "".join(f'"row {n}; so";{n % 2}.0\n' for n in range(12))
    (folder / "rows.csv").write_bytes(f"text;label\n{rows}".encode("utf-16"))


def indicators(folder: Path) -> None:
    rows = "".join(f"{n},row {n} so,{n % 2},{n % 3 // 2},0\n" for n in range(12))
    (folder / "rows.csv").write_text(f"id,comment_text,toxic,insult,threat\n{rows}")


def germeval(folder: Path) -> None:
    lines = "#\thttp://a.org [2009]\n1\tAnna\tB-PER\tO\n2\tsaw\tO\tO\n3\tRome\tB-LOC\tB-LOC\n\n"
    (folder / "rows.tsv").write_text(lines * 6)


def tokens(folder: Path) -> None:
    row = {"id": 1, "tokens": ["Anna", "saw", "Rome"], "ner_tags": ["B-PER", "O", "B-LOC"]}
    (folder / "rows.jsonl").write_text((json.dumps(row) + "\n") * 8)


def spans(folder: Path) -> None:
    row = {"text": "Anna saw Rome", "label": [[0, 4, "PER"], [9, 13, "LOC"]]}
    (folder / "rows.jsonl").write_text((json.dumps(row) + "\n") * 8)


def alpaca(folder: Path) -> None:
    row = {"instruction": "add", "input": "1, 2", "output": "3", "history": [["hi", "ho"]]}
    (folder / "rows.json").write_text(json.dumps([row] * 8, indent=1))


def translations(folder: Path) -> None:
    rows = [{"translation": {"en": f"tea {n}", "fr": f"th\u00e9 {n}"}} for n in range(8)]
    (folder / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))


def images(folder: Path) -> None:
    from PIL import Image

    for n in range(6):
        path = folder / "ab"[n % 2] / f"{n}.png"
        path.parent.mkdir(exist_ok=True)
        Image.new("RGB", (12, 10), (40 * n, 10, 90)).save(path)


def recordings(folder: Path) -> None:
    for n in range(4):
        path = folder / "ab"[n % 2] / f"{n}.wav"
        path.parent.mkdir(exist_ok=True)
        with wave.open(str(path), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(8000)
            file.writeframes(bytes(range(256)) * 8)


def coco(folder: Path) -> None:
    from PIL import Image

    for n in range(3):
        Image.new("RGB", (32, 24), (40 * n, 10, 90)).save(folder / f"{n}.png")
    document = {
        "images": [{"id": n, "file_name": f"{n}.png", "width": 32, "height": 24} for n in range(3)],
        "annotations": [{"id": n, "image_id": n, "category_id": 1, "bbox": [2, 3, 8, 9],
                         "area": 72, "iscrowd": 0} for n in range(3)],
        "categories": [{"id": 1, "name": "box"}],
    }  # fmt: skip
    (folder / "rows.json").write_text(json.dumps(document))


def read_rows(task_name: str) -> Callable[[Path], object]:
    """Reads as `upwell finetune --task` does, and opens what the rows name."""

    def read(folder: Path) -> object:
        from upwell.data.labeled import Columns, find_issues
        from upwell.finetune.tasks import load_task

        task = load_task(task_name)
        files = [path for path in sorted(folder.iterdir()) if path.stem == "rows"]
        dataset = task.read(files[0] if files else folder, Columns(), labeled=True)
        return dataset.rows, find_issues(dataset)

    return read


# Models.


def language_model(folder: Path) -> None:
    from tests.finetune.tiny_models import decoder

    decoder(folder)


def read_model(folder: Path) -> object:
    from upwell.models.hub import language_models

    return language_models.load(folder).as_lm().loglikelihood([("the room", " was warm")])


def finetuned(folder: Path) -> None:
    import shutil

    from tests.finetune.tiny_models import encoder, reviews
    from upwell.finetune.config import FinetuneConfig
    from upwell.finetune.defaults import FinetuneHyperparameters
    from upwell.finetune.pipeline import finetune

    base, rows = encoder(folder / "base"), reviews(folder / "rows.csv", 40, 0)
    config = FinetuneConfig(
        model=str(base), data=rows, method="full",
        hyperparameters=FinetuneHyperparameters(epochs=1, learning_rate=2e-3),
    )  # fmt: skip
    finetune(config, folder / "out", lambda line: None, lambda *entry: None)
    for path in (folder / "base", folder / "out" / "work"):
        shutil.rmtree(path)
    rows.unlink()


def predict(folder: Path) -> object:
    import upwell

    return upwell.predict(folder / "out", ["a warm kind walk", "cold harsh day"]).records


def exported(folder: Path) -> None:
    from tests.finetune.tiny_models import decoder
    from upwell.store.seal import seal

    decoder(folder)
    seal(folder)


KINDS: tuple[Kind, ...] = (
    Kind("results-csv", results_table(",", "t.csv"), judge),
    Kind("results-tsv", results_table("\t", "t.tsv"), read_results),
    Kind("results-json", lm_eval_json, read_results, "results_*.json"),
    Kind("results-samples", lm_eval_samples, read_results, "*/samples_*.jsonl"),
    Kind("results-parquet", results_parquet, read_results),
    Kind("models-csv", lm_eval_json, read_results, "models.csv"),
    Kind("forecast-json", forecasts, grade, "forecasts.json"),
    Kind("study-json", study, read_study, "study.json", sealed=True),
    Kind("study-files", study, read_study, "**/*"),
    Kind("checkpoint", checkpoint, read_checkpoint, "**/*", sealed=True),
    Kind("feedback", journal, read_journal),
    Kind("task-yaml", task_file(TASK_YAML), read_task, "task.yaml"),
    Kind("task-yaml-generate", task_file(GENERATE_YAML), read_task, "task.yaml"),
    Kind("task-rows", task_file(TASK_YAML), read_task, "rows.csv"),
    Kind("task-bigbench", big_bench, read_task),
    Kind("labeled-csv", labeled_csv, read_rows("text-classification")),
    Kind("labeled-jsonl", labeled_jsonl, read_rows("text-classification")),
    Kind("labeled-parquet", labeled_parquet, read_rows("text-classification")),
    Kind("conll", conll, read_rows("token-classification")),
    Kind("squad", squad, read_rows("question-answering")),
    Kind("pairs", pairs, read_rows("translation")),
    Kind("conversations", conversations, read_rows("instruction-tuning")),
    Kind("labeled-utf16", labeled_utf16, read_rows("text-classification")),
    Kind("labeled-indicators", indicators, read_rows("text-classification")),
    Kind("conll-germeval", germeval, read_rows("token-classification")),
    Kind("tokens", tokens, read_rows("token-classification")),
    Kind("spans", spans, read_rows("token-classification")),
    Kind("alpaca", alpaca, read_rows("instruction-tuning")),
    Kind("translations", translations, read_rows("translation")),
    Kind("images", images, read_rows("image-classification"), "*/*.png"),
    Kind("audio", recordings, read_rows("audio-classification"), "*/*.wav"),
    Kind("coco", coco, read_rows("object-detection"), "rows.json"),
    Kind("config-json", language_model, read_model, "config.json"),
    Kind("tokenizer-json", language_model, read_model, "tokenizer.json"),
    Kind("tokenizer-config", language_model, read_model, "tokenizer_config.json"),
    Kind("safetensors", language_model, read_model, "model.safetensors"),
    Kind("model-card", finetuned, predict, "out/upwell.json", sealed=True),
    Kind("model-seal", finetuned, predict, "out/upwell.sha256", sealed=True),
    *MEDIA_KINDS,
)


def any_kind(name: str) -> Any:
    """The kind of that name."""
    return next(kind for kind in KINDS if kind.name == name)
