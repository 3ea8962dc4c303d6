"""Answers to score, with the fields that a test cares about."""

from upwell.records import Answer


def answer(item: int = 0, target: str = "62", **fields: object) -> Answer:
    blank = {"model": "m", "ability": "addition2", "shots": 0, "prompt": "", "item": str(item)}
    return Answer(**{**blank, "target": target, **fields})


def completions(*texts: str | None, target: str = "62") -> list[Answer]:
    return [answer(i, target, completion=text) for i, text in enumerate(texts)]


def choice_answers(*logprobs: tuple[float, ...]) -> list[Answer]:
    """Answers whose target is the first choice."""
    return [
        answer(i, "0", choices=tuple(map(str, range(len(each)))), logprobs=each)
        for i, each in enumerate(logprobs)
    ]
