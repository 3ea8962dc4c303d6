"""Text encoders from scratch: a vocabulary from the rows, and optional pretraining on their texts.

They are families of `upwell.models`, trained as in a study and exported. The tokenizer splits
Chinese into characters, so that each can have a tag.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from ... import models
from ...data import Tokenizer, train_wordpiece
from ...plugins import code_version
from ...records import DataSpec, ModelSpec, Run, Train, TrainLogEntry, fingerprint
from ...store import RunDir
from ...store.atomic import write_bytes
from ...train import grow
from ..run_id import HASHED_PACKAGES
from .base import PretrainProgressFn, ScratchConfig, ScratchModel

VOCAB_SIZE = 8000
CONTEXT_LENGTH = 128
"""Maximum number of tokens of a row."""

RECIPE = Train(context_length=CONTEXT_LENGTH, batch_size=8, learning_rate=0.006, embedding_lr=0.003)

MASK_FRACTION = 0.3
"""Share of masked tokens. Twice the usual share, since texts are few (Wettig et al. 2023, arXiv
2202.08005)."""

ROWS_PER_DOCUMENT = 8
"""Rows of one pretraining document."""


class TextEncoder(ScratchModel):
    """An encoder of a family of `upwell.models`."""

    modality = "text"
    family: ClassVar[str]

    def build(self, config: ScratchConfig, folder: Path) -> None:
        """Train the tokenizer, and the model if asked, and write both.

        Raises SpecError or DataError for rows with too few words.
        """
        tokenizer = train_wordpiece(config.texts, VOCAB_SIZE, exact=False)
        family = models.load_family(self.family)
        spec = _model_spec(self.family, config.size, tokenizer.size, None)
        network = family.build(spec, RECIPE, config.seed)
        if config.pretrain_tokens:
            network.load_state_dict(_pretrain(self.family, config, tokenizer))
        for file, data in family.export(network.eval(), tokenizer).files.items():
            write_bytes(folder / file, data)


def _model_spec(
    family: str, size: Mapping[str, int], vocab_size: int, tokenizer: str | None
) -> ModelSpec:
    return ModelSpec(family=family, hparams={**size, "vocab_size": vocab_size}, tokenizer=tokenizer)


def _pretrain(family: str, config: ScratchConfig, tokenizer: Tokenizer) -> Mapping[str, Any]:
    """Weights after masked language modeling on the texts; resumes after an interruption."""
    corpus_dir = config.work_dir / f"texts-{fingerprint(config.dataset.digest, RECIPE)[:8]}"
    corpus_dir.mkdir(parents=True, exist_ok=True)
    name = str(tokenizer.save(corpus_dir))
    write_bytes(corpus_dir / "texts.txt", "\n\n".join(_iter_documents(config.texts)).encode())
    spec = _model_spec(family, config.size, tokenizer.size, name)
    options: dict[str, str | float] = {
        "text_source": "text",
        "path": str(corpus_dir / "texts.txt"),
        "mlm_probability": MASK_FRACTION,
    }
    data = (DataSpec(source="masked_lm", options=options),)
    code = code_version(HASHED_PACKAGES)
    run_inputs = (
        spec,
        data,
        config.dataset.digest,
        RECIPE,
        config.seed,
        config.pretrain_tokens,
        code,
    )
    run = Run(
        id=f"pretrain-s{config.seed}-{fingerprint(*run_inputs)[:8]}",
        study="finetune",
        recipe=RECIPE,
        model=spec,
        data=data,
        seed=config.seed,
        milestones=(config.pretrain_tokens,),
        abilities=(),
        shots=(),
        code_version=code,
    )
    run_dir = _ProgressRunDir(
        config.work_dir / run.id,
        config.on_progress,
        config.pretrain_tokens // (RECIPE.batch_size * CONTEXT_LENGTH),
    )
    with run_dir.open_journal(run):
        *_, (ref, _) = grow(run, run_dir)
    return run_dir.load_model(ref.id)[1]


class _ProgressRunDir(RunDir):
    """The folder of a run that reports training progress."""

    def __init__(self, path: Path, on_progress: PretrainProgressFn, steps: int) -> None:
        super().__init__(path)
        self._on_progress, self._steps = on_progress, steps

    def progress(self, log_entry: TrainLogEntry) -> None:
        super().progress(log_entry)
        self._on_progress(log_entry, self._steps, RECIPE.batch_size)


def _iter_documents(texts: Sequence[str]) -> Iterator[str]:
    """Documents of a few rows, each on a line, since the order of rows means nothing."""
    lines = [" ".join(text.split()) for text in texts if text.strip()]
    for start in range(0, len(lines), ROWS_PER_DOCUMENT):
        yield "\n".join(lines[start : start + ROWS_PER_DOCUMENT])
