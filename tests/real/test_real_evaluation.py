"""The recommenders evaluated on user ratings, compared with an independent computation of both metrics."""

import csv
import math
from collections import Counter, defaultdict
from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from moviesmlops.etl import read_films
from moviesmlops.evaluation import (
    GroundTruth,
    build_ratings_ground_truth,
    find_ratings,
    build_franchise_ground_truth,
    read_likes,
)
from moviesmlops.builds import open_recommenders
from moviesmlops.recommender import SIMILARITY_THRESHOLDS
from support import RECORDED

BOUNDS = {
    "cosine": (0.085, 0.78),
    "knn": (0.085, 0.75),
    "extended": (0.14, 0.93),
}  # co-liked nDCG@10, franchise recall@10


@pytest.fixture(scope="module")
def lists(real_build):
    """The ten recommendations of each selected film, as ids, for both models."""
    recommenders = open_recommenders(real_build)
    features = recommenders["cosine"].features
    ids = [int(features.film_ids[position]) for position in features.selection]
    return {
        name: {film: [found.id for found in recommender.similar(film, 10)] for film in ids}
        for name, recommender in recommenders.items()
    }


def relevant_by_franchise(films: pd.DataFrame, selected: set[int]) -> dict[int, set[int]]:
    members = defaultdict(set)
    for film in films.itertuples():
        if film.id in selected and pd.notna(film.collection_id):
            members[film.collection_id].add(film.id)
    return {film: group - {film} for group in members.values() if len(group) > 1 for film in group}


def relevant_by_likes(folder, selected: set[int]) -> dict[int, set[int]]:
    with open(folder / "links_small.csv") as file:
        tmdb = {row["movieId"]: int(row["tmdbId"]) for row in csv.DictReader(file) if row["tmdbId"]}
    liked = defaultdict(set)
    with open(folder / "ratings_small.csv") as file:
        for row in csv.DictReader(file):
            if float(row["rating"]) >= 4 and tmdb.get(row["movieId"]) in selected:
                liked[row["userId"]].add(tmdb[row["movieId"]])
    likes = Counter(film for films in liked.values() for film in films)
    together = Counter(pair for films in liked.values() for pair in combinations(sorted(films), 2))
    near = defaultdict(list)
    for (one, other), count in together.items():
        if count >= 3:
            score = count / (math.sqrt(likes[one] * likes[other]) + 5)
            near[one].append((-score, other))
            near[other].append((-score, one))
    return {film: near[film] for film in near if likes[film] >= 10 and len(near[film]) >= 5}


def ndcg(found: list[int], relevant: set[int]) -> float:
    gain = sum(1 / math.log2(rank + 2) for rank, film in enumerate(found[:10]) if film in relevant)
    return gain / sum(1 / math.log2(rank + 2) for rank in range(min(10, len(relevant))))


@pytest.fixture(scope="module")
def package_scores(real_build, real_table):
    """The package's metrics of both models, on the same build."""
    recommenders, films = open_recommenders(real_build), read_films(real_build / "catalog")
    features = recommenders["cosine"].features
    selected = films.iloc[features.selection]
    likes = read_likes(find_ratings(str(real_table)), selected.id.to_numpy())
    collections = selected.collection_id.fillna(-1).to_numpy(dtype="int64")
    truth = GroundTruth(build_ratings_ground_truth(likes, len(selected)), build_franchise_ground_truth(collections))
    return {name: truth.scores(each.neighbours[features.selection][:, :10]) for name, each in recommenders.items()}


@pytest.mark.parametrize("model", BOUNDS)
def test_the_recorded_evaluation_is_of_the_recommenders_as_they_are(package_scores, model):
    recorded = RECORDED["metrics"]["measures"][model]["all"]
    for metric, values in package_scores[model].items():
        assert values.mean() == pytest.approx(recorded[metric]["mean"], abs=2e-3), "run bench/evaluation.py"


@pytest.mark.parametrize("model", BOUNDS)
def test_sequels_are_recommended(lists, package_scores, real_build, model):
    found = lists[model]
    relevant = relevant_by_franchise(read_films(real_build / "catalog"), set(found))
    recall = np.mean([len(others & set(found[film])) / min(10, len(others)) for film, others in relevant.items()])
    assert recall >= BOUNDS[model][1]
    assert package_scores[model]["recall"].mean() == pytest.approx(recall, abs=1e-9)


@pytest.mark.parametrize("model", BOUNDS)
def test_films_liked_by_the_same_users_are_recommended(lists, package_scores, real_table, model):
    found = lists[model]
    relevant = relevant_by_likes(real_table.parent, set(found))
    best = {film: {other for _, other in sorted(near)[:20]} for film, near in relevant.items()}
    mean = np.mean([ndcg(found[film], others) for film, others in best.items()])
    assert mean >= BOUNDS[model][0]
    assert len(package_scores[model]["ndcg"]) == len(best)
    assert package_scores[model]["ndcg"].mean() == pytest.approx(mean, abs=2e-3), "ties may be ordered differently"


def test_knn_adds_films_that_are_at_least_as_good_as_more_of_the_cosine_list(real_build, real_table):
    recommenders, films = open_recommenders(real_build), read_films(real_build / "catalog")
    selection = recommenders["cosine"].features.selection
    ids = films.id.to_numpy()[selection]
    relevant = relevant_by_likes(real_table.parent, set(ids.tolist()))
    best = {film: {other for _, other in sorted(near)[:20]} for film, near in relevant.items()}
    own, liked, following = [], [], []
    for film, others in best.items():
        first = [found.id for found in recommenders["cosine"].similar(film, 20)]
        only_knn = [found.id for found in recommenders["knn"].similar(film, 10) if found.id not in first[:10]]
        own.append(len(only_knn) / 10)
        liked += [other in others for other in only_knn]
        following += [other in others for other in first[10:]]
    assert np.mean(own) >= 0.4
    assert np.mean(liked) >= np.mean(following)


def test_films_with_only_a_large_company_in_common_are_rarely_recommended(real_build):
    films = read_films(real_build / "catalog")
    companies = [{company["name"] for company in row} for row in films.production_companies]
    names = Counter(name for row in companies for name in row)
    large = {name for name, count in names.items() if count >= 100}
    assert 20 < len(large) < 60
    for recommender in open_recommenders(real_build).values():
        pairs, mostly_studio = 0, 0
        for film in films.sort_values("popularity", ascending=False).id[:1000]:
            for found in recommender.similar(int(film), 10):
                parts = {True: 0.0, False: 0.0}
                for reason in found.reasons:
                    if reason.kind != "common words":
                        parts[reason.kind == "company" and reason.value in large] += reason.contribution
                pairs, mostly_studio = pairs + 1, mostly_studio + (parts[True] > parts[False])
        assert mostly_studio / pairs < 0.02


@pytest.mark.parametrize("model", BOUNDS)
def test_the_words_of_similarities_mean_what_their_explanation_says(real_build, model):
    recommender, films = open_recommenders(real_build)[model], read_films(real_build / "catalog")
    collections = films.collection_id.fillna(-1).to_numpy()
    selected = recommender.features.selection
    queries = np.flatnonzero(np.isin(collections, np.setdiff1d(collections[selected], [-1])))
    similarities, found = recommender.similarities[queries], selected[recommender.neighbours[queries]]
    same = (collections[found] == collections[queries][:, None])[similarities > 0]
    very_close, related = SIMILARITY_THRESHOLDS[model]
    closeness = np.digitize(similarities[similarities > 0], [related, very_close])
    distant, between, close = (same[closeness == number].mean() for number in range(3))
    assert distant < 0.01 and 1 / 15 < between < 1 / 5 and close > 0.5

    popular = recommender.similarities[films.popularity.nlargest(5000).index, :5]
    shares = [(popular[popular > 0] >= threshold).mean() for threshold in (very_close, related)]
    assert 0.03 < shares[0] < 0.05
    assert 0.3 < shares[1] < 0.36 if model == "cosine" else 0.6 < shares[1] < 0.67
