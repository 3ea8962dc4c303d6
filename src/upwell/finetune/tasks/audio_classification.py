"""Audio classification: one label a recording, from folders of files or a list."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from transformers import AutoModelForAudioClassification

from ...data.labeled import Columns, LabeledDataset, Row
from ...data.labeled.file_rows import describe_files, read_file_splits, read_files
from ...data.labeled.splits import SplitDatasets
from ...data.media.audio import SUFFIXES, describe_recordings
from ..base_model import PretrainedModel
from ..inputs.audio import AudioRows, default_max_length, load_audio, make_audio_rows
from ._classification import Classification, label_ids


class AudioClassification(Classification):
    """A label for each recording."""

    modality = "audio"
    auto_class = AutoModelForAudioClassification

    def read(self, path: Path, columns: Columns, *, labeled: bool = True) -> LabeledDataset:
        """Recordings of a folder with one subfolder per label, or of a list of paths."""
        data = read_files(path, SUFFIXES, columns, labeled=labeled)
        return describe_files(data, describe_recordings)

    def read_splits(self, path: Path, columns: Columns) -> SplitDatasets:
        """The training rows with the dev and test rows of split folders."""
        return read_file_splits(path, SUFFIXES, columns).map(
            lambda data: describe_files(data, describe_recordings)
        )

    def default_max_length(self, base_model: PretrainedModel, train: LabeledDataset) -> int:
        """Samples that 99.5 % of the recordings fit into, at most 30 seconds."""
        return default_max_length(base_model, train)

    def encode(
        self,
        rows: Sequence[Row],
        labels: Sequence[str],
        columns: Columns,
        base_model: PretrainedModel,
        max_length: int,
    ) -> AudioRows:
        """Recordings at the model's sampling rate, with `label`."""
        return make_audio_rows(
            load_audio(rows, base_model),
            base_model,
            max_length,
            fixed=label_ids(rows, labels, columns),
        )


TASK = AudioClassification
