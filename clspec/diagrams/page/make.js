
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
function rove(items) {
  let current = 0;
  const stop = (at) => {
    items[current].setAttribute("tabindex", "-1");
    current = at;
    items[current].setAttribute("tabindex", "0");
  };
  // On the items: Chromium lets an SVG take the focus itself where it listens for it.
  items.forEach((item, at) => {
    item.setAttribute("tabindex", at ? "-1" : "0");
    item.addEventListener("focus", () => stop(at));
    item.addEventListener("keydown", (event) => {
      if (event.shiftKey || event.ctrlKey || event.altKey || event.metaKey) return;
      const steps = { ArrowDown: at + 1, ArrowRight: at + 1, ArrowUp: at - 1, ArrowLeft: at - 1, Home: 0, End: Infinity };
      if (!(event.key in steps)) return;
      event.preventDefault();
      items[Math.min(Math.max(steps[event.key], 0), items.length - 1)].focus();
    });
  });
}

/** Calls `enter(item)` where the pointer or the keyboard comes to an item, `leave()` where the pointer goes. */
function watch(item, enter, leave) {
  item.addEventListener("pointerenter", (event) => event.pointerType === "mouse" && enter(item, false));
  item.addEventListener("pointerleave", (event) => event.pointerType === "mouse" && leave());
  item.addEventListener("focus", () => enter(item, true));
}
