"""Open a page in a browser, and inspect it from top to bottom."""

from pathlib import Path
from typing import Any, NamedTuple

from axe_playwright_python.sync_playwright import Axe

from moviesmlops.site import list_pages, read_site_settings
from support import ROOT

PAGES = [page for page in list_pages(read_site_settings()) if (ROOT / "nbs" / page.notebook).exists()]
ADDRESSES = [f"/eda/report/{Path(page.notebook).stem}.html" for page in PAGES]
WIDTHS = {"phone": {"width": 390, "height": 844}, "desktop": {"width": 1280, "height": 900}}


def open_page(browser: Any, address: str, width: str = "desktop", scheme: str = "light", **options: Any) -> Any:
    """Open a page in a new browser context; `page.requests` and `page.errors` record its requests and errors."""
    context = browser.new_context(viewport=WIDTHS[width], color_scheme=scheme, **options)
    page = context.new_page()
    page.requests, page.finished, page.errors = [], [], []
    page.on("request", lambda request: page.requests.append(request.url))
    page.on("requestfinished", lambda request: page.finished.append(request))
    page.on("console", lambda message: page.errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    page.goto(address, wait_until="load")
    return page


class Inspection(NamedTuple):
    """The results of inspecting a page."""

    requests: list[str]
    errors: list[str]
    size: int  # bytes of all responses
    page_width: int
    chart_right: float  # right edge of the widest chart, including its texts
    violations: list[str]  # of WCAG 2.2, levels A and AA, as axe reports them
    code_blocks: int
    visible_code: int
    chart_texts: list  # (size in pixels, text) of each text in a chart
    charts: int  # charts drawn separately for phone and desktop
    visible_charts: int
    cut_code: list[str]  # code that is wider than its box when unfolded
    tables: list  # (is wider than its frame, has a hint) for each table
    script_ran: bool  # a script in the table's texts
    elements_of_text: int  # elements created by markup in the table's texts
    text: str


COUNT_CODE = """() => {
  const code = [...document.querySelectorAll(".code pre, .cell-code pre")];
  return {code_blocks: code.length, visible_code: code.filter(block => block.checkVisibility()).length};
}"""

# Scrolls to each interactive chart and waits until it is drawn; then opens all folded code.
INSPECT_WHILE_SCROLLING = """async () => {
  const frame = () => new Promise(requestAnimationFrame);
  const sizes = () => [...document.querySelectorAll("figure.chart svg text")].filter(text => text.checkVisibility())
    .map(text => {
      const matrix = text.getScreenCTM(), size = parseFloat(getComputedStyle(text).fontSize);
      return [Math.round(Math.hypot(matrix.a, matrix.b) * size * 100) / 100, text.textContent];
    });
  const sizesBefore = sizes();
  const charts = [...document.querySelectorAll("figure.chart:has(> script) :is(.wide, .phone)")];
  for (const chart of charts.filter(chart => chart.checkVisibility())) {
    chart.scrollIntoView();
    for (let wait = 0; !chart.querySelector(":scope > div") && wait < 600; wait++) await frame();
    if (!chart.querySelector(":scope > div")) throw new Error("a chart was not drawn: " + chart.closest("figure").id);
  }
  scrollTo(0, document.body.scrollHeight);
  await frame();
  const drawn = [...document.querySelectorAll("figure.chart :is(svg, text)")];
  const rightEdges = drawn.map(element => element.getBoundingClientRect().right);
  const results = {
    page_width: document.documentElement.scrollWidth,
    chart_right: Math.max(0, ...rightEdges),
    chart_texts: [...sizesBefore, ...sizes()],
    charts: document.querySelectorAll("figure.chart:has(.wide)").length,
    visible_charts: [...document.querySelectorAll("figure.chart .wide, figure.chart .phone")]
      .filter(chart => chart.checkVisibility()).length,
    script_ran: window.inside !== undefined,
    elements_of_text: document.querySelectorAll("i.inside, img[src=x]").length,
    text: document.querySelector("main")?.innerText ?? "",
  };
  for (const details of document.querySelectorAll("details.code")) details.open = true;
  for (let wait = 0; wait < 3; wait++) await frame();  // until the resize observer has run
  const blocks = [...document.querySelectorAll("main pre")];
  results.cut_code = blocks.filter(block => block.scrollWidth > block.clientWidth + 1).map(block => block.textContent);
  results.tables = [...document.querySelectorAll("div:has(> table.sortable)")].map(frame => [
    frame.scrollWidth > frame.clientWidth + 1, !!frame.previousElementSibling?.checkVisibility()
  ]);
  return results;
}"""


AXE = Axe()
AXE_OPTIONS = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
    "resultTypes": ["violations"],
}


def find_violations(page: Any) -> list[str]:
    """The rules of accessibility that elements of a page violate, with the elements."""
    violations = AXE.run(page, options=AXE_OPTIONS).response["violations"]
    return [f"{rule['id']}: {node['html'][:120]}" for rule in violations for node in rule["nodes"]]


def inspect(browser: Any, address: str, width: str, scheme: str) -> Inspection:
    """Inspect a page once, for all tests that use it."""
    page = open_page(browser, address, width, scheme)
    results = page.evaluate(COUNT_CODE) | {"violations": find_violations(page)}
    results |= page.evaluate(INSPECT_WHILE_SCROLLING)
    size = sum(request.sizes()["responseBodySize"] for request in page.finished if request.url.startswith("http"))
    page.context.close()
    return Inspection(requests=page.requests, errors=page.errors, size=size, **results)
