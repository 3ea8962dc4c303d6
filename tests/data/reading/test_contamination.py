import pytest

from upwell.data import find_contamination, load_tokenizer
from upwell.data.reading.contamination import split_words
from upwell.data.reading.corpus import load_corpus
from upwell.data.sources.arithmetic import format_question, is_held_out
from upwell.records import DataSpec

BYTES = load_tokenizer("bytes")

ENGLISH = (
    "When the tide wells up over the old harbour wall, the gulls rise in one grey "
    "cloud and settle again as soon as the water falls."
)
CHINESE = "潮水漫过旧港的堤岸时，海鸥成群飞起，等水退去又落回原处，年年如此。"
ELSEWHERE = (
    "A compiler reads the whole program twice, once to learn the names and once more to "
    "write what the machine will do with them.",
    "编译器把整个程序读两遍，第一遍记住名字，第二遍写出机器要做的事情。",
)


@pytest.fixture
def data(tmp_path) -> list[DataSpec]:
    (tmp_path / "a.txt").write_text(f"{ENGLISH}\n{CHINESE}\n", encoding="utf-8")
    spec = DataSpec(source="text", options={"path": str(tmp_path)})
    assert load_corpus(spec, BYTES).documents
    return [spec]


@pytest.mark.parametrize("item", [ENGLISH, CHINESE, "grey cloud", "海鸥成群飞起"])
def test_a_copy_is_found(item: str, data: list) -> None:
    result = find_contamination([*ELSEWHERE, item], data, BYTES)
    assert (result.items, result.exact, result.partial, result.item_indices) == (3, 1, 0, (2,))
    assert result.examples == (item,)


@pytest.mark.parametrize(
    "item",
    [
        "Q: THE TIDE WELLS UP, OVER the old   harbour wall; the gulls rise -- in one what?",
        "问：旧港的堤岸时海鸥成群飞起、等水退去，会怎样？",
    ],
)
def test_thirteen_words_in_a_row_are_found_whatever_their_dress(item: str, data: list) -> None:
    result = find_contamination([item], data, BYTES)
    assert (result.exact, result.partial) == (0, 1)


@pytest.mark.parametrize("text", [ENGLISH, CHINESE])
def test_twelve_words_in_a_row_are_not_enough(text: str, data: list) -> None:
    shared = split_words(text)
    items = [" ".join(["zebra", *shared[4 : 4 + count], "zebra"]) for count in (12, 13)]
    assert find_contamination(items, data, BYTES).item_indices == (1,)


@pytest.mark.parametrize("item", [*ELSEWHERE, "", " \n"])
def test_other_text_and_blank_text_are_not_an_overlap(item: str, data: list) -> None:
    assert find_contamination([item], data, BYTES).item_indices == ()


def test_without_the_plant_nothing_is_found(tmp_path) -> None:
    (tmp_path / "b.txt").write_text("\n\n".join(ELSEWHERE), encoding="utf-8")
    spec = DataSpec(source="text", options={"path": str(tmp_path)})
    assert find_contamination([ENGLISH, CHINESE], [spec], BYTES).item_indices == ()


def test_random_rows_hold_no_item() -> None:
    assert find_contamination([ENGLISH], [DataSpec(source="repeats")], BYTES).item_indices == ()


def test_sums_are_found_exactly_when_they_are_not_held_out() -> None:
    pairs = [(a, b) for a in range(10, 40) for b in range(50, 80)]
    items = [format_question(a, b) for a, b in pairs]
    result = find_contamination(items, [DataSpec(source="arithmetic")], BYTES)
    assert result.item_indices == tuple(
        i for i, (a, b) in enumerate(pairs) if not is_held_out(a, b)
    )
    assert result.exact == len(result.item_indices)
    assert 0 < len(result.item_indices) < len(items)


def test_words_are_counted_alike_in_english_and_chinese() -> None:
    assert split_words("The TIDE, wells_up 27!") == ["the", "tide", "wells", "up", "27"]
    assert split_words("潮水 wells，涌现。") == ["潮", "水", "wells", "涌", "现"]
