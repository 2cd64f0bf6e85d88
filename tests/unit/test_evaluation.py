"""The evaluation of the recommenders."""

import numpy as np

from moviesmlops.evaluation import compare_with_next, split_in_thirds


def test_films_only_in_the_second_list_are_compared_with_the_next_ten_of_the_first():
    own, first = np.arange(10)[None] + 5, np.arange(20)[None]
    compared = compare_with_next(own, first, {0: np.array([12, 13, 19])})
    assert compared["own"] == [0.5], "10 to 14 are not among the first ten"
    assert compared["liked"] == [2 / 5] and compared["next"] == [3 / 10]


def test_the_three_groups_of_users_are_disjoint():
    parts = split_in_thirds(np.repeat(np.arange(100), 3), seed=15)
    assert sorted(np.concatenate([parts["tune"], parts["report"], parts["blind"]])) == list(range(100))
    assert sorted(parts["all"]) == list(range(100))
