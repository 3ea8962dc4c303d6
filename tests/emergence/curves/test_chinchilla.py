"""The Chinchilla form is found again where it was planted, and where Besiroglu et al. found it."""

import os
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from upwell.emergence.curves.chinchilla import fit
from upwell.errors import DataError

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("UPWELL_DATA", ROOT.parent / "shared" / "data")) / "tables"


def test_a_planted_law_is_found_again() -> None:
    rng = np.random.default_rng(0)
    params = np.exp(rng.uniform(np.log(1e7), np.log(1e10), 150))
    tokens = params * np.exp(rng.uniform(0, 5, 150))
    loss = 1.7 + 400 / params**0.34 + 1500 / tokens**0.37
    law = fit(params, tokens, loss * np.exp(rng.normal(0, 1e-3, 150)), n_bootstrap=5)
    assert pytest.approx(1.7, abs=0.05) == law.E
    assert law.alpha == pytest.approx(0.34, abs=0.02)
    assert law.beta == pytest.approx(0.37, abs=0.03)
    np.testing.assert_allclose(law.loss(params, tokens), loss, rtol=0.01)


def test_models_starved_of_data_are_left_out_and_counted() -> None:
    params, tokens = np.full(20, 1e9), np.geomspace(1e8, 1e12, 20)
    law = fit(params, tokens, 1.8 + 2000 / tokens**0.36, n_bootstrap=0)
    assert law.excluded_models == int((tokens < 0.43e9).sum())


def test_a_loss_that_is_not_positive_is_refused() -> None:
    with pytest.raises(DataError, match="positive"):
        fit(np.full(20, 1e9), np.full(20, 1e9), np.zeros(20))


@pytest.mark.data
@pytest.mark.skipif(not DATA.is_dir(), reason="the shared tables are not here")
def test_the_published_refit_is_met_within_its_errors() -> None:
    frame = pl.read_parquet(DATA / "chinchilla.parquet")
    law = fit(*(frame[name].to_numpy() for name in ("params", "tokens", "value")), n_bootstrap=0)
    assert pytest.approx(1.8172, abs=0.03) == law.E
    assert pytest.approx(482.01, abs=124.58) == law.A
    assert pytest.approx(2085.43, abs=1293.23) == law.B
    assert law.alpha == pytest.approx(0.3478, abs=0.02)
    assert law.beta == pytest.approx(0.3658, abs=0.02)
