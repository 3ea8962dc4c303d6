"""What a model can be adapted to: one file a task, each with the same six things.

read(path, columns, labelled)                    rows in, with their lines
encode(rows, labels, columns, words, length)     what a batch is put together of
body(given, adapt), shipped(body, given, ...)    the head, and the folder's own model
loss(logits, part, whole, adapt)                 what is minimised
scores(logits, rows, adapt, several)             metrics; main_score is what chooses
predictions(logits, rows, encoded, adapted)      what is said of rows that nobody labelled
"""
