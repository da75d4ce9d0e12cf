"""A sample report in Debian's headless Chromium: silent, self-contained, and readable on a telephone."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from fixtures import sample_results as samples
from y90outcomes.report import write_report

pytestmark = pytest.mark.system

PROBE = """
<script>
addEventListener("load", () => {
  const frame = document.querySelector("iframe");
  const page = frame.contentDocument, root = page.documentElement;
  const wide = [...page.querySelectorAll("body *")].filter(
    (element) => !element.closest(".scroll") && !element.closest(".skip") && !element.closest(".hidden")
      && element.getBoundingClientRect().right > frame.clientWidth + 0.5);
  const cut = [...page.querySelectorAll("img")].filter((image) => !image.complete || image.naturalWidth === 0);
  const report = {
    client: root.clientWidth, scroll: root.scrollWidth, title: page.title,
    wide: wide.map((element) => element.tagName + "." + element.className), broken: cut.length,
    images: page.images.length, scripts: page.scripts.length,
    fetched: frame.contentWindow.performance.getEntriesByType("resource").map((entry) => entry.name)
      .filter((name) => !name.startsWith("data:")),
    small: [...page.querySelectorAll("p, td, th, dd, a")].filter(
      (element) => parseFloat(frame.contentWindow.getComputedStyle(element).fontSize) < 12).length,
  };
  document.body.textContent = "PROBE" + JSON.stringify(report) + "END";
});
</script>
"""


def chromium(page: Path, profile: Path, *options: str) -> subprocess.CompletedProcess[str]:
    binary = shutil.which("chromium")
    assert binary, "install Debian's chromium (`apt-get install chromium`)"
    command = [
        binary,
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--disable-background-networking",
        "--disable-component-update",
        "--no-first-run",
        "--enable-logging=stderr",
        f"--user-data-dir={profile}",
        "--timeout=20000",
        *options,
        page.as_uri(),
    ]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)


def console(run: subprocess.CompletedProcess[str]) -> list[str]:
    return [line for line in run.stderr.splitlines() if "CONSOLE" in line]


@pytest.fixture(scope="module")
def page(tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("browser") / "report"
    write_report(samples.sample(), out)
    return out / "report.html"


@pytest.fixture(scope="module")
def profile(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("profile")


def probe(page: Path, profile: Path, width: int, silent: bool = True) -> dict[str, object]:
    """The report inside a frame `width` CSS pixels wide, measured by a script of the outer page."""
    outer = page.parent.parent / f"probe-{width}.html"
    inner = html.escape(page.read_text(encoding="utf-8"))
    frame = f'<iframe style="width:{width}px;height:800px;border:0" srcdoc="{inner}"></iframe>'
    outer.write_text(f'<!DOCTYPE html><meta charset="utf-8"><body>{PROBE}{frame}</body>', encoding="utf-8")
    run = chromium(outer, profile, "--dump-dom", "--window-size=1400,900")
    assert not silent or console(run) == []
    found = re.search(r"PROBE(.*)END", run.stdout, re.DOTALL)
    assert found, run.stdout[:500]
    return json.loads(html.unescape(found[1]))


def test_the_console_stays_silent(page, profile):
    run = chromium(page, profile, "--dump-dom")
    assert "</html>" in run.stdout
    assert console(run) == []


def test_a_console_message_would_be_noticed(profile, tmp_path):
    bad = tmp_path / "bad.html"
    bad.write_text("<!DOCTYPE html><title>x</title><script>console.error('noticed')</script>", encoding="utf-8")
    assert any("noticed" in line for line in console(chromium(bad, profile, "--dump-dom")))


@pytest.mark.parametrize("width", [320, 390, 768, 1280])
def test_no_sideways_scrolling_at_any_width(page, profile, width):
    found = probe(page, profile, width)
    assert found["client"] == width or found["client"] == width - 15  # with or without a scroll bar
    assert found["scroll"] == found["client"]
    assert found["wide"] == []


def test_nothing_is_fetched_or_run_and_every_picture_shows(page, profile):
    found = probe(page, profile, 390)
    assert found["fetched"] == []
    assert found["scripts"] == 0
    assert found["images"] == 3
    assert found["broken"] == 0
    assert found["small"] == 0
    assert found["title"] == "Dose and necrosis after Y-90 radioembolisation: an invented study"


def test_a_request_and_a_wide_page_would_be_noticed(profile, tmp_path):
    page = tmp_path / "folder" / "report.html"
    page.parent.mkdir()
    text = '<!DOCTYPE html><title>x</title><img src="missing.png"><div style="width:900px">wide</div>'
    page.write_text(text, encoding="utf-8")
    found = probe(page, profile, 390, silent=False)
    assert found["broken"] == 1
    assert found["scroll"] == 908
    assert found["wide"] == ["DIV."]


def test_it_prints_on_paper(page, profile, tmp_path):
    target = tmp_path / "report.pdf"
    chromium(page, profile, f"--print-to-pdf={target}", "--no-pdf-header-footer")
    data = target.read_bytes()
    assert data.startswith(b"%PDF")
    assert len(re.findall(rb"/Type\s*/Page\b", data)) >= 3
