"""Which way of carrying a model on is cheapest: examples in a prompt, a head, LoRA, all weights."""

from .carrying import Plan, carry_out, plan
from .judging import standings
from .readying import Order
from .worth import worths

__all__ = ["Order", "Plan", "carry_out", "plan", "standings", "worths"]
