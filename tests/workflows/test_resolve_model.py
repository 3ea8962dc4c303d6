"""Models of a study that are named on the command line: found, told apart, asked as they are."""

import pytest
from study.samples import DECODERS

from upwell.errors import ModelError
from upwell.models import load_family
from upwell.records import ModelRef
from upwell.store import Store
from upwell.study import build_runs
from upwell.workflows.export_model import parse_study_path
from upwell.workflows.resolve_model import resolve_model

PAIRS = [("The sea", " is"), ("", "12+34=46")]


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """Decoders as they are before any training, each at two milestones."""
    store = Store.create(tmp_path_factory.mktemp("out") / "decoders", DECODERS)
    for run in build_runs(DECODERS):
        folder = store.run(run.id)
        with folder.open_journal(run):
            for tokens in run.milestones:
                folder.save_model(ref(run, tokens), network(run, tokens).state_dict())
    return store


def ref(run, tokens):
    return ModelRef(
        id=f"{run.id}-t{tokens}", run=run.id, spec=run.model, created_by="train", seed=run.seed,
        params=1, tokens=tokens, flops=1.0, bytes=1, weights_sha256=None, code_version="",
    )  # fmt: skip


def network(run, tokens):
    return load_family("decoder").build(run.model, run.recipe, seed=run.seed + tokens)


def folders(path):
    return sorted(str(each.relative_to(path)) for each in path.rglob("*"))


def test_a_member_answers_as_the_network_itself_and_nothing_is_written(study):
    run = study.runs()[0].run()
    before = folders(study.root)
    found = resolve_model(f"{study.root}/{run.id}").as_lm().token_logprobs(PAIRS)
    words = named_words()
    alone = (
        load_family("decoder").as_lm(network(run, max(run.milestones)), words).token_logprobs(PAIRS)
    )
    for one, other in zip(found, alone, strict=True):
        assert one == pytest.approx(other, abs=1e-4)
    assert folders(study.root) == before


def named_words():
    from upwell.data import load_tokenizer

    return load_tokenizer("ascii")


def test_the_longest_trained_stands_for_a_run_and_an_id_for_itself(study):
    run = study.runs()[0].run()
    first, last = (f"{run.id}-t{tokens}" for tokens in run.milestones)
    assert resolve_model(f"{study.root}/{run.id}").name == last
    assert resolve_model(f"{study.root}/runs/{run.id}").name == last
    assert resolve_model(f"{study.root}/{first}").name == first


@pytest.mark.parametrize(("wanted", "told"), [("", "4 runs;"), ("/decoder-w16", "2 runs that"),
                                              ("/nonesuch", "0 runs that")])  # fmt: skip
def test_what_is_not_one_run_is_told_with_the_choices(study, wanted, told):
    with pytest.raises(ModelError, match=told) as error:
        resolve_model(f"{study.root}{wanted}")
    assert study.runs()[0].path.name in str(error.value)
    assert "\n" not in str(error.value)


def test_a_folder_of_a_model_is_no_member_even_inside_a_study(study):
    inside = study.root / "export" / "mine"
    inside.mkdir(parents=True)
    (inside / "config.json").write_text("{}")
    assert parse_study_path(inside) is None
    assert parse_study_path(study.root / "runs") == (study.root, "runs")
    assert parse_study_path(study.root.parent / "other") is None
    (inside / "config.json").unlink()
    inside.rmdir()
    inside.parent.rmdir()
