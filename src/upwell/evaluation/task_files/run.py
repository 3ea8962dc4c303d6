"""Evaluation of a model on the rows of a task, in every variant at once.

All variants go to the model together, so a shared prefix is read once. Few-shot examples are
nested, so the whole curve over shots costs little more than its last point. A row that does not
fit its template, or that the model cannot read, gives an answer with a reason.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from itertools import islice
from typing import TypeAlias

from ...metrics.extras import (
    IS_GREEDY_PREFIX,
    UNCONDITIONAL_LOGPROB_PREFIX,
    correct_texts,
    target_index,
)
from ...models.protocols import LM, Generation, NoAnswer, ScoredContinuation
from ...records import Answer
from .fewshot import FewshotSampling, sample_fewshot
from .pieces import split_pieces
from .requests import Request, build_request, build_request_or_reason
from .rows import TaskRow
from .task import EvalTask
from .variant import Variant, VariantAnswer

LOGPROB_DECIMALS = 6
"""Decimals of the numbers that are kept, about the precision of float32."""

TRUNCATED_TOKENS_KEY = "truncated_tokens"
"""Key of `Answer.extras` with the number of tokens cut off the prompt, where there were any."""

FewshotFn: TypeAlias = Callable[[Variant], list[list[TaskRow]]]
"""The few-shot examples of every row in a variant."""

ScoredOrNoAnswer: TypeAlias = ScoredContinuation | NoAnswer


def evaluate_task(
    lm: LM,
    model_id: str,
    task: EvalTask,
    variants: Sequence[Variant] = (Variant(),),
    *,
    sampling: FewshotSampling | None = None,
    row_indices: Sequence[int] | None = None,
    skip: Collection[tuple[Variant, str]] = (),
) -> list[VariantAnswer]:
    """Evaluate a model on rows of a task, in all variants.

    Returns an answer for every row and variant, in that order, without the (variant, item id) in
    `skip`. `row_indices` are the rows, by default all. The draw and order of `sampling` are those
    of each variant. Raises DataError where the first request cannot be built, for then none can.
    """
    pieces = iter_pieces(
        lm, model_id, task, variants, sampling=sampling, row_indices=row_indices, skip=skip
    )
    return [answer for piece in pieces for answer in piece]


def iter_pieces(
    lm: LM,
    model_id: str,
    task: EvalTask,
    variants: Sequence[Variant],
    *,
    sampling: FewshotSampling | None = None,
    row_indices: Sequence[int] | None = None,
    skip: Collection[tuple[Variant, str]] = (),
    characters: float = math.inf,
) -> Iterator[list[VariantAnswer]]:
    """The answers of `evaluate_task`, piece by piece.

    A piece costs about as much as reading `characters` (`pieces.py`).
    """
    get_fewshot = _fewshot_fn(task, sampling or FewshotSampling())
    indices = range(len(task.rows)) if row_indices is None else row_indices
    conditions = [
        (index, variant)
        for index in indices
        for variant in variants
        if (variant, task.item_id(index)) not in skip
    ]
    if conditions:
        index, variant = conditions[0]
        build_request(task, index, variant, get_fewshot(variant)[index], model_id)
    requests = (
        build_request_or_reason(task, index, variant, get_fewshot(variant)[index], model_id)
        for index, variant in conditions
    )
    for piece in split_pieces(requests, characters, task.max_gen_toks):
        answers = iter(run_requests(lm, task, [each for each in piece if not each.reason]))
        yield [
            VariantAnswer(
                variant=request.variant,
                answer=request.partial_answer if request.reason else next(answers),
            )
            for request in piece
        ]


def check_variants(task: EvalTask, variants: Sequence[Variant], sampling: FewshotSampling) -> None:
    """Raises DataError where the first row cannot be rendered in a variant, for then none can."""
    get_fewshot = _fewshot_fn(task, sampling)
    for variant in variants:
        build_request(task, 0, variant, get_fewshot(variant)[0], "")


def run_requests(lm: LM, task: EvalTask, requests: Sequence[Request]) -> list[Answer]:
    """The answer to every request, in order; one with a reason where the model gave none."""
    if task.output_type == "generate_until":
        prompts = [request.prompt or "" for request in requests]
        generations = lm.generate_until(prompts, task.max_gen_toks, task.until)
        return [
            _generated_answer(request.partial_answer, response)
            for request, response in zip(requests, generations, strict=True)
        ]
    if task.output_type == "loglikelihood_rolling":
        texts_scored = lm.loglikelihood_rolling([request.text or "" for request in requests])
        return [
            _scored_answer(request.partial_answer, [response])
            for request, response in zip(requests, texts_scored, strict=True)
        ]
    pairs_scored = iter(lm.loglikelihood([pair for request in requests for pair in request.pairs]))
    answers = [
        _scored_answer(request.partial_answer, list(islice(pairs_scored, len(request.pairs))))
        for request in requests
    ]
    if any(metric_spec.metric == "acc_mutual_info" for metric_spec in task.metrics):
        return _add_unconditional_logprobs(lm, requests, answers)
    return answers


def _fewshot_fn(task: EvalTask, sampling: FewshotSampling) -> FewshotFn:
    """Samples the examples of every variant, each once."""

    @cache
    def sample(shots: int, draw: int, order: int) -> list[list[TaskRow]]:
        return sample_fewshot(task, shots, replace(sampling, draw=draw, order=order))

    return lambda variant: sample(variant.shots, variant.draw, variant.order)


def _scored_answer(partial: Answer, responses: Sequence[ScoredOrNoAnswer]) -> Answer:
    """The answer with the scores of its choices, or of its target."""
    scored = [response for response in responses if not isinstance(response, NoAnswer)]
    if len(scored) < len(responses):
        refusals = (response for response in responses if isinstance(response, NoAnswer))
        return replace(partial, reason=next(refusals).reason)
    target = scored[target_index(partial) if partial.choices else 0]
    is_greedy = {
        f"{IS_GREEDY_PREFIX}{n}": float(all(response.is_greedy))
        for n, response in enumerate(scored)
        if response.is_greedy
    }
    return replace(
        partial,
        logprobs=_round_all(math.fsum(response.logprobs) for response in scored)
        if partial.choices
        else (),
        token_logprobs=_round_all(target.logprobs),
        extras={
            **partial.extras,
            **is_greedy,
            **_truncation_extras(max(response.truncated_tokens for response in scored)),
        },
    )


def _generated_answer(partial: Answer, generation: Generation | NoAnswer) -> Answer:
    if isinstance(generation, NoAnswer):
        return replace(partial, reason=generation.reason)
    correct = generation.text in correct_texts(partial)
    extras = {**partial.extras, **_truncation_extras(generation.truncated_tokens)}
    return replace(partial, completion=generation.text, correct=correct, extras=extras)


def _add_unconditional_logprobs(
    lm: LM, requests: Sequence[Request], answers: Sequence[Answer]
) -> list[Answer]:
    """The answers with the log-probability of each choice after an empty prompt."""
    continuations = list(
        dict.fromkeys(continuation for request in requests for _, continuation in request.pairs)
    )
    response_by_text = dict(
        zip(continuations, lm.loglikelihood([("", text) for text in continuations]), strict=True)
    )
    completed = []
    for request, answer in zip(requests, answers, strict=True):
        responses = [response_by_text[continuation] for _, continuation in request.pairs]
        unconditional = {
            f"{UNCONDITIONAL_LOGPROB_PREFIX}{n}": round(
                math.fsum(response.logprobs), LOGPROB_DECIMALS
            )
            for n, response in enumerate(responses)
            if isinstance(response, ScoredContinuation)
        }
        complete = not answer.reason and len(unconditional) == len(responses)
        completed.append(
            replace(answer, extras={**answer.extras, **unconditional}) if complete else answer
        )
    return completed


def _truncation_extras(tokens: int) -> dict[str, float]:
    return {TRUNCATED_TOKENS_KEY: float(tokens)} if tokens else {}


def _round_all(numbers: Iterable[float]) -> tuple[float, ...]:
    return tuple(round(number, LOGPROB_DECIMALS) for number in numbers)
