/** JSON as text: laid out and coloured without being read into values, so that numbers stay as they were written. */

import { h, copy } from './dom.js';

const TOKEN = /"(?:\\.|[^"\\])*"|[-+.\w]+|[{}[\],:]/g;
const OPENS = new Set(['{', '[']);
const CLOSES = new Set(['}', ']']);
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
  const put = (kind, part) => lines.at(-1).push({ kind, text: part });
  const breakLine = () => lines.push([{ kind: 'space', text: '  '.repeat(open.length) }]);
  found.forEach((token, position) => {
    const next = found[position + 1];
    if (token === '{' || token === '[') {
      open.push({ key: 0, path: open.map(({ key }) => key), start: lines.length - 1 });
      put('mark', token);
      if (!CLOSES.has(next)) breakLine();
    } else if (CLOSES.has(token)) {
      const { path, start } = open.pop();
      if (!OPENS.has(found[position - 1])) breakLine();
      put('mark', token);
      onRange(path, start, lines.length - 1);
    } else if (token === ',') {
      if (typeof open.at(-1).key === 'number') open.at(-1).key += 1;
      put('mark', token);
      breakLine();
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

/** The text laid out over lines, or as it is when it is no JSON. */
export function pretty(text) {
  const lines = layOut(text);
  return lines === null ? text : lines.map((line) => line.map((token) => token.text).join('')).join('\n');
}

export function spans(line) {
  return line.map(({ kind, text }) => (kind === 'space' || kind === 'mark' ? text : h('span', { class: `json-${kind}` }, text)));
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
    h('button', { type: 'button', class: 'quiet', onclick: (event) => (show(true), event.target.remove()) }, `Show all ${text.length.toLocaleString('en')} characters`);
  return h(
    'div',
    { class: 'json' },
    h('button', { type: 'button', class: 'quiet copy', onclick: () => copy(pretty(text), what), 'aria-label': `Copy ${what.toLowerCase()}` }, 'Copy'),
    h('pre', { tabindex: '0', 'aria-label': what }, code),
    rest,
  );
}

/** What is wrong with a JSON text, as {line, column, message}; null when nothing is. */
export function problemOf(text) {
  try {
    JSON.parse(text);
    return null;
  } catch (error) {
    const position = firstProblem(text);
    const before = text.slice(0, position).split('\n');
    const found = position >= text.trimEnd().length ? 'the end' : JSON.stringify(text.slice(position).match(/^(\w+|.)/s)[0]);
    return { line: before.length, column: before.at(-1).length + 1, message: `found ${found} where JSON goes on otherwise`, reason: error.message };
  }
}

// Browsers tell the place of a mistake in words of their own, or not at all; so it is looked for here.
function firstProblem(text) {
  const blank = /[ \t\r\n]*/y;
  const scalar = /"(?:\\(?:["\\/bfnrt]|u[\da-fA-F]{4})|[^"\\\u0000-\u001f])*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?(?![\w.])|(?:true|false|null)\b/y;
  const open = []; // for each open bracket, what closes it
  let at = 0;
  let wants = 'value';
  const skip = (pattern) => {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    at = found === null ? at : pattern.lastIndex;
    return found !== null;
  };
  for (;;) {
    skip(blank);
    const start = at;
    const character = text[at];
    if (wants === 'end') {
      if (open.length === 0) return at;
      if (character === open.at(-1)) (open.pop(), (at += 1));
      else if (character === ',') (at += 1, (wants = open.at(-1) === '}' ? 'key' : 'value'));
      else return start;
    } else if (wants.startsWith('key')) {
      if (wants === 'key or }' && character === '}') (open.pop(), (at += 1), (wants = 'end'));
      else if (character !== '"' || !skip(scalar)) return start;
      else {
        skip(blank);
        if (text[at] !== ':') return at;
        at += 1;
        wants = 'value';
      }
    } else if (character === '{') (open.push('}'), (at += 1), (wants = 'key or }'));
    else if (character === '[') (open.push(']'), (at += 1), (wants = 'value or ]'));
    else if (wants === 'value or ]' && character === ']') (open.pop(), (at += 1), (wants = 'end'));
    else if (skip(scalar)) wants = 'end';
    else return start;
  }
}
