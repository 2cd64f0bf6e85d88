"""Each figure in the prose of the exploration and of the home page, computed again from the raw embedded table.

The computations use the standard library only and share no code with the package.
"""

import ast
import csv
import json
import lzma
import math
import re
import sys
from collections import Counter, defaultdict
from datetime import date
from functools import cache
from pathlib import Path
from statistics import mean, median

import pytest

from independent import is_date
from moviesmlops.figures import FIGURES
from moviesmlops.report import run_notebook
from support import ROOT

csv.field_size_limit(sys.maxsize)

TABLE = ROOT / "moviesmlops" / "table" / "movies_metadata.csv.xz"
PAGES = {name: ROOT / "nbs" / f"{name}.ipynb" for name in ("50_exploration", "index")}
# Consumer price index of the United States (CPI-U), annual averages from 1913 to 2017, 1982-84 = 100
PRICES = dict(enumerate(map(float, """
    9.9 10.0 10.1 10.9 12.8 15.1 17.3 20.0 17.9 16.8 17.1 17.1 17.5 17.7 17.4 17.1 17.1 16.7 15.2 13.7 13.0 13.4 13.7
    13.9 14.4 14.1 13.9 14.0 14.7 16.3 17.3 17.6 18.0 19.5 22.3 24.1 23.8 24.1 26.0 26.5 26.7 26.9 26.8 27.2 28.1 28.9
    29.1 29.6 29.9 30.2 30.6 31.0 31.5 32.4 33.4 34.8 36.7 38.8 40.5 41.8 44.4 49.3 53.8 56.9 60.6 65.2 72.6 82.4 90.9
    96.5 99.6 103.9 107.6 109.6 113.6 118.3 124.0 130.7 136.2 140.3 144.5 148.2 152.4 156.9 160.5 163.0 166.6 172.2
    177.1 179.9 184.0 188.9 195.3 201.6 207.3 215.3 214.5 218.1 224.9 229.6 233.0 236.7 237.0 240.0 245.1
""".split()), 1913))  # fmt: skip
LEAST, MOST = 1_000, 500  # a plausible amount in dollars of its day; a plausible budget in millions of constant dollars
BUDGETS = (5, 20, 60, 120)  # limits of the classes of budgets, in millions of constant dollars
WELL_KNOWN, FEW_VOTES, SELECTED, CUT = 500, 10, 10_000, 1970
TOP, LARGEST = 10, 100  # of a year's films
FESTIVALS = (3, 16)  # September, from and to
LATIN_AMERICA = {
    "Argentina", "Bolivia", "Brazil", "Chile", "Colombia", "Costa Rica", "Cuba", "Dominican Republic", "Ecuador",
    "El Salvador", "Guatemala", "Haiti", "Honduras", "Mexico", "Nicaragua", "Panama", "Paraguay", "Peru",
    "Puerto Rico", "Uruguay", "Venezuela",
}  # fmt: skip
NUMBERS = ("budget", "revenue", "runtime", "popularity", "vote_average", "vote_count")
LISTS = ("genres", "production_countries", "production_companies", "belongs_to_collection")


def parse_number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


@cache
def rows() -> list[dict]:
    with lzma.open(TABLE, "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def films() -> list[dict]:
    """The films with a date, the first row of each id, with amounts in millions of constant dollars."""
    first, parsed = {}, {"": []}
    for row in rows():
        if is_date(row["release_date"]):
            first.setdefault(row["id"], row)
    for film in first.values():
        film["date"] = date.fromisoformat(film["release_date"])
        film["year"] = film["date"].year
        film |= {name: parse_number(film[name]) for name in NUMBERS}
        for name in LISTS:
            if film[name] not in parsed:
                parsed[film[name]] = ast.literal_eval(film[name])
            value = parsed[film[name]]
            film[name] = sorted({each["name"] for each in (value if isinstance(value, list) else [value])})
        for name in ("budget", "revenue"):
            known = film[name] >= LEAST and film["year"] in PRICES
            film[f"real_{name}"] = film[name] * PRICES[2017] / PRICES[film["year"]] / 1e6 if known else None
        film["new_year"] = (film["date"].month, film["date"].day) == (1, 1)
    return list(first.values())


@cache
def with_revenue() -> list[dict]:
    return [film for film in films() if film["real_revenue"]]


@cache
def with_return() -> list[dict]:
    """The films with a plausible budget and revenue."""
    found = [film for film in with_revenue() if film["real_budget"] and film["real_budget"] <= MOST]
    for film in found:
        film["return_multiple"] = film["revenue"] / film["budget"]
        film["gain"] = film["real_revenue"] - film["real_budget"]
    return found


def median_return(chosen: list[dict]) -> float:
    return median(film["return_multiple"] for film in chosen)


def between(low: float, high: float = math.inf) -> list[dict]:
    """The films with a return whose budget is in a class."""
    return [film for film in with_return() if low <= film["real_budget"] < high]


@cache
def franchises() -> dict[str, list[dict]]:
    """The films of each franchise in order of release."""
    groups = defaultdict(list)
    for film in sorted(films(), key=lambda film: (film["date"], int(film["id"]))):
        for name in film["belongs_to_collection"]:
            groups[name].append(film)
    return groups


@cache
def at_equal_budget() -> list[tuple[dict, float]]:
    """Each film with its revenue divided by the median revenue of films with a similar budget."""
    groups = defaultdict(list)
    for film in with_return():
        if not film["new_year"]:
            groups[math.floor(4 * math.log10(film["real_budget"] * 1e6) + 1e-9)].append(film)
    large = [group for group in groups.values() if len(group) >= 20]
    return [(film, film["real_revenue"] / median(each["real_revenue"] for each in group)) for group in large
            for film in group]  # fmt: skip


def month_effect(month: int) -> float:
    return median(times for film, times in at_equal_budget() if film["date"].month == month)


@cache
def shares_of_top() -> dict[int, float]:
    """The share of the ten largest films in the revenue of the hundred largest, for years that have a hundred."""
    years = defaultdict(list)
    for film in with_revenue():
        years[film["year"]].append(film["revenue"])
    found = {}
    for year, revenues in sorted(years.items()):
        largest = sorted(revenues, reverse=True)[:LARGEST]
        if len(largest) == LARGEST:
            found[year] = sum(largest[:TOP]) / sum(largest)
    return found


def made_in(country: str) -> list[dict]:
    return [film for film in films() if country in film["production_countries"]]


def titled(title: str, year: int) -> dict:
    """The film with a title and a year, the best known if there are several."""
    found = [film for film in films() if (film["title"], film["year"]) == (title, year)]
    return max(found, key=lambda film: film["vote_count"])


def share(chosen: list[dict], test) -> float:
    return sum(map(test, chosen)) / len(chosen)


# The findings


def finding_on_budgets():
    low, *_, high = BUDGETS
    small, middle, large = (median_return(between(*ends)) for ends in ((0, low), (low, high), (high,)))
    return (
        f"The table has {len(with_return()):,} films with a known budget and revenue. The median film grossed "
        f"{small:.1f} times its budget for budgets under {low} million dollars, {middle:.1f} times from {low} to "
        f"{high} million, and {large:.1f} times above that"
    )


def finding_on_horror():
    limit = BUDGETS[1]
    groups = [[film for film in between(*ends) if "Horror" in film["genres"]] for ends in ((0, limit), (limit,))]
    (cheap, costly), (few, many) = map(median_return, groups), map(len, groups)
    return (
        f"With budgets under {limit} million dollars, the median horror film grossed {cheap:.1f} times its budget "
        f"({few} films); with larger budgets, {costly:.1f} times ({many} films)"
    )


def finding_on_seasons():
    return (
        "Compared with films that had similar budgets, the median June release grossed "
        f"{month_effect(6):.2f} times the usual revenue and the median September release "
        f"{month_effect(9):.2f} times ({len(at_equal_budget()):,} films)"
    )


def finding_on_concentration():
    last = max(shares_of_top())
    recent = [value for year, value in shares_of_top().items() if year >= 2000]
    return (
        f"The {TOP} highest-grossing films of {last} earned {shares_of_top()[last]:.0%} of the revenue of that year's "
        f"top {LARGEST}, and since 2000 the share has been between {min(recent):.0%} and {max(recent):.0%}"
    )


def finding_on_franchises():
    inside = [film for film in with_revenue() if film["belongs_to_collection"]]
    took = sum(film["real_revenue"] for film in inside) / sum(film["real_revenue"] for film in with_revenue())
    return (
        f"Franchises account for {len(inside) / len(with_revenue()):.0%} of the {len(with_revenue()):,} films with a "
        f"known revenue and for {took:.0%} of that revenue"
    )


def finding_on_latin_america():
    latin = [film for film in films() if LATIN_AMERICA & set(film["production_countries"])]
    known, argentine = sum(bool(film["real_revenue"]) for film in latin), made_in("Argentina")
    return (
        f"The revenue is known for {known} of {len(latin):,} Latin American films and for "
        f"{sum(bool(film['real_revenue']) for film in argentine)} of {len(argentine)} Argentine films"
    )


FINDINGS = [
    finding_on_budgets, finding_on_horror, finding_on_seasons, finding_on_concentration, finding_on_franchises,
    finding_on_latin_america,
]  # fmt: skip


# The table and its gaps


def size_of_the_table():
    return f"{len(rows()):,} rows", f"{len(films()):,} films"


def share_of_zeros():
    budgets, revenues = (mean(parse_number(row[name]) == 0 for row in rows()) for name in ("budget", "revenue"))
    return f"{budgets:.0%} of the budgets and {revenues:.0%} of the revenues are 0"


def mean_budget():
    known = [film["budget"] for film in films() if film["budget"] > 0]
    every = mean(film["budget"] for film in films()) / 1e6
    return f"the mean budget would be {every:.1f} million dollars instead of {mean(known) / 1e6:.1f} million"


def known_by_decade():
    nineties = [film for film in films() if film["year"] // 10 == 199]
    revenue = share(nineties, lambda film: film["revenue"] > 0)
    latest = [film for film in films() if film["year"] // 10 == 201]
    return (
        f"In the best decade, the 1990s, {revenue:.0%} of the films have a known revenue; in the 2010s, "
        f"{share(latest, lambda film: film['revenue'] > 0):.0%}"
    )


def votes_with_and_without_budget():
    known, unknown = (median(film["vote_count"] for film in films() if (film["budget"] > 0) == test) for test in (1, 0))
    return f"films with a known budget have a median of {known:.0f} votes, the others a median of {unknown:.0f}"


# Money


def films_above_their_budget():
    more = share(with_return(), lambda film: film["return_multiple"] > 1)
    double = share(with_return(), lambda film: film["return_multiple"] >= 2)
    return (
        f"Of the {len(with_return()):,} films, {more:.0%} grossed "
        f"more than their budget, and {double:.0%} at least double",
        f"The median film grossed {median_return(with_return()):.1f} times its budget",
    )


def mean_return():
    known = [film for film in films() if film["budget"] > 0 and film["revenue"] > 0]
    return (
        f"The mean of all {len(known):,} known returns is {mean(f['revenue'] / f['budget'] for f in known):,.0f} times",
        f"This leaves {len(with_return()):,} of the {len(known):,} films with both amounts",
    )


def returns_by_class():
    values = [median_return(between(*ends)) for ends in zip((0, *BUDGETS), (*BUDGETS, math.inf), strict=True)]
    return (
        f"The median return is {values[0]:.1f} for budgets under {BUDGETS[0]} million dollars and {values[4]:.1f} for "
        f"budgets of {BUDGETS[3]} million or more. For the classes in between, it is "
        f"{min(values[1:4]):.1f} to {max(values[1:4]):.1f}"
    )


def genre_cell(genre: str, low: float, high: float = math.inf) -> tuple[float, int]:
    chosen = [film for film in between(low, high) if genre in film["genres"]]
    return median_return(chosen), len(chosen)


def best_genres(low: float, high: float = math.inf, min_films: int = 100) -> list[str]:
    """The genres by the median return of their films in a class of budgets, highest first."""
    genres = Counter(name for film in between(low, high) for name in film["genres"])
    large = [genre for genre, count in genres.items() if count >= min_films]
    return sorted(large, key=lambda genre: -genre_cell(genre, low, high)[0])


def genres_at_budgets():
    low, limit, _, high = BUDGETS
    assert best_genres(0, low)[0] == best_genres(low, limit)[0] == "Horror"
    assert best_genres(high, min_films=20)[:2] == ["Fantasy", "Adventure"]
    (cheap, few), (middle, some) = genre_cell("Horror", 0, low), genre_cell("Horror", low, limit)
    (drama, many), (history, rare) = genre_cell("Drama", low, limit), genre_cell("History", 0, low)
    (fantasy, count), (adventure, other) = genre_cell("Fantasy", high), genre_cell("Adventure", high)
    return (
        f"Among genres with at least 100 films in a class, horror has the highest return on small budgets: {cheap:.1f} "
        f"times the budget under {low} million dollars ({few} films) and {middle:.1f} times from {low} to {limit} "
        f"million ({some} films), compared with {drama:.1f} times for drama ({many} films)",
        f"For budgets of {high} million or more, fantasy ({fantasy:.1f} times, {count} films) and adventure "
        f"({adventure:.1f} times, {other} films) have the highest returns",
        f"the return of {history:.1f} for cheap historical films is based on only {rare} films",
    )


def largest_gains():
    first, second = sorted(with_return(), key=lambda film: -film["gain"])[:2]
    wars = titled("Star Wars", 1977)
    assert (first["title"], second["title"], second["year"]) == ("Gone with the Wind", "Alice in Wonderland", 1951)
    assert first["gain"] > 2 * wars["gain"]
    return (
        f"Gone with the Wind gained {first['gain'] / 1e3:.1f} billion in 2017 dollars, more than twice as much as Star "
        f"Wars ({wars['gain'] / 1e3:.1f} billion)"
    )


def doubtful_revenue():
    alice, cinderella = titled("Alice in Wonderland", 1951), titled("Cinderella", 1950)
    return (
        f"the {alice['revenue'] / 1e6:.0f} million dollars for Alice in Wonderland (1951) are more than twice the "
        f"{cinderella['revenue'] / 1e6:.0f} million for Cinderella (1950)"
    )


def largest_losses():
    worst = min(with_return(), key=lambda film: film["gain"])
    return f"{worst['title']} ({worst['year']}) had the largest loss, {-worst['gain']:.0f} million dollars"


def implausible_budgets():
    found = sorted(
        (film for film in films() if (film["real_budget"] or 0) > MOST), key=lambda film: -film["real_budget"]
    )
    (metropolis, war, candidate), others = found, [film["real_budget"] or 0 for film in films()]
    assert [film["title"] for film in found] == ["Metropolis", "War and Peace", "The Manchurian Candidate"]
    following = max(budget for budget in others if budget <= MOST)
    return (
        f"Budgets of more than {MOST} million in 2017 dollars are excluded as implausible: "
        f"Metropolis ({metropolis['year']}) with {metropolis['real_budget']:,.0f} million, War and Peace "
        f"({war['year']}) with {war['real_budget']:.0f} million and The Manchurian Candidate ({candidate['year']}) "
        f"with {candidate['real_budget']:.0f} million. The next largest budget is {following:.0f} million",
    )


def months_at_equal_budget():
    effects = {month: month_effect(month) for month in range(1, 13)}
    assert sorted(effects, key=effects.get)[-3:] == [12, 7, 6] and min(effects, key=effects.get) == 9
    june, september = (
        median(film["real_budget"] for film in with_return() if film["date"].month == month) for month in (6, 9)
    )
    return (
        f"the median is {june:.0f} million dollars in June and {september:.0f} million in September",
        f"The median June release grossed {effects[6]:.2f} times the usual revenue for its budget, the median July "
        f"release {effects[7]:.2f} times and the median December release {effects[12]:.2f} times. September is last "
        f"with {effects[9]:.2f}",
    )


def september_and_festivals():
    low, high = FESTIVALS
    september = [film for film in with_revenue() if film["date"].month == 9 and not film["new_year"]]
    groups = [[f for f in september if (low <= f["date"].day <= high) == test] for test in (True, False)]
    festival, other = (median(film["real_revenue"] for film in group) for group in groups)
    equal = [median(t for f, t in at_equal_budget() if f["date"].month == 9 and (low <= f["date"].day <= high) == test)
             for test in (True, False)]  # fmt: skip
    return (
        f"{len(groups[0]) / len(september):.0%} of the {len(september)} September films with a known revenue are dated "
        f"{low} to {high} September, when the festivals of Venice and Toronto take place. Their median revenue is "
        f"{festival:.1f} million dollars, compared with {other:.1f} million for the others",
        f"For a given budget, it is {equal[0]:.2f} and {equal[1]:.2f} times the usual revenue",
    )


def concentration():
    recent = {year: value for year, value in shares_of_top().items() if year >= 2000}
    low, high = min(recent, key=recent.get), max(recent, key=recent.get)
    return (
        f"Since 2000 the share has been between {recent[low]:.0%} ({low}) and {recent[high]:.0%} ({high})",
        f"a year's {LARGEST} highest-grossing films went to the top {TOP}? Only years with at least {LARGEST} known",
    )


def totals(field: str) -> dict[str, float]:
    """The revenue of franchises in billions; a field in constant dollars is in millions."""
    scale = 1e3 if field.startswith("real") else 1e9
    return {name: sum(f[field] for f in group if f["real_revenue"]) / scale for name, group in franchises().items()}


def franchise_totals():
    real, nominal = totals("real_revenue"), totals("revenue")
    names = [f"{name} Collection" for name in ("James Bond", "Star Wars", "Harry Potter")]
    assert sorted(real, key=real.get, reverse=True)[:3] == names
    assert sorted(nominal, key=nominal.get, reverse=True)[:3] == names[::-1]
    return (
        f"James Bond grossed {real[names[0]]:.1f} billion in 2017 dollars with {len(franchises()[names[0]])} films, "
        f"Star Wars {real[names[1]]:.1f} billion and Harry Potter {real[names[2]]:.1f} billion",
        f"In nominal dollars, the order is reversed: {nominal[names[0]]:.1f}, {nominal[names[1]]:.1f} and "
        f"{nominal[names[2]]:.1f} billion",
    )


def returns_of_franchises():
    groups = [[f for f in with_return() if bool(f["belongs_to_collection"]) == test] for test in (True, False)]
    inside, outside = map(median_return, groups)
    return (
        f"The median film in a franchise grossed {inside:.1f} times its budget ({len(groups[0]):,} films), compared "
        f"with {outside:.1f} times for other films ({len(groups[1]):,} films)"
    )


@cache
def times_of_the_first(place: int) -> list[float]:
    """The revenue of the film at a place of each franchise, divided by that of the first."""
    pairs = [(group[0]["real_revenue"], group[place - 1]["real_revenue"]) for group in franchises().values()
             if len(group) >= place]  # fmt: skip
    return [later / first for first, later in pairs if first and later]


def second_films():
    times = times_of_the_first(2)
    exorcist = franchises()["The Exorcist Collection"]
    return (
        f"The median second film grossed {median(times):.2f} times as much as the first, and "
        f"{mean(each < 1 for each in times):.0%} of {len(times)} second films grossed less",
        f"The revenue of The Exorcist fell from {exorcist[0]['real_revenue']:,.0f} to "
        f"{exorcist[1]['real_revenue']:.0f} million dollars",
    )


def later_films():
    third, fourth = times_of_the_first(3), times_of_the_first(4)
    return (
        f"the median third film grossed {median(third):.2f} times as much as the first ({len(third)} franchises), and "
        f"the median fourth film {median(fourth):.2f} times as much ({len(fourth)} franchises)"
    )


def furious():
    group = franchises()["The Fast and the Furious Collection"]
    wars = franchises()["Star Wars Collection"]
    return (
        "The seventh film of The Fast and the Furious grossed "
        f"{group[6]['real_revenue'] / group[0]['real_revenue']:.1f} times as much as the first",
        f"No later Star Wars film came close to the first; the best grossed "
        f"{max(f['real_revenue'] for f in wars[1:]) / wars[0]['real_revenue']:.2f} times as much",
    )


@cache
def companies() -> dict[str, list[dict]]:
    groups = defaultdict(list)
    for film in films():
        for name in film["production_companies"]:
            groups[name].append(film)
    return groups


def company_totals():
    revenue = {name: sum(f["real_revenue"] or 0 for f in group) / 1e3 for name, group in companies().items()}
    leader = max(revenue, key=revenue.get)
    columbia, corporation = revenue["Columbia Pictures"], revenue["Columbia Pictures Corporation"]
    return (
        f"{leader} leads with {revenue[leader]:.0f} billion in 2017 dollars",
        f"Columbia Pictures has {columbia:.1f} billion, and Columbia Pictures Corporation another "
        f"{corporation:.1f} billion",
    )


# Time


def years_of_release():
    counts = Counter(film["year"] for film in films())
    year, most = counts.most_common(1)[0]
    middle = median(film["year"] for film in films())
    return (
        f"The year {year} has the most films, {most:,}",
        f"{share(films(), lambda film: film['year'] >= middle):.0%} of the films were released in {middle:.0f} or "
        "later",
        f"The year 2017 has only {counts[2017]}, because the table was collected during that year",
    )


def cut_by_year():
    known = [film for film in films() if film["vote_count"] >= 50]
    all_kept, known_kept = (share(group, lambda film: film["year"] >= CUT) for group in (films(), known))
    return (
        f"The recommenders only recommend films from {CUT} or later, which are {all_kept:.0%} of all films and "
        f"{known_kept:.0%} of those with at least 50 votes"
    )


def new_year():
    first = [film for film in films() if film["new_year"]]
    months = Counter(film["date"].month for film in films())
    others = Counter(film["date"].month for film in films() if not film["new_year"])
    assert max(months, key=months.get) == 1 and max(others, key=others.get) == 9
    return (
        f"There are {len(first):,} films dated 1 January, compared with {len(films()) / 366:.0f} on an average day",
        f"January has the most films of any month, {months[1]:,}. Without that day, January has "
        f"{others[1]:,}, and "
        f"September leads with {others[9]:,}",
    )


def sixth_of_june():
    day = [film for film in films() if (film["date"].month, film["date"].day) == (6, 6)]
    russian = [film for film in day if "Russia" in film["production_countries"]]
    mosfilm = sum("Mosfilm" in film["production_companies"] for film in day)
    return f"Of the {len(day)} films dated 6 June, {len(russian)} are Russian and {mosfilm} list Mosfilm"


def friday_shares(decade: int) -> float:
    chosen = [film for film in films() if film["year"] // 10 * 10 == decade and not film["new_year"]]
    return share(chosen, lambda film: film["date"].weekday() == 4)


def american_share(decade: int) -> float:
    chosen = [film for film in films() if film["year"] // 10 * 10 == decade and film["production_countries"]]
    return share(chosen, lambda film: "United States of America" in film["production_countries"])


def fridays():
    others = [film for film in films() if not film["new_year"]]
    return (
        f"{share(others, lambda film: film['date'].weekday() == 4):.0%} of the films were released on a Friday",
        f"from {friday_shares(1960):.0%} in the 1960s to {friday_shares(1980):.0%} in the 1980s",
        f"back to {friday_shares(2010):.0%} in the 2010s",
        f"The United States made or co-produced {american_share(1960):.0%} of the films from the 1960s, "
        f"{american_share(1980):.0%} of those from the 1980s and {american_share(2010):.0%} of those from the 2010s",
    )


def median_budgets():
    periods = defaultdict(list)
    for film in films():
        if film["real_budget"] and film["real_budget"] <= MOST:
            periods[film["year"] // 5 * 5].append(film["real_budget"])
    known = {year: median(values) for year, values in periods.items() if len(values) >= 30}
    peak, last = max(known, key=known.get), max(known)
    small = {year: sum(budget < 10 for budget in values) for year, values in periods.items()}
    return (
        f"In constant dollars, the median known budget was highest for films from {peak} to {peak + 4}, "
        f"at {known[peak]:.0f} million, and is {known[last]:.0f} million for films from {last} or later",
        f"{small[peak]} of {len(periods[peak]):,} known budgets from {peak} to {peak + 4} are under 10 million "
        f"dollars, compared with {small[2010]:,} of {len(periods[2010]):,} from 2010 to 2014",
    )


# Genres and average votes


def genre_frequencies():
    labelled = [film for film in films() if film["genres"]]
    drama = share(labelled, lambda film: "Drama" in film["genres"])
    decades = [[film for film in labelled if film["year"] // 10 * 10 == decade] for decade in (1950, 2010)]
    old, new = (share(group, lambda film: "Documentary" in film["genres"]) for group in decades)
    west, late = (share(group, lambda film: "Western" in film["genres"]) for group in decades)
    return (
        f"Drama is the most frequent genre, with {drama:.0%} of the {len(labelled):,} films that have a genre",
        f"The share of documentaries rose from {old:.0%} in the 1950s to {new:.0%} in the 2010s; that of Westerns "
        f"fell from {west:.0%} to {late:.0%}",
    )


def ranks(values: list[float]) -> list[float]:
    positions = defaultdict(list)
    for position, value in enumerate(sorted(values)):
        positions[value].append(position)
    places = {value: mean(each) for value, each in positions.items()}
    return [places[value] for value in values]


def spearman(one: str, other: str) -> tuple[float, int]:
    """Spearman's coefficient of two variables, and the number of films with both."""

    def known(film: dict, name: str) -> bool:
        return (
            film["vote_count"] > 0 if name == "vote_average" else film[name] > 0 or name in ("popularity", "vote_count")
        )

    pairs = [(film[one], film[other]) for film in films() if known(film, one) and known(film, other)]
    x, y = (ranks(values) for values in zip(*pairs, strict=True))
    middle = (len(pairs) - 1) / 2
    products = sum((a - middle) * (b - middle) for a, b in zip(x, y, strict=True))
    return products / math.sqrt(sum((a - middle) ** 2 for a in x) * sum((b - middle) ** 2 for b in y)), len(pairs)


def correlations():
    pairs = [("budget", "revenue"), ("budget", "vote_average"), ("revenue", "vote_average")]
    (money, both), (esteem, _), (revenue, _) = (spearman(*pair) for pair in pairs)
    return (
        f"The coefficient is {money:.2f} for budget and revenue ({both:,} films), {esteem:.2f} for budget and average "
        f"vote, and {revenue:.2f} for revenue and average vote",
    )


def average_votes():
    tens = [film["vote_count"] for film in films() if film["vote_average"] == 10 and film["vote_count"] > 0]
    return f"None of the {len(tens)} films with an average of 10 has more than {max(tens):.0f} votes"


def spread_of_average_votes():
    def spread(low: float, high: float) -> tuple[float, float]:
        values = sorted(film["vote_average"] for film in films() if low <= film["vote_count"] < high)
        step = len(values) - 1
        ends = []
        for part in (0.05, 0.95):
            place = math.floor(part * step)
            ends.append(values[place] + (part * step - place) * (values[min(place + 1, step)] - values[place]))
        return ends[0], ends[1]

    (low, high), (least, most) = spread(1, 2), spread(1_000, 2_000)
    return (
        f"For films with a single vote, 90% of the averages are between {low:.1f} and {high:.1f}; for films with "
        f"1,000 to 1,999 votes, they are between {least:.1f} and {most:.1f}"
    )


def selected_by_average():
    recent = [film for film in films() if film["year"] >= CUT]
    order = sorted(recent, key=lambda f: (-f["vote_average"] * (f["vote_count"] > 0), -f["popularity"], int(f["id"])))
    few = share(order[:SELECTED], lambda film: film["vote_count"] < FEW_VOTES)
    return (
        f"Of the {SELECTED:,} films since {CUT} with the highest average vote, {few:.0%} have fewer than "
        f"{FEW_VOTES} votes",
        f"of those with the highest weighted rating, {weighted_share():.0%} do",
    )


def weighted_share() -> float:
    """The share of films with few votes among the best by weighted rating."""
    voted = [film for film in films() if film["vote_count"] > 0]
    average, counts = mean(film["vote_average"] for film in voted), sorted(film["vote_count"] for film in films())
    place = 0.9 * (len(counts) - 1)
    low = counts[math.floor(place)]
    enough = low + (place - math.floor(place)) * (counts[math.floor(place) + 1] - low)

    def rating(film: dict) -> float:
        weight = film["vote_count"] / (film["vote_count"] + enough)
        return weight * film["vote_average"] + (1 - weight) * average

    recent = [film for film in films() if film["year"] >= CUT]
    order = sorted(recent, key=lambda film: (-rating(film), -film["popularity"], int(film["id"])))
    return share(order[:SELECTED], lambda film: film["vote_count"] < FEW_VOTES)


def best_films():
    known = [film for film in films() if film["vote_count"] >= WELL_KNOWN]
    votes = Counter(film["vote_average"] for film in known)
    best = sorted(votes, reverse=True)
    above = sum(votes[each] for each in best[:2])
    return (
        f"Of the {len(known):,} films with at least {WELL_KNOWN} votes, {above} have an average above "
        f"{best[2]:.1f}, and {votes[best[2]]} are tied at {best[2]:.1f}"
    )


# Latin American cinema


def argentine_films():
    chosen = made_in("Argentina")
    joint = share(chosen, lambda film: len(film["production_countries"]) > 1)
    budgets = sum(bool(film["real_budget"]) for film in chosen)
    partners = Counter(name for film in chosen for name in film["production_countries"] if name != "Argentina")
    (first, most), (second, fewer) = partners.most_common(2)
    return (
        f"Of the {len(chosen)} Argentine films, {joint:.0%} are co-productions",
        f"{most} with {first} and {fewer} with {second}",
        f"The budget is known for {budgets} of the {len(chosen)}",
    )


def known_in_latin_america():
    parts = []
    for country in ("Mexico", "Brazil"):
        chosen = made_in(country)
        parts.append(f"{sum(bool(f['real_revenue']) for f in chosen)} of {len(chosen)}")
    return f"It is known for {parts[0]} Mexican and for {parts[1]} Brazilian films"


def co_productions():
    stated = [film for film in films() if film["production_countries"]]
    joint = share(stated, lambda film: len(film["production_countries"]) > 1)

    def joint_in(country: str) -> float:
        return share(made_in(country), lambda film: len(film["production_countries"]) > 1)

    return (
        f"Of the {len(stated):,} films with a known country, {joint:.0%} have more than one",
        f"The share of co-productions is {joint_in('Switzerland'):.0%} for Switzerland, {joint_in('Belgium'):.0%} for "
        f"Belgium, {joint_in('France'):.0%} for France, {joint_in('Argentina'):.0%} for Argentina, "
        f"{joint_in('Mexico'):.0%} for Mexico, {joint_in('Brazil'):.0%} for Brazil and "
        f"{joint_in('United States of America'):.0%} for the United States",
    )


@cache
def in_spanish() -> list[dict]:
    return [film for film in films() if film["original_language"] == "es"]


def films_in_spanish():
    known = sorted((f for f in in_spanish() if f["real_revenue"]), key=lambda film: -film["real_revenue"])
    above = [film for film in known if film["real_revenue"] >= 40]
    assert {film["title"] for film in known[:4]} == {
        "Instructions Not Included", "Volver", "Pan's Labyrinth", "All About My Mother"}  # fmt: skip
    return (
        f"The revenue is known for {len(known)} of {len(in_spanish())} films in Spanish",
        f"The film with the highest revenue grossed {known[0]['real_revenue']:.0f} million in 2017 dollars, and "
        f"{len(above)} films grossed 40 million or more",
        f"Of these {len(above)}, {sum('Spain' in film['production_countries'] for film in above)} are Spanish "
        f"productions or co-productions, {sum('Mexico' in f['production_countries'] for f in above)} are Mexican and "
        f"{sum('Argentina' in f['production_countries'] for f in above) or 'none'} is Argentine",
    )


def secret_in_their_eyes():
    film = titled("The Secret in Their Eyes", 2009)
    known = sorted((f["real_revenue"] for f in in_spanish() if "Argentina" in f["production_countries"]
                    and f["real_revenue"]), reverse=True)  # fmt: skip
    assert known[0] == film["real_revenue"]
    first = max((film for film in made_in("Argentina") if film["real_revenue"]), key=lambda f: f["real_revenue"])
    assert (first["title"], first["original_language"]) == ("Dancer in the Dark", "en")
    return (
        f"Among the films in Spanish, The Secret in Their Eyes ({film['original_title']}) has the highest revenue, "
        f"{known[0]:.0f} million dollars",
        f"Dancer in the Dark, is in English and was co-produced by {len(first['production_countries'])} countries",
    )


CLAIMS = [
    *FINDINGS, size_of_the_table, share_of_zeros, mean_budget, known_by_decade, votes_with_and_without_budget,
    films_above_their_budget, mean_return, returns_by_class, genres_at_budgets, largest_gains, doubtful_revenue,
    largest_losses, implausible_budgets, months_at_equal_budget, september_and_festivals, concentration,
    franchise_totals, returns_of_franchises, second_films, later_films, furious, company_totals, years_of_release,
    cut_by_year, new_year, sixth_of_june, fridays, median_budgets, genre_frequencies, correlations, average_votes,
    spread_of_average_votes, selected_by_average, best_films, argentine_films, known_in_latin_america, co_productions,
    films_in_spanish, secret_in_their_eyes,
]  # fmt: skip


# What the prose may say in figures without a computation: dates, definitions and names
DEFINITIONS = [
    "2017 dollars", "TMDB in 2017", "under 1,000 dollars", "1 is the median revenue", "stays below 1", "0 means",
    "0 is treated as unknown", "Six findings", "coefficient is 1", "and 0 if", "1 January", "Before 2000",
]  # fmt: skip
NUMBER_WORDS = "two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|half|twice|double|dozen|hundred|thousand"
FIGURE = re.compile(rf"\d[\d,.]*%?|\b(?:{NUMBER_WORDS})\b", re.IGNORECASE)


def cells_of(page: str, kind: str) -> list[str]:
    cells = json.loads(PAGES[page].read_text(encoding="utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == kind]


def prose_of(page: str) -> str:
    """The sentences of a page on one line, without code, link targets and emphasis."""
    prose = "\n".join(cells_of(page, "markdown")).partition("## References")[0]
    text = re.sub(r"```.*?```|`[^`]*`", "", prose, flags=re.DOTALL)
    text = re.sub(r"\[Figure \d+\]\([^)]*\)|\]\([^)]*\)|^\d+\. |^> ", "", text, flags=re.MULTILINE)
    return re.sub(r"\s+", " ", re.sub(r"[*\[\]]", "", text))


def sentences_of(claim) -> list[str]:
    sentences = claim()
    return [sentences] if isinstance(sentences, str) else list(sentences)


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.__name__)
def test_a_figure_of_the_exploration_agrees_with_a_second_computation(claim):
    for sentence in sentences_of(claim):
        assert sentence in prose_of("50_exploration")


@pytest.mark.parametrize("notebook", PAGES)
def test_the_prose_has_no_figure_without_a_second_computation(notebook):
    prose = prose_of(notebook)
    for sentence in sorted([*DEFINITIONS, *(s for claim in CLAIMS for s in sentences_of(claim))], key=len)[::-1]:
        prose = re.sub(rf"(?<![\d.,]){re.escape(sentence)}", "", prose)
    found = [prose[max(match.start() - 40, 0) : match.end() + 40] for match in FIGURE.finditer(prose)]
    assert found == []


def findings_of(page: str) -> list[str]:
    """The numbered findings of a page."""
    return re.findall(r"^\d\. .*$", "\n".join(cells_of(page, "markdown")), re.MULTILINE)


def test_the_home_page_and_the_exploration_open_with_the_same_six_findings():
    findings = findings_of("50_exploration")
    assert len(findings) == 6 and findings == findings_of("index")
    for finding, claim in zip(findings, FINDINGS, strict=True):
        number, name = re.search(r"\[Figure (\d+)\]\(50_exploration\.ipynb#([\w-]+)\)$", finding).groups()
        assert claim() in finding and figure_names()[int(number) - 1] == name


def figure_names() -> list[str]:
    return re.findall(r'show_figure\("([\w-]+)"', "\n".join(cells_of("50_exploration", "code")))


def test_the_figures_of_the_exploration_are_numbered_in_their_order():
    assert figure_names() == FIGURES


def most_by(values: dict) -> object:
    return max(values, key=values.get)


def mix(genre: str, decade: int) -> float:
    chosen = [film for film in films() if film["year"] // 10 * 10 == decade and film["genres"]]
    return share(chosen, lambda film: genre in film["genres"])


def known_share(name: str, decade: int) -> float:
    return share([film for film in films() if film["year"] // 10 * 10 == decade], lambda film: film[name] > 0)


def budget_peak() -> int:
    decades = defaultdict(list)
    for film in films():
        if film["real_budget"] and film["real_budget"] <= MOST:
            decades[film["year"] // 10 * 10].append(film["real_budget"])
    return most_by({decade: median(values) for decade, values in decades.items() if len(values) >= 30})


def returns_of_classes() -> list[float]:
    return [median_return(between(*ends)) for ends in zip((0, *BUDGETS), (*BUDGETS, math.inf), strict=True)]


def largest_in_spanish() -> list[dict]:
    return sorted((f for f in in_spanish() if f["real_revenue"]), key=lambda film: -film["real_revenue"])[:12]


def joint_share(country: str) -> float:
    return share(made_in(country), lambda film: len(film["production_countries"]) > 1)


def countries_by_joint_share() -> list[str]:
    counts = Counter(name for film in films() for name in film["production_countries"])
    return sorted((name for name, count in counts.items() if count >= 250), key=joint_share, reverse=True)


# What the title of each figure and table says, as a condition on the table
TITLES = {
    "Budgets and revenues are mostly 0": lambda: all(
        mean(parse_number(row[name]) == 0 for row in rows()) > 0.5 for name in ("budget", "revenue")
    ),
    "Most revenues are unknown, even those of recent films": lambda: all(
        known_share("revenue", d) < 0.3 for d in (1990, 2000, 2010)
    ),
    "Most films with known amounts grossed more than their budget": lambda: (
        share(with_return(), lambda f: f["return_multiple"] > 1) > 0.5
    ),
    "Films with small or large budgets have higher returns than those in between": lambda: (
        max(returns_of_classes()[1:4]) + 0.3 < min(returns_of_classes()[0], returns_of_classes()[4])
    ),
    "Horror pays off on small budgets, fantasy and adventure on large ones": lambda: genres_at_budgets(),
    "Gone with the Wind gained the most, The Lone Ranger lost the most": lambda: (
        [f(with_return(), key=lambda film: film["gain"])["title"] for f in (max, min)]
        == ["Gone with the Wind", "The Lone Ranger"]
    ),
    "For a given budget, June, July and December releases earn the most": lambda: (
        sorted(range(1, 13), key=month_effect)[:-4:-1] == [6, 7, 12]
    ),
    "A few films earn a large share of a year's revenue": lambda: min(shares_of_top().values()) > 0.3,
    "In constant dollars, James Bond has the highest revenue": lambda: (
        most_by(totals("real_revenue")) == "James Bond Collection"
    ),
    "The second film of a franchise usually grosses less": lambda: median(times_of_the_first(2)) < 1,
    "Later films of some franchises gross more than the first": lambda: (
        furious()
        and franchises()["The Fast and the Furious Collection"][6]["revenue"]
        > franchises()["The Fast and the Furious Collection"][0]["revenue"]
    ),
    "The ten companies with the highest revenue": lambda: len(companies()) > 10,
    "The number of films per year in the table grew until 2014": lambda: (
        most_by(Counter(film["year"] for film in films())) == 2014
    ),
    "Many films are dated 1 January, which is a placeholder": lambda: sum(film["new_year"] for film in films()) > 3_000,
    "Friday became the usual release day again in the 1980s": lambda: (
        friday_shares(1970) < 0.25 < 0.4 < friday_shares(1980) and friday_shares(1930) > friday_shares(1970)
    ),
    "The median known budget was highest in the 1990s": lambda: budget_peak() == 1990,
    "Documentaries became more common, romances less common": lambda: (
        mix("Documentary", 1930) + 0.1 < mix("Documentary", 2010) and mix("Romance", 1930) > mix("Romance", 2010) + 0.1
    ),
    "Budgets are correlated with revenue, not with the average vote": lambda: (
        spearman("budget", "revenue")[0] > 0.7 and abs(spearman("budget", "vote_average")[0]) < 0.1
    ),
    "Films with extreme averages have few votes": lambda: (
        max(film["vote_count"] for film in films() if film["vote_average"] == 10 and film["vote_count"] > 0) <= 3
    ),
    "Ranking by average vote selects many films with few votes": lambda: (
        selected_by_average() and weighted_share() < 0.1
    ),
    "The highest average votes, with ties": lambda: best_films(),
    "The revenue of most Latin American films is unknown": lambda: finding_on_latin_america(),
    "Switzerland and Belgium co-produce the most, Argentina more than Brazil": lambda: (
        countries_by_joint_share()[:2] == ["Switzerland", "Belgium"]
        and joint_share("Argentina") > joint_share("Brazil")
    ),
    "Most of the highest-grossing films in Spanish are from Spain": lambda: (
        sum("Spain" in f["production_countries"] for f in largest_in_spanish()) > 6
    ),
}


def test_the_title_of_each_figure_is_true_of_the_embedded_table():
    found = re.findall(r'title\(\s*"([^"]+)"', "\n".join(cells_of("50_exploration", "code")))
    assert set(found) == set(TITLES)
    assert [title for title, holds in TITLES.items() if not holds()] == []


def test_the_exploration_has_at_most_22_figures_and_8_tables_in_five_chapters():
    code, headings = ("\n".join(cells_of("50_exploration", kind)) for kind in ("code", "markdown"))
    assert code.count("show_figure(") <= 22 and code.count("sortable_table(") <= 8
    chapters = re.findall(r"^## (.*)$", headings, re.MULTILINE)
    assert len(chapters) == 6 and chapters[-1] == "References"


def test_each_figure_has_a_name_of_its_own():
    names = re.findall(r'show_figure\("([\w-]+)"', "\n".join(cells_of("50_exploration", "code")))
    headings = re.findall(r"^#+ (.*)$", "\n".join(cells_of("50_exploration", "markdown")), re.MULTILINE)
    slugs = [re.sub(r"[^\w\s-]", "", heading).lower().replace(" ", "-") for heading in headings]
    assert len({*names, *slugs}) == len(names) + len(slugs)


def test_the_exploration_is_prose_with_short_code_cells():
    code = cells_of("50_exploration", "code")
    assert median(len(cell.splitlines()) for cell in code) <= 5
    without_texts = re.sub(r'"[^"]*"', '""', " ".join(code))
    assert len(prose_of("50_exploration").split()) > 3 * len(without_texts.split())


EXPECTED_NOTICES = {
    "-p source sample": "source sample",
    "-p country Argentina": "Argentina",
    "-p first_year 1990": "since 1990",
    "-p bins_per_factor_of_ten 3": "custom classes",
}


def outputs_of_a_run(folder: Path, **parameters: object) -> str:
    """What the exploration shows when it is run with these parameters."""
    run_notebook((PAGES["50_exploration"], folder / "out.ipynb", parameters, ""))
    cells = json.loads((folder / "out.ipynb").read_text(encoding="utf-8"))["cells"]
    return json.dumps([cell.get("outputs", []) for cell in cells], ensure_ascii=False)


@pytest.mark.parametrize("parameter", EXPECTED_NOTICES)
def test_the_exploration_runs_with_another_parameter_and_names_it(parameter, tmp_path):
    _, name, value = parameter.split(" ")
    text = outputs_of_a_run(tmp_path, **{name: int(value) if value.isdigit() else value})
    scope = EXPECTED_NOTICES[parameter]
    assert f"Charts and tables show: {scope}." in text and text.count(f"({scope})") > 20
    assert not any(title in text for title in TITLES), "a finding about the embedded table is shown for another one"


def test_the_exploration_of_the_embedded_table_states_its_findings(tmp_path):
    text = outputs_of_a_run(tmp_path)
    assert "Charts and tables show" not in text and "too few films" not in text
    assert text.count("<figure") == 22 and all(title in text for title in TITLES)


def test_the_home_page_without_a_build_says_how_to_make_one(tmp_path, monkeypatch):
    monkeypatch.setenv("MOVIES_BUILD", str(tmp_path / "none"))
    run_notebook((PAGES["index"], tmp_path / "out.ipynb", {}, ""))
    text = (tmp_path / "out.ipynb").read_text(encoding="utf-8")
    assert "There is no build yet" in text and "make one with: moviesmlops build" in text
