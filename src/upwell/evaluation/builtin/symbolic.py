"""Operations on symbols without meaning: copying, sorting, recall, unscrambling."""

from __future__ import annotations

from functools import cache
from string import ascii_lowercase
from typing import Final

from ..base import Ability
from .generated import NUM_CHOICES, GeneratedAbility, GeneratedQuestion, Rng, corrupt_one_letter

SORTED_DIGITS_RANGE = (4, 7)
"""Least and greatest number of digits to sort."""

NUM_RECALL_PAIRS = 6

_WORDS = """
about above after again along animal answer apple autumn basket before behind below better
between bottle bread bridge bright bring brother brown building butter candle carry castle
center chair change cheese children circle clean clear clock close cloud coffee color corner
cotton country cousin cover cross dance daughter decide doctor double dress drink early earth
eight engine enough entire evening every family farmer father fence field finger finish first
flower follow forest forget friend front fruit garden gather gentle glass grass great green
ground group happy heart heavy horse house hundred island jacket kitchen knife ladder language
large laugh learn leave letter light listen little machine market master matter meadow metal
middle minute mirror money month morning mother mountain mouth music narrow nature never night
north number ocean office often orange order other paper parent pencil people person picture
place plain plant plate please pocket point potato pretty price prince public purple quarter
question quick quiet rabbit reach ready reason remember right river round school season second
seven shadow sheep shirt short shoulder silver simple sister sleep small smile snow soldier
sound south space speak spring square stable stone storm story street strong sudden sugar summer
sunday supper sweet table teacher third thirty thought thread three throat through thunder
ticket together tomorrow travel triangle trouble twelve under uncle until valley village visit
voice water weather wheel white window winter wonder world write yellow yesterday young
"""
WORDS = _WORDS.split()


def _generate_copy(rng: Rng) -> GeneratedQuestion:
    """Letters without meaning, such as `kqjzv=`, to be repeated."""
    word = "".join(rng.choice(list(ascii_lowercase), size=int(rng.integers(4, 9))))
    return GeneratedQuestion(word, word, corrupt_one_letter(word, rng, ascii_lowercase))


def _generate_digits(rng: Rng) -> GeneratedQuestion:
    """Different digits such as `7 2 9 4=`, to be sorted."""
    size = int(rng.integers(SORTED_DIGITS_RANGE[0], SORTED_DIGITS_RANGE[1] + 1))
    digits = rng.permutation(10)[:size].tolist()
    target = sorted(digits)
    distractors: dict[str, None] = {}
    while len(distractors) < NUM_CHOICES - 1:
        i, j = rng.choice(size, size=2, replace=False).tolist()
        swapped = target[:]
        swapped[i], swapped[j] = target[j], target[i]
        distractors[_join_digits(swapped)] = None
    return GeneratedQuestion(_join_digits(digits), _join_digits(target), tuple(distractors))


def _join_digits(digits: list[int]) -> str:
    return " ".join(map(str, digits))


def _generate_pairs(rng: Rng) -> GeneratedQuestion:
    """Pairs of letter and digit and one of the letters, such as `c9 k8 j3 f1 b6 a2 j=`.

    Associative recall (Graves et al. 2014, arXiv 1410.5401), as text as in Ba et al. 2016 (arXiv
    1610.06258). The wrong choices are digits of other letters.
    """
    letters = rng.permutation(list(ascii_lowercase))[:NUM_RECALL_PAIRS].tolist()
    digits = list(map(str, rng.permutation(10)[:NUM_RECALL_PAIRS].tolist()))
    query_index = int(rng.integers(NUM_RECALL_PAIRS))
    candidates = [digit for index, digit in enumerate(digits) if index != query_index]
    distractors = rng.choice(candidates, size=NUM_CHOICES - 1, replace=False).tolist()
    pairs_text = " ".join(letter + digit for letter, digit in zip(letters, digits, strict=True))
    return GeneratedQuestion(
        f"{pairs_text} {letters[query_index]}", digits[query_index], tuple(distractors)
    )


def _generate_scrambled(rng: Rng) -> GeneratedQuestion:
    """A word with its letters in random order, such as `pelpa=`.

    See Brown et al. 2020, arXiv 2005.14165, 3.9.2.
    """
    word = WORDS[int(rng.integers(len(WORDS)))]
    scrambled = word
    while scrambled == word:
        scrambled = "".join(rng.permutation(list(word)).tolist())
    distractors = rng.choice(_similar_words(word), size=NUM_CHOICES - 1, replace=False).tolist()
    return GeneratedQuestion(scrambled, word, tuple(distractors))


@cache
def _similar_words(word: str) -> tuple[str, ...]:
    """Twenty other words of the nearest lengths; another order of letters would be too easy."""
    candidates = sorted((abs(len(other) - len(word)), other) for other in WORDS if other != word)
    return tuple(other for _, other in candidates[:20])


ABILITIES: Final[dict[str, Ability]] = {
    "copying": GeneratedAbility("copying", _generate_copy),
    "sorting": GeneratedAbility("sorting", _generate_digits),
    "recall": GeneratedAbility("recall", _generate_pairs),
    "unscrambling": GeneratedAbility("unscrambling", _generate_scrambled),
}
