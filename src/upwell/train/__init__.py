"""Training: one loop, several token budgets per run, resumed bit for bit after a kill."""

from .grow import grow, model_id

__all__ = ["grow", "model_id"]
