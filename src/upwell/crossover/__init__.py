"""Compare ways to use labeled rows: examples in the prompt, a linear head, LoRA, full fine-tuning.

Order of the modules, each importing only those before it: subsets, setup, cost and in_context, run;
ranking, label_value.
"""

from .label_value import marginal_label_value
from .ranking import rank_methods
from .run import CrossoverPlan, plan_crossover, run_crossover
from .setup import CrossoverConfig

__all__ = [
    "CrossoverConfig",
    "CrossoverPlan",
    "marginal_label_value",
    "plan_crossover",
    "rank_methods",
    "run_crossover",
]
