
// ---- elements: text is always text ----------------------------------------------------------------------------------

const byId = (id) => document.getElementById(id);

/** An element with attributes and children; strings among them become text, never markup. */
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** Makes items one stop of the Tab key, between which the arrow keys go. */
function rove(list, items) {
  let current = 0;
  const stop = (at) => {
    items[current].setAttribute("tabindex", "-1");
    current = at;
    items[current].setAttribute("tabindex", "0");
  };
  items.forEach((item) => item.setAttribute("tabindex", "-1"));
  if (items.length) stop(0);
  list.addEventListener("focusin", (event) => {
    const at = items.indexOf(event.target);
    if (at >= 0) stop(at);
  });
  list.addEventListener("keydown", (event) => {
    if (event.shiftKey || event.ctrlKey || event.altKey || event.metaKey || !items.length) return;
    const steps = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1, Home: -items.length, End: items.length };
    if (!(event.key in steps)) return;
    event.preventDefault();
    stop(Math.min(Math.max(current + steps[event.key], 0), items.length - 1));
    items[current].focus();
  });
}

/** Calls `enter(item)` where the pointer or the keyboard comes to an item, `leave()` where the pointer goes. */
function watch(item, enter, leave) {
  item.addEventListener("pointerenter", (event) => event.pointerType === "mouse" && enter(item, false));
  item.addEventListener("pointerleave", (event) => event.pointerType === "mouse" && leave());
  item.addEventListener("focus", () => enter(item, true));
}
