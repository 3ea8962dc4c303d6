"""Rows as model inputs: token ids, images and waveforms, batched and augmented."""
