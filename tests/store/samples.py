"""Small records to write, for every test of the room."""

from upwell.records import Answer, Forecast, ModelRef, ModelSpec, Observation, Run, Study, Train

SPEC = ModelSpec(family="toy", hparams={"width": 8, "depth": 2})
STUDY = Study(name="small", question="Does it keep?", hypothesis="It does.", ladder=(SPEC,))
RUN = Run(
    id="toy-w8-s0-0badcafe",
    study="small",
    recipe=Train(),
    model=SPEC,
    data=(),
    seed=0,
    milestones=(100, 200),
    abilities=("induction",),
    shots=(0,),
    code_version="0.1.0+abc",
)


def model(tokens: int = 100) -> ModelRef:
    return ModelRef(
        id=f"{RUN.id}@{tokens}",
        run=RUN.id,
        spec=SPEC,
        created_by="train",
        seed=0,
        params=512,
        tokens=tokens,
        flops=6 * 512 * tokens,
        bytes=0,
        weights_sha256=None,
        code_version="0.1.0+abc",
    )


def answer(item: str, said: str = "涌现") -> Answer:
    return Answer(
        model=model().id,
        ability="induction",
        item=item,
        shots=0,
        prompt="0" * 64,
        target="b",
        completion=said,
        choices=("a", "b"),
        logprobs=(-0.1, -2.5),
        correct=False,
        extras={"head": 0.25},
    )


def observation(metric: str, value: float | None = 0.5) -> Observation:
    return Observation(
        model=model().id,
        ability="induction",
        shots=0,
        metric=metric,
        value=value,
        reason="nobody answered" if value is None else None,
    )


def forecast(at: float = 1e6, value: float = 0.5) -> Forecast:
    return Forecast(
        ability="induction",
        metric="accuracy",
        axis="params",
        target=at,
        value=value,
        interval_low=0.4,
        interval_high=0.6,
    )
