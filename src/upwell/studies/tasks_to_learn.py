"""From how many training tasks on does a network learn to learn, rather than learn its tasks?

    upwell run tasks_to_learn

Some three minutes on two free cores. One network reads labelled examples of each class of a task
and then answers questions about it; the rungs differ in the number of tasks that training shows,
from one to four thousand, at the same number of rows. Every task renames the digits and shows
them through a lens of its own, so that new tasks can only be learnt from their examples. Expect
`seen_tasks` to be high all along with five shots, and even without any while tasks are few, and
`new_tasks` to stay at chance until tasks are too many to be learnt by heart. After Raventós et al.
2023 (arXiv 2306.15063) and Kirsch et al. 2022 (arXiv 2212.04458).
"""

from __future__ import annotations

from upwell.records import DataSpec, ModelSpec, Study, Train

TASKS = (1, 4, 16, 64, 256, 1024, 4096)


def study(tokens: int = 300_000, width: int = 64, seeds: int = 2) -> Study:
    """The ladder of tasks for one network, with the number of examples in the prompt beside it."""
    return Study(
        name="tasks_to_learn",
        question="From how many training tasks on is a new task learnt from its examples?",
        expected=(
            "With few training tasks the network knows them by heart: it answers questions of "
            "tasks it has seen, and new ones at chance. Somewhere between 64 and 4,096 tasks it "
            "begins to learn new tasks from five examples a class. Shuffled labels leave it at "
            "chance."
        ),
        ladder=(ModelSpec(family="in_context", size={"inputs": 64, "classes": 5, "width": width}),),
        data=(DataSpec(source="digit_tasks"),),
        recipe=Train(context=33, batch=32, optimiser="muon", learning_rate=0.006),
        abilities=("new_tasks", "seen_tasks", "shuffled_tasks"),
        shots=(0, 1, 5),
        seeds=tuple(range(seeds)),
        rows=TASKS,
        milestones=(tokens,),
        axis="rows",
        held_out=1,
    )
