"""The training loop, with snapshots to resume from and to roll back to.

Snapshots are taken at fixed steps that do not depend on the clock, and only snapshots are written.
So a run that was killed and resumed passes through the same weights, bit for bit, as one that never
stopped.
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
from ..models.protocols import ParamRole
from ..records import Run, Train, TrainLogEntry
from .flat_params import FlatParams
from .guard import Guard
from .optimizer import Optimizer
from .schedule import Branch, lr_fraction, plan_branches
from .snapshot_buffers import SnapshotBuffers, copy_tensors

MIN_SEPARATE_GRAD_PARAMS = 4_000_000
"""Parameters from which AdamW uses separate gradients: copying then costs more than calls."""

SNAPSHOT_STEPS = 32
"""Steps between snapshots, and the most that a spike can cost."""

LOG_EVERY = 16
"""Steps between two lines of the training log."""

MAX_ROLLBACKS = 8
"""Rollbacks in a row after which a run fails: then the recipe is wrong, not the batch."""

STABLE_STEPS = 256
"""Steps without an incident after which the count of rollbacks starts again. An occasional hard
batch late in training, when most losses are small, is no divergence."""


class BatchStream(Protocol):
    """Stream of training batches; `upwell.data.Loader` is one."""

    def next(self) -> Mapping[str, Any]:
        """The next batch: numpy arrays by name; their first axis is the row."""

    def state_dict(self) -> dict[str, Any]:
        """Position in the stream, as plain JSON."""

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continue from a position."""


@dataclass(frozen=True)
class Snapshot:
    """State of training, from which it resumes bit for bit."""

    tensors: dict[str, Tensor]
    state: dict[str, Any]


class Trainer:
    """A module, its optimizer and its batches, at some step of a run."""

    def __init__(
        self,
        run: Run,
        module: Any,
        param_roles: Mapping[str, ParamRole],
        batches: BatchStream,
        save: Callable[[str, Snapshot], None],
        log: Callable[[TrainLogEntry], None],
    ) -> None:
        self.run, self.recipe, self.module = run, run.recipe, module
        self.flat_params = FlatParams(
            module, param_roles, separate_grads=_use_separate_grads(module, run.recipe)
        )
        self.optimizer = Optimizer(self.flat_params, run.recipe)
        self.batches = batches
        self.branches = plan_branches(run.recipe, run.milestones)
        self.max_steps = self.branches[-1].end if self.branches else 0
        self.guard = Guard(run.recipe.spike_factor)
        self.save, self.log = save, log
        self.step, self.rollbacks, self.last_incident_step = 0, 0, 0
        self.recent_losses: list[float] = []
        self.recent_components: list[dict[str, float]] = []
        self.tail_losses: list[float] = []
        self.started_at = self.saved_at = time.monotonic()
        self._snapshot_buffers = SnapshotBuffers()
        self.latest_snapshot = self._buffered_snapshot()

    def advance(self, end: int, branch: Branch | None) -> None:
        """Train up to step `end`, on the trunk (None) or on a branch."""
        slot = "trunk" if branch is None else branch.slot
        while self.step < end:
            if self.step % SNAPSHOT_STEPS == 0:
                self._checkpoint(slot)
            self._train_step(branch)

    def _train_step(self, branch: Branch | None) -> None:
        fraction = lr_fraction(self.recipe, self.max_steps, self.step, branch)
        loss, components = self._backward()
        grad_norm = 0.0
        event = self.guard.check(loss)
        if event is None:
            grad_norm = self.optimizer.step(fraction)
            event = self.guard.check(loss, grad_norm) if grad_norm != grad_norm else None
        if event is not None:
            self._roll_back(branch, event, fraction)
            return
        self.step += 1
        self.recent_losses.append(loss)
        if len(components) > 1:
            self.recent_components.append(components)
        if branch is not None and self.step > 0.9 * branch.end:
            self.tail_losses.append(loss)
        if self.step % LOG_EVERY == 0 or (branch is not None and self.step == branch.end):
            self._log(
                branch,
                fmean(self.recent_losses),
                fraction,
                grad_norm,
                None,
                _mean_components(self.recent_components),
            )
            self.recent_losses.clear()
            self.recent_components.clear()

    def _backward(self) -> tuple[float, dict[str, float]]:
        """Compute the gradient for one batch. Returns the loss and its components."""
        self._seed_step()
        batch = {name: torch.from_numpy(rows) for name, rows in self.batches.next().items()}
        components: dict[str, float] = {}
        for micro_batch in _micro_batches(batch, self.recipe.grad_accumulation):
            losses = self.module.losses(micro_batch, batch)
            sum(losses.values()).backward()
            for name, value in losses.items():
                components[name] = components.get(name, 0.0) + value.item()
        return sum(components.values()), components

    def _seed_step(self) -> None:
        """Seed torch for one step, from the run's seed and the position in the data alone."""
        position_key = f"{self.run.seed} {sorted(self.batches.state_dict().items())}"
        torch.manual_seed(int.from_bytes(sha256(position_key.encode()).digest()[:8]) >> 1)

    def _roll_back(self, branch: Branch | None, event: str, fraction: float) -> None:
        """Go back to the last snapshot, and skip the rows read since."""
        self._log(branch, None, fraction, None, event)
        is_stable = self.step - self.last_incident_step > STABLE_STEPS
        self.rollbacks, self.last_incident_step = (
            (1 if is_stable else self.rollbacks + 1),
            self.step,
        )
        if self.rollbacks > MAX_ROLLBACKS:
            raise RunError(
                f"run {self.run.id}: the loss broke {self.rollbacks} times in a row (last: {event} "
                f"at step {self.step}); lower the learning rate, or raise warmup_fraction"
            )
        position, rollbacks, last_incident_step = (
            self.batches.state_dict(),
            self.rollbacks,
            self.last_incident_step,
        )
        self.restore(self.latest_snapshot)
        self.batches.load_state_dict(position)
        self.rollbacks, self.last_incident_step = rollbacks, last_incident_step
        self.flat_params.zero_grad()
        self.latest_snapshot = self._buffered_snapshot()

    def _checkpoint(self, slot: str) -> None:
        """Take a snapshot; write it to disk if the last one there is old enough."""
        self.latest_snapshot = self._buffered_snapshot()
        if time.monotonic() - self.saved_at >= self.recipe.checkpoint_seconds:
            self.save(slot, Snapshot(self._live_tensors(), self.latest_snapshot.state))
            self.saved_at = time.monotonic()

    def snapshot(self) -> Snapshot:
        """A copy of everything that training depends on."""
        return Snapshot(copy_tensors(self._live_tensors()), self._state())

    def _buffered_snapshot(self) -> Snapshot:
        """A snapshot that stays valid while it is among the last two."""
        return Snapshot(self._snapshot_buffers.take(self._live_tensors()), self._state())

    def _live_tensors(self) -> dict[str, Tensor]:
        """Tensors that training changes, not copied."""
        return {**self.model_tensors(), **self.optimizer.state_dict()}

    def model_tensors(self) -> dict[str, Tensor]:
        """Weights and persistent buffers (running means of a batch norm), not copied."""
        return {"weights": self.flat_params.weight, **self._buffers()}

    def _state(self) -> dict[str, Any]:
        return {
            "step": self.step,
            "rollbacks": self.rollbacks,
            "last_incident_step": self.last_incident_step,
            "guard_recent_losses": list(self.guard.recent_losses),
            "guard_first_losses": list(self.guard.first_losses),
            "recent_losses": list(self.recent_losses),
            "recent_components": [dict(components) for components in self.recent_components],
            "tail_losses": list(self.tail_losses),
            "position": self.batches.state_dict(),
        }

    def restore(self, snapshot: Snapshot) -> None:
        """Restore a snapshot."""
        with torch.no_grad():
            self.flat_params.weight.copy_(snapshot.tensors["weights"])
            self.optimizer.load_state_dict(snapshot.tensors)
            for name, value in self._buffers().items():
                value.copy_(snapshot.tensors[name])
        state = snapshot.state
        self.step = state["step"]
        self.rollbacks, self.last_incident_step = state["rollbacks"], state["last_incident_step"]
        self.guard = Guard(
            self.recipe.spike_factor, state["guard_recent_losses"], state["guard_first_losses"]
        )
        self.recent_losses = list(state["recent_losses"])
        self.tail_losses = list(state["tail_losses"])
        self.recent_components = [dict(components) for components in state["recent_components"]]
        self.batches.load_state_dict(state["position"])
        self.latest_snapshot = snapshot

    def _buffers(self) -> dict[str, Tensor]:
        state_dict = self.module.state_dict()
        return {
            f"buffer.{name}": buffer
            for name, buffer in self.module.named_buffers()
            if name in state_dict
        }

    def _log(
        self,
        branch: Branch | None,
        loss: float | None,
        fraction: float,
        grad_norm: float | None,
        event: str | None,
        components: Mapping[str, float] | None = None,
    ) -> None:
        self.log(
            TrainLogEntry(
                run=self.run.id,
                branch=branch.tokens if branch else 0,
                step=self.step,
                tokens=self.step * self.recipe.batch_size * self.recipe.context_length,
                loss=loss,
                lr_fraction=fraction,
                grad_norm=grad_norm,
                seconds=time.monotonic() - self.started_at,
                event=event,
                loss_components=components or {},
            )
        )


def _use_separate_grads(module: torch.nn.Module, recipe: Train) -> bool:
    """Whether to use separate gradients; Muon and SGD need them in one vector."""
    return (
        recipe.optimizer == "adamw"
        and sum(p.numel() for p in module.parameters()) >= MIN_SEPARATE_GRAD_PARAMS
    )


def _micro_batches(batch: Mapping[str, Tensor], num_chunks: int) -> Iterator[dict[str, Tensor]]:
    """The rows of a batch in `num_chunks` parts."""
    chunks = [rows.chunk(num_chunks) for rows in batch.values()]
    for tensors in zip(*chunks, strict=True):
        yield dict(zip(batch, tensors, strict=True))


def _mean_components(components: Sequence[Mapping[str, float]]) -> dict[str, float]:
    names = components[0] if components else ()
    return {name: fmean(step_components[name] for step_components in components) for name in names}
