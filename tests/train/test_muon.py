"""Orthogonalisation against the singular value decomposition."""

import torch

from upwell.train.muon import Muon, newton_schulz


def draw(*shape: int) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(0))


def test_singular_values_come_near_one_and_vectors_stay():
    for shape in ((3, 16, 40), (3, 40, 16), (2, 24, 48)):
        matrices = draw(*shape)
        found = newton_schulz(matrices)
        u, _, v = torch.linalg.svd(matrices, full_matrices=False)
        values = u.mT @ found @ v.mT
        diagonal = values.diagonal(dim1=-2, dim2=-1)
        assert diagonal.min() > 0.3 and diagonal.max() < 1.4
        assert (values - torch.diag_embed(diagonal)).abs().max() < 1e-3


def test_a_batch_is_its_matrices_one_by_one():
    matrices = draw(4, 12, 20)
    alone = torch.cat([newton_schulz(one[None]) for one in matrices])
    torch.testing.assert_close(newton_schulz(matrices), alone)


def test_update_has_the_spectral_norm_that_the_rate_says():
    weight, grad = torch.zeros(1, 32, 8), draw(1, 32, 8)
    Muon(weight, grad, torch.full((1, 1, 1), 2.0)).step(learning_rate=0.1, weight_decay=0.0)
    norm = torch.linalg.matrix_norm(weight[0], ord=2)
    assert 0.5 * 0.2 < norm < 1.3 * 0.2
