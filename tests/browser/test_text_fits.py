"""Text as a browser measures it: nothing leaves its box, nothing overlaps, on light and on dark pages."""

from __future__ import annotations

from pathlib import Path

import pytest

import clspec

from .conftest import SPECS, Open

ALL = sorted(path for path in SPECS.rglob("*.clspec") if path.parent.name != "blocks")
VIEWS = ("architecture", "adaptation", "evolution")

# Boxes against their own text, texts of a box against each other, and boxes without a box in common. Without a single
# pixel of slack a font's own bearings would fail, so one point is left.
FAULTS = """() => {
  const slack = 1;
  const boxOf = (element) => {
    const box = element.getBBox();
    return { left: box.x, top: box.y, right: box.x + box.width, bottom: box.y + box.height };
  };
  const overlap = (a, b) => Math.min(
    Math.min(a.right, b.right) - Math.max(a.left, b.left), Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top));
  const holds = (outer, inner) => inner.left >= outer.left - slack && inner.right <= outer.right + slack
    && inner.top >= outer.top - slack && inner.bottom <= outer.bottom + slack;
  // The line box of a text is taller than its letters; neighbours may share the difference.
  const letters = (text) => {
    const box = boxOf(text);
    const size = parseFloat(text.getAttribute("font-size"));
    const line = parseFloat(text.getAttribute("y"));
    return { ...box, top: line - 0.72 * size, bottom: line + 0.2 * size };
  };
  const faults = [];
  let count = 0;
  const nodes = [];
  for (const group of document.querySelectorAll("#stage g.node, #stage g.cluster")) {
    const name = group.dataset.id;
    const border = group.querySelector(":scope > :is(path, rect, polygon)");
    const texts = [...group.querySelectorAll(":scope > text")].filter((text) => text.textContent.trim());
    const areas = texts.map((text) => [text.textContent, letters(text)]);
    count += texts.length;
    if (border && name !== "sheet") {
      for (const [words, area] of areas) if (!holds(boxOf(border), area)) faults.push(`${words} leaves ${name}`);
      if (group.classList.contains("node")) nodes.push([name, boxOf(border)]);
    }
    areas.forEach(([one, here], at) => areas.slice(at + 1).forEach(([other, there]) => {
      if (overlap(here, there) > slack) faults.push(`${one} overlaps ${other} in ${name}`);
    }));
  }
  nodes.forEach(([one, here], at) => nodes.slice(at + 1).forEach(([other, there]) => {
    if (overlap(here, there) > slack) faults.push(`${one} overlaps ${other}`);
  }));
  return [count, faults];
}"""


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("spec", ALL, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_no_text_leaves_its_box_and_nothing_overlaps(browse: Open, pages: Path, spec: Path, dark: bool) -> None:
    file = pages / f"{spec.parent.name}-{spec.stem}.html"
    page = browse(file if file.exists() else clspec.render(spec).save(file), dark=dark)
    page.get_by_role("slider").focus()
    for view in VIEWS:
        page.get_by_role("tab", name=view.capitalize()).click()
        for key in ("Home", "ArrowRight", "End"):
            page.get_by_role("slider").press(key)
            count, faults = page.evaluate(FAULTS)
            assert count > 3
            assert faults == [], f"{view}, {key}"


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_the_page_itself_lets_no_text_out(browse: Open, pages: Path, dark: bool) -> None:
    page = browse(clspec.render(SPECS / "two_heads.clspec").save(pages / "two_heads.html"), dark=dark)
    wide = "all => all.filter((each) => each.scrollWidth > each.clientWidth + 1).map((each) => each.textContent)"
    for size in ((1280, 800), (360, 740)):
        page.set_viewport_size({"width": size[0], "height": size[1]})
        assert page.locator("button, h1, h2, p, dd, li, #told").evaluate_all(wide) == []
