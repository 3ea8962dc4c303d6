"""`python -m upwell` is `upwell`."""

import os
import sys

# Python puts the working folder first, where a downloaded folder may hold a `polars.py`.
if not sys.flags.safe_path and sys.path[:1] == [os.getcwd()]:  # noqa: PTH109 - nothing else yet.
    del sys.path[0]

from .cli import main

if __name__ == "__main__":
    main()
