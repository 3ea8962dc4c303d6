"""At which width does a network learn new tasks in context?

    upwell run in_context
    upwell run in_context --set tasks=16

About three minutes on two free cores. In-context learners of seven widths, from 1 to 107 thousand
parameters, are trained on digits. Every task permutes the labels and projects the images at random.
The models are evaluated on new tasks, after 0 to 5 labeled examples per class.

Expect accuracy without examples, and with shuffled labels, to stay at chance at every width. With
examples it rises with width, steadily in log-loss. With `tasks=16` training has only 16 tasks, and
new tasks are not learned at any width. After Kirsch et al. 2022 (arXiv 2212.04458).
"""

from __future__ import annotations

from upwell.records import DataSpec, ModelSpec, Study, Train

WIDTHS = (4, 8, 12, 16, 24, 32, 64)


def study(tokens: int = 300_000, tasks: int | None = None, seeds: int = 2) -> Study:
    """The ladder of widths, on unlimited training tasks or on `tasks` of them."""
    task_count = "unlimited" if tasks is None else str(tasks)
    return Study(
        name="in_context" if tasks is None else f"in_context_{tasks}",
        question=f"At which width are new tasks learned in context, with {task_count} tasks?",
        hypothesis=(
            "With unlimited training tasks, accuracy after five examples per class rises with "
            "width, from near chance at width 4 to about .8 at width 64. Log-loss falls steadily, "
            "so there is no jump. Without examples, and with shuffled labels, accuracy stays at "
            "chance, .2, at every width. With 16 training tasks, new tasks stay near chance at "
            "every width."
        ),
        ladder=tuple(
            ModelSpec(
                family="in_context_learner",
                hparams={"inputs": 64, "num_classes": 5, "width": width},
            )
            for width in WIDTHS
        ),
        data=(DataSpec(source="digit_tasks", limit=tasks),),
        recipe=Train(context_length=33, batch_size=32, optimizer="muon", learning_rate=0.006),
        abilities=("new_tasks", "shuffled_tasks"),
        shots=(0, 1, 2, 5),
        seeds=tuple(range(seeds)),
        milestones=(tokens,),
        held_out=1,
    )
