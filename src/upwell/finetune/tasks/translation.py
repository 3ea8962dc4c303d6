"""Translation: a text in another language, by an encoder-decoder; selected by chrF."""

from __future__ import annotations

from collections.abc import Sequence

from ...data.labeled import Row
from ...metrics.text_overlap import chrf_and_bleu, chrf_per_row
from ...records import FinetuneSpec, Score
from ..inputs.encoded import EncodedSplit
from ._seq2seq import Seq2Seq


class Translation(Seq2Seq):
    """A translation of each text."""

    def compute_metrics(
        self, outputs: Sequence[str], rows: EncodedSplit, spec: FinetuneSpec, multilabel: bool
    ) -> tuple[Score, ...]:
        """chrF and BLEU of the corpus, 0 to 1, with intervals."""
        return chrf_and_bleu(outputs, [str(row.target) for row in rows.rows])

    def selection_metric(
        self, outputs: Sequence[str], rows: EncodedSplit, spec: FinetuneSpec, multilabel: bool
    ) -> float:
        """chrF of the corpus."""
        return self.compute_metrics(outputs, rows, spec, multilabel)[0].value

    def row_scores(self, outputs: Sequence[str], rows: Sequence[Row]) -> Sequence[float]:
        """chrF of each row."""
        return chrf_per_row(outputs, [str(row.target) for row in rows])


TASK = Translation
