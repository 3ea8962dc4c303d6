"""Whether an ability jumps: hypotheses, Bayes factors, dips, verdicts."""
