"""The figures in the exploration and on the home page, computed independently from the raw table."""

import ast
import json
import math
import re
from collections import Counter, defaultdict
from datetime import date
from html import unescape
from pathlib import Path
from statistics import correlation, mean, median

import pytest

from independent import is_date, raw_rows
from support import REAL

NUMBERS = ("budget", "revenue", "runtime", "popularity", "vote_average", "vote_count")


def parse_number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def clean_rows(rows: list[dict]) -> list[dict]:
    """One row per id, preferably with a date, without broken rows: those with an invalid id and the row before each."""
    broken = {position for position, row in enumerate(rows) if not row["id"].isdigit()}
    intact = [row for position, row in enumerate(rows) if not {position, position + 1} & broken]
    first = {}
    for row in sorted(intact, key=lambda row: not is_date(row["release_date"])):
        first.setdefault(row["id"], row)
    films = [row for row in intact if first[row["id"]] is row]
    for film in films:
        film["date"] = date.fromisoformat(film["release_date"]) if is_date(film["release_date"]) else None
        film |= {name: parse_number(film[name]) for name in NUMBERS}
        film["known"] = {name: film[name] if film[name] > 0 else math.nan for name in ("budget", "revenue", "runtime")}
        film["known"] |= {"popularity": film["popularity"], "vote_count": film["vote_count"]}
        film["known"]["vote_average"] = film["vote_average"] if film["vote_count"] > 0 else math.nan
        money = film["budget"], film["revenue"]
        film["earned"] = money[1] / money[0] if min(money) >= 1_000 else None
        for column in ("genres", "production_countries", "production_companies", "belongs_to_collection"):
            film[column] = ast.literal_eval(film[column]) if film[column] else []
    return films


def computed_text(notebook: Path) -> str:
    """The computed sentences of an executed notebook, on one line and without markup."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    outputs = [output.get("data", {}) for cell in cells for output in cell.get("outputs", [])]
    text = " ".join("".join(data["text/markdown"]) for data in outputs if "text/markdown" in data)
    return unescape(re.sub(r"\s+", " ", re.sub(r"[*\\]|</?code>", "", text)))


class TableAndPages:
    """A raw table, and the texts of the pages made from it."""

    def __init__(self, table: Path, folder: Path):
        self.rows = raw_rows(table)
        self.films = clean_rows(self.rows)
        self.dated = [film for film in self.films if film["date"]]
        self.with_return = [film for film in self.films if film["earned"]]
        self.pages = {name: computed_text(folder / f"{name}.ipynb") for name in ("13_explore", "index")}

    def share(self, test, films=None) -> float:
        films = self.films if films is None else films
        return sum(map(test, films)) / len(films)

    def known(self, name: str) -> list[float]:
        return [film["known"][name] for film in self.films if not math.isnan(film["known"][name])]


@pytest.fixture(scope="module", params=["sample", REAL])
def table(request) -> TableAndPages:
    """A table and its report: the sample with markup, then the real table."""
    names = ("real_table", "real_report_build") if request.param == "real" else ("markup_table", "report_build")
    raw_table, build = map(request.getfixturevalue, names)
    return TableAndPages(raw_table, build / "report")


def ranks(values: list[float]) -> list[float]:
    positions = defaultdict(list)
    for position, value in enumerate(sorted(values)):
        positions[value].append(position)
    return [mean(positions[value]) for value in values]


def known_pairs(films: list[dict], one: str, other: str) -> list[tuple[float, float]]:
    pairs = [(film[one], film[other]) for film in films]
    return [pair for pair in pairs if not any(map(math.isnan, pair))]


def number_of_films(table):
    return f"{len(table.films):,} films are explored. {len(table.dated):,} of them have a date"


def share_of_zeros(table):
    zeros = {name: [parse_number(row[name]) == 0 for row in table.rows] for name in ("budget", "revenue")}
    budgets, revenues = map(mean, zeros.values())
    return f"{budgets:.0%} of the budgets and {revenues:.0%} of the revenues are the number 0"


def share_of_known_amounts(table):
    budgets, revenues = (len(table.known(name)) / len(table.films) for name in ("budget", "revenue"))
    both = table.share(lambda film: film["budget"] > 0 and film["revenue"] > 0)
    return f"A budget is known for {budgets:.0%} of the films, a revenue for {revenues:.0%}, both for {both:.0%}"


def median_money(table):
    budget, revenue = (median(table.known(name)) / 1e6 for name in ("budget", "revenue"))
    return f"The median known budget is {budget:,.1f} million dollars, the median known revenue {revenue:,.1f} million"


def revenue_of_the_top_films(table):
    revenues = sorted(table.known("revenue"), reverse=True)
    top = max(len(revenues) // 100, 1)
    films = f"{top} film" + "s" * (top > 1)
    share = sum(revenues[:top]) / sum(revenues)
    return f"Of the {len(revenues):,} films with a known revenue, the top 1% ({films}) took {share:.0%} of it"


def short_and_long_films(table):
    times = table.known("runtime")
    short, long = mean(time <= 40 for time in times), mean(time >= 180 for time in times)
    return f"{short:.1%} run 40 minutes or less and are short films by the Academy's definition; {long:.1%} run three"


def votes_of_the_median_film(table):
    votes = table.known("vote_count")
    return f"The median is {median(votes):,.0f} votes a film, the mean {mean(votes):,.0f}"


def votes_of_the_top_films(table):
    votes = sorted((film["vote_count"] for film in table.films if film["vote_count"] >= 0), reverse=True)
    top = max(len(table.films) // 100, 1)
    share = sum(votes[:top]) / sum(votes)
    few, none = mean(each < 10 for each in votes), mean(each == 0 for each in votes)
    return f"hold {share:.0%} of all votes. {few:.0%} of the films have fewer than ten, {none:.0%} none at all"


def films_with_average_10(table):
    votes = [film["vote_count"] for film in table.films if film["known"]["vote_average"] == 10]
    if len(votes) == 1:
        return f"The one perfect 10 rests on {votes[0]:.0f} vote"
    return f"None of the {len(votes)} perfect tens rests on more than {max(votes):.0f} votes"


def correlation_of_budget_and_revenue(table):
    both = [film for film in table.films if film["budget"] > 0 and film["revenue"] > 0]
    money = [[film[name] for film in both] for name in ("budget", "revenue")]
    coefficients = [f"Pearson {correlation(*money):.2f}", f"Spearman {correlation(*map(ranks, money)):.2f}"]
    return [*coefficients, f"on {len(both):,} films. Money and esteem are another matter"]


def effect_of_zeros_on_correlations(table):
    known, differences = [film["known"] for film in table.films], []
    for position, one in enumerate(NUMBERS):
        for other in NUMBERS[:position]:
            if {one, other} & {"budget", "revenue"}:
                pairs = [zip(*known_pairs(films, one, other), strict=True) for films in (table.films, known)]
                with_zeros, without = (correlation(*values) for values in pairs)
                differences.append(abs(with_zeros - without))
    return f"The zeros move Pearson's by at most {max(differences):.2f} and"


def mean_budget_with_and_without_zeros(table):
    zeros = mean(film["budget"] for film in table.films if film["budget"] >= 0)
    known = mean(table.known("budget"))
    return f"the mean budget is {zeros / 1e6:,.1f} million dollars with them and {known / 1e6:,.1f} without"


def share_of_films_above_their_budget(table):
    films = table.with_return
    gained = table.share(lambda film: film["earned"] > 1, films)
    return f"{gained:.0%} of the {len(films):,} films with both amounts known, each 1,000 dollars or more, took"


def return_by_size_of_budget(table):
    ordered, parts = sorted(table.with_return, key=lambda film: film["budget"]), 10 if len(table.rows) > 5_000 else 5
    step = (len(ordered) - 1) / parts  # distance of two quantiles, as positions in the sorted list
    groups = [
        [film for position, film in enumerate(ordered) if position <= step],
        [film for position, film in enumerate(ordered) if position > (parts - 1) * step],
    ]
    multiples = [median(film["earned"] for film in group) for group in groups]
    first, last = multiples
    return f"The median film of the first group earned {first:.1f} times its budget, that of the last {last:.1f} times"


def year_with_the_most_films(table):
    years = Counter(film["date"].year for film in table.dated)
    most = max(years.values())
    best = min(year for year, films in years.items() if films == most)
    middle = median(film["date"].year for film in table.dated)
    return f"came out in {middle:.0f} or later. The year with most films is {best}, with {most:,}"


def share_of_films_since_1970(table):
    kept = table.share(lambda film: film["date"].year >= 1970, table.dated)
    famous = [film for film in table.dated if film["vote_count"] >= 50]
    of_famous = table.share(lambda film: film["date"].year >= 1970, famous)
    return f"1970 keeps {kept:.0%} of the films and {of_famous:.0%} of those with 50 votes and more"


def films_dated_1_january(table):
    months = Counter(film["date"].month for film in table.dated)
    first = sum((film["date"].month, film["date"].day) == (1, 1) for film in table.dated)
    leader, most = months.most_common(1)[0]
    if leader != 1:
        return [f"has most films, {most:,}", f"{first} films of {len(table.dated)} are dated 1 January"]
    return [f"January has most films, {most:,}", f"{first:,} films are dated 1 January", f"leads with {months[9]:,}"]


def share_of_fridays(table):
    share = table.share(lambda film: film["date"].weekday() == 4, table.dated)
    return f"Friday is the day for films, with {share:.0%} of them"


def most_frequent_genre(table):
    names = [{genre["name"] for genre in film["genres"]} for film in table.films if film["genres"]]
    drama = sum("Drama" in each for each in names) / len(names)
    labels = median(map(len, names))
    return [
        f"Drama is the most frequent label, on {drama:.0%} of the films that have any",
        f"The median film carries {labels:.0f}",
    ]


def countries_and_languages(table):
    names = [{each["name"] for each in film["production_countries"]} for film in table.dated]
    names = [each for each in names if each]
    american = mean("United States of America" in each for each in names)
    joint = mean(len(each) > 1 for each in names)
    languages = [film["original_language"] for film in table.films if film["original_language"]]
    english = languages.count("en") / len(languages)
    return [
        f"United States of America took part in {american:.0%} of the films whose country is stated",
        f"{joint:.0%} are co-productions of several countries. {english:.0%} of the films are in English (en)",
    ]


def companies_of_one_film(table):
    films = Counter(name for film in table.dated for name in {each["name"] for each in film["production_companies"]})
    return f"Of {len(films):,} companies {sum(count == 1 for count in films.values()) / len(films):.0%} appear with a"


def revenue_of_franchises(table):
    in_franchises = [film for film in table.dated if film["belongs_to_collection"]]
    known = [[film["revenue"] for film in films if film["revenue"] > 0] for films in (in_franchises, table.dated)]
    took = sum(known[0]) / sum(known[1])
    share = len(in_franchises) / len(table.dated)
    return f"{share:.0%} of the films belong to a franchise, and they took {took:.0%} of all known revenue"


def genre_with_the_highest_return(table):
    earned = defaultdict(list)
    for film in table.with_return:
        for name in {genre["name"] for genre in film["genres"]}:
            earned[name].append(film["earned"])
    least = 20 if len(table.rows) > 5_000 else 10
    medians = {name: median(values) for name, values in earned.items() if len(values) >= least}
    best = max(medians, key=medians.get)
    return f"{best} returns most: its median film earned {medians[best]:.1f} times its budget"


def share_of_less_liked_sequels(table):
    franchises = defaultdict(list)
    for film in sorted(table.dated, key=lambda film: (film["date"], int(film["id"]))):
        if film["belongs_to_collection"]:
            franchises[film["belongs_to_collection"]["name"]].append(film)
    compared = [
        later["vote_average"] < first["vote_average"]
        for first, *others in franchises.values()
        for later in others
        if min(first["vote_count"], later["vote_count"]) >= 10
    ]
    return f"{mean(compared):.0%} of {len(compared):,} later films are liked less than the first of their franchise"


def mean_ratio_without_a_minimum(table):
    ratios = [film["revenue"] / film["budget"] for film in table.films if film["budget"] > 0 and film["revenue"] > 0]
    earned = median(film["earned"] for film in table.with_return)
    written = mean(ratios)
    return f"The median film earned {earned:.1f} times its budget; the mean of all ratios as written is {written:,.0f}"


def films_with_few_votes_among_the_best(table):
    recent = [film for film in table.dated if film["date"].year >= 1970]
    if len(recent) <= 10_000:
        return f"All {len(recent)} films since 1970 would be among the best 10,000"
    order = sorted(
        recent,
        key=lambda film: (-film["vote_average"] * (film["vote_count"] > 0), -film["popularity"], int(film["id"])),
    )
    few = table.share(lambda film: film["vote_count"] < 10, order[:10_000])
    return f"Of the best 10,000 by average vote {few:.0%} rest on fewer than 10 votes"


CLAIMS = [
    number_of_films, share_of_zeros, share_of_known_amounts, median_money, revenue_of_the_top_films,
    short_and_long_films, votes_of_the_median_film, votes_of_the_top_films, films_with_average_10,
    correlation_of_budget_and_revenue, effect_of_zeros_on_correlations, mean_budget_with_and_without_zeros,
    share_of_films_above_their_budget, return_by_size_of_budget, year_with_the_most_films, share_of_films_since_1970,
    films_dated_1_january, share_of_fridays, most_frequent_genre, countries_and_languages, companies_of_one_film,
    revenue_of_franchises, genre_with_the_highest_return, share_of_less_liked_sequels, mean_ratio_without_a_minimum,
    films_with_few_votes_among_the_best,
]  # fmt: skip


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.__name__)
def test_figures_in_the_exploration_match_an_independent_computation(table, claim):
    expected = claim(table)
    for sentence in [expected] if isinstance(expected, str) else expected:
        assert sentence in table.pages["13_explore"]


def test_figures_on_the_home_page_match_an_independent_computation(table):
    unknown = 1 - len(table.known("budget")) / len(table.films)
    earned = [film["earned"] for film in table.with_return]
    gained = mean(multiple > 1 for multiple in earned)
    for sentence in (f"{unknown:.0%} of the films have no budget", f"earned {median(earned):.1f} times what it cost"):
        assert sentence in table.pages["index"]
    assert f"{gained:.0%} earned more than they cost" in table.pages["index"]
