"""What people call columns of texts and of labels, in the order in which they are looked for."""

PAIRS = (
    ("sentence1", "sentence2"),
    ("premise", "hypothesis"),
    ("question1", "question2"),
    ("text_a", "text_b"),
    ("text1", "text2"),
    ("question", "sentence"),
)
TEXTS = (
    "text", "sentence", "review", "utterance", "question", "content", "query", "comment",
    "message", "body", "title", "文本", "内容", "评论", "句子", "问题", "标题",
)  # fmt: skip
LABELS = (
    "label", "labels", "category", "class", "intent", "sentiment", "target", "topic", "标签",
    "类别",
)  # fmt: skip

KNOWN = frozenset({*TEXTS, *LABELS, *(name for pair in PAIRS for name in pair), "id"})
"""Names by which a first line is known to be a header."""
