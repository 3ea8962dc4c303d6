"""Learning from the examples in the context, beside learners that are fitted on them."""
