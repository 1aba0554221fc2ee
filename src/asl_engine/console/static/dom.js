/** Elements without a library. Text is always text: nothing here can turn what an execution holds into markup. */

/** An element; `properties` are attributes, `on…` listeners or `class`; null and false leave one out. */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) set(element, name, value);
  element.append(...flat(children));
  return element;
}

function set(element, name, value) {
  if (value === null || value === undefined || value === false) return;
  if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
  else if (name === 'class') element.className = value;
  else if (name === 'value') element.value = value;
  else element.setAttribute(name, value === true ? '' : value);
}

function flat(children) {
  return children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false);
}

/** Puts new children in the place of the old ones. */
export function fill(element, ...children) {
  element.replaceChildren(...flat(children));
  return element;
}

/** A list of names and values; what has no value is left out. */
export function facts(pairs) {
  return h(
    'dl',
    { class: 'facts' },
    Object.entries(pairs)
      .filter(([, value]) => value !== null && value !== undefined)
      .map(([name, value]) => [h('dt', {}, name), h('dd', {}, value)]),
  );
}

/** Says something to a screen reader, and for a moment to everybody. */
export function announce(text) {
  const place = document.getElementById('announcer');
  place.textContent = text;
  place.classList.add('shown');
  clearTimeout(announce.timer);
  announce.timer = setTimeout(() => place.classList.remove('shown'), 2500);
}

export async function copy(text, what) {
  try {
    await navigator.clipboard.writeText(text);
    announce(`${what} copied`);
  } catch {
    window.prompt(`${what}:`, text); // the browser does not let the page write to the clipboard
  }
}

/** Calls `action` at once, and again at most every `milliseconds`, the last time after the last call. */
export function throttled(action, milliseconds) {
  let last = -Infinity;
  let timer = null;
  const run = () => {
    timer = null;
    last = performance.now();
    action();
  };
  const call = () => {
    if (timer === null) timer = setTimeout(run, Math.max(0, last + milliseconds - performance.now()));
  };
  call.cancel = () => clearTimeout(timer);
  return call;
}
