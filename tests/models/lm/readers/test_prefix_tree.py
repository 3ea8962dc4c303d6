"""The tree of what rows share, and how it is carved."""

from hypothesis import given
from hypothesis import strategies as st

from upwell.models.lm.readers.prefix_tree import build_tree, common_prefix_length, partition

ROWS = st.lists(st.lists(st.integers(0, 2), min_size=1, max_size=12), min_size=1, max_size=30)


def written_out(shared, row):
    path = reversed(list(shared.path(shared.row_ends[row])))
    return [token for place in path for token in shared.segments[place].tokens]


@given(ROWS, st.integers(1, 5))
def test_every_row_can_be_read_off_the_tree(rows, longest):
    shared = build_tree(rows, longest)
    assert [written_out(shared, row) for row in range(len(rows))] == rows
    assert max(len(each.tokens) for each in shared.segments) <= longest


@given(ROWS)
def test_the_tree_holds_every_shared_token_once(rows):
    prefixes = {tuple(row[:end]) for row in rows for end in range(1, len(row) + 1)}
    assert sum(len(each.tokens) for each in build_tree(rows, 100).segments) == len(prefixes)


@given(ROWS, st.integers(3, 40))
def test_partition_reads_every_segment_after_all_before_it(rows, limit):
    shared = build_tree(rows, 3)
    trunks, seen = [], set()
    for scope in partition(shared, limit):
        if scope.shared_prefix:
            del trunks[scope.level - 1 :]
            trunks.append(scope.shared_prefix)
        stands = [place for trunk in trunks for place in trunk]
        seen |= set(stands)
        for piece in scope.chunks:
            path = list(reversed(list(shared.path(piece.root))))
            assert path == [*stands, *piece.replayed_prefix, piece.root]
            seen |= set(range(piece.root, shared.subtree_end[piece.root])) | set(
                piece.replayed_prefix
            )
    assert seen == set(range(len(shared.segments)))


def test_a_long_prefix_of_many_rows_is_shared_and_of_a_few_is_in_one_row():
    beginning = list(range(300))
    many = [[*beginning, 1000 + n, *range(20)] for n in range(50)]
    scopes = partition(build_tree(many, 1024), 1024)
    assert [len(scope.chunks) for scope in scopes] == [50]
    assert scopes[0].shared_prefix
    (scope,) = partition(build_tree(many[:4], 1024), 1024)
    assert not scope.shared_prefix
    assert len(scope.chunks) == 1


def test_the_common_prefix_of_rows():
    assert common_prefix_length([[1, 2, 3], [1, 2, 4], [1, 2]]) == 2
    assert common_prefix_length([[1], [2]]) == 0
    assert common_prefix_length([[5, 6]]) == 2
