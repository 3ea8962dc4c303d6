"""Generated questions: correct, different, and the same everywhere."""

import hashlib

import pytest
import torch

from upwell.evaluation import evaluate, load_ability, score
from upwell.evaluation.builtin.label_semantics import CATEGORIES
from upwell.evaluation.builtin.symbolic import WORDS

from ..fake_models import REF, TOKENIZER, as_lm

RULES = {
    "multiplication2": lambda q: str(int(q.split("*")[0]) * int(q.split("*")[1])),
    "modular": lambda q: str(eval(q.split(" mod ")[0]) % int(q.split(" mod ")[1])),
    "copying": lambda q: q,
    "sorting": lambda q: " ".join(sorted(q.split())),
    "recall": lambda q: next(p[1] for p in q.split()[:-1] if p[0] == q.split()[-1]),
    "labels_true": lambda q: "animal" if q in CATEGORIES[0] else "thing",
    "labels_flipped": lambda q: "thing" if q in CATEGORIES[0] else "animal",
    "labels_arbitrary": lambda q: "foo" if q in CATEGORIES[0] else "bar",
}
ALL = [*RULES, "unscrambling"]


def lines(item):
    return (item.prompt + item.target).split("\n")


@pytest.mark.parametrize("name", RULES)
def test_answers_and_examples_follow_the_rule(name):
    for item in load_ability(name).items(5, None):
        for line in lines(item):
            question, answer = line.split("=")
            assert answer == RULES[name](question)


def test_unscrambled_words_have_the_letters_of_the_question():
    for item in load_ability("unscrambling").items(5, None):
        for line in lines(item):
            mixed, word = line.split("=")
            assert word in WORDS
            assert mixed != word
            assert sorted(mixed) == sorted(word)


@pytest.mark.parametrize("name", ALL)
def test_no_question_occurs_twice_or_among_the_examples(name):
    items = load_ability(name).items(8, None)
    questions = [lines(item)[-1].split("=")[0] for item in items]
    examples = {line.split("=")[0] for item in items for line in lines(item)[:-1]}
    assert len(set(questions)) == load_ability(name).num_items
    assert not examples & set(questions)


@pytest.mark.parametrize("name", ALL)
def test_few_examples_are_the_beginning_of_many(name):
    for few, many in zip(
        load_ability(name).items(2, None), load_ability(name).items(6, None), strict=True
    ):
        assert few.target == many.target
        assert lines(many)[:2] == lines(few)[:2]


@pytest.mark.parametrize("name", ALL)
def test_wrong_choices_are_wrong_and_different(name):
    for item in load_ability(name).items(0, None):
        assert item.choices[0] == item.target
        assert len(set(item.choices)) == len(item.choices) >= 2


def test_all_shots_can_be_generated():
    for name in ALL:
        assert len(lines(load_ability(name).items(load_ability(name).max_shots, None)[0])) == 33


def test_questions_are_the_same_everywhere():
    text = "\n".join(
        item.prompt + str(item.choices) for n in ALL for item in load_ability(n).items(1, None)
    )
    assert hashlib.sha256(text.encode()).hexdigest()[:16] == "14d62648ff9d5f58"


class Reading(torch.nn.Module):
    """Solves questions of one rule: reads the last line and writes its answer."""

    def __init__(self, name):
        super().__init__()
        self.rule = RULES[name]

    def forward(self, tokens):
        logits = torch.zeros(*tokens.shape, TOKENIZER.size)
        for row, ids in enumerate(tokens.tolist()):
            for position in range(len(ids)):
                line = TOKENIZER.decode(ids[: position + 1]).rsplit("\n", 1)[-1]
                question, equals, so_far = line.partition("=")
                if equals:
                    answer = self.rule(question) + "\n"
                    letter = answer[len(so_far)] if len(so_far) < len(answer) else "\n"
                    logits[row, position, TOKENIZER.encode(letter)[0]] = 20.0
        return logits


@pytest.mark.parametrize("name", ["recall", "labels_flipped"])
def test_the_rule_scores_one_and_its_opposite_zero(name):
    answers = evaluate(as_lm(Reading(name)), REF, name)
    for metric in ("exact_match", "accuracy"):
        assert score(answers, metric).value == 1
    if name == "labels_flipped":
        wrong = score(evaluate(as_lm(Reading("labels_true")), REF, name), "accuracy")
        assert (wrong.value, wrong.chance) == (0, 0.5)
