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
        (["yes/1.flac", "no/2.mp3", ".idea/a.xml"], "", "audio-classification"),
        (["train/cats/1.webp", "train/dogs/2.tiff", ".idea/a.xml"], "", "image-classification"),
        (["train/images/1.png", "train/Masks/1.png"], "", "semantic-segmentation"),
        (["train/1.jpg", "train/_annotations.coco.json"], "", "object-detection"),
        (["annotations/instances_val.json", "val/1.jpg"], "", "object-detection"),
        (["wavs/1.wav", "metadata.csv"], "", "speech-recognition"),
        (["clips/1.mp3", "train.tsv"], "", "speech-recognition"),
        (["84/1/84-1.trans.txt", "84/1/84-1-0.flac"], "", "speech-recognition"),
        (["__MACOSX/1.wav", "rows.csv"], "", "text-classification"),
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


def test_a_coco_file_is_known_by_its_keys(tmp_path):
    path = tmp_path / "result.json"
    path.write_text('{"images": [{"id": 1, "file_name": "a.png"}], "categories": []}')
    assert infer_task(path) == "object-detection"
