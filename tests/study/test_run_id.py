from dataclasses import replace

from upwell.plugins import code_version
from upwell.records import ModelSpec, Train
from upwell.study import build_runs
from upwell.study.run_id import HASHED_PACKAGES, parse_rung, rung_names

from .samples import DECODERS, TOYS


def names(*sizes, **rest):
    return rung_names([ModelSpec(family="decoder", hparams=size, **rest) for size in sizes])


def test_a_run_is_named_by_what_differs():
    ids = [run.id for run in build_runs(DECODERS)]
    assert [name.rsplit("-", 1)[0] for name in ids] == [
        "decoder-w16-s0", "decoder-w16-s1", "decoder-w32-s0", "decoder-w32-s1",
    ]  # fmt: skip
    assert all(len(name.rsplit("-", 1)[1]) == 8 for name in ids)
    assert parse_rung(ids[0]) == "decoder-w16"


def test_rungs_have_names_of_their_own():
    assert names({"depth": 1, "width": 64}, {"depth": 2, "width": 32}) == [
        "decoder-w64-d1", "decoder-w32-d2",
    ]  # fmt: skip
    assert names({"head": 8, "hidden": 16}, {"head": 16, "hidden": 8}) == [
        "decoder-head8-hidden16", "decoder-head16-hidden8",
    ]  # fmt: skip
    assert len(set(names({"width": 1.00000001}, {"width": 1.00000002}))) == 2


def test_anything_that_could_change_a_number_changes_the_id():
    (base,) = build_runs(replace(TOYS, ladder=TOYS.ladder[:1]))
    changes = [
        {"seeds": (1,)},
        {"recipe": Train(learning_rate=0.5)},
        {"milestones": (7,)},
        {"abilities": ("step",)},
        {"shots": (0, 1)},
        {"name": "other"},
    ]
    ids = {build_runs(replace(TOYS, ladder=TOYS.ladder[:1], **change))[0].id for change in changes}
    assert len(ids | {base.id}) == len(changes) + 1


def test_words_about_a_study_do_not_change_its_runs():
    assert build_runs(replace(TOYS, question="?", hypothesis="!", held_out=0)) == build_runs(TOYS)


def test_the_order_of_hyperparameters_does_not_matter():
    turned = [
        replace(spec, hparams=dict(reversed(list(spec.hparams.items()))))
        for spec in DECODERS.ladder
    ]
    ids = [run.id for run in build_runs(DECODERS)]
    assert [run.id for run in build_runs(replace(DECODERS, ladder=tuple(turned)))] == ids


def test_a_change_of_the_code_changes_its_version(tmp_path, monkeypatch):
    own = tmp_path / "own_ability_of_ours.py"
    own.write_text("NUM_ITEMS = 1")
    monkeypatch.syspath_prepend(tmp_path)
    version = code_version.__wrapped__
    first = version(HASHED_PACKAGES, (own.stem,))
    assert first == version(HASHED_PACKAGES, (own.stem,)) != version(HASHED_PACKAGES)
    own.write_text("NUM_ITEMS = 2")
    assert version(HASHED_PACKAGES, (own.stem,)) != first


def test_the_version_begins_with_that_of_the_package():
    package, code = code_version(HASHED_PACKAGES).split("+")
    assert package.startswith("0.") and len(code) == 8
