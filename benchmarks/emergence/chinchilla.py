"""The Chinchilla form on the points digitized from Hoffmann et al., beside Besiroglu's refit.

python benchmarks/emergence/chinchilla.py
"""

from __future__ import annotations

import time

from sources import table

from upwell.emergence.curves.chinchilla import fit

BESIROGLU = {"E": 1.8172, "A": 482.01, "B": 2085.43, "alpha": 0.3478, "beta": 0.3658}
THEIR_ERROR = {"E": 0.03, "A": 124.58, "B": 1293.23, "alpha": 0.02, "beta": 0.02}


def main() -> None:
    frame = table("chinchilla").frame
    columns = [frame[name].to_numpy() for name in ("params", "tokens", "value")]
    start = time.process_time()
    law = fit(*columns)
    print(f"{law.models} models, {time.process_time() - start:.1f} CPU seconds")
    for name, theirs in BESIROGLU.items():
        ours = getattr(law, name)
        off = abs(ours - theirs) / THEIR_ERROR[name]
        print(
            f"{name:6} {ours:9.4f} +- {law.stderr[name]:8.4f}  theirs {theirs:9.4f}  {off:.2f} s.e."
        )


if __name__ == "__main__":
    main()
