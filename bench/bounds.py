"""Compare the benchmark results with their bounds, mainly as ratios, which vary less between machines than seconds.

A ratio compares two figures that were measured one right after the other. The tables show the median ratio of all pairs
and its 95% confidence interval, which is computed from order statistics and makes no assumption about the distribution.
With fewer than six values, this interval does not exist, and the range is shown instead. A bound is met if the whole
interval satisfies it, missed if no part of the interval does, and open otherwise.
"""

from math import isnan
from statistics import median

QUESTIONS = ("peliculas_mes", "peliculas_dia", "franquicia", "peliculas_pais", "productoras", "retorno")
MIN_REQUESTS = 50  # minimum number of requests in one turn; a rate computed from fewer is not meaningful
UNITS = {"s": "{:.2f} s", "MB": "{:,.0f} MB", "/s": "{:,.0f}/s", "ms": "{:.3f} ms", "count": "{:,.0f}", "": "{:.2f}"}


def interval(values: list[float]) -> tuple[float, float]:
    """Return the 95% confidence interval of the median."""
    from scipy.stats import quantile_test  # not at the top: bench/run.py imports this module and must use little memory

    low, high = quantile_test(values, p=0.5).confidence_interval(0.95)
    return (min(values), max(values)) if isnan(low + high) else (float(low), float(high))


def compare(
    what: str,
    ours: list[float],
    others: list[float],  # each value measured directly before or after the one in `ours`
    versus: str,
    unit: str,
    bound: float | None = None,
    at_least: bool = False,  # whether the bound is a minimum; otherwise, it is a maximum
) -> dict:
    """Return a row that compares our figures with those of another program, pair by pair."""
    ratios = [one / other for one, other in zip(ours, others, strict=True)]
    row = {"what": what, "ratio": median(ratios), "versus": versus, "unit": unit}
    return row | {"ours": median(ours), "theirs": median(others)} | check_bound(ratios, bound, at_least)


def row_without_comparison(
    what: str, values: list[float], unit: str, bound: float | None = None, at_least: bool = False
) -> dict:
    """Return a row for a figure that is not compared with another program."""
    return {"what": what, "unit": unit, "ours": median(values)} | check_bound(values, bound, at_least)


def check_bound(values: list[float], bound: float | None, at_least: bool) -> dict:
    """Return the interval of the median, and whether it satisfies the bound: True, False, or None if open."""
    low, high = interval(values)
    if bound is None:
        return {"low": low, "high": high}
    met = None
    if (low >= bound) if at_least else (high <= bound):
        met = True
    elif (high < bound) if at_least else (low > bound):
        met = False
    return {"low": low, "high": high, "bound": bound, "at_least": at_least, "met": met}


def run_values(runs: list[dict], key: str) -> list[float]:
    return [run[key] for run in runs]


def compare_etl(part: dict) -> list[dict]:
    ours, course, written, bare = (part[name] for name in ("moviesmlops", "course", "course_csv", "read_csv"))
    time, peak = (run_values(ours, key) for key in ("seconds", "peak_mb"))
    return [
        compare("ETL, time", time, run_values(course, "seconds"), "coursework", "s", 0.18),
        compare("ETL, time", time, run_values(written, "seconds"), "coursework, with CSV output", "s"),
        compare("ETL, peak memory", peak, run_values(course, "peak_mb"), "coursework", "MB", 1 / 2),
        compare("ETL, time", time, run_values(bare, "seconds"), "bare read_csv", "s", 2.2),
        compare("ETL, peak memory", peak, run_values(bare, "peak_mb"), "bare read_csv", "MB"),
    ]


def compare_build(part: dict) -> list[dict]:
    ours, course = part["moviesmlops"], part["course"]
    return [
        compare("build, time", run_values(ours, "seconds"), run_values(course, "seconds"), "coursework", "s", 0.55),
        compare(
            "build, peak memory", run_values(ours, "peak_mb"), run_values(course, "peak_mb"), "coursework", "MB", 0.38
        ),
    ]


def compare_names(part: dict) -> list[dict]:
    runs, what = part["runs"], "mistyped names of 8 characters or more"
    indexed, scanned = ([run[key] for run in runs] for key in ("beside_scan", "scan"))
    first, p50 = ([run_values(indexed, key), run_values(scanned, key)] for key in ("first", "p50_ms"))
    return [
        row_without_comparison(f"{what}, correct first suggestion", run_values(runs, "first"), "", 0.85, at_least=True),
        row_without_comparison(
            f"{what}, correct among five suggestions", run_values(runs, "five"), "", 0.95, at_least=True
        ),
        compare("mistyped titles, correct first suggestion", *first, "plain scan", ""),
        compare("mistyped titles, p50", *p50, "plain scan", "ms"),
        row_without_comparison("mistyped names, p50", run_values(runs, "p50_ms"), "ms", 5),
        row_without_comparison("mistyped and adversarial names, worst time", run_values(runs, "worst_ms"), "ms", 25),
        row_without_comparison("trigram index of names", run_values(runs, "index_mb"), "MB", 15),
    ]


def compare_serve(part: dict) -> list[dict]:
    rates, work, latencies, courses = [], [], [], []
    for endpoint, load in part["endpoints"].items():
        ours, bare, course = (load[name] for name in ("moviesmlops", "bare", "course"))
        what = f"/{endpoint.replace('_knn', '?modelo=knn')}"
        rate, limit = run_values(ours, "per_second"), run_values(bare, "per_second")
        share = {"recomendacion": 0.75, "recomendacion_knn": 0.6}.get(endpoint, 0.85)
        rates.append(compare(f"{what}, throughput", rate, limit, "bare route", "/s", share, at_least=True))
        processor_ms = [run_values(runs, "processor_ms") for runs in (ours, bare)]
        work.append(compare(f"{what}, processor time per request", *processor_ms, "bare route", "ms"))
        steady = [[run["steady"]["p99_ms"] for run in runs] for runs in (ours, bare)]
        latencies.append(compare(f"{what}, p99", *steady, "bare route, same rate", "ms", 1.5))
        if course and min(run_values(course, "requests")) >= MIN_REQUESTS:
            courses.append(compare(f"{what}, throughput", rate, run_values(course, "per_second"), "coursework", "/s"))
    first, resident = part["first_answer"], part["resident_mb"]
    started = [
        compare(f"{how}, time to first response", first[who], first["bare"], "bare app", "s", 3)
        for how, who in (("uvicorn api:app", "moviesmlops"), ("moviesmlops serve", "moviesmlops serve"))
    ]
    failed = sum(run["failed"] for load in part["endpoints"].values() for run in load["moviesmlops"])
    unanswered = {"what": "API, requests without a response", "unit": "count", "ours": failed} | check_bound(
        [failed], 0, False
    )
    memory = row_without_comparison("API, resident memory after the load test", resident["moviesmlops"], "MB", 256)
    return [*rates, *work, *latencies, *courses, *started, memory, unanswered]


def compare_start(part: dict) -> list[dict]:
    rows, python = [], run_values(part["python"]["runs"], "seconds")
    for name in part.keys() - {"python", "measured"}:
        command, what = part[name], f"moviesmlops {name}"
        rows.append(compare(f"{what}, total", run_values(command["runs"], "seconds"), python, "python -c pass", "s"))
        count, heavy = len(command["heavy"]), ", ".join(command["heavy"]) or "none"
        packages = {"what": f"{what}, heavy packages: {heavy}", "unit": "count", "ours": count}
        rows.append(packages | check_bound([count], 0, False))
    return sorted(rows, key=lambda row: row["what"])


def compare_growth(part: dict) -> list[dict]:
    rows = []
    for name, slope in part["exponents"].items():
        if slope is not None:
            (smallest, _), *_, (largest, _) = part["series"][name]
            what = f"growth of {name.replace('_', ' ')} from {smallest:,} to {largest:,} rows, exponent"
            rows.append({"what": what, "unit": "", "ours": slope})
    for size in part["sizes"]:
        for what, limit in (("etl", 12), ("build", 120)):
            runs = size[what]["moviesmlops"] if what == "etl" else size[what]
            seconds = [run["seconds"] for run in runs if "failed" not in run]
            if size["rows"] == 1_000_000 and seconds:
                rows.append(row_without_comparison(f"1,000,000 rows: moviesmlops {what}", seconds, "s", limit))
    for size in (size for size in part["sizes"] if "names" in size):
        bound = 20 if size["rows"] == 1_000_000 else None
        rows.append(
            row_without_comparison(
                f"{size['rows']:,} rows: mistyped names, p50", [size["names"]["p50_ms"]], "ms", bound
            )
        )
    for size in part["every_title"]:
        what = f"{size['rows']:,} rows, all films since 1970 as candidates"
        failed = len([run for run in size["build"] if "failed" in run])
        rows.append(
            {"what": f"{what}: builds that failed", "unit": "count", "ours": failed} | check_bound([failed], 0, False)
        )
        for endpoint in ("recomendacion", "recomendacion_knn"):
            for key in ("p50_ms", "p99_ms") if size.get(endpoint) else ():
                figures = run_values(size[endpoint], key)
                rows.append(row_without_comparison(f"{what}: /{endpoint}, {key[:3]}", figures, "ms", 50))
    return rows


COMPARISONS = {
    "etl": compare_etl, "build": compare_build, "names": compare_names, "serve": compare_serve, "start": compare_start,
    "growth": compare_growth,
}  # fmt: skip


def compare_all(parts: dict) -> list[dict]:
    """Return one row per comparison, for the parts that were measured."""
    rows = []
    for name, compare_part in COMPARISONS.items():
        if name in parts:
            rows += [{"part": name} | row for row in compare_part(parts[name])]
    return rows


def format_row(row: dict) -> list[str]:
    """Format the cells of a row as strings."""
    template = UNITS[row["unit"]]
    ratio = f"{row['ratio']:.2f}" if "ratio" in row else ""
    interval_text = f"{row['low']:.2f} to {row['high']:.2f}" if "ratio" in row else ""
    bound = f"{'≥' if row['at_least'] else '≤'} {row['bound']:.4g}" if "bound" in row else ""
    met = {True: "met", False: "NOT MET", None: "open"}[row["met"]] if "met" in row else ""
    theirs = f"{template.format(row['theirs'])} {row['versus']}" if "versus" in row else ""
    return [ratio, interval_text, bound, met, row["what"], template.format(row["ours"]), theirs]


def keep_slowest_question(rows: list[dict]) -> list[dict]:
    """Keep only one of the rows about the six questions: the one with the lowest ratio."""
    names = {f"/{name}, throughput" for name in QUESTIONS}
    questions = [row for row in rows if row["what"] in names and "bound" in row]
    if not questions:
        return rows
    worst = min(questions, key=lambda row: row["ratio"])
    renamed = worst | {"what": worst["what"].replace(", ", " (slowest of the six questions), ", 1)}
    return [renamed if row is worst else row for row in rows if row is worst or row not in questions]


HEADLINES = (  # part of the description; the program compared with
    ("ETL, time", "coursework"), ("build, time", "coursework"), ("(slowest", "bare route"),
    ("/recomendacion, throughput", "bare route"), ("uvicorn api:app", "bare app"), ("API, resident", None),
)  # fmt: skip


def format_summary(results: dict) -> list[str]:
    """Format the six rows shown in the README as a Markdown table."""
    rows_to_show = keep_slowest_question(compare_all(results["parts"]))
    rows = [["", "moviesmlops", "compared with", "ratio", "interval", "target", ""], ["---", *["---:"] * 5, "---"]]
    for text, versus in HEADLINES:
        for row in rows_to_show:
            if text in row["what"] and row.get("versus") == versus and "bound" in row:
                ratio, interval_text, bound, met, what, ours, theirs = format_row(row)
                rows.append([what, ours, theirs, ratio, interval_text, bound, met])
    return [*(f"| {' | '.join(row)} |" for row in rows), "", *format_footer(results)]


def format_table(results: dict) -> list[str]:
    """Format the full table for a terminal."""
    header = ["ratio", "interval", "target", "", "what", "moviesmlops", "compared with"]
    rows = [format_row(row) for row in compare_all(results["parts"])]
    widths = [max(map(len, texts)) for texts in zip(header, *rows, strict=True)]
    padded = [map(str.ljust, row, widths) for row in (header, *rows)]
    return [*("  ".join(row).rstrip() for row in padded), "", *format_footer(results)]


def format_footer(results: dict) -> list[str]:
    """Describe when the results were measured, and on which machine and table."""
    machine, source = results["machine"], results["source"]
    days = sorted({part["measured"] for part in results["parts"].values()})
    return [
        f"Measured {' to '.join(dict.fromkeys([days[0], days[-1]]))} on {machine['cores']} cores "
        f"({machine['processor']}) with {machine['memory_gb']:.0f} GB of memory, Python {machine['python']}; "
        f"{source['rows']:,} rows of {source['name']}, sha256 {source['sha256'][:8]}."
    ]
