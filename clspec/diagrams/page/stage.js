
// ---- the stage: a picture, larger and smaller ------------------------------------------------------------------------

const stage = byId("stage");
const LEAST = 0.1;
const MOST = 8;
let picture = null;
let size = { width: 1, height: 1 };
let scale = 1;
let drawnItems = [];

/** Puts a picture on the stage; `name` is what screen readers call it. Gives its boxes with what they stand for. */
function show(runs, view, name) {
  const lines = [];
  for (let at = 0; at < runs.length; at += 2) lines.push(...contents.lines.slice(runs[at], runs[at] + runs[at + 1]));
  const parsed = new DOMParser().parseFromString(lines.join("\n"), "image/svg+xml");
  picture = document.importNode(parsed.documentElement, true);
  const [, , width, height] = picture.getAttribute("viewBox").split(" ").map(Number);
  size = { width, height };
  picture.setAttribute("role", "listbox");
  picture.setAttribute("aria-label", name);
  drawnItems = [];
  for (const group of picture.querySelectorAll("g[data-id]")) {
    const subject = /\b(node|cluster)\b/.test(group.getAttribute("class")) && subjectOf(view, group.dataset.id);
    if (subject) drawnItems.push({ ...subject, group });
  }
  // The order of the model, where the engine's is that of drawing.
  const order = [...parts.keys()];
  const rank = (item) => [item.moment ?? 0, item.rule?.number ?? Infinity, order.indexOf(item.part)];
  drawnItems = drawnItems
    .map((item) => [rank(item), item])
    .sort(([a], [b]) => a.reduce((found, value, at) => found || value - b[at] || 0, 0))
    .map(([, item]) => item);
  drawnItems.forEach((item, at) => item.group.setAttribute("id", `box-${at}`));
  picture.setAttribute("aria-owns", drawnItems.map((item) => item.group.id).join(" "));
  const graph = picture.querySelector("g.graph");
  graph.setAttribute("role", "presentation");
  const told = new Set(drawnItems.map((item) => item.group));
  for (const child of graph.children) if (!told.has(child)) child.setAttribute("aria-hidden", "true");
  stage.replaceChildren(picture);
  return drawnItems;
}

/** The scale at which all of the picture is seen. */
const whole = () => Math.min(...room());

/** The scales at which the picture is as wide, and as high, as the stage within its padding. */
const room = () => [(stage.clientWidth - 26) / size.width, (stage.clientHeight - 26) / size.height];

/** The scale at which a picture opens: all of it where its text is still read well. */
function comfortable(view) {
  const [width, height] = room();
  const wanted = view === "evolution" ? height : Math.max(Math.min(width, height), Math.min(width, 1.1));
  return Math.min(Math.max(wanted, 0.8), 1.35);
}

/** Draws at a scale, in pixels a point; what is at (x, y) of the window stays there. */
function zoomTo(wanted, x, y) {
  const frame = stage.getBoundingClientRect();
  const [atX, atY] = [x ?? frame.left + frame.width / 2, y ?? frame.top + frame.height / 2];
  const before = picture.getBoundingClientRect();
  const [shareX, shareY] = [(atX - before.left) / before.width, (atY - before.top) / before.height];
  scale = Math.min(Math.max(wanted, LEAST), MOST);
  picture.setAttribute("width", size.width * scale);
  picture.setAttribute("height", size.height * scale);
  const after = picture.getBoundingClientRect();
  stage.scrollLeft += after.left + shareX * after.width - atX;
  stage.scrollTop += after.top + shareY * after.height - atY;
  byId("percent").textContent = `${Math.round(75 * scale)} %`;
}

function setHalo(group, kind) {
  const box = group.getBBox();
  const halo = document.createElementNS("http://www.w3.org/2000/svg", "rect");
  const values = { x: box.x - 4, y: box.y - 4, width: box.width + 8, height: box.height + 8, rx: 10, class: `halo ${kind}` };
  for (const [name, value] of Object.entries(values)) halo.setAttribute(name, value);
  group.append(halo);
}

function clearHalos(kind) {
  picture?.querySelectorAll(`.halo.${kind}`).forEach((halo) => halo.remove());
}

const calm = matchMedia("(prefers-reduced-motion: reduce)");

/** Scrolls the stage, and nothing else, as little as brings a box into view. */
function reveal(group, middle = false) {
  const [box, frame] = [group.getBoundingClientRect(), stage.getBoundingClientRect()];
  const room = 24;
  const step = (start, end, first, last) => {
    if (middle) return (start + end) / 2 - (first + last) / 2;
    if (start < first + room) return start - first - room;
    return end > last - room ? Math.min(end - last + room, start - first - room) : 0;
  };
  stage.scrollBy({
    left: step(box.left, box.right, frame.left, frame.right),
    top: step(box.top, box.bottom, frame.top, frame.bottom),
    behavior: calm.matches ? "instant" : "smooth",
  });
}

// The wheel zooms, dragging pans, and with Shift the wheel pans as everywhere.
stage.addEventListener(
  "wheel",
  (event) => {
    if (event.shiftKey || !picture) return;
    event.preventDefault();
    const pixels = event.deltaMode ? 33 * event.deltaY : event.deltaY;
    zoomTo(scale * Math.exp(-0.0016 * Math.min(Math.max(pixels, -300), 300)), event.clientX, event.clientY);
  },
  { passive: false },
);

let drag = null;
let dragged = false; // the click that ends a drag chooses nothing
stage.addEventListener("pointerdown", (event) => {
  dragged = false;
  const frame = stage.getBoundingClientRect();
  const [x, y] = [event.clientX - frame.left, event.clientY - frame.top];
  const onBar = x > stage.clientWidth || y > stage.clientHeight;
  if (event.pointerType !== "mouse" || event.button !== 0 || onBar) return; // fingers scroll by themselves
  drag = { x: event.clientX, y: event.clientY, left: stage.scrollLeft, top: stage.scrollTop, moved: false };
});
stage.addEventListener("pointermove", (event) => {
  if (!drag) return;
  const [x, y] = [event.clientX - drag.x, event.clientY - drag.y];
  if (!drag.moved && Math.hypot(x, y) < 4) return;
  if (!drag.moved) stage.setPointerCapture(event.pointerId);
  drag.moved = dragged = true;
  stage.classList.add("held");
  stage.scrollLeft = drag.left - x;
  stage.scrollTop = drag.top - y;
});
for (const end of ["pointerup", "pointercancel"]) {
  stage.addEventListener(end, () => {
    drag = null;
    stage.classList.remove("held");
  });
}

// Boxes take the focus when the button is let go, where that was no drag.
stage.addEventListener("mousedown", (event) => event.preventDefault());

stage.addEventListener("keydown", (event) => {
  if (!picture || event.ctrlKey || event.altKey || event.metaKey) return;
  const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  const zooms = { "+": () => scale * 1.2, "=": () => scale * 1.2, "-": () => scale / 1.2, 0: whole };
  if (event.shiftKey && event.key in steps) stage.scrollBy(...steps[event.key].map((step) => 80 * step));
  else if (event.key in zooms) zoomTo(zooms[event.key]());
  else return;
  event.preventDefault();
});
byId("in").addEventListener("click", () => zoomTo(scale * 1.2));
byId("out").addEventListener("click", () => zoomTo(scale / 1.2));
byId("fit").addEventListener("click", () => zoomTo(whole()));
