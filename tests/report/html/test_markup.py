from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from upwell.report.html.markup import Markup, clean, element, isolate, join


class Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text = ""

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)

    def handle_data(self, data):
        self.text += data


@given(st.text())
def test_any_text_is_read_back_as_text_and_never_as_markup(text):
    reader = Reader()
    reader.feed(element("p", text))
    assert reader.tags == ["p"]
    assert reader.text == clean(text)


@given(st.text())
def test_an_attribute_cannot_be_left_from_within(text):
    reader = Reader()
    reader.feed(element("p", "seen", title=text))
    assert (reader.tags, reader.text) == (["p"], "seen")


@given(st.text())
def test_cleaned_text_can_be_written_as_utf8_and_stands_in_xml(text):
    cleaned = clean(text)
    cleaned.encode("utf-8")
    assert not any(ord(letter) < 32 and letter not in "\t\n\r" for letter in cleaned)


def test_direction_overrides_are_replaced():
    assert clean("a\u202eb\u2066c") == "a\ufffdb\ufffdc"


def test_markup_passes_once_and_strings_do_not():
    assert element("p", element("b", "x & y")) == "<p><b>x &amp; y</b></p>"
    assert join("<", Markup("<br>"), None, [1, 2.5]) == "&lt;<br>12.5"


def test_absent_attributes_are_left_out():
    assert element("p", class_=None, hidden=False) == "<p></p>"


def test_text_of_users_is_isolated():
    assert isolate("שלום") == "<bdi>שלום</bdi>"
