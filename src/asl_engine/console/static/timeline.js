/**
 * The timeline of an execution: a row for each visit, its attempts and waits along the time.
 *
 * Only the rows that are looked at are elements, however many there are. Rows keep their elements from one update to
 * the next; the keys move a mark among the rows (`aria-activedescendant`), since a row that has the focus could leave.
 */

import { h } from './dom.js';
import { duration, word } from './format.js';
import { SIGNS } from './signs.js';
import { setText } from './svg.js';
import { clockText, exactText, marksOf, offsetText } from './time_scale.js';
import { keysAround, rowsOf, visitKey } from './timeline_rows.js';

const ROW_HEIGHT = 26;
const BEYOND = 8;
const MOST_ROWS = 300;
const PIXELS_A_MARK = 110;
const TICK_MILLISECONDS = 1000;
let timelines = 0;

/**
 * @param {HTMLElement} container which has a height
 * @param {Model} model see execution.js
 * @param {Object} options
 * @param {number|null} [options.selected] a visit
 * @param {function(number): void} [options.onSelect]
 * @param {function(): number} [options.now] epoch seconds, to which bars of what runs reach
 * @returns {{update: function(Model, number|null=): void, destroy: function(): void}}
 */
export function renderTimeline(container, model, { selected = null, onSelect = () => {}, now = () => Date.now() / 1000 } = {}) {
  const timeline = new Timeline(container, onSelect, now);
  timeline.update(model, selected);
  return {
    update: (newModel, newSelected = timeline.selected) => timeline.update(newModel, newSelected),
    destroy: () => timeline.destroy(),
  };
}

class Timeline {
  constructor(container, onSelect, now) {
    Object.assign(this, { onSelect, now, model: null, selected: null, rows: [], isClock: false });
    this.id = `timeline-${(timelines += 1)}`;
    this.active = null;
    this.opened = new Map();
    this.shown = new Map();
    this.axis = h('div', { class: 'timeline-axis' });
    this.grid = h('div', { class: 'timeline-grid', 'aria-hidden': 'true' });
    this.list = h('div', { class: 'timeline-rows' });
    this.body = h('div', { class: 'timeline-body', role: 'tree', 'aria-label': 'Visits of states along the time', tabindex: 0 }, this.grid, this.list);
    this.switches = [this.switch('Elapsed', false), this.switch('Clock', true)];
    this.scroller = h('div', { class: 'timeline-scroller' },
      h('div', { class: 'timeline-head' }, h('div', { class: 'timeline-switch', role: 'group', 'aria-label': 'Times' }, this.switches), this.axis),
      this.body);
    this.frame = h('div', { class: 'timeline' }, this.scroller);
    container.replaceChildren(this.frame);
    this.scroller.addEventListener('scroll', () => this.drawRows());
    this.list.addEventListener('click', (event) => this.click(event));
    this.body.addEventListener('keydown', (event) => this.key(event));
    this.observer = new ResizeObserver(() => this.draw());
    this.observer.observe(this.frame);
    this.timer = setInterval(() => this.model.status === 'RUNNING' && this.draw(), TICK_MILLISECONDS);
  }

  destroy() {
    clearInterval(this.timer);
    this.observer.disconnect();
    this.frame.remove();
  }

  update(model, selected) {
    const isNew = selected !== this.selected;
    this.model = model;
    this.selected = selected ?? null;
    if (isNew && selected !== null) this.open(keysAround(model, selected));
    this.rows = rowsOf(model, this.opened);
    this.draw();
    if (isNew && selected !== null) this.reveal(visitKey(selected));
  }

  open(keys) {
    for (const key of keys) this.opened.set(key, true);
  }

  /** Sets the mark on a row and scrolls just so far that it is seen. */
  reveal(key) {
    const index = this.rows.findIndex((row) => row.key === key);
    if (index < 0) return;
    this.active = key;
    const top = index * ROW_HEIGHT;
    const height = this.scroller.clientHeight - this.body.offsetTop;
    if (top < this.scroller.scrollTop) this.scroller.scrollTop = top;
    else if (top + ROW_HEIGHT > this.scroller.scrollTop + height) this.scroller.scrollTop = top + ROW_HEIGHT - height;
    this.drawRows();
  }

  // --- drawing ---

  draw() {
    const { model } = this;
    this.start = model.startedAt ?? model.visits[0]?.enteredAt ?? this.now();
    this.stop = Math.max(model.stoppedAt ?? this.now(), this.start);
    this.span = Math.max(this.stop - this.start, 0.001);
    this.drawAxis();
    this.drawRows();
  }

  drawAxis() {
    const most = Math.max(2, Math.floor((this.axis.clientWidth || 600) / PIXELS_A_MARK));
    const marks = marksOf(this.span, most);
    const text = (mark) => (this.isClock ? clockText(this.start + mark, this.span) : offsetText(mark));
    this.axis.replaceChildren(...marks.map((mark) => this.at(mark, h('span', { class: 'timeline-mark' }, text(mark)))));
    const redrives = this.model.redrives.map((moment) => this.at(moment - this.start, h('i', { class: 'timeline-redrive', title: `Redriven ${exactText(moment)}` })));
    this.grid.replaceChildren(...marks.map((mark) => this.at(mark, h('i'))), ...redrives);
    this.switches[0].setAttribute('aria-pressed', String(!this.isClock));
    this.switches[1].setAttribute('aria-pressed', String(this.isClock));
  }

  at(seconds, element) {
    element.style.left = `${((seconds / this.span) * 100).toFixed(3)}%`;
    return element;
  }

  drawRows() {
    this.list.style.height = `${this.rows.length * ROW_HEIGHT}px`;
    const first = Math.max(0, Math.floor(this.scroller.scrollTop / ROW_HEIGHT) - BEYOND);
    const count = Math.min(MOST_ROWS, Math.ceil(this.scroller.clientHeight / ROW_HEIGHT) + 2 * BEYOND);
    const wanted = new Map(this.rows.slice(first, first + count).map((row, index) => [row.key, { row, index: first + index }]));
    for (const [key, drawn] of this.shown) {
      if (wanted.has(key)) continue;
      drawn.element.remove();
      this.shown.delete(key);
    }
    for (const [key, { row, index }] of wanted) this.drawRow(key, row, index);
    if (this.shown.has(this.active)) this.body.setAttribute('aria-activedescendant', this.elementId(this.active));
    else this.body.removeAttribute('aria-activedescendant');
  }

  elementId(key) {
    return `${this.id}-${key}`;
  }

  drawRow(key, row, index) {
    let drawn = this.shown.get(key);
    if (!drawn) this.shown.set(key, (drawn = this.makeRow(key)));
    const { element, name, track, length } = drawn;
    element.style.top = `${index * ROW_HEIGHT}px`;
    const { visit, frame } = row;
    const what = visit ?? frame;
    const status = what?.status ?? null;
    const begun = visit ? visit.enteredAt : frame?.startedAt ?? null;
    const ended = visit ? visit.exitedAt : frame?.stoppedAt ?? null;
    const seconds = begun === null ? null : (ended ?? this.stop) - begun;
    const attributes = {
      'aria-level': row.level,
      'aria-expanded': row.isOpen,
      'aria-selected': visit ? visit.id === this.selected : null,
      'aria-posinset': index + 1,
      'aria-setsize': this.rows.length,
      'data-status': status,
      'data-visit': visit?.id ?? null,
      'aria-label': labelOf(row, status, seconds),
    };
    for (const [attribute, value] of Object.entries(attributes)) mark(element, attribute, value);
    element.classList.toggle('is-active', key === this.active);
    element.classList.toggle('is-more', what === null);
    this.drawName(name, row, status);
    setText(length, seconds === null ? '' : duration(seconds));
    this.drawTrack(track, drawn, row);
  }

  makeRow(key) {
    const name = h('div', { class: 'timeline-name' }, h('span', { class: 'timeline-toggle' }), h('span', { class: 'timeline-sign' }), h('span', { class: 'timeline-part' }), h('span', { class: 'timeline-label' }));
    const track = h('div', { class: 'timeline-track' });
    const length = h('div', { class: 'timeline-length' });
    const element = h('div', { class: 'timeline-row', role: 'treeitem', id: this.elementId(key), 'data-key': key }, name, track, length);
    this.list.append(element);
    return { element, name, track, length, drawing: '' };
  }

  drawName(name, row, status) {
    const [toggle, sign, part, label] = name.children;
    name.style.paddingLeft = `${8 + (row.level - 1) * 14}px`;
    setText(toggle, row.isOpen === null ? '' : row.isOpen ? '▾' : '▸');
    setText(sign, SIGNS[status] ?? '');
    setText(part, row.part);
    setText(label, row.label);
    mark(name, 'title', [row.part, row.label].filter(Boolean).join(' '));
  }

  /** Draws the bar anew only where it is another one: an update then leaves the tooltip that is being read. */
  drawTrack(track, drawn, row) {
    const bars = row.visit ? barsOf(row.visit, this.stop) : row.frame ? [barOfFrame(row.frame, this.stop)] : [];
    const drawing = JSON.stringify([bars, this.start, this.span]);
    if (drawing === drawn.drawing) return;
    drawn.drawing = drawing;
    track.replaceChildren(...bars.map((bar) => this.makeBar(bar)));
    mark(track, 'title', row.visit ? this.story(row.visit) : null);
  }

  makeBar({ kind, status, begun, ended, text }) {
    const bar = h('i', { class: `timeline-bar ${kind}`, 'data-status': status, title: text ? `${text}\n${this.times(begun, ended)}` : null });
    const left = ((begun - this.start) / this.span) * 100;
    bar.style.left = `min(${left.toFixed(3)}%, calc(100% - 3px))`;
    bar.style.width = `${(((ended - begun) / this.span) * 100).toFixed(3)}%`;
    return bar;
  }

  times(begun, ended) {
    return `${exactText(begun)} (+${duration(begun - this.start)}) to ${exactText(ended)} (+${duration(ended - this.start)}): ${duration(ended - begun)}`;
  }

  /** All there is to say of a visit, for its tooltip. */
  story(visit) {
    const lines = [
      `${visit.name}: ${word(visit.status)}${visit.error ? ` (${visit.error})` : ''}`,
      visit.exitedAt === null ? `Since ${exactText(visit.enteredAt)} (+${duration(visit.enteredAt - this.start)})` : this.times(visit.enteredAt, visit.exitedAt),
    ];
    return lines.join('\n');
  }

  switch(text, isClock) {
    const choose = () => {
      this.isClock = isClock;
      this.drawAxis();
    };
    return h('button', { type: 'button', onclick: choose }, text);
  }

  // --- acting ---

  click(event) {
    const element = event.target.closest('.timeline-row');
    if (!element) return;
    const row = this.rows.find((found) => found.key === element.dataset.key);
    if (!row) return;
    this.active = row.key;
    if (!row.visit || event.target.closest('.timeline-toggle')) this.toggle(row);
    else this.select(row);
  }

  toggle(row, isOpen = !row.isOpen) {
    if (row.isOpen === null || row.isOpen === isOpen) return;
    this.opened.set(row.key, isOpen);
    this.rows = rowsOf(this.model, this.opened);
    this.drawRows();
  }

  select(row) {
    const isNew = row.visit.id !== this.selected;
    this.selected = row.visit.id;
    this.drawRows();
    if (isNew) this.onSelect(row.visit.id);
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const index = this.rows.findIndex((row) => row.key === this.active);
    const row = this.rows[index] ?? null;
    const goTo = (next) => this.reveal(this.rows[Math.min(this.rows.length - 1, Math.max(0, next))]?.key);
    const page = Math.floor(this.scroller.clientHeight / ROW_HEIGHT) - 1;
    const actions = {
      ArrowDown: () => goTo(index + 1),
      ArrowUp: () => goTo(index - 1),
      PageDown: () => goTo(index + page),
      PageUp: () => goTo(index - page),
      Home: () => goTo(0),
      End: () => goTo(this.rows.length - 1),
      ArrowRight: () => row && this.toggle(row, true),
      ArrowLeft: () => row && (row.isOpen ? this.toggle(row, false) : goTo(this.above(index))),
      Enter: () => row && (row.visit ? this.select(row) : this.toggle(row)),
    };
    const action = actions[event.key === ' ' ? 'Enter' : event.key];
    if (!action) return;
    event.preventDefault();
    action();
  }

  above(index) {
    const { level } = this.rows[index];
    for (let found = index - 1; found >= 0; found -= 1) if (this.rows[found].level < level) return found;
    return index;
  }
}

/** The bar of a visit with its attempts in it, and the waits between them and of Wait states hatched. */
function barsOf(visit, stop) {
  const ended = visit.exitedAt ?? stop;
  const whole = { kind: visit.type === 'Wait' ? 'wait' : 'whole', status: visit.status, begun: visit.enteredAt, ended, text: '' };
  if (visit.type === 'Wait' || visit.attempts.length === 0) return [whole];
  const bars = [{ ...whole, kind: 'around' }];
  visit.attempts.forEach((attempt, index) => {
    const { status, error, scheduledAt } = attempt;
    const end = attempt.endedAt ?? ended;
    const text = `Attempt ${index + 1} of ${visit.attempts.length}: ${word(status)}${error ? ` (${error})` : ''}`;
    bars.push({ kind: 'attempt', status, begun: scheduledAt, ended: end, text });
    const next = visit.attempts[index + 1]?.scheduledAt ?? (visit.status === 'RUNNING' && status !== 'RUNNING' && status !== 'SUCCEEDED' ? stop : null);
    if (next !== null && next > end) bars.push({ kind: 'wait', status: null, begun: end, ended: next, text: `Wait before attempt ${index + 2}` });
  });
  return bars;
}

function barOfFrame(frame, stop) {
  return { kind: 'around', status: frame.status, begun: frame.startedAt, ended: frame.stoppedAt ?? stop, text: '' };
}

function labelOf({ part, label, visit }, status, seconds) {
  const tries = visit && visit.attempts.length > 1 ? `${visit.attempts.length} attempts` : '';
  return [[part, label].filter(Boolean).join(' '), status && word(status), seconds === null ? '' : duration(seconds), tries].filter(Boolean).join(', ');
}

function mark(element, attribute, value) {
  if (value === null || value === undefined) element.removeAttribute(attribute);
  else if (element.getAttribute(attribute) !== String(value)) element.setAttribute(attribute, String(value));
}
