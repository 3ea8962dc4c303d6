"""Make a model from a model: any encoder and labelled rows become a folder that does a task.

The linear head on frozen features is always tried; training starts from it and has to beat it.
What ships is what `transformers` loads, with a temperature and a threshold to abstain by.
"""
