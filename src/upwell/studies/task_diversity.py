"""From how many training tasks on does a network learn in context instead of memorizing tasks?

    upwell run task_diversity

About three minutes on two free cores. One network reads labeled examples of each class of a task,
and then classifies queries. The rungs differ in the number of training tasks, from one to four
thousand, with the same number of training rows. Every task permutes the labels of the digits and
projects the images at random, so a new task can only be learned from its examples.

Expect `training_tasks` to be high everywhere with five shots, and even without any shots while
tasks are few. `new_tasks` stays at chance until there are too many tasks to memorize. After
Raventós et al. 2023 (arXiv 2306.15063) and Kirsch et al. 2022 (arXiv 2212.04458).
"""

from __future__ import annotations

from upwell.records import DataSpec, ModelSpec, Study, Train

TASKS = (1, 4, 16, 64, 256, 1024, 4096)


def study(tokens: int = 300_000, width: int = 64, seeds: int = 2) -> Study:
    """The ladder of training tasks for one network, with 0, 1 and 5 shots."""
    return Study(
        name="task_diversity",
        question="From how many training tasks on is a new task learned in context?",
        hypothesis=(
            "With few training tasks the network memorizes them: it is right on training tasks "
            "and at chance on new ones. Somewhere between 64 and 4,096 tasks it begins to learn "
            "new tasks from five examples per class. With shuffled labels it stays at chance."
        ),
        ladder=(
            ModelSpec(
                family="in_context_learner",
                hparams={"inputs": 64, "num_classes": 5, "width": width},
            ),
        ),
        data=(DataSpec(source="digit_tasks"),),
        recipe=Train(context_length=33, batch_size=32, optimizer="muon", learning_rate=0.006),
        abilities=("new_tasks", "training_tasks", "shuffled_tasks"),
        shots=(0, 1, 5),
        seeds=tuple(range(seeds)),
        train_sizes=TASKS,
        milestones=(tokens,),
        axis="train_rows",
        held_out=1,
    )
