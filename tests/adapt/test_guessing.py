"""The task that files are for."""

from __future__ import annotations

import pytest

from upwell.adapt.guessing import task_of


@pytest.mark.parametrize(
    ("files", "data", "task"),
    [
        (["rows.csv"], "rows.csv", "classify"),
        (["names.conll"], "names.conll", "tag"),
        (["squad.json"], "squad.json", "answer"),
        (["cats/1.png", "dogs/2.JPG"], "", "classify_images"),
        (["images/1.png", "masks/1.png"], "", "segment"),
        (["1.jpg", "1.xml"], "", "detect"),
        (["yes/1.wav", "no/2.wav"], "", "classify_sounds"),
        (["readme.txt"], "", "classify"),
        ([], "nothing.csv", "classify"),
    ],
)
def test_files_tell_their_task(tmp_path, files, data, task):
    for file in files:
        path = tmp_path / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    assert task_of(tmp_path / data) == task
