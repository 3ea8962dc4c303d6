"""Ways to adapt a model: a linear head on frozen features, fine-tuning, and peft adapters.

Fine-tuning starts from the fitted linear head, which preserves pretrained features (Kumar et al.
2022, arXiv 2202.10054).
"""
