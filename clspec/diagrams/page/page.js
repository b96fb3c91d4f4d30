
// ---- the page --------------------------------------------------------------------------------------------------------

const views = ["architecture", "adaptation", "evolution"];
const MOST_TICKS = 24;
const slider = byId("moment");
const opened = new Map(); // the scale and the place that each view was left at
let view = "";
let now = contents.moment;
let chosen = null;

const whatItShows = () => ((view === "evolution" && contents.film) || moments[now].facts).replaceAll("\u00a0", " ");

/** What a screen reader says of a drawn box. */
function nameOf(item) {
  if (item.rule) return `rule R${item.rule.number}, ${ruleWords(item.rule)}`;
  if (!item.part) return [moments[item.moment].name, moments[item.moment].arrives, ...moments[item.moment].changes].join(", ");
  const at = item.moment ?? now;
  const rows = rowsOf(item, at);
  const task = rows.find(([label]) => label === "name")?.[1];
  const told = rows.filter(([label]) => label !== "name").map(([label, words]) => `${label} ${words}`);
  const acting = parts.get(item.part).rules.map((number) => `R${number}`).join(" ");
  const when = item.moment === undefined ? "" : ` in ${moments[at].name}`;
  const rest = [task, ...told, acting && `rules ${acting}`, placeWords(parts.get(item.part).place)];
  return [item.part + when, ...rest].filter(Boolean).join(", ");
}

/** Marks what belongs to subjects: boxes, and lines of the spec, which are scrolled to unless the hint came from them. */
function mark(subjects, fromText = null) {
  for (const kind of ["own", "near"]) clearHalos(kind);
  for (const line of lines.flat()) {
    line.classList.remove("own", "near");
    line.setAttribute("aria-selected", "false");
  }
  const hidden = subjects.filter((subject) => !drawnItems.some((item) => bond(item, subject) === "own"));
  const outer = new Set(hidden.flatMap((subject) => around(drawnItems, subject)));
  for (const item of drawnItems) {
    const bonds = [...subjects.map((subject) => bond(item, subject)), outer.has(item) ? "near" : ""];
    const kind = bonds.includes("own") ? "own" : bonds.includes("near") ? "near" : "";
    if (kind) setHalo(item.group, kind);
    item.group.setAttribute("aria-selected", String(kind === "own"));
  }
  for (const kind of ["near", "own"]) {
    for (const place of subjects.flatMap((subject) => placesOf(subject)[kind])) markLines(place, kind, fromText === null);
  }
  if (fromText) fromText.classList.add("own");
}

function markLines([file, first, last], kind, scrolls) {
  if (first === undefined) return;
  const marked = lines[file].slice(first - 1, last);
  for (const line of marked) {
    line.classList.add(kind);
    line.setAttribute("aria-selected", "true");
  }
  if (scrolls && kind === "own") revealLine(marked[0]);
}

/** Scrolls the text, and nothing else, where a line is not seen: what follows it should be seen too. */
function revealLine(line) {
  const pane = byId("texts");
  const [box, frame] = [line.getBoundingClientRect(), pane.getBoundingClientRect()];
  const seen = box.top > frame.top + 32 && box.bottom < frame.bottom - 32;
  if (!seen) pane.scrollTop += box.top - frame.top - frame.height / 4;
}

/** Tells of a subject, or of the model where there is none. */
function tell(subject) {
  const at = subject?.moment ?? now;
  const told = subject?.part ? partDetails(subject, at) : subject?.rule ? ruleDetails(subject) : overview(at, hearRule, rest);
  details.replaceChildren(...told.filter(Boolean));
  details.scrollTop = 0;
}

/** Back to what was chosen, where the pointer leaves what it was at. */
function rest() {
  mark(chosen?.subjects ?? [], chosen?.line);
  tell(chosen?.subjects[0]);
}

/** Takes up subjects: for as long as the pointer is there, or, by click and keyboard, until others are chosen. */
function take(subjects, stays, line = null) {
  if (stays) chosen = subjects.length ? { subjects, line } : null;
  mark(subjects, line);
  tell(subjects[0]);
}

const hearRule = (subject) => mark([subject]);

function hearBox(item, focused) {
  take([item], focused);
  if (focused) reveal(item.group);
}

function hearLine(file, line) {
  const element = lines[file][line - 1];
  take(subjectsAt(file, line), element === document.activeElement, element);
}

// ---- views and moments

function draw() {
  const focus = drawnItems.find((item) => item.group === document.activeElement)?.group.dataset.id;
  const runs = contents.pictures[view][view === "evolution" ? 0 : now];
  byId("facts").textContent = whatItShows();
  byId("missing").hidden = Boolean(runs);
  stage.hidden = byId("bar").hidden = !runs;
  if (!runs) {
    picture = null;
    drawnItems = [];
    byId("missing").textContent = contents.why;
    return;
  }
  const kept = [stage.scrollLeft, stage.scrollTop];
  const place = view === "evolution" ? "" : `, ${moments[now].name}`;
  const items = show(runs, view, `${contents.name}, ${view}${place}`);
  items.forEach((item) => {
    item.group.setAttribute("role", "option");
    item.group.setAttribute("aria-label", nameOf(item));
    watch(item.group, (_, focused) => hearBox(item, focused), rest);
    item.group.addEventListener("keydown", (event) => event.key === "Enter" && goTo(item));
  });
  rove(items.map((item) => item.group));
  const before = opened.get(view);
  zoomTo(before ?? comfortable(view));
  [stage.scrollLeft, stage.scrollTop] = before ? kept : [(stage.scrollWidth - stage.clientWidth) / 2, 0];
  opened.set(view, scale);
  items.find((item) => item.group.dataset.id === focus)?.group.focus({ preventScroll: true });
  showNow();
}

/** Sets the slider to the experience that a box of the filmstrip belongs to. */
function goTo(item) {
  if (item.moment !== undefined) setMoment(item.moment);
}

/** In the filmstrip, where the slider stands. */
function showNow() {
  if (view !== "evolution" || !picture) return;
  clearHalos("now");
  const frame = drawnItems.find((item) => !item.part && item.moment === now);
  if (frame) setHalo(frame.group, "now");
  if (frame) reveal(frame.group, true);
  else stage.scrollLeft = 0;
}

function setView(name) {
  if (picture) opened.set(view, scale);
  view = name;
  for (const each of views) {
    byId(each).setAttribute("aria-selected", String(each === name));
    byId(each).setAttribute("tabindex", each === name ? "0" : "-1");
  }
  byId("picture").setAttribute("aria-labelledby", name);
  draw();
  rest();
}

function setMoment(at) {
  const changed = at !== now;
  if (picture) opened.set(view, scale);
  now = at;
  const moment = moments[at];
  slider.value = at;
  [...byId("ticks").children].forEach((tick, each) => tick.classList.toggle("now", each === at));
  slider.setAttribute("aria-valuetext", moment.name);
  const many = moment.changes.length;
  const changes = moment.id ? [many ? `${many} change${many === 1 ? "" : "s"}` : "no changes"] : [];
  byId("told").textContent = [moment.name, moment.arrives, ...changes].filter(Boolean).join(" · ");
  if (!changed) return;
  if (view === "evolution") {
    byId("facts").textContent = whatItShows();
    showNow();
  } else draw();
  rest();
}

// ---- start

const lines = writeTexts(hearLine, rest);
slider.max = moments.length - 1;
if (moments.length === 1) {
  byId("moments").remove();
  byId("told").textContent = contents.why;
} else {
  if (contents.skipped) byId("moments").append(make("small", {}, `${contents.skipped} between are not drawn; clspec render --at N draws any`));
  const names = moments.map((moment) => moment.name.replace(/^\S+ /, ""));
  byId("ticks").append(...(names.length <= MOST_TICKS ? names : []).map((name) => make("span", {}, name)));
  slider.addEventListener("input", () => setMoment(Number(slider.value)));
  setMoment(now);
}
views.forEach((name) => byId(name).addEventListener("click", () => setView(name)));
byId("views").addEventListener("keydown", (event) => {
  const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  setView(views[(views.indexOf(view) + step + views.length) % views.length]);
  byId(view).focus();
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  chosen = null;
  rest();
});
stage.addEventListener("click", (event) => {
  if (dragged) return;
  const item = drawnItems.find((each) => each.group === event.target.closest("[role=option]"));
  if (item) {
    item.group.focus({ preventScroll: true });
    goTo(item);
    return;
  }
  chosen = null;
  rest();
});
setView(contents.view);
