"""Tasks: what is the same in two rows of one, what differs between two, and what is held out."""

import numpy as np
import pytest

from upwell.data import Loader, load_task_source
from upwell.errors import SpecError
from upwell.records import DataSpec

NAMES = ("cluster_tasks", "digit_tasks")
CONTEXT = 30


def episodes(name, tasks, split="train", seed=0, **options):
    task_source = load_task_source(DataSpec(source=name, options=options))
    return task_source.episodes(np.array(tasks), split, CONTEXT, np.random.default_rng(seed))


@pytest.mark.parametrize("name", NAMES)
def test_every_group_of_examples_has_every_class_once(name) -> None:
    rows = episodes(name, range(8))
    rounds = np.sort(rows["support_label"].reshape(8, 5, 5), axis=-1)
    assert (rounds == np.arange(5)).all()
    assert rows["label"].shape == (8, CONTEXT - 25)
    assert set(np.unique(rows["num_visible"])) <= set(range(0, 26, 5))


def test_a_task_keeps_its_centers_and_draws_new_points() -> None:
    def centre(seed):
        rows = episodes("cluster_tasks", [7] * 200, seed=seed)
        return rows["support"][rows["support_label"] == 0].mean(0)

    assert np.abs(centre(0) - centre(1)).max() < 0.3
    other = episodes("cluster_tasks", [8] * 200)
    other_centre = other["support"][other["support_label"] == 0].mean(0)
    assert np.abs(other_centre - centre(0)).max() > 0.5


def test_a_lens_is_one_linear_map_for_a_whole_task() -> None:
    plain = episodes("digit_tasks", [3] * 8, lens="none")
    through = episodes("digit_tasks", [3] * 8)
    assert np.array_equal(plain["support_label"], through["support_label"])
    x, y = (rows["support"].reshape(-1, 64) for rows in (plain, through))
    lens = np.linalg.lstsq(x, y, rcond=None)[0]
    assert np.abs(x @ lens - y).max() < 1e-3
    other = episodes("digit_tasks", [4] * 8)["support"].reshape(-1, 64)
    assert np.abs(x @ lens - other).max() > 0.5


def test_test_tasks_are_others_and_show_images_that_training_does_not() -> None:
    def images(split):
        examples = episodes("digit_tasks", range(40), split, lens="none")["support"]
        return {image.tobytes() for image in examples.reshape(-1, 64)}

    assert not images("train") & images("test")
    assert not np.array_equal(
        episodes("cluster_tasks", [0])["support"], episodes("cluster_tasks", [0], "test")["support"]
    )


def test_no_image_is_both_shown_and_asked() -> None:
    rows = episodes("digit_tasks", range(20), lens="none")
    for examples, query in zip(rows["support"], rows["query"], strict=True):
        assert not {x.tobytes() for x in examples} & {x.tobytes() for x in query}


def test_a_limit_is_a_number_of_tasks_whose_examples_are_new() -> None:
    one = Loader([DataSpec(source="cluster_tasks", limit=1)], None, CONTEXT, 64, 0).next()
    centres = [row[label == 0].mean(0) for row, label in zip(
        one["support"], one["support_label"], strict=True
    )]  # fmt: skip
    assert np.std(centres, axis=0).mean() < 0.6
    assert len(np.unique(one["support"].reshape(-1, 16), axis=0)) == 64 * 25


def test_seeking_gives_the_same_rows() -> None:
    def loader():
        return Loader([DataSpec(source="cluster_tasks", limit=9)], None, CONTEXT, 48, 0)

    straight, resumed = loader(), loader()
    rows = [straight.next() for _ in range(7)]
    resumed.load_state_dict({"rows": 6 * 48})
    again = resumed.next()
    assert all(np.array_equal(rows[6][name], again[name]) for name in again)


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("cluster_tasks", {"noise": 0}, "above 0"),
        ("digit_tasks", {"lens": "red"}, "lens is 'random' or 'none', found 'red'"),
        ("digit_tasks", {"classes": 11}, "classes are 2 to 10, found 11"),
        ("digit_tasks", {"shots": 6}, "leave no query in a context of 30"),
    ],
)
def test_what_cannot_be_is_reported(name, options, message) -> None:
    with pytest.raises(SpecError, match=message):
        episodes(name, [0], **options)
