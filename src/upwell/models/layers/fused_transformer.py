"""The two branches of a Transformer layer with their backward passes written out.

Composed of ordinary operations, a layer costs some forty kernel calls and as many saved tensors. On
a CPU and at small widths that is much of a training step. Tests compare each branch with the
composed form, and with `torch.autograd.gradcheck`.

Gradients of weights accumulate in place, by the matrix product that computes them. So nothing here
can be differentiated twice.

Axes: B sequences, T positions, H heads, D head width, W = H D, F feed-forward width, N = B T.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.autograd import Function
from torch.nn import functional

RMS_NORM_EPSILON = 1e-6
_silu_backward = torch.ops.aten.silu_backward
_softmax_backward = torch.ops.aten._softmax_backward_data


def rms_norm(x: Tensor) -> Tensor:
    """x over its root mean square along the last axis (Zhang & Sennrich 2019), without a gain."""
    return _Norm.apply(x)


def attention(
    x: Tensor,
    qkv: Tensor,
    out: Tensor,
    rotary_and_mask: tuple[Tensor, Tensor],
    num_heads: int,
    scale: float,
    residual_scale: float,
) -> Tensor:
    """x [B, T, W] + `residual_scale` x causal attention of normed x, with rotary positions.

    qkv [3W, W], out [W, W]. `rotary_and_mask` are rotary factors, complex [T, D/2] (Su et al. 2021,
    for neighboring pairs), and a mask [T, T] with -inf above the diagonal. `scale` multiplies the
    scores.
    """
    return _Attention.apply(x, qkv, out, *rotary_and_mask, num_heads, scale, residual_scale)


def feed_forward(x: Tensor, gate_up: Tensor, down: Tensor, residual_scale: float) -> Tensor:
    """x [B, T, W] + `residual_scale` x the gated layer (SwiGLU, Shazeer 2020) of normed x.

    gate_up [2F, W], down [F, W].
    """
    return _FeedForward.apply(x, gate_up, down, residual_scale)


def apply_rotary(qkv: Tensor, rotary: Tensor, num_heads: int) -> Tensor:
    """Queries, keys and values per head, the first two rotated: [B, T, 3W] to [3, B H, T, D]."""
    B, T, W3 = qkv.shape
    D = W3 // 3 // num_heads
    x = qkv.view(B, T, 3, num_heads, D).permute(2, 0, 3, 1, 4).contiguous()
    torch.view_as_complex(x[:2].view(2, B * num_heads, T, D // 2, 2)).mul_(rotary)
    return x.view(3, B * num_heads, T, D)


def attention_weights(q: Tensor, k: Tensor, mask: Tensor, scale: float) -> Tensor:
    """softmax(scale q k^T + mask), [B H, T, T]."""
    return torch.softmax(torch.baddbmm(mask, q, k.transpose(1, 2), alpha=scale), -1)


class _Norm(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        y, scale = _norm(x)
        ctx.save_for_backward(y, scale)
        return y

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Tensor:
        return _norm_backward(grads[0], *ctx.saved_tensors)


class _Attention(Function):
    @staticmethod
    def forward(
        ctx: Any,
        x: Tensor,
        qkv: Tensor,
        out: Tensor,
        rotary: Tensor,
        mask: Tensor,
        num_heads: int,
        scale: float,
        residual_scale: float,
    ) -> Tensor:
        B, T, W = x.shape
        rows = x.view(-1, W)
        y, inv_rms = _norm(rows)
        z = apply_rotary((y @ qkv.t()).view(B, T, -1), rotary, num_heads)
        q, k, v = z.unbind(0)
        p = attention_weights(q, k, mask, scale)
        mixed = torch.bmm(p, v).view(B, num_heads, T, -1).transpose(1, 2).reshape(-1, W)
        ctx.save_for_backward(y, inv_rms, z, p, mixed, qkv, out, rotary)
        ctx.scale, ctx.residual_scale = scale, residual_scale
        return torch.addmm(rows, mixed, out.t(), alpha=residual_scale).view(x.shape)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        y, inv_rms, z, p, mixed, qkv, out, rotary = ctx.saved_tensors
        (B, T, W), D = grads[0].shape, z.shape[-1]
        dx = grads[0].reshape(-1, W)
        d_out = _weight_grad(out, dx.t(), mixed, ctx.residual_scale)
        d_mixed = _product(dx, out, ctx.residual_scale).view(B, T, -1, D).transpose(1, 2)
        dz = _mix_backward(d_mixed.reshape(-1, T, D), z, p, ctx.scale)
        torch.view_as_complex(dz[:2].unflatten(-1, (-1, 2))).mul_(rotary.conj())
        d_rows = dz.view(3, B, -1, T, D).permute(1, 3, 0, 2, 4).reshape(-1, 3 * W)
        d_qkv = _weight_grad(qkv, d_rows.t(), y, 1.0)
        dx = _norm_backward(d_rows @ qkv, y, inv_rms).add_(dx)
        return dx.view(B, T, W), d_qkv, d_out, None, None, None, None, None


class _FeedForward(Function):
    @staticmethod
    def forward(
        ctx: Any, x: Tensor, gate_up: Tensor, down: Tensor, residual_scale: float
    ) -> Tensor:
        rows = x.view(-1, x.shape[-1])
        y, inv_rms = _norm(rows)
        # Two products: what follows is half again as fast on whole rows as on half rows.
        gate, up = (y @ part.t() for part in gate_up.chunk(2))
        activated = functional.silu(gate)
        h = activated * up
        ctx.save_for_backward(y, inv_rms, gate, up, activated, h, gate_up, down)
        ctx.residual_scale = residual_scale
        return torch.addmm(rows, h, down, alpha=residual_scale).view(x.shape)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        y, inv_rms, gate, up, activated, h, gate_up, down = ctx.saved_tensors
        dx = grads[0].reshape(-1, y.shape[-1])
        d_down = _weight_grad(down, h.t(), dx, ctx.residual_scale)
        d_h = _product(dx, down.t(), ctx.residual_scale)
        d_up = d_h * activated
        d_gate = _silu_backward(d_h.mul_(up), gate)
        d_gate_up = _weight_grad(gate_up, (d_gate.t(), d_up.t()), y, 1.0)
        to_gate, to_up = gate_up.chunk(2)
        dy = (d_gate @ to_gate).addmm_(d_up, to_up)
        dx = _norm_backward(dy, y, inv_rms).add_(dx)
        return dx.view(grads[0].shape), d_gate_up, d_down, None


def _norm(x: Tensor) -> tuple[Tensor, Tensor]:
    scale = (
        torch.linalg.vecdot(x, x).div_(x.shape[-1]).add_(RMS_NORM_EPSILON).rsqrt_().unsqueeze(-1)
    )
    return x * scale, scale


def _norm_backward(dy: Tensor, y: Tensor, scale: Tensor) -> Tensor:
    along = torch.linalg.vecdot(dy, y).div_(-y.shape[-1]).unsqueeze(-1)
    return torch.addcmul(dy, y, along).mul_(scale)


def _mix_backward(dy: Tensor, z: Tensor, p: Tensor, scale: float) -> Tensor:
    """Gradient of queries, keys and values [3, B H, T, D] from that of the attention output."""
    q, k, v = z.unbind(0)
    dz = torch.empty_like(z)
    dq, dk, dv = dz.unbind(0)
    torch.bmm(p.transpose(1, 2), dy, out=dv)
    ds = _softmax_backward(torch.bmm(dy, v.transpose(1, 2)), p, -1, p.dtype)
    torch.baddbmm(dq, ds, k, beta=0, alpha=scale, out=dq)
    torch.baddbmm(dk, ds.transpose(1, 2), q, beta=0, alpha=scale, out=dk)
    return dz


def _product(a: Tensor, b: Tensor, factor: float) -> Tensor:
    """`factor` a b, in one pass."""
    out = a.new_empty(a.shape[0], b.shape[1])
    return torch.addmm(out, a, b, beta=0, alpha=factor, out=out)


def _weight_grad(
    weight: Tensor, a: Tensor | tuple[Tensor, ...], b: Tensor, factor: float
) -> Tensor | None:
    """Add `factor` a b to the gradient of the weight, or return it if there is none yet."""
    grad = torch.zeros_like(weight) if weight.grad is None else weight.grad
    parts = a if isinstance(a, tuple) else (a,)
    for part, rows in zip(grad.chunk(len(parts)), parts, strict=True):
        part.addmm_(rows, b, alpha=factor)
    return grad if weight.grad is None else None
