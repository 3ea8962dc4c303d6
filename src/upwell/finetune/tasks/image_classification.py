"""Image classification: one label an image, from folders of files or a list."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from transformers import AutoModelForImageClassification

from ...data.labeled import Columns, LabeledDataset, Row
from ...data.labeled.file_rows import describe_files, read_file_splits, read_files
from ...data.labeled.splits import SplitDatasets
from ...data.media.images import SUFFIXES, describe_images
from ..base_model import PretrainedModel
from ..inputs.image import ImageRows, image_size, load_images
from ._classification import Classification, label_ids


class ImageClassification(Classification):
    """A label for each image."""

    modality = "image"
    auto_class = AutoModelForImageClassification

    def read(self, path: Path, columns: Columns, *, labeled: bool = True) -> LabeledDataset:
        """Images of a folder with one subfolder per label, or of a list of paths."""
        return describe_files(read_files(path, SUFFIXES, columns, labeled=labeled), describe_images)

    def read_splits(self, path: Path, columns: Columns) -> SplitDatasets:
        """The training rows with the dev and test rows of split folders."""
        return read_file_splits(path, SUFFIXES, columns).map(
            lambda data: describe_files(data, describe_images)
        )

    def default_max_length(self, base_model: PretrainedModel, train: LabeledDataset) -> int:
        """Pixels along a side, which the image processor sets; nothing is truncated."""
        return image_size(base_model)

    def encode(
        self,
        rows: Sequence[Row],
        labels: Sequence[str],
        columns: Columns,
        base_model: PretrainedModel,
        max_length: int,
    ) -> ImageRows:
        """Decoded images with `label`; the image processor prepares them batch by batch."""
        return ImageRows(
            load_images(rows, base_model),
            base_model.image_processor,
            fixed=label_ids(rows, labels, columns),
        )


TASK = ImageClassification
