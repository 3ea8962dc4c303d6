"""What a model can be adapted to: one file a task, each with the same six things.

read(path, columns, labelled)                    rows in, with their lines
encode(rows, labels, columns, words, length)     what a batch is put together of
body(given, adapt), shipped(body, given, adapt)  the head, and the folder's own model
loss(logits, part, whole, adapt)                 what is minimised
scores(logits, targets, rows, several)           metrics, the first of which chooses
predictions(...)                                 what is said of rows that nobody labelled
"""
