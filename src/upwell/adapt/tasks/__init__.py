"""What a model can be adapted to: one file a task, each with the same six things.

read, labels_of, row, FORMATS                    rows in, with their lines or files
encode, length, READS                            what a batch is put together of
body, loaded, shipped                            the head, and the folder's own model
loss(said, part, whole, adapt)                   what is minimised
scores, main_score, shown                        metrics; main_score is what chooses
predictions(said, rows, encoded, adapted)        what is said of rows that nobody labelled

READS is what rows are read with: "words", "images" or "sounds". FITTED tells whether the logits are
a linear map of what the frozen model makes of a row. If so, a map is fitted before anything is
trained, probabilities are calibrated, and the task has targets, flat, groups, pooling and ONE_A_ROW
too. If not, it has outputs(body, given, encoded, adapt): what a model says of rows, in order.

A task may also have MOST_CHOOSING, how many rows are held back to choose by at most; FRESH_BATCH,
how many a fresh model learns from in a step;
kept_together(row), what rows share that have to stay on one side; and settled(said, rows, adapt),
the recipe with what is found out from the rows that choose; and picture(said, rows, adapt), a JPEG
of some rows for the report.
"""
