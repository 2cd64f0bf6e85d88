"""The evaluation of the recommenders."""

import numpy as np
import pandas as pd
import pytest

from moviesmlops.evaluation import (
    compare_with_next, find_matched_comparisons, build_ratings_ground_truth, score_comparisons, split_in_thirds,
)  # fmt: skip
from moviesmlops.recommender import SIMILARITY_THRESHOLDS, similarity_word
from moviesmlops.sources import load_raw
from support import RECORDED


def test_films_only_in_the_second_list_are_compared_with_the_next_ten_of_the_first():
    own, first = np.arange(10)[None] + 5, np.arange(20)[None]
    compared = compare_with_next(own, first, {0: np.array([12, 13, 19])})
    assert compared["own"] == [0.5], "10 to 14 are not among the first ten"
    assert compared["liked"] == [2 / 5] and compared["next"] == [3 / 10]


def test_the_three_groups_of_users_are_disjoint():
    parts = split_in_thirds(np.repeat(np.arange(100), 3), seed=15)
    assert sorted(np.concatenate([parts["tune"], parts["report"], parts["blind"]])) == list(range(100))
    assert sorted(parts["all"]) == list(range(100))


@pytest.fixture(scope="module")
def random_likes():
    rng = np.random.default_rng(3)
    pairs = [(user, film) for user in range(60) for film in rng.choice(40, 14, replace=False)]
    return pd.DataFrame(pairs, columns=["user", "position"]), rng.integers(1980, 1995, 40)


def test_a_liked_film_is_compared_with_films_of_its_years_and_fame_that_are_not_liked_together(random_likes):
    likes, years = random_likes
    relevant = build_ratings_ground_truth(likes, 40)
    users = [set(likes.user[likes.position == film]) for film in range(40)]
    compared = 0
    for film, (liked, matched) in find_matched_comparisons(likes, years, relevant).items():
        assert set(liked.tolist()) <= set(relevant[film].tolist())
        for one, other in zip(liked.tolist(), matched.tolist(), strict=True):
            assert abs(years[one] - years[other]) <= 3
            assert 1 / 1.5 <= len(users[other]) / len(users[one]) <= 1.5
            assert len(users[film] & users[other]) < 3
            compared += 1
    assert compared > 0


def test_a_similarity_that_knows_only_the_year_gets_half_of_the_comparisons(random_likes):
    likes, years = random_likes
    comparisons = find_matched_comparisons(likes, np.full(40, 1990), build_ratings_ground_truth(likes, 40))
    same_year = score_comparisons(lambda films, others: -abs(years[films] - years[films]).astype(float), comparisons)
    assert (same_year == 0.5).all()


@pytest.mark.parametrize("model", SIMILARITY_THRESHOLDS)
def test_the_word_of_a_similarity_never_grows_with_distance(model):
    words = [similarity_word(model, value) for value in np.linspace(1, 0, 101)]
    assert words == sorted(words, key=("very close", "related", "distant").index)
    assert set(words) == {"very close", "related", "distant"}


def test_the_recorded_evaluation_is_of_the_embedded_table():
    table = load_raw("table")
    assert RECORDED["source"] == {"name": "table", "rows": len(table), "sha256": table.attrs["sha256"]}
    for measures in RECORDED["metrics"]["measures"].values():
        assert {"ndcg", "recall"} <= measures["report"].keys()
