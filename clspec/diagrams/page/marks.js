
// ---- what belongs together: parts, rules and lines of the spec -------------------------------------------------------

const contents = JSON.parse(byId("contents").textContent);
const parts = new Map(Object.entries(contents.parts));
const moments = contents.moments;
const states = [];
for (const moment of moments) {
  const known = new Map(states.at(-1));
  moment.gone.forEach((path) => known.delete(path));
  Object.entries(moment.states).forEach(([path, rows]) => known.set(path, rows));
  states.push(known);
}

/** What a drawn box stands for: a part (at a moment, in the filmstrip), a rule, an experience; null: nothing to tell. */
function subjectOf(view, id) {
  if (view === "evolution") {
    const at = moments.findIndex((moment) => moment.id && (id === moment.id || id.startsWith(`${moment.id}.`)));
    if (at < 0) return null;
    if (id === moments[at].id) return { moment: at };
    const path = id.slice(moments[at].id.length + 1);
    return parts.has(path) ? { part: path, id: path, moment: at } : null;
  }
  const rule = contents.rules.find((each) => id === `rule:${each.number}`);
  if (rule) return { rule };
  const [path, rest = ""] = id.split(":");
  return parts.has(path) && rest !== "label" ? { part: path, id } : null;
}

const rulesOf = (path) => contents.rules.filter((rule) => parts.get(path).rules.includes(rule.number));

/** The places in the spec of a subject: its own, and those of what acts on it. */
function placesOf(subject) {
  if (subject.rule) return { own: [subject.rule.place], near: [] };
  if (!subject.part) return { own: [], near: [] };
  return { own: [parts.get(subject.part).place], near: rulesOf(subject.part).map((rule) => rule.place) };
}

const covers = (place, file, line) => place.length && place[0] === file && place[1] <= line && line <= place[2];

/** The subjects that a line of the spec writes: the innermost parts there, else the rules. */
function subjectsAt(file, line) {
  const found = [...parts.entries()].filter(([, part]) => covers(part.place, file, line));
  const length = ([, part]) => part.place[2] - part.place[1];
  const least = Math.min(...found.map(length));
  const inner = found.filter((each) => length(each) === least).map(([path]) => ({ part: path, id: path }));
  const rules = contents.rules.filter((rule) => covers(rule.place, file, line)).map((rule) => ({ rule }));
  return [...inner, ...rules];
}

/** The boxes around a part that is not drawn by itself: those drawn innermost. */
function around(items, subject) {
  const holds = (item) => item.part && subject.part?.startsWith(`${item.part}.`);
  const length = Math.max(...items.filter(holds).map((item) => item.part.length));
  return items.filter((item) => holds(item) && item.part.length === length);
}

/** How strongly a drawn box belongs to a subject: "own", "near" or "". */
function bond(drawn, subject) {
  if (subject.rule) {
    if (drawn.rule) return drawn.rule === subject.rule ? "own" : "";
    return drawn.part && subject.rule.parts.includes(drawn.part) ? "near" : "";
  }
  if (drawn.rule) return drawn.rule.parts.includes(subject.part) ? "near" : "";
  if (subject.moment !== undefined && drawn.moment !== subject.moment) return "";
  if (drawn.part !== subject.part) return "";
  return drawn.id === subject.id ? "own" : drawn.id === subject.part ? "near" : "";
}
