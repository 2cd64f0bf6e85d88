"""How the recommenders are judged."""

import numpy as np

from moviesmlops.evaluation import beside, thirds


def test_what_is_own_is_counted_beside_the_next_ten():
    own, first = np.arange(10)[None] + 5, np.arange(20)[None]
    told = beside(own, first, {0: np.array([12, 13, 19])})
    assert told["own"] == [0.5], "10 to 14 are not among the first ten"
    assert told["liked"] == [2 / 5] and told["next"] == [3 / 10]


def test_the_three_parts_of_the_judges_have_nobody_in_common():
    parts = thirds(np.repeat(np.arange(100), 3), seed=15)
    assert sorted(np.concatenate([parts["tune"], parts["report"], parts["blind"]])) == list(range(100))
    assert sorted(parts["all"]) == list(range(100))
