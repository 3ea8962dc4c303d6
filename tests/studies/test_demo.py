"""The demo changes nothing but the width, and says beforehand what it expects."""

from upwell.study_loader import load_study

STUDY = load_study("demo")


def test_only_the_width_changes():
    hparams = [dict(spec.hparams) for spec in STUDY.ladder]
    assert len({(each["depth"], each["width"] // each["head_dim"]) for each in hparams}) == 1
    widths = [each["width"] for each in hparams]
    assert widths == sorted(set(widths))


def test_every_ability_has_an_expected_verdict_of_another_kind():
    assert tuple(STUDY.expected) == STUDY.abilities
    assert len(set(STUDY.expected.values())) == len(STUDY.abilities)
    assert set(STUDY.expected.values()) == {"emergent", "metric-made", "smooth", "flat"}


def test_other_seeds_are_an_option():
    assert load_study("demo", first_seed=100).seeds == (100, 101, 102)
