"""Networks around a pretrained model: heads, mean pooling, the training module."""
