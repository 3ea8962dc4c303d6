"""Words of two categories under labels that are true, flipped or arbitrary.

A model that classifies as well under flipped labels uses the examples. One that falls below
chance there uses its prior knowledge (Min et al. 2022, arXiv 2202.12837; Wei et al. 2023, arXiv
2303.03846).
"""

from __future__ import annotations

from typing import Final

from ..base import Ability
from .generated import GeneratedAbility, GeneratedQuestion, QuestionGenerator, Rng

_ANIMALS = """
ant badger bear bee bird boar bull calf camel cat cow crab crow deer dog dolphin donkey dove
duck eagle eel elephant fish fly fox frog goat goose hare hawk hen hornet horse jackal kitten
lamb leopard lion lizard lobster mole monkey moth mouse mule octopus otter owl ox panda parrot
pig pigeon pony puppy rabbit ram rat raven robin salmon seal shark sheep snail snake sparrow
spider squid squirrel stork swan tiger toad trout turkey turtle wasp weasel whale wolf worm
zebra
"""

_THINGS = """
anvil axe barrel basket bed bell bench boat book bottle bowl box brick bridge broom brush bucket
button cable candle carpet cart chain chair clock coat coin comb cup curtain desk dish door drum
fan fence flute fork glass glove hammer hat hook jar kettle key knife ladder lamp lid lock map
mirror nail needle oven page pan pen pencil pillow pin pipe plate plough pot purse rope ruler
saddle saw scarf screw shelf shirt shoe shovel sock sofa spoon stool table tent towel tray truck
vase wagon wall wheel whistle window wire
"""

CATEGORIES = (_ANIMALS.split(), _THINGS.split())

SEED_NAME = "labels"
"""Seed of all three abilities, so that they ask the same words."""


def _label_generator(labels: tuple[str, str]) -> QuestionGenerator:
    """Words such as `otter=`, with the label of their category as the answer."""

    def generate(rng: Rng) -> GeneratedQuestion:
        category = int(rng.integers(2))
        word = CATEGORIES[category][int(rng.integers(len(CATEGORIES[category])))]
        return GeneratedQuestion(word, labels[category], (labels[1 - category],))

    return generate


ABILITIES: Final[dict[str, Ability]] = {
    "labels_true": GeneratedAbility(SEED_NAME, _label_generator(("animal", "thing"))),
    "labels_flipped": GeneratedAbility(SEED_NAME, _label_generator(("thing", "animal"))),
    "labels_arbitrary": GeneratedAbility(SEED_NAME, _label_generator(("foo", "bar"))),
}
