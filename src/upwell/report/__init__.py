"""What people see: one self-contained page and its figures.

This room shows what it is given. It judges nothing, invents no value, and reaches for
nothing outside the file it writes.
"""

from .adapted import page as adapted_page
from .crossing import finding as crossing_finding
from .crossing import page as crossing_page
from .overview import overview
from .page import figures, page

__all__ = [
    "adapted_page", "crossing_finding", "crossing_page", "figures", "overview", "page",
]  # fmt: skip
