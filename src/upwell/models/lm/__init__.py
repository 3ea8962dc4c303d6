"""Models as language models: log-likelihoods and generation."""
