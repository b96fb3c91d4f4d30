"""What a reader does with a page: by mouse, by keyboard, and by what a screen reader is told."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

import clspec

from .conftest import SPECS, Open

TWO_HEADS = SPECS / "two_heads.clspec"
ALONE = "clspec 1\nmodel Net {\n    input features(4)\n    head h = incremental()\n}\n"


@pytest.fixture(scope="session")
def two_heads(pages: Path) -> Path:
    return clspec.render(TWO_HEADS).save(pages / "two_heads.html")


def box(page: Page, id: str) -> Locator:
    return page.locator(f'#stage g[data-id="{id}"]')


def halos(page: Page, kind: str = "own") -> list[str]:
    """The boxes that are marked."""
    found = page.locator(f"#stage .halo.{kind}")
    return sorted(found.evaluate_all("all => all.map((halo) => halo.parentNode.dataset.id)"))


def marked_lines(page: Page, kind: str = "own") -> list[str]:
    return [line.strip() for line in page.locator(f"#texts li.{kind}").all_inner_texts()]


def scale(page: Page) -> float:
    return float(page.locator("#percent").inner_text().removesuffix(" %"))


def scrolled(page: Page) -> list[float]:
    return page.locator("#stage").evaluate("stage => [stage.scrollLeft, stage.scrollTop]")


def middle(page: Page, selector: str = "#stage") -> tuple[float, float]:
    area = page.locator(selector).bounding_box()
    assert area
    return area["x"] + area["width"] / 2, area["y"] + area["height"] / 2


# ---- views and moments


def test_the_three_views(browse: Open, two_heads: Path) -> None:
    page = browse(two_heads)
    expect(page).to_have_title("TwoHeads")
    for view, shown in (("Adaptation", "rule:5"), ("Evolution", "e3.trunk"), ("Architecture", "fine.adapted:task0")):
        page.get_by_role("tab", name=view).click()
        expect(box(page, shown)).to_be_visible()
        expect(page.get_by_role("tab", selected=True)).to_have_text(view)
        expect(page.get_by_role("tabpanel", name=view)).to_be_visible()


@pytest.mark.parametrize("view", ["adaptation", "evolution"])
def test_it_opens_on_the_view_and_the_moment_asked_for(browse: Open, pages: Path, view: str) -> None:
    page = browse(clspec.render(TWO_HEADS, view, at=2).save(pages / f"{view}.html"))  # pyright: ignore[reportArgumentType]
    expect(page.get_by_role("tab", selected=True)).to_have_text(view.capitalize())
    expect(page.get_by_role("slider", name="Experience")).to_have_attribute("aria-valuetext", "experience 2")


def test_the_slider_shows_the_model_at_every_moment(browse: Open, two_heads: Path) -> None:
    page = browse(two_heads)
    slider = page.get_by_role("slider", name="Experience")
    assert "322,276 params now" in page.locator("#facts").inner_text()
    expect(box(page, "trunk")).to_contain_text("PART FROZEN")
    slider.focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowRight"):
        page.keyboard.press(key)
    expect(slider).to_have_attribute("aria-valuetext", "experience 2")
    expect(box(page, "trunk")).to_contain_text("FROZEN")
    expect(box(page, "trunk")).not_to_contain_text("PART")
    expect(box(page, "fine.labels:task2")).to_contain_text("NEW")
    expect(page.locator("#facts")).to_contain_text("372,488 params now")
    told = page.get_by_role("status").filter(has_text="experience 2")
    expect(told).to_have_text(re.compile("experience 2 · task 2 · classes 0, 1 · 4 changes"))
    page.keyboard.press("Home")
    expect(slider).to_have_attribute("aria-valuetext", "as born")


def test_the_slider_moves_by_mouse(browse: Open, two_heads: Path) -> None:
    page = browse(two_heads)
    track = page.locator("#moment").bounding_box()
    assert track
    page.mouse.click(track["x"] + track["width"] - 3, track["y"] + track["height"] / 2)
    expect(page.locator("#told")).to_contain_text("experience 4")
    expect(box(page, "fine.labels:task4")).to_contain_text("NEW")
    for step in (0.8, 0.6, 0.4):
        page.mouse.click(track["x"] + track["width"] * step, track["y"] + track["height"] / 2)
    expect(page.locator("#told")).to_contain_text("experience 1")


def test_the_filmstrip_marks_where_the_slider_stands(browse: Open, two_heads: Path) -> None:
    page = browse(two_heads)
    page.get_by_role("tab", name="Evolution").click()
    page.get_by_role("slider").focus()
    page.keyboard.press("End")
    assert halos(page, "now") == ["e4"]
    expect(box(page, "e4")).to_be_in_viewport()
    box(page, "e1.trunk").click()
    assert halos(page, "now") == ["e1"]
    expect(page.locator("#told")).to_contain_text("experience 1")


def test_without_a_stream_there_is_no_slider_and_the_page_says_why(browse: Open, tmp_path: Path) -> None:
    page = browse(clspec.render(clspec.parse_string(ALONE)).save(tmp_path / "m.html"))
    expect(page.get_by_role("slider")).to_have_count(0)
    expect(page.locator("#told")).to_contain_text("declares no stream")
    page.get_by_role("tab", name="Evolution").click()
    expect(page.get_by_role("tabpanel")).to_contain_text("stream tasks = split(classes=10, experiences=5)")
    expect(page.get_by_text("declares no stream").locator("visible=true")).to_have_count(1)
    page.get_by_role("tab", name="Adaptation").click()
    expect(page.locator("#told")).to_be_visible()


def test_a_grown_model_is_shown_as_it_is(browse: Open, tmp_path: Path) -> None:
    model = clspec.compile(clspec.parse_string(ALONE))
    model.adaptation(clspec.Experience(classes=[3, 7]))  # pyright: ignore[reportCallIssue]
    page = browse(clspec.render(model).save(tmp_path / "m.html"))
    expect(page.get_by_role("slider")).to_have_count(0)
    expect(page.locator("#told")).to_contain_text("a model as it has grown")
    box(page, "h").hover()
    expect(page.get_by_role("region", name="Details")).to_contain_text("new 3 7")
    expect(page.locator("#texts")).to_contain_text("head h = incremental()")


# ---- zoom and pan


def test_the_wheel_zooms_at_the_pointer(browse: Open, two_heads: Path) -> None:
    page = browse(two_heads)
    before, x, y = scale(page), *middle(page, '#stage g[data-id="trunk"]')
    page.mouse.move(x, y)
    page.mouse.wheel(0, -400)
    page.wait_for_function(f"parseFloat(document.getElementById('percent').textContent) > {before}")
    area = box(page, "trunk").bounding_box()
    assert area and area["x"] < x < area["x"] + area["width"] and area["y"] < y < area["y"] + area["height"]
    page.mouse.wheel(0, 400)
    page.wait_for_function(f"parseFloat(document.getElementById('percent').textContent) <= {before}")


def test_dragging_pans_and_chooses_nothing(browse: Open, two_heads: Path) -> None:
    page = browse(two_heads)
    for _ in range(4):
        page.get_by_role("button", name="Zoom in").click()
    box(page, "coarse.labels").click()
    box(page, "trunk").scroll_into_view_if_needed()
    start, (x, y) = scrolled(page), middle(page, '#stage g[data-id="trunk"]')
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 60, y - 40, steps=4)
    page.mouse.up()
    page.mouse.move(*middle(page, "h1"))
    assert halos(page) == ["coarse.labels"]
    moved = [after - before for before, after in zip(start, scrolled(page), strict=True)]
    assert moved == [pytest.approx(60, abs=2), pytest.approx(40, abs=2)]


def test_keys_zoom_and_pan(browse: Open, two_heads: Path) -> None:
    page = browse(two_heads)
    box(page, "x").focus()
    first = scale(page)
    page.keyboard.press("+")
    assert scale(page) == pytest.approx(1.2 * first, rel=0.03)
    page.keyboard.press("-")
    assert scale(page) == pytest.approx(first, rel=0.03)
    for _ in range(5):
        page.keyboard.press("+")
    before = scrolled(page)
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Shift+ArrowDown")
    assert [after - old for after, old in zip(scrolled(page), before, strict=True)] == [80, 80]
    page.keyboard.press("0")
    seen = page.evaluate("[stage.scrollWidth <= stage.clientWidth, stage.scrollHeight <= stage.clientHeight]")
    assert seen == [True, True]


# ---- details and highlights


def test_a_box_tells_its_shape_parameters_rules_and_lines(browse: Open, two_heads: Path) -> None:
    page = browse(two_heads)
    box(page, "trunk").hover()
    details = page.get_by_role("region", name="Details")
    for words in ("trunk", "pytorchcv resnet20_cifar10", "64", "271,824, 75.7 % of them train", "PART FROZEN",
                  "from the start: freeze trunk until stage2", "two_heads.clspec, line 11"):  # fmt: skip
        expect(details).to_contain_text(re.compile(re.escape(words).replace("\\ ", r"\s")))
    assert halos(page) == ["trunk"]
    assert [line.split(" =")[0] for line in marked_lines(page)] == ["backbone trunk"]
    assert marked_lines(page, "near") == ["freeze trunk until stage2", "when experience 2.. { freeze trunk }"]
    page.mouse.move(*middle(page, "h1"))
    assert (halos(page), marked_lines(page)) == ([], [])
    expect(details).to_contain_text("A coarse head that all tasks share")


def test_what_is_chosen_stays_while_the_slider_moves(browse: Open, two_heads: Path) -> None:
    page = browse(two_heads)
    box(page, "coarse.labels").click()
    page.get_by_role("slider").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("region", name="Details")).to_contain_text("new 0 1")
    assert halos(page) == ["coarse.labels"]
    page.keyboard.press("Escape")
    assert halos(page) == []


def test_a_task_is_told_by_itself(browse: Open, two_heads: Path) -> None:
    page = browse(two_heads)
    box(page, "fine.labels:task3").hover()
    expect(page.get_by_role("region", name="Details")).to_contain_text("258 params when added")
    assert (halos(page), halos(page, "near")) == (["fine.labels:task3"], ["fine.labels"])


def test_a_line_of_the_spec_marks_its_box(browse: Open, two_heads: Path) -> None:
    page = browse(two_heads)
    lines = page.get_by_role("listbox", name="two_heads.clspec").get_by_role("option")
    lines.nth(10).hover()
    assert halos(page) == ["trunk"]
    lines.nth(18).hover()  # inside a group: the innermost
    assert halos(page) == ["fine.fused"]
    lines.nth(16).hover()  # the group's closing brace
    assert halos(page) == ["coarse"]
    lines.nth(25).hover()  # a rule: what it reaches
    assert halos(page, "near") == ["coarse.labels"]
    expect(page.get_by_role("region", name="Details")).to_contain_text("R7")
    lines.nth(0).hover()
    assert halos(page) == halos(page, "near") == []
    page.get_by_role("tab", name="Adaptation").click()
    lines.nth(25).hover()
    assert (halos(page), halos(page, "near")) == (["rule:7"], ["coarse.labels"])
    page.get_by_role("tab", name="Evolution").click()
    lines.nth(20).hover()  # drawn in its group only
    assert halos(page, "near") == [f"e{number}.fine" for number in range(5)]


def test_a_used_file_is_shown_and_marked(browse: Open, two_heads: Path) -> None:
    page = browse(two_heads)
    box(page, "proj.body").hover()
    assert "neck body" in marked_lines(page)[0]
    line = page.get_by_role("listbox", name="blocks/necks.clspec").locator("li.own")
    expect(line).to_be_in_viewport()
    line.hover()
    assert halos(page) == ["proj.body"]


def test_a_rule_in_the_list_marks_what_it_does(browse: Open, two_heads: Path) -> None:
    page = browse(two_heads)
    rules = page.get_by_role("listbox", name="Rules").get_by_role("option")
    expect(rules).to_have_count(9)
    rules.nth(8).hover()
    assert halos(page, "near") == ["proj"]
    assert marked_lines(page) == ["after experience { freeze proj }"]


# ---- keyboard and screen readers


def test_the_page_is_walked_by_keyboard_alone(browse: Open, two_heads: Path) -> None:
    page = browse(two_heads)
    here = "document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent.trim()"

    def press(*keys: str) -> str:
        for key in keys:
            page.keyboard.press(key)
        return page.evaluate(here)

    assert press("Tab") == "Architecture"
    assert press("ArrowRight") == "Adaptation"
    expect(box(page, "rule:1")).to_be_visible()
    assert press("ArrowLeft") == "Architecture"
    assert press("Tab").startswith("x, kind image, shape 3×32×32")
    assert press("ArrowDown").startswith("trunk, kind pytorchcv resnet20_cifar10, gives 64, state PART FROZEN")
    assert halos(page) == ["trunk"]
    expect(page.get_by_role("region", name="Details")).to_contain_text("two_heads.clspec, line 11")
    assert press("End").startswith("fine.labels, task 4")
    expect(box(page, "fine.labels:task4")).to_be_in_viewport()
    assert page.evaluate("document.activeElement.matches(':focus-visible')")
    press("Tab")
    assert page.evaluate("document.activeElement.id") == "moment"
    assert [press("Tab") for _ in range(3)] == ["Zoom out", "Zoom in", "Fit"]
    while page.evaluate("document.activeElement.closest('#texts') === null"):
        press("Tab")
    while page.evaluate("document.activeElement.getAttribute('role')") != "option":
        press("Tab")
    assert press(*["ArrowDown"] * 10).startswith("backbone trunk")
    assert halos(page) == ["trunk"]
    assert page.evaluate("document.activeElement.getAttribute('aria-selected')") == "true"


def test_focus_stays_on_a_box_when_the_moment_changes(browse: Open, two_heads: Path) -> None:
    page = browse(two_heads)
    page.get_by_role("tab", name="Evolution").click()
    box(page, "e2.coarse").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#told")).to_contain_text("experience 2")
    expect(box(page, "e2.coarse")).to_be_focused()


def test_every_control_has_a_role_and_a_name(browse: Open, two_heads: Path) -> None:
    page = browse(two_heads)
    outline = page.locator("body").aria_snapshot()
    named = {
        "heading": "TwoHeads", "tablist": "View", "tab": "Architecture", "slider": "Experience", "group": "Zoom",
        "button": "Zoom in", "region": "Details",
    }  # fmt: skip
    for role, name in named.items():
        assert f'- {role} "{name}"' in outline
    for name in ("TwoHeads, architecture, as born", "Rules", "two_heads.clspec", "blocks/necks.clspec"):
        assert f'- listbox "{name}"' in outline
    assert not re.findall(r"- (?:button|slider|listbox|tab|option|group|region)(?: \[|:?\n)", outline)
    loose = page.locator("#stage svg > g > *:not([role]):not([aria-hidden])")
    expect(loose).to_have_count(0)


def test_text_has_contrast(browse: Open, two_heads: Path) -> None:
    """WCAG 2 AA: 4.5 to 1, for text on the page; that of pictures is tested from the theme."""
    for dark in (False, True):
        page = browse(two_heads, dark=dark)
        box(page, "trunk").hover()
        low = page.evaluate(CONTRASTS)
        assert low == [], f"dark={dark}"


CONTRASTS = """() => {
  const channel = (value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
  const numbers = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = (colour) => {
    const [red, green, blue] = numbers(colour).map((each) => channel(each / 255));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const behind = (element) => {
    for (let each = element; each; each = each.parentElement) {
      const colour = getComputedStyle(each).backgroundColor;
      if (numbers(colour)[3] !== 0) return colour;
    }
    return getComputedStyle(document.body).backgroundColor;
  };
  const low = [];
  for (const element of document.querySelectorAll("body *:not(svg *)")) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    if (!own || !element.checkVisibility() || ["SCRIPT", "NOSCRIPT"].includes(element.tagName)) continue;
    const [front, back] = [light(getComputedStyle(element).color), light(behind(element))];
    const contrast = (Math.max(front, back) + 0.05) / (Math.min(front, back) + 0.05);
    if (contrast < 4.5) low.push(`${element.textContent.trim().slice(0, 30)}: ${contrast.toFixed(2)}`);
  }
  return low;
}"""


# ---- windows


@pytest.mark.parametrize("size", [(390, 844), (320, 640), (2560, 700), (800, 1600)])
def test_every_window_shows_all_of_it(browse: Open, two_heads: Path, size: tuple[int, int]) -> None:
    page = browse(two_heads, size=size)
    for view in ("Adaptation", "Evolution", "Architecture"):
        page.get_by_role("tab", name=view).click()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        for name in ("#stage", "#bar", "#details", "#texts"):
            page.locator(name).scroll_into_view_if_needed()
            area = page.locator(name).bounding_box()
            assert area and area["width"] >= 200 and area["height"] >= 40, name
    line = page.locator("#texts li").nth(10)
    line.scroll_into_view_if_needed()
    line.click()
    assert halos(page) == ["trunk"]


@pytest.mark.parametrize("touch", [False, True])
def test_the_ring_around_the_slider_hides_no_number(browse: Open, two_heads: Path, touch: bool) -> None:
    page = browse(two_heads, has_touch=touch, is_mobile=touch)
    page.get_by_role("slider").press("ArrowRight")
    slider, ticks = page.locator("#moment"), page.locator("#ticks")
    ring = slider.evaluate(
        "each => parseFloat(getComputedStyle(each).outlineWidth) + parseFloat(getComputedStyle(each).outlineOffset)"
    )
    below, above = slider.bounding_box(), ticks.bounding_box()
    assert ring > 0 and below and above and below["y"] + below["height"] + ring <= above["y"]


def test_the_lines_of_a_rule_start_at_one_place(browse: Open, two_heads: Path) -> None:
    page = browse(two_heads, size=(1000, 800))
    starts = page.locator("#details .rules li").first.evaluate(
        """line => {
          const words = document.createRange();
          words.selectNodeContents(line.lastChild);
          return [...words.getClientRects()].map((each) => each.left);
        }"""
    )
    assert len(starts) > 1 and max(starts) - min(starts) < 1


def test_a_phone_is_used_by_touch(browse: Open, two_heads: Path) -> None:
    page = browse(two_heads, size=(390, 844), has_touch=True, is_mobile=True)
    box(page, "trunk").tap()
    assert halos(page) == ["trunk"]
    expect(page.get_by_role("region", name="Details")).to_contain_text("271,824")
    small = page.locator("button:visible, #moment").evaluate_all(
        "all => all.filter((each) => each.getBoundingClientRect().height < 44).map((each) => each.id)"
    )
    assert small == []
