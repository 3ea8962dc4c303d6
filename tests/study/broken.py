"""A custom ability whose items cannot be built for large models."""

from upwell.evaluation import Ability, Item


class Broken(Ability):
    num_items = 3
    metrics = ("exact_match", "study.nonsense")

    def items(self, shots, lm):
        if lm.hparams["params"] > 1e6:
            raise ValueError("too large\nfor this ability")
        return [
            Item(id=str(n), prompt="step 1, repeat 1: ", target="1", max_new_tokens=1)
            for n in range(self.num_items)
        ]

    def bounds(self, metric, answers):
        return None, None


ABILITY = Broken()
