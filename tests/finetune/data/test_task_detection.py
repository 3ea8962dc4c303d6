"""The task is inferred from the files."""

from __future__ import annotations

import pytest

from upwell.finetune.data.task_detection import infer_task


@pytest.mark.parametrize(
    ("files", "data", "task"),
    [
        (["rows.csv"], "rows.csv", "text-classification"),
        (["names.conll"], "names.conll", "token-classification"),
        (["squad.json"], "squad.json", "question-answering"),
        (["cats/1.png", "dogs/2.JPG"], "", "image-classification"),
        (["images/1.png", "masks/1.png"], "", "semantic-segmentation"),
        (["1.jpg", "1.xml"], "", "object-detection"),
        (["yes/1.wav", "no/2.wav"], "", "audio-classification"),
        (["readme.txt"], "", "text-classification"),
        ([], "nothing.csv", "text-classification"),
    ],
)
def test_the_files_give_the_task(tmp_path, files, data, task):
    for file in files:
        path = tmp_path / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    assert infer_task(tmp_path / data) == task
