"""At which scale does a network learn new tasks from the examples it is shown?

    upwell run in_context
    upwell run in_context --set tasks=16

Some three minutes on two free cores. Context networks of seven widths, from 1 to 107 thousand
parameters, are trained on digits that every task renames and shows through a lens of its own, and
are asked tasks that training never showed, after 0 to 5 labelled examples of each class. Expect
accuracy without examples and under shuffled labels to stay at chance at every width, and accuracy
with examples to rise with width, evenly on log-loss. With `tasks=16` training shows only so many
tasks, and new ones are not learnt at any width. After Kirsch et al. 2022 (arXiv 2212.04458).
"""

from __future__ import annotations

from upwell.records import DataSpec, ModelSpec, Study, Train

WIDTHS = (4, 8, 12, 16, 24, 32, 64)


def study(tokens: int = 300_000, tasks: int | None = None, seeds: int = 2) -> Study:
    """The ladder of widths, on endless training tasks or on so many."""
    shown = "endless" if tasks is None else str(tasks)
    return Study(
        name="in_context" if tasks is None else f"in_context_{tasks}",
        question=f"At which scale are new tasks learnt from their examples, with {shown} tasks?",
        expected=(
            "With endless training tasks, five examples a class are worth more the wider the "
            "network: from near chance at width 4 to about .8 at width 64, log-loss falling "
            "evenly, so no jump. Without examples and under shuffled labels accuracy stays at "
            "chance, .2, at every width. With 16 training tasks new ones stay near chance at every "
            "width."
        ),
        ladder=tuple(
            ModelSpec(family="in_context", size={"inputs": 64, "classes": 5, "width": width})
            for width in WIDTHS
        ),
        data=(DataSpec(source="digit_tasks", limit=tasks),),
        recipe=Train(context=33, batch=32, optimiser="muon", learning_rate=0.006),
        abilities=("new_tasks", "shuffled_tasks"),
        shots=(0, 1, 2, 5),
        seeds=tuple(range(seeds)),
        milestones=(tokens,),
        held_out=1,
    )
