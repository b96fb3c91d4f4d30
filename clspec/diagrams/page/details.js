
// ---- the details beside the picture, and the spec's text -------------------------------------------------------------

const details = byId("details");

const chips = (words) => words.split(" · ").map((word) => make("span", { class: "chip", "data-state": word }, word));

function table(rows) {
  const list = make("dl");
  for (const [label, words] of rows) list.append(make("dt", {}, label), make("dd", {}, words));
  return list;
}

/** Where something is written, in a reader's words. */
function placeWords([file, first, last]) {
  if (first === undefined) return "";
  return `${contents.files[file].name}, ${first === last ? `line ${first}` : `lines ${first} to ${last}`}`;
}

const about = (role, place) => [role, placeWords(place)].filter(Boolean).join(" · ");

const ruleWords = (rule) => `${rule.when}: ${rule.what}${rule.own ? " · its own rule" : ""}`;

function ruleLine(rule, tag = "li") {
  return make(tag, {}, make("b", {}, `R${rule.number}`), " ", ruleWords(rule));
}

function changeList(moment, lines) {
  if (!lines.length) return [];
  const items = lines.map((line) => make("li", {}, line));
  return [make("h3", {}, `What ${moment.name} changed`), make("ul", {}, ...items)];
}

const concerns = (line, path) => line.startsWith(`${path}:`) || line.startsWith(`${path}.`) || line.startsWith(`${path}[`);

/** All that is known of a part at a moment, as [label, words]. */
function rowsOf(subject, at) {
  const own = states[at].get(subject.id) ?? states[at].get(subject.part) ?? [];
  return [...parts.get(subject.part).rows, ...own];
}

function partDetails(subject, at) {
  const rows = rowsOf(subject, at);
  const find = (label) => rows.find(([each]) => each === label)?.[1] ?? "";
  const part = parts.get(subject.part);
  const task = find("name");
  const rules = rulesOf(subject.part).map((rule) => ruleLine(rule));
  const shown = rows.filter(([label]) => label !== "state" && label !== "name");
  return [
    make("h2", {}, task ? `${subject.part} · ${task}` : subject.part, " ", make("small", {}, about(part.role, part.place))),
    find("state") ? make("p", { class: "chips" }, ...chips(find("state"))) : "",
    table(shown),
    ...(rules.length ? [make("h3", {}, "Rules"), make("ul", {}, ...rules)] : []),
    ...changeList(moments[at], moments[at].changes.filter((line) => concerns(line, subject.part))),
  ];
}

function ruleDetails({ rule }) {
  return [
    make("h2", {}, `R${rule.number} `, make("small", {}, about(rule.own ? "its own rule" : "rule", rule.place))),
    table([["when", rule.when], ["does", rule.what], ["reaches", rule.parts.join(", ") || "the whole model"]]),
  ];
}

/** The model as a whole: what it is, its rules, what the experience changed. `hear(rule)` tells of a rule pointed at. */
function overview(at, hear, leave) {
  const lines = contents.rules.map((rule) => {
    const line = ruleLine(rule);
    line.setAttribute("role", "option");
    watch(line, () => hear({ rule }), leave);
    return line;
  });
  const list = make("ul", { role: "listbox", "aria-label": "Rules", class: "rules" }, ...lines);
  rove(lines);
  return [
    contents.doc ? make("p", { class: "doc" }, contents.doc) : "",
    make("h2", {}, "Rules"),
    lines.length ? list : make("p", {}, "Nothing grows, is added or is frozen."),
    ...changeList(moments[at], moments[at].changes),
    make("p", { class: "hint" }, "Point at a part or at a line of the spec, or go there with Tab and the arrow keys."),
  ];
}

/** A line of a spec with its comment, its strings and its first word apart. */
function spell(line) {
  const pieces = line.matchAll(/("(?:[^"\\]|\\.)*"?)|(#.*)|(^\s*[A-Za-z_]+)|([^"#]+)/g);
  return [...pieces].map(([text, string, comment, word]) => {
    const kind = string ? "string" : comment ? "comment" : word ? "word" : "";
    return kind ? make("span", { class: kind }, text) : text;
  });
}

/** The files of the spec as lists of lines; `hear(file, line, focused)` tells of the one pointed at. */
function writeTexts(hear, leave) {
  return contents.files.map((file, number) => {
    const lines = file.lines.map((line) => {
      const name = line.trim() ? {} : { "aria-label": "blank" };
      return make("li", { role: "option", "aria-selected": "false", ...name }, make("code", {}, ...spell(line)));
    });
    lines.forEach((line, at) => watch(line, () => hear(number, at + 1), leave));
    const list = make("ol", { role: "listbox", "aria-label": file.name, "aria-multiselectable": "true" }, ...lines);
    rove(lines);
    byId("texts").append(make("h2", {}, file.name), make("div", { class: "lines" }, list));
    return lines;
  });
}
