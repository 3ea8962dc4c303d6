"""Which way of carrying a model on is cheapest: examples in a prompt, a head, LoRA, all weights."""

from .carrying import Order, carry_out
from .judging import standings
from .worth import worths

__all__ = ["Order", "carry_out", "standings", "worths"]
