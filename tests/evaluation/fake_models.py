"""Models to evaluate: networks that can do one thing, and nothing else."""

import torch

from upwell.data import load_tokenizer
from upwell.models.lm.causal import CausalLM
from upwell.records import ModelRef, ModelSpec

TOKENIZER = load_tokenizer("ascii")
CONTEXT = 64

REF = ModelRef(
    id="model",
    run="run",
    spec=ModelSpec(family="toy", hparams={"params": 1}),
    created_by="train",
    seed=0,
    params=1,
    tokens=0,
    flops=0.0,
    bytes=0,
    weights_sha256=None,
    code_version="",
)


class Uniform(torch.nn.Module):
    """Every token equally probable, attention spread evenly."""

    def forward(self, tokens):
        return torch.zeros(*tokens.shape, TOKENIZER.size)

    def attention(self, tokens):
        even = torch.ones(tokens.shape[1], tokens.shape[1]).tril()
        return (even / even.sum(-1, keepdim=True)).expand(len(tokens), 1, 2, -1, -1)


class Copying(torch.nn.Module):
    """Predicts the token that followed the last occurrence of the current one.

    `lag` is where its second head looks: 1 for the token that followed (an induction head), 0 for
    the earlier token itself (a duplicate-token head). Its first head looks at its own position.
    """

    def __init__(self, lag=1):
        super().__init__()
        self.lag = lag

    def forward(self, tokens):
        position = self._attended_position(tokens, 1)
        follower = tokens.gather(1, position.clamp(min=0))
        logits = torch.nn.functional.one_hot(follower, TOKENIZER.size) * 30.0
        return logits * (position >= 0)[..., None]

    def attention(self, tokens):
        position = self._attended_position(tokens, self.lag)
        own = torch.arange(tokens.shape[1]).expand_as(tokens)
        positions = torch.stack([own, torch.where(position >= 0, position, own)], dim=1)
        return torch.nn.functional.one_hot(positions, tokens.shape[1])[:, None].float()

    def _attended_position(self, tokens, lag):
        """[B, T]: lag positions after the last earlier occurrence of each token, or -1."""
        T = tokens.shape[1]
        same = (tokens[:, :, None] == tokens[:, None, :]) & torch.ones(T, T).tril(-1).bool()
        last = torch.where(same, torch.arange(T), -1).max(-1).values
        return torch.where(last >= 0, last + lag, -1)


class Counting(torch.nn.Module):
    """Adds: completes a prompt that ends in `a+b=` with the sum and a newline."""

    def forward(self, tokens):
        logits = torch.zeros(*tokens.shape, TOKENIZER.size)
        for row, ids in enumerate(tokens.tolist()):
            for position in range(len(ids)):
                line = TOKENIZER.decode(ids[: position + 1]).rsplit("\n", 1)[-1]
                question, equals, so_far = line.partition("=")
                if equals:
                    answer = str(sum(map(int, question.split("+")))) + "\n"
                    letter = answer[len(so_far)] if len(so_far) < len(answer) else "\n"
                    logits[row, position, TOKENIZER.encode(letter)[0]] = 20.0
        return logits


def as_lm(module, context=CONTEXT):
    return CausalLM(module, TOKENIZER, context)
