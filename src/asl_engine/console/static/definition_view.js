/** The definition as text, in which each state can be found from the graph and chosen for it. */

import { fill, h } from './dom.js';
import { layOut, spans } from './json_text.js';
import { scopeOf } from './places.js';

export class DefinitionView {
  /** `onSelect(place)` when the name of a state is chosen. */
  constructor(text, definition, { onSelect }) {
    const ranges = new Map();
    const lines = layOut(text, (path, start, end) => ranges.set(keyOf(path), { start, end })) ?? [
      [{ kind: 'mark', text }],
    ];
    this.ranges = new Map();
    const scope = scopeOf(definition);
    for (const [path, place] of scope === null ? [] : places(scope, []))
      this.ranges.set(place.key, ranges.get(keyOf(path)));
    const starts = new Map([...this.ranges].map(([place, { start }]) => [start, place]));
    this.lines = lines.map((line, number) =>
      h(
        'div',
        { class: 'line' },
        starts.has(number) ? named(line, () => onSelect(starts.get(number))) : spans(line),
        '\n',
      ),
    );
    this.element = h('pre', { class: 'definition', tabindex: '0', 'aria-label': 'Definition' });
    fill(this.element, this.lines);
  }

  /** Marks the state's lines and brings them into sight. */
  select(place) {
    this.element.querySelectorAll('.marked').forEach((line) => line.classList.remove('marked'));
    const range = this.ranges.get(place);
    if (range === undefined) return;
    for (const line of this.lines.slice(range.start, range.end + 1)) line.classList.add('marked');
    const top = this.lines[range.start].offsetTop;
    if (top < this.element.scrollTop || top > this.element.scrollTop + this.element.clientHeight - 60)
      this.element.scrollTop = top - 60;
  }
}

/** Every state with the way to it: names of fields, names of states, and numbers of branches. */
function* places(scope, path) {
  for (const place of scope.states.values()) {
    const here = [...path, 'States', place.name];
    yield [here, place];
    for (const inner of place.inner) yield* places(inner, [...here, ...wayInto(place.state, inner)]);
  }
}

function wayInto(state, { branch }) {
  if (branch !== null) return ['Branches', branch];
  return ['ItemProcessor' in state ? 'ItemProcessor' : 'Iterator'];
}

const keyOf = (path) => JSON.stringify(path);

/** A line on which the name of a state can be chosen. */
function named(line, choose) {
  const parts = spans(line);
  const key = line.findIndex((token) => token.kind === 'key');
  parts[key] = h('button', { type: 'button', class: 'quiet json-key', onclick: choose }, line[key].text);
  return parts;
}
