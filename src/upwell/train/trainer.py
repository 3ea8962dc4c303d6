"""The loop: batches in, weights out, and everything needed to go on after a kill.

Only snapshots are ever written or rolled back to, and they are taken at steps that do not
depend on the clock. So a run that was killed and resumed, or rolled back after a spike,
passes through the same weights, to the bit, as one that never stopped.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from statistics import fmean
from typing import Any, Protocol

import torch
from torch import Tensor

from ..errors import RunError
from ..models.roles import Role
from ..records import Progress, Run, Train
from .copies import Copies, copies
from .flat import Flat
from .guard import Guard
from .optimiser import Optimiser
from .schedule import Branch, branches, share

LARGE = 4_000_000
"""Parameters from which AdamW is given each gradient by itself: they are worth more than calls."""

SNAPSHOT_STEPS = 32
"""Steps between snapshots: what a spike costs at most."""

LINE_STEPS = 16
"""Steps between two lines of the learning curve."""

ROLLBACKS = 8
"""Incidents in a row after which a run is given up: the recipe is at fault, not the batch."""

CALM = 256
"""Steps without an incident after which the next one begins a row of its own: one hard batch now
and then, late, when most losses are small, is no breakdown."""


class Batches(Protocol):
    """Where rows come from; `upwell.data.Loader` is one."""

    def next(self) -> Mapping[str, Any]:
        """The next batch: numpy arrays by name, whose first axis is the row."""

    def position(self) -> dict[str, Any]:
        """Plain JSON from which `seek` goes on."""

    def seek(self, position: Mapping[str, Any]) -> None:
        """Go on from a position."""


@dataclass(frozen=True)
class Snapshot:
    """A moment of training from which it can go on, bit for bit."""

    tensors: dict[str, Tensor]
    state: dict[str, Any]


class Trainer:
    """One module, its optimiser and its rows, somewhere along one run."""

    def __init__(
        self,
        run: Run,
        module: Any,
        roles: Mapping[str, Role],
        batches_: Batches,
        save: Callable[[str, Snapshot], None],
        tell: Callable[[Progress], None],
    ) -> None:
        self.run, self.recipe, self.module = run, run.recipe, module
        self.flat = Flat(module, roles, apart=_apart(module, run.recipe))
        self.optimiser = Optimiser(self.flat, run.recipe)
        self.batches = batches_
        self.branches = branches(run.recipe, run.milestones)
        self.longest = self.branches[-1].end if self.branches else 0
        self.guard = Guard(run.recipe.spike)
        self.save, self.tell = save, tell
        self.step, self.rollbacks, self.broke = 0, 0, 0
        self.line: list[float] = []
        self.parts: list[dict[str, float]] = []
        self.tail: list[float] = []
        self.began = self.saved = time.monotonic()
        self._near = Copies()
        self.latest = self._near_snapshot()

    def advance(self, end: int, branch: Branch | None) -> None:
        """Train up to step `end`, on the trunk (None) or on a branch."""
        slot = "trunk" if branch is None else branch.slot
        while self.step < end:
            if self.step % SNAPSHOT_STEPS == 0:
                self._keep(slot)
            self._one(branch)

    def _one(self, branch: Branch | None) -> None:
        rate = share(self.recipe, self.longest, self.step, branch)
        loss, parts = self._backward()
        gradient = 0.0
        event = self.guard.verdict(loss)
        if event is None:
            gradient = self.optimiser.step(rate)
            event = self.guard.verdict(loss, gradient) if gradient != gradient else None
        if event is not None:
            self._roll_back(branch, event, rate)
            return
        self.step += 1
        self.line.append(loss)
        if len(parts) > 1:
            self.parts.append(parts)
        if branch is not None and self.step > 0.9 * branch.end:
            self.tail.append(loss)
        if self.step % LINE_STEPS == 0 or (branch is not None and self.step == branch.end):
            self._tell(branch, fmean(self.line), rate, gradient, None, _means(self.parts))
            self.line.clear()
            self.parts.clear()

    def _backward(self) -> tuple[float, dict[str, float]]:
        """Gradient of the loss of one batch; the loss, and the losses that it is the sum of."""
        self._throw_dice()
        whole = {name: torch.from_numpy(rows) for name, rows in self.batches.next().items()}
        parts: dict[str, float] = {}
        for part in _chunks(whole, self.recipe.accumulate):
            losses = self.module.losses(part, whole)
            sum(losses.values()).backward()
            for name, value in losses.items():
                parts[name] = parts.get(name, 0.0) + value.item()
        return sum(parts.values()), parts

    def _throw_dice(self) -> None:
        """The dice of a step (dropout, noise) depend on where it stands and on nothing else."""
        place = f"{self.run.seed} {sorted(self.batches.position().items())}"
        torch.manual_seed(int.from_bytes(sha256(place.encode()).digest()[:8]) >> 1)

    def _roll_back(self, branch: Branch | None, event: str, rate: float) -> None:
        """Forget the steps since the last snapshot, and the rows that led astray."""
        self._tell(branch, None, rate, None, event)
        calm = self.step - self.broke > CALM
        self.rollbacks, self.broke = (1 if calm else self.rollbacks + 1), self.step
        if self.rollbacks > ROLLBACKS:
            raise RunError(
                f"run {self.run.id}: the loss broke {self.rollbacks} times in a row (last: {event} "
                f"at step {self.step}); lower the learning rate or raise the warm-up"
            )
        position, rollbacks, broke = self.batches.position(), self.rollbacks, self.broke
        self.restore(self.latest)
        self.batches.seek(position)
        self.rollbacks, self.broke = rollbacks, broke
        self.flat.clear()
        self.latest = self._near_snapshot()

    def _keep(self, slot: str) -> None:
        """Take a snapshot; write it down if the last one on the disk is old enough."""
        self.latest = self._near_snapshot()
        if time.monotonic() - self.saved >= self.recipe.checkpoint_seconds:
            self.save(slot, Snapshot(self._live(), self.latest.state))
            self.saved = time.monotonic()

    def snapshot(self) -> Snapshot:
        """A copy of everything that training depends on."""
        return Snapshot(copies(self._live()), self._state())

    def _near_snapshot(self) -> Snapshot:
        """The same, for as long as it is among the last two."""
        return Snapshot(self._near.take(self._live()), self._state())

    def _live(self) -> dict[str, Tensor]:
        """The tensors that training changes, not copied."""
        return {**self.learnt(), **self.optimiser.tensors()}

    def learnt(self) -> dict[str, Tensor]:
        """What the network is made of, not copied: its weights, and what training changes beside
        them, such as the means of a batch norm."""
        return {"weights": self.flat.weight, **self._buffers()}

    def _state(self) -> dict[str, Any]:
        return {
            "step": self.step,
            "rollbacks": self.rollbacks,
            "broke": self.broke,
            "recent": list(self.guard.recent),
            "first": list(self.guard.first),
            "line": list(self.line),
            "parts": [dict(parts) for parts in self.parts],
            "tail": list(self.tail),
            "position": self.batches.position(),
        }

    def restore(self, snapshot: Snapshot) -> None:
        """Go back, or on, to a snapshot."""
        with torch.no_grad():
            self.flat.weight.copy_(snapshot.tensors["weights"])
            self.optimiser.load(snapshot.tensors)
            for name, value in self._buffers().items():
                value.copy_(snapshot.tensors[name])
        state = snapshot.state
        self.step = state["step"]
        # Checkpoints of 0.1.0 and before tell no step: as if the last incident was just now.
        self.rollbacks, self.broke = state["rollbacks"], state.get("broke", self.step)
        self.guard = Guard(self.recipe.spike, state["recent"], state["first"])
        self.line, self.tail = list(state["line"]), list(state["tail"])
        self.parts = [dict(parts) for parts in state["parts"]]
        self.batches.seek(state["position"])
        self.latest = snapshot

    def _buffers(self) -> dict[str, Tensor]:
        kept = self.module.state_dict()
        return {f"buffer.{n}": b for n, b in self.module.named_buffers() if n in kept}

    def _tell(
        self,
        branch: Branch | None,
        loss: float | None,
        rate: float,
        gradient: float | None,
        event: str | None,
        parts: Mapping[str, float] | None = None,
    ) -> None:
        self.tell(
            Progress(
                run=self.run.id,
                branch=branch.tokens if branch else 0,
                step=self.step,
                tokens=self.step * self.recipe.batch * self.recipe.context,
                loss=loss,
                rate=rate,
                gradient=gradient,
                seconds=time.monotonic() - self.began,
                event=event,
                parts=parts or {},
            )
        )


def _apart(module: torch.nn.Module, recipe: Train) -> bool:
    """Whether gradients had better not be gathered; Muon and SGD take them together."""
    return recipe.optimiser == "adamw" and sum(p.numel() for p in module.parameters()) >= LARGE


def _chunks(batch: Mapping[str, Tensor], parts: int) -> Iterator[dict[str, Tensor]]:
    """The rows of a batch in so many parts."""
    pieces = [rows.chunk(parts) for rows in batch.values()]
    for some in zip(*pieces, strict=True):
        yield dict(zip(batch, some, strict=True))


def _means(parts: Sequence[Mapping[str, float]]) -> dict[str, float]:
    names = parts[0] if parts else ()
    return {name: fmean(each[name] for each in parts) for name in names}
