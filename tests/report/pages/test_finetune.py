"""The page of an model_card model: what it must say, what it must not let in."""

from __future__ import annotations

from dataclasses import replace

import pytest

from upwell.records import (  # fmt: skip
    Calibration,
    Candidate,
    EpochScore,
    FinetuneSpec,
    LabelIssue,
    ModelCard,
    ModelRef,
    ModelSpec,
    Score,
    ScoredRow,
    Train,
    TrainLogEntry,
)
from upwell.report import finetune_page

from ..browser import absent, driver, window

HOSTILE = "<script>alert(1)</script>"


def model_card(labels: int = 3) -> ModelCard:
    names = tuple(f"label {n}" for n in range(labels))
    rows = tuple(
        ScoredRow(
            line=n + 2, text=f"row {n} {HOSTILE}", label=names[n % labels],
            prediction=names[(n + (n % 10 == 0)) % labels], probability=0.5 + n % 50 / 100,
            label_probability=0.05 if n % 10 == 0 else 0.8,
        )
        for n in range(200)
    )  # fmt: skip
    ref = ModelRef(
        id="tiny-classify-full-s0-12345678-t900",
        run="tiny-classify-full-s0-12345678",
        spec=ModelSpec(family="bert", hparams={}),
        created_by="adapt",
        seed=0,
        params=1000,
        tokens=900,
        flops=1e9,
        bytes=4000,
        weights_sha256="ab" * 32,
        code_version="0.1.0+1",
        parent="tiny@12",
    )
    rounds = tuple(EpochScore(epoch=n, score=0.7 + n / 20, loss=1 / n) for n in range(1, 5))
    tried = (
        Candidate(method="linear", score=0.8, loss=0.5, trainable_params=99, seconds=3.0),
        Candidate(
            method="full",
            score=0.9,
            loss=0.3,
            trainable_params=1000,
            seconds=60.0,
            epoch_scores=rounds,
        ),
    )
    return ModelCard(
        ref=ref,
        finetune=FinetuneSpec(task="text-classification", labels=names),
        recipe=Train(context_length=1),
        base_model="tiny",
        text_columns=("text",),
        label_column="label",
        label_separator=None,
        data="reviews.csv",
        train_rows=400,
        dev_rows=100,
        eval_set="test.csv",
        scores=(
            Score(metric="accuracy", value=0.9, interval_low=0.86, interval_high=0.93, rows=200),
        ),
        candidates=tried,
        calibration=Calibration(
            temperature=1.4,
            ece_before=0.12,
            ece_after=0.03,
            target_accuracy=0.95,
            threshold=0.61,
            abstention_rate=0.2,
            selective_accuracy=0.953,
            rows=100,
        ),
        problems=("reviews.csv: 1 row without a text, left out (line 7)",),
        label_issues=(
            LabelIssue(
                line=9,
                text=HOSTILE,
                label="label 0",
                suggested_label="label 1",
                label_probability=0.004,
            ),
        ),
        predictions=rows,
    )


def curve() -> list[TrainLogEntry]:
    return [
        TrainLogEntry(
            run="r",
            branch=900,
            step=n,
            tokens=16 * n,
            loss=2 / n,
            lr_fraction=1.0,
            grad_norm=1.0,
            seconds=float(n),
        )
        for n in range(1, 20)
    ]


def test_the_page_says_the_score_and_the_method():
    page = finetune_page(model_card(), curve())
    for phrase in (
        "accuracy 0.900", "0.860 to 0.930", "full fine-tuning (shipped)",
        "20 of 200 predictions are wrong",
        "Calibration error 0.120 as trained, 0.0300", "1 row without a text, left out (line 7)",
        "Likely label errors", "under 0.01", "best: epoch 4",
    ):  # fmt: skip
        assert phrase in page, phrase


def test_nothing_of_a_row_becomes_markup_and_nothing_is_fetched():
    page = finetune_page(model_card(), curve())
    assert HOSTILE not in page
    assert "default-src &#x27;none&#x27;" in page
    assert "http://" not in page.replace("http://www.w3.org/2000/svg", "")


def test_few_labels_have_a_matrix_and_many_only_their_worst_pairs():
    assert "Confusion matrix" in finetune_page(model_card(3))
    assert "Confusion matrix" not in finetune_page(model_card(40))


def test_what_was_not_measured_has_no_section():
    bare = replace(model_card(), calibration=None, predictions=(), label_issues=(), problems=())
    page = finetune_page(bare)
    assert "<h2>Calibration" not in page
    assert "<h2>Confusions" not in page
    assert "The rows have no problems." in page


def test_a_model_that_reaches_no_target_says_so():
    calibration = model_card().calibration
    assert calibration is not None
    hopeless = replace(calibration, threshold=None, abstention_rate=1.0, selective_accuracy=None)
    page = finetune_page(replace(model_card(), calibration=hopeless))
    assert "No threshold makes 95 % of its predictions correct." in page


@pytest.mark.skipif(absent() is not None, reason=str(absent()))
@pytest.mark.parametrize("width", [1400, 390])
def test_the_page_fits_a_desk_and_a_phone(tmp_path, width):
    path = tmp_path / "report.html"
    path.write_text(finetune_page(model_card(), curve()), encoding="utf-8")
    with driver() as address, window(address, width, tmp_path / "profile") as browser:
        browser.open(path.as_uri())
        assert browser.run("return document.documentElement.scrollWidth") <= width
        assert browser.complaints() == []
        browser.picture(tmp_path / "page.png")
