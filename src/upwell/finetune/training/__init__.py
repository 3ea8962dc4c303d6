"""The training loop of fine-tuning: batches, early stopping, word dropout."""
