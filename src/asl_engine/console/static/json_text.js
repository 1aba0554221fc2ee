/** JSON as text: laid out and coloured without being read into values, so that numbers stay as they were written. */

import { h, copy } from './dom.js';

const TOKEN = /"(?:\\.|[^"\\])*"|[-+.\w]+|[{}[\],:]/g;
const OPENS = new Set(['{', '[']);
const CLOSES = new Set(['}', ']']);
const INLINE_CHARACTERS = 64; // an object or list of plain values that is no longer stands on one line
const SHOWN_CHARACTERS = 40_000;

/**
 * Lines of tokens, each {kind, text}; null when the text is no JSON. `onRange(path, first, last)` hears on which lines
 * each object and list stands.
 */
export function layOut(text, onRange = () => {}) {
  if (problemOf(text) !== null) return null;
  const lines = [[]];
  const open = []; // {key, path, start} of each object and list that has not ended
  const found = text.match(TOKEN) ?? [];
  let inline = 0; // tokens that still belong on this line
  const put = (kind, part) => lines.at(-1).push({ kind, text: part });
  const breakLine = () => lines.push([{ kind: 'space', text: '  '.repeat(open.length) }]);
  found.forEach((token, position) => {
    const next = found[position + 1];
    inline -= 1;
    if (token === '{' || token === '[') {
      open.push({ key: 0, path: open.map(({ key }) => key), start: lines.length - 1 });
      put('mark', token);
      inline = inlineTokens(found, position);
      if (inline === 0) breakLine();
    } else if (CLOSES.has(token)) {
      const { path, start } = open.pop();
      if (inline < 0) breakLine();
      put('mark', token);
      onRange(path, start, lines.length - 1);
    } else if (token === ',') {
      if (typeof open.at(-1).key === 'number') open.at(-1).key += 1;
      put('mark', inline > 0 ? ', ' : token);
      if (inline <= 0) breakLine();
    } else if (token === ':') {
      put('mark', ': ');
    } else if (next === ':') {
      open.at(-1).key = JSON.parse(token);
      put('key', token);
    } else {
      put(token[0] === '"' ? 'string' : 'literal', token);
    }
  });
  return lines;
}

/** How many tokens of an object or list stand on one line with its opening bracket; 0 when it takes several lines. */
function inlineTokens(found, start) {
  let length = 0;
  for (let position = start + 1; length <= INLINE_CHARACTERS; position += 1) {
    if (CLOSES.has(found[position])) return position - start;
    if (OPENS.has(found[position])) break;
    length += found[position].length + 1;
  }
  return 0;
}

/** The text laid out over lines, or as it is when it is no JSON. */
export function pretty(text) {
  const lines = layOut(text);
  return lines === null ? text : lines.map((line) => line.map((token) => token.text).join('')).join('\n');
}

export function spans(line) {
  return line.map(({ kind, text }) =>
    kind === 'space' || kind === 'mark' ? text : h('span', { class: `json-${kind}` }, text),
  );
}

/** A block with the JSON, of which a long one is shown in part until it is asked for. */
export function block(text, what) {
  const code = h('code');
  const show = (all) => {
    const cut = all ? text : text.slice(0, SHOWN_CHARACTERS);
    const lines = cut === text ? layOut(text) : null;
    code.replaceChildren(...(lines === null ? [cut] : lines.flatMap((line) => [...spans(line), '\n'])));
  };
  show(false);
  const rest =
    text.length > SHOWN_CHARACTERS &&
    h(
      'button',
      { type: 'button', class: 'quiet', onclick: (event) => (show(true), event.target.remove()) },
      `Show all ${text.length.toLocaleString('en')} characters`,
    );
  return h(
    'div',
    { class: 'json' },
    h(
      'button',
      {
        type: 'button',
        class: 'quiet copy',
        onclick: () => copy(pretty(text), what),
        'aria-label': `Copy ${what.toLowerCase()}`,
      },
      'Copy',
    ),
    h('pre', { tabindex: '0', 'aria-label': what }, code),
    rest,
  );
}

/** What is wrong with a JSON text, as {line, column, message}; null when nothing is. */
export function problemOf(text) {
  try {
    JSON.parse(text);
    return null;
  } catch {
    const { at, wanted } = firstProblem(text);
    const before = text.slice(0, at).split('\n');
    const found = at >= text.trimEnd().length ? 'the end' : text.slice(at).match(/^(\w+|.)/s)[0];
    return { line: before.length, column: before.at(-1).length + 1, message: `found ${found}, wanted ${wanted}` };
  }
}

const BLANK = /[ \t\r\n]*/y;
const SCALAR =
  /"(?:\\(?:["\\/bfnrt]|u[\da-fA-F]{4})|[^"\\\u0000-\u001f])*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?(?![\w.])|(?:true|false|null)\b/y;
const NAME = 'a name in double quotes';

/** Browsers tell the place of a mistake in words of their own, or not at all; so it is looked for here. */
function firstProblem(text) {
  const open = []; // for each open bracket, what closes it
  let at = 0;
  let wanted = 'a value';
  let mayClose = false; // just behind an opening bracket

  const skip = (pattern) => {
    pattern.lastIndex = at;
    const isThere = pattern.test(text);
    if (isThere) at = pattern.lastIndex;
    return isThere;
  };
  const step = (next) => {
    at += 1;
    wanted = next;
  };
  const isClosed = () => {
    if (text[at] !== open.at(-1)) return false;
    open.pop();
    step('');
    return true;
  };

  for (;;) {
    skip(BLANK);
    const isFirst = mayClose;
    mayClose = false;
    if (wanted === '') {
      if (open.length === 0) return { at, wanted: 'the end' };
      if (isClosed()) continue;
      if (text[at] !== ',') return { at, wanted: `, or ${open.at(-1)}` };
      step(open.at(-1) === '}' ? NAME : 'a value');
    } else if (isFirst && isClosed()) {
      continue;
    } else if (wanted === NAME) {
      if (text[at] !== '"' || !skip(SCALAR)) return { at, wanted };
      skip(BLANK);
      if (text[at] !== ':') return { at, wanted: 'a colon' };
      step('a value');
    } else if (OPENS.has(text[at])) {
      open.push(text[at] === '{' ? '}' : ']');
      step(open.at(-1) === '}' ? NAME : 'a value');
      mayClose = true;
    } else if (skip(SCALAR)) {
      wanted = '';
    } else {
      return { at, wanted };
    }
  }
}
