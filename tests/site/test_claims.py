"""What the exploration and the home page say, worked out a second time from the raw table: csv, ast and statistics."""

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


def number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def explored(rows: list[dict]) -> list[dict]:
    """One row an id, dated ones first, without rows that have no number for an id and those cut short before them."""
    broken = {place for place, row in enumerate(rows) if not row["id"].isdigit()}
    sound = [row for place, row in enumerate(rows) if place not in broken and place + 1 not in broken]
    first = {}
    for row in sorted(sound, key=lambda row: not is_date(row["release_date"])):
        first.setdefault(row["id"], row)
    films = [row for row in sound if first[row["id"]] is row]
    for film in films:
        film["date"] = date.fromisoformat(film["release_date"]) if is_date(film["release_date"]) else None
        film |= {name: number(film[name]) for name in NUMBERS}
        film["known"] = {name: film[name] if film[name] > 0 else math.nan for name in ("budget", "revenue", "runtime")}
        film["known"] |= {"popularity": film["popularity"], "vote_count": film["vote_count"]}
        film["known"]["vote_average"] = film["vote_average"] if film["vote_count"] > 0 else math.nan
        money = film["budget"], film["revenue"]
        film["earned"] = money[1] / money[0] if min(money) >= 1_000 else None
        for column in ("genres", "production_countries", "production_companies", "belongs_to_collection"):
            film[column] = ast.literal_eval(film[column]) if film[column] else []
    return films


def words_of(notebook: Path) -> str:
    """The sentences that an executed notebook computed, on one line and without markup."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    outputs = [output.get("data", {}) for cell in cells for output in cell.get("outputs", [])]
    text = " ".join("".join(data["text/markdown"]) for data in outputs if "text/markdown" in data)
    return unescape(re.sub(r"\s+", " ", re.sub(r"[*\\]|</?code>", "", text)))


class Told:
    """A raw table, and what the pages that were made of it say."""

    def __init__(self, table: Path, folder: Path):
        self.rows = raw_rows(table)
        self.films = explored(self.rows)
        self.dated = [film for film in self.films if film["date"]]
        self.sure = [film for film in self.films if film["earned"]]
        self.pages = {name: words_of(folder / f"{name}.ipynb") for name in ("13_explore", "index")}

    def share(self, test, films=None) -> float:
        films = self.films if films is None else films
        return sum(map(test, films)) / len(films)

    def known(self, name: str) -> list[float]:
        return [film["known"][name] for film in self.films if not math.isnan(film["known"][name])]


@pytest.fixture(scope="module", params=["sample", REAL])
def told(request) -> Told:
    """What the report of a table says: of the sample with markup in it, then of the real table."""
    names = ("real_table", "real_report_build") if request.param == "real" else ("markup_table", "report_build")
    table, build = map(request.getfixturevalue, names)
    return Told(table, build / "report")


def ranks(values: list[float]) -> list[float]:
    places = defaultdict(list)
    for place, value in enumerate(sorted(values)):
        places[value].append(place)
    return [mean(places[value]) for value in values]


def pairs_of(films: list[dict], one: str, other: str) -> list[tuple[float, float]]:
    pairs = [(film[one], film[other]) for film in films]
    return [pair for pair in pairs if not any(map(math.isnan, pair))]


def how_many_films(told):
    return f"{len(told.films):,} films are explored. {len(told.dated):,} of them have a date"


def how_many_zeros(told):
    zeros = {name: [number(row[name]) == 0 for row in told.rows] for name in ("budget", "revenue")}
    budgets, revenues = map(mean, zeros.values())
    return f"{budgets:.0%} of the budgets and {revenues:.0%} of the revenues are the number 0"


def how_much_money_is_known(told):
    budgets, revenues = (len(told.known(name)) / len(told.films) for name in ("budget", "revenue"))
    both = told.share(lambda film: film["budget"] > 0 and film["revenue"] > 0)
    return f"A budget is known for {budgets:.0%} of the films, a revenue for {revenues:.0%}, both for {both:.0%}"


def median_money(told):
    budget, revenue = (median(told.known(name)) / 1e6 for name in ("budget", "revenue"))
    return f"The median known budget is {budget:,.1f} million dollars, the median known revenue {revenue:,.1f} million"


def what_the_best_earning_took(told):
    revenues = sorted(told.known("revenue"), reverse=True)
    top = max(len(revenues) // 100, 1)
    films = f"{top} film" + "s" * (top > 1)
    taken = sum(revenues[:top]) / sum(revenues)
    return f"Of the {len(revenues):,} films with a known revenue, the top 1% ({films}) took {taken:.0%} of it"


def short_films(told):
    times = told.known("runtime")
    short, long = mean(time <= 40 for time in times), mean(time >= 180 for time in times)
    return f"{short:.1%} run 40 minutes or less and are short films by the Academy's definition; {long:.1%} run three"


def votes_of_the_median_film(told):
    votes = told.known("vote_count")
    return f"The median is {median(votes):,.0f} votes a film, the mean {mean(votes):,.0f}"


def votes_of_the_few(told):
    votes = sorted((film["vote_count"] for film in told.films if film["vote_count"] >= 0), reverse=True)
    top = max(len(told.films) // 100, 1)
    held = sum(votes[:top]) / sum(votes)
    few, none = mean(each < 10 for each in votes), mean(each == 0 for each in votes)
    return f"hold {held:.0%} of all votes. {few:.0%} of the films have fewer than ten, {none:.0%} none at all"


def perfect_films(told):
    votes = [film["vote_count"] for film in told.films if film["known"]["vote_average"] == 10]
    if len(votes) == 1:
        return f"The one perfect 10 rests on {votes[0]:.0f} vote"
    return f"None of the {len(votes)} perfect tens rests on more than {max(votes):.0f} votes"


def budget_and_revenue(told):
    both = [film for film in told.films if film["budget"] > 0 and film["revenue"] > 0]
    money = [[film[name] for film in both] for name in ("budget", "revenue")]
    found = [f"Pearson {correlation(*money):.2f}", f"Spearman {correlation(*map(ranks, money)):.2f}"]
    return [*found, f"on {len(both):,} films. Money and esteem are another matter"]


def what_zeros_do(told):
    known, moves = [film["known"] for film in told.films], []
    for place, one in enumerate(NUMBERS):
        for other in NUMBERS[:place]:
            if {one, other} & {"budget", "revenue"}:
                pairs = [zip(*pairs_of(films, one, other), strict=True) for films in (told.films, known)]
                with_zeros, without = (correlation(*values) for values in pairs)
                moves.append(abs(with_zeros - without))
    return f"The zeros move Pearson's by at most {max(moves):.2f} and"


def mean_budget(told):
    zeros = mean(film["budget"] for film in told.films if film["budget"] >= 0)
    known = mean(told.known("budget"))
    return f"the mean budget is {zeros / 1e6:,.1f} million dollars with them and {known / 1e6:,.1f} without"


def how_many_earned_their_cost(told):
    gained = told.share(lambda film: film["earned"] > 1, told.sure)
    return f"{gained:.0%} of the {len(told.sure):,} films with both amounts known, each 1,000 dollars or more, took"


def small_and_large_budgets(told):
    ordered, parts = sorted(told.sure, key=lambda film: film["budget"]), 10 if len(told.rows) > 5_000 else 5
    last = (len(ordered) - 1) / parts  # places of the sorted list, as quantiles count them
    groups = [
        [film for place, film in enumerate(ordered) if place <= last],
        [film for place, film in enumerate(ordered) if place > (parts - 1) * last],
    ]
    multiples = [median(film["earned"] for film in group) for group in groups]
    first, last = multiples
    return f"The median film of the first group earned {first:.1f} times its budget, that of the last {last:.1f} times"


def best_year(told):
    years = Counter(film["date"].year for film in told.dated)
    most = max(years.values())
    best = min(year for year, films in years.items() if films == most)
    middle = median(film["date"].year for film in told.dated)
    return f"came out in {middle:.0f} or later. The year with most films is {best}, with {most:,}"


def what_the_cut_keeps(told):
    kept = told.share(lambda film: film["date"].year >= 1970, told.dated)
    famous = [film for film in told.dated if film["vote_count"] >= 50]
    of_famous = told.share(lambda film: film["date"].year >= 1970, famous)
    return f"1970 keeps {kept:.0%} of the films and {of_famous:.0%} of those with 50 votes and more"


def new_years_day(told):
    months = Counter(film["date"].month for film in told.dated)
    first = sum((film["date"].month, film["date"].day) == (1, 1) for film in told.dated)
    leader, most = months.most_common(1)[0]
    if leader != 1:
        return [f"has most films, {most:,}", f"{first} films of {len(told.dated)} are dated 1 January"]
    return [f"January has most films, {most:,}", f"{first:,} films are dated 1 January", f"leads with {months[9]:,}"]


def fridays(told):
    share = told.share(lambda film: film["date"].weekday() == 4, told.dated)
    return f"Friday is the day for films, with {share:.0%} of them"


def most_frequent_genre(told):
    names = [{genre["name"] for genre in film["genres"]} for film in told.films if film["genres"]]
    drama = sum("Drama" in each for each in names) / len(names)
    carried = median(map(len, names))
    return [
        f"Drama is the most frequent label, on {drama:.0%} of the films that have any",
        f"The median film carries {carried:.0f}",
    ]


def countries_and_languages(told):
    names = [{each["name"] for each in film["production_countries"]} for film in told.dated]
    names = [each for each in names if each]
    here, joint = (sum(map(test, names)) / len(names) for test in (
        lambda each: "United States of America" in each, lambda each: len(each) > 1))  # fmt: skip
    languages = [film["original_language"] for film in told.films if film["original_language"]]
    english = languages.count("en") / len(languages)
    return [
        f"United States of America took part in {here:.0%} of the films whose country is stated",
        f"{joint:.0%} are co-productions of several countries. {english:.0%} of the films are in English (en)",
    ]


def companies_of_one_film(told):
    films = Counter(name for film in told.dated for name in {each["name"] for each in film["production_companies"]})
    return f"Of {len(films):,} companies {sum(count == 1 for count in films.values()) / len(films):.0%} appear with a"


def what_franchises_took(told):
    serial = [film for film in told.dated if film["belongs_to_collection"]]
    known = [[film["revenue"] for film in films if film["revenue"] > 0] for films in (serial, told.dated)]
    took = sum(known[0]) / sum(known[1])
    share = len(serial) / len(told.dated)
    return f"{share:.0%} of the films belong to a franchise, and they took {took:.0%} of all known revenue"


def best_genre(told):
    earned = defaultdict(list)
    for film in told.sure:
        for name in {genre["name"] for genre in film["genres"]}:
            earned[name].append(film["earned"])
    least = 20 if len(told.rows) > 5_000 else 10
    medians = {name: median(values) for name, values in earned.items() if len(values) >= least}
    best = max(medians, key=medians.get)
    return f"{best} returns most: its median film earned {medians[best]:.1f} times its budget"


def sequels_that_are_liked_less(told):
    franchises = defaultdict(list)
    for film in sorted(told.dated, key=lambda film: (film["date"], int(film["id"]))):
        if film["belongs_to_collection"]:
            franchises[film["belongs_to_collection"]["name"]].append(film)
    compared = [
        later["vote_average"] < first["vote_average"]
        for first, *others in franchises.values()
        for later in others
        if min(first["vote_count"], later["vote_count"]) >= 10
    ]
    return f"{mean(compared):.0%} of {len(compared):,} later films are liked less than the first of their franchise"


def ratios_as_written(told):
    ratios = [film["revenue"] / film["budget"] for film in told.films if film["budget"] > 0 and film["revenue"] > 0]
    earned = median(film["earned"] for film in told.sure)
    written = mean(ratios)
    return f"The median film earned {earned:.1f} times its budget; the mean of all ratios as written is {written:,.0f}"


def best_by_few_votes(told):
    recent = [film for film in told.dated if film["date"].year >= 1970]
    if len(recent) <= 10_000:
        return f"All {len(recent)} films since 1970 would be among the best 10,000"
    order = sorted(
        recent,
        key=lambda film: (-film["vote_average"] * (film["vote_count"] > 0), -film["popularity"], int(film["id"])),
    )
    few = told.share(lambda film: film["vote_count"] < 10, order[:10_000])
    return f"Of the best 10,000 by average vote {few:.0%} rest on fewer than 10 votes"


CLAIMS = [
    how_many_films, how_many_zeros, how_much_money_is_known, median_money, what_the_best_earning_took, short_films,
    votes_of_the_median_film, votes_of_the_few, perfect_films, budget_and_revenue, what_zeros_do, mean_budget,
    how_many_earned_their_cost, small_and_large_budgets, best_year, what_the_cut_keeps, new_years_day, fridays,
    most_frequent_genre, countries_and_languages, companies_of_one_film, what_franchises_took, best_genre,
    sequels_that_are_liked_less, ratios_as_written, best_by_few_votes,
]  # fmt: skip


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.__name__)
def test_the_exploration_says_what_a_second_computation_finds(told, claim):
    expected = claim(told)
    for sentence in [expected] if isinstance(expected, str) else expected:
        assert sentence in told.pages["13_explore"]


def test_the_home_page_says_what_a_second_computation_finds(told):
    unknown = 1 - len(told.known("budget")) / len(told.films)
    earned = [film["earned"] for film in told.sure]
    gained = mean(multiple > 1 for multiple in earned)
    for sentence in (f"{unknown:.0%} of the films have no budget", f"earned {median(earned):.1f} times what it cost"):
        assert sentence in told.pages["index"]
    assert f"{gained:.0%} earned more than they cost" in told.pages["index"]
