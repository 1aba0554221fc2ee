/**
 * The graph of a definition, with what an execution made of it.
 *
 * Layout and elements are made once; an update changes attributes, classes and texts alone, so that a graph of a
 * running execution stays where its reader has put it.
 */

import { word } from './format.js';
import { labelOf, LABEL_HEIGHT, layOut, STATE_HEIGHT } from './graph_layout.js';
import { iconOf, shortResource } from './graph_icons.js';
import { pannable } from './panning.js';
import { scopeOf } from './places.js';
import { retryTexts } from './rules.js';
import { SIGNS } from './signs.js';
import { cut, ruler, setAttribute, setText, svg } from './svg.js';

const NAME_LEFT = 40;
const LABEL_WIDTH = 170;
const CORNER = 8;
let graphs = 0;

/**
 * @param {HTMLElement} container which has a height
 * @param {Object|null} definition parsed
 * @param {Model|null} model see execution.js; without one the definition alone is drawn
 * @param {{selected?: string|null, onSelect?: function(string|null): void}} options places, see places.js
 * @returns {{update: function(Model|null, string|null=): void, destroy: function(): void}}
 */
export function renderGraph(container, definition, model, { selected = null, onSelect = () => {} } = {}) {
  const graph = new Drawing(container, scopeOf(definition), onSelect);
  graph.update(model, selected);
  return {
    update: (newModel, newSelected = graph.selected) => graph.update(newModel, newSelected),
    destroy: () => graph.destroy(),
  };
}

class Drawing {
  constructor(container, scope, onSelect) {
    this.container = container;
    this.onSelect = onSelect;
    this.selected = null;
    this.nodes = new Map();
    this.edges = [];
    this.arrow = `arrow-${(graphs += 1)}`;
    const family = getComputedStyle(container).fontFamily || 'sans-serif';
    this.widthOfName = ruler(`600 13px ${family}`);
    this.widthOfSmall = ruler(`11px ${family}`);
    this.content = svg('g', { class: 'graph-content' });
    this.picture = svg('svg', { class: 'graph', role: 'group', 'aria-label': 'Graph of the states', tabindex: 0 }, this.arrows(), this.content);
    const sheet = scope ? layOut(scope, (text) => Math.min(LABEL_WIDTH, this.widthOfSmall(text))) : { width: 0, height: 0, boxes: [], edges: [] };
    this.drawSheet(this.content, sheet, 'Start');
    this.frame = document.createElement('div');
    this.frame.className = 'graph-frame';
    this.frame.append(this.picture);
    container.replaceChildren(this.frame);
    this.view = pannable(this.frame, this.picture, this.content, sheet);
    this.listen();
  }

  destroy() {
    this.view.destroy();
    this.frame.remove();
  }

  /** One arrowhead for each kind of edge: an arrowhead does not take its line's colour in every browser. */
  arrows() {
    const heads = ['idle', 'taken', 'caught'].map((kind) =>
      svg('marker', { id: `${this.arrow}-${kind}`, class: `arrow ${kind}`, viewBox: '0 0 8 8', refX: 7, refY: 4, markerWidth: 8, markerHeight: 8, markerUnits: 'userSpaceOnUse', orient: 'auto' },
        svg('path', { d: 'M0,0.5 L8,4 L0,7.5 Z' })));
    return svg('defs', {}, ...heads);
  }

  // --- drawing, once ---

  /** Boxes lie over the lines, and labels over both. */
  drawSheet(parent, { boxes, edges }, start = null) {
    const lines = svg('g', { class: 'edges' });
    const labels = svg('g', { class: 'labels', 'aria-hidden': 'true' });
    for (const edge of edges) this.drawEdge(edge, lines, labels);
    parent.append(lines);
    for (const box of boxes) parent.append(box.kind === 'state' ? this.drawState(box) : drawMarker(box, start));
    parent.append(labels);
  }

  drawEdge(edge, lines, labels) {
    const group = svg('g', { class: `edge ${edge.way}${edge.isStub ? ' stub' : ''}`, 'data-from': edge.from ?? '', 'data-to': edge.to ?? '' });
    const path = svg('path', { d: curve(edge.points) });
    group.append(path);
    lines.append(group);
    let label = null;
    if (edge.at) {
      const text = labelOf(edge);
      label = svg('text', { class: `edge-label ${edge.way}`, x: edge.at.x, y: edge.at.y + LABEL_HEIGHT / 4 },
        cut(text, LABEL_WIDTH, this.widthOfSmall), svg('title', {}, text));
      labels.append(label);
    }
    this.edges.push({ edge, group, path, label });
  }

  drawState(box) {
    const { place } = box;
    const isContainer = box.inner.length > 0;
    const group = svg('g', { class: `state ${isContainer ? 'container' : 'simple'}`, transform: `translate(${box.x},${box.y})` });
    const button = svg('g', { class: 'state-button', role: 'button', tabindex: 0, 'data-place': place.key, 'data-type': place.state.Type });
    const title = svg('title');
    const type = svg('text', { class: 'state-type', x: NAME_LEFT, y: 36 });
    const status = svg('text', { class: 'state-status', x: box.width - 12, y: 36 });
    const retries = retryTexts(place.state.Retry ?? []);
    const nameWidth = box.width - NAME_LEFT - (retries.length ? 32 : 12);
    button.append(
      title,
      svg('rect', { class: 'frame', width: box.width, height: box.height, rx: 7 }),
      svg('rect', { class: 'band', width: 4, height: (isContainer ? STATE_HEIGHT : box.height) - 14, x: 0, y: 7, rx: 2 }),
      svg('g', { class: 'icon', transform: 'translate(14,17)' }, iconOf(place.state)),
      svg('text', { class: 'state-name', x: NAME_LEFT, y: 20 }, cut(place.name, nameWidth, this.widthOfName)),
      type,
      status,
    );
    const retried = svg('tspan');
    if (retries.length) {
      button.append(svg('text', { class: 'retry-sign', x: box.width - 12, y: 20 }, '↻', retried, svg('title', {}, `Retry of ${retries.join('; ')}`)));
    }
    group.append(button);
    box.inner.forEach(({ x, y, sheet }, index) => {
      if (index > 0) group.append(svg('path', { class: 'divider', d: `M${x - 9},${y} V${box.height - 10}` }));
      const inner = svg('g', { class: 'inner', transform: `translate(${x},${y})` });
      this.drawSheet(inner, sheet);
      group.append(inner);
    });
    this.nodes.set(place.key, { box, button, title, type, status, retries, retried });
    return group;
  }

  // --- updating ---

  update(model, selected) {
    this.selected = selected ?? null;
    const lastVisits = new Map();
    if (model) for (const visit of model.visits) lastVisits.set(visit.place, visit);
    for (const [key, node] of this.nodes) this.updateState(key, node, model?.states[key] ?? null, lastVisits.get(key));
    const taken = new Set((model?.taken ?? []).map(([from, to, way]) => JSON.stringify([from, to, way])));
    for (const drawn of this.edges) this.updateEdge(drawn, taken);
    setAttribute(this.picture, 'class', model ? 'graph has-run' : 'graph');
    this.view.suggest(this.boxOf(this.selected));
  }

  updateState(key, { button, title, type, status, box: { place, width }, retries, retried }, state, visit) {
    setAttribute(button, 'data-status', state?.status ?? 'NONE');
    setAttribute(button, 'aria-pressed', String(key === this.selected));
    const times = state && state.count > 1 ? `×${state.count}` : '';
    const items = typeof visit?.itemCount === 'number' ? `${visit.itemCount} items` : '';
    const said = state ? [SIGNS[state.status], word(state.status), times].filter(Boolean).join(' ') : '';
    setText(status, said);
    setText(type, cut([typeOf(place.state), items].filter(Boolean).join(', '), width - NAME_LEFT - 18 - 1.1 * this.widthOfSmall(said), this.widthOfSmall));
    const attempts = visit?.attempts.length ?? 0;
    const tries = attempts > 1 ? `${attempts} attempts` : '';
    setText(retried, attempts > 1 ? String(attempts - 1) : '');
    const label = [place.name, place.state.Type, state ? word(state.status) : 'not entered', times && `${state.count} visits`, tries, items].filter(Boolean).join(', ');
    setAttribute(button, 'aria-label', label);
    const lines = [label, place.state.Comment, state && visit?.error, ...retries.map((text) => `Retry of ${text}`)];
    setText(title, lines.filter(Boolean).join('\n'));
  }

  updateEdge({ edge, group, path, label }, taken) {
    const isTaken = taken.has(JSON.stringify([edge.from, edge.to, edge.way]));
    group.classList.toggle('is-taken', isTaken);
    label?.classList.toggle('is-taken', isTaken);
    const kind = !isTaken ? 'idle' : edge.way === 'catch' ? 'caught' : 'taken';
    setAttribute(path, 'marker-end', `url(#${this.arrow}-${kind})`);
  }

  boxOf(key) {
    return this.nodes.get(key)?.button ?? null;
  }

  // --- acting ---

  listen() {
    this.picture.addEventListener('click', (event) => {
      if (this.view.hasDragged()) return;
      this.choose(event.target.closest('.state-button')?.dataset.place ?? null);
    });
    this.picture.addEventListener('keydown', (event) => {
      const place = event.target.dataset?.place;
      if (place === undefined || (event.key !== 'Enter' && event.key !== ' ')) return;
      event.preventDefault();
      this.choose(place);
    });
    this.picture.addEventListener('focusin', (event) => {
      if (event.target.matches(':focus-visible') && event.target.dataset.place !== undefined) this.view.show(event.target);
    });
  }

  choose(place) {
    if (place === this.selected) return;
    this.selected = place;
    this.view.accept(this.boxOf(place));
    for (const [key, { button }] of this.nodes) setAttribute(button, 'aria-pressed', String(key === place));
    this.onSelect(place);
  }
}

function typeOf(state) {
  if (state.Type === 'Task') return shortResource(state);
  if (state.Type === 'Map' && (state.ItemProcessor ?? state.Iterator)?.ProcessorConfig?.Mode === 'DISTRIBUTED') return 'Distributed Map';
  return state.Type;
}

function drawMarker({ kind, x, y, width }, start) {
  const radius = width / 2;
  const marker = svg('g', { class: `marker ${kind}`, transform: `translate(${x + radius},${y + radius})` });
  if (kind === 'end') marker.append(svg('circle', { class: 'ring', r: radius - 1 }), svg('circle', { class: 'dot', r: radius - 5 }));
  else marker.append(svg('circle', { class: 'dot', r: radius - 1 }));
  if (kind === 'end') marker.append(svg('text', { class: 'marker-name end', y: radius + 14 }, 'End'));
  else if (start) marker.append(svg('text', { class: 'marker-name', x: radius + 6, y: 4 }, start));
  return marker;
}

/** A line along points, its corners rounded so little that it stays clear of the boxes beside it. */
function curve(points) {
  const parts = [`M${text(points[0])}`];
  for (let index = 1; index < points.length - 1; index += 1) {
    const [before, corner, after] = points.slice(index - 1, index + 2);
    parts.push(`L${text(toward(corner, before))} Q${text(corner)} ${text(toward(corner, after))}`);
  }
  return [...parts, `L${text(points.at(-1))}`].join(' ');
}

function toward(corner, { x, y }) {
  const length = Math.hypot(x - corner.x, y - corner.y);
  const share = Math.min(CORNER, length / 2) / (length || 1);
  return { x: corner.x + (x - corner.x) * share, y: corner.y + (y - corner.y) * share };
}

const text = ({ x, y }) => `${x.toFixed(1)},${y.toFixed(1)}`;
