"""The ruler: four planted abilities, to check whether verdicts can be trusted.

    upwell run ruler

A few seconds on one core. Expect `step` to be called emergent with its onset at 1e7, `slope`
metric-made on exact match (its probabilities rise smoothly), `flat` flat and `dip` u-shaped.
"""

from __future__ import annotations

from upwell.records import ModelSpec, Study

N_RUNGS = 8
MIN_SCALE, MAX_SCALE = 1e5, 1e9


def study(jump: float = 5.0, rise: float = 1.5, dip: float = 4.0) -> Study:
    """The ruler. A value of 0 removes that planted ability."""
    ratio = (MAX_SCALE / MIN_SCALE) ** (1 / (N_RUNGS - 1))
    scales = [float(f"{MIN_SCALE * ratio**rung:.3g}") for rung in range(N_RUNGS)]
    return Study(
        name="ruler",
        question="Is a planted jump found, and none where none was planted?",
        hypothesis=(
            "step is emergent between 5e6 and 2e7; slope jumps on exact match alone, so it is "
            "metric-made; flat is flat; dip is u-shaped."
        ),
        ladder=tuple(
            ModelSpec(
                family="toy", hparams={"params": scale, "jump": jump, "rise": rise, "dip": dip}
            )
            for scale in scales
        ),
        abilities=("step", "slope", "flat", "dip"),
        seeds=(0, 1, 2),
        milestones=(1_000_000,),
    )
