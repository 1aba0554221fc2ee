/** The events as a table of which only the visible rows exist, so that 25,000 cost no more than 50. */

import { facts, fill, h } from './dom.js';
import { EventGroups, details, inShort, isBad, title } from './event_groups.js';
import { count, duration } from './format.js';
import { block } from './json_text.js';

const ROW = 30; // px; also in console.css
const BEYOND = 12; // rows drawn above and below what is seen

export class EventTable {
  /** `onSelect(visit id)` when the state of a row is chosen. */
  constructor({ onSelect }) {
    this.onSelect = onSelect;
    this.groups = new EventGroups();
    this.visits = new Map(); // event id → visit
    this.lateVisits = null; // those of the latest model, until they are looked at
    this.opened = new Set(); // ids of the first events of opened groups
    this.chosen = null; // the event whose details are shown
    this.filter = { text: '', bad: false };
    this.rows = [];
    this.startedAt = 0;
    this.window = h('div', { class: 'event-window', role: 'rowgroup' });
    this.spacer = h('div', { class: 'event-spacer', role: 'presentation' }, this.window);
    this.scroller = h(
      'div',
      { class: 'event-rows', tabindex: '0', role: 'table', 'aria-label': 'Events', onscroll: () => this.draw() },
      head(),
      this.spacer,
    );
    this.foot = h('span', { class: 'muted', role: 'status' });
    this.shown = h('div', { class: 'event-details' });
    this.element = h(
      'div',
      { class: 'events' },
      h(
        'div',
        { class: 'filters' },
        h(
          'label',
          {},
          h('span', {}, 'Contains'),
          h('input', {
            type: 'search',
            spellcheck: 'false',
            placeholder: 'type, state or error',
            oninput: (event) => this.refilter({ text: event.target.value.toLowerCase() }),
          }),
        ),
        h(
          'label',
          { class: 'check' },
          h('input', { type: 'checkbox', onchange: (event) => this.refilter({ bad: event.target.checked }) }),
          h('span', {}, 'Only failures'),
        ),
        this.foot,
      ),
      this.scroller,
      this.shown,
    );
    new ResizeObserver(() => this.draw()).observe(this.scroller);
  }

  /** Takes in new events; `visits` are those of the model. */
  add(events, visits) {
    if (this.startedAt === 0 && events.length > 0) this.startedAt = events[0].timestamp;
    this.groups.add(events);
    this.lateVisits = visits;
    if (!this.isHidden) this.refresh();
  }

  /** Nothing is laid out for a table that nobody sees; this is called when it is. */
  get isHidden() {
    return this.element.offsetParent === null;
  }

  refresh() {
    if (this.lateVisits !== null) {
      this.visits = new Map();
      for (const visit of this.lateVisits) for (const id of visit.eventIds) this.visits.set(id, visit);
      this.lateVisits = null;
    }
    this.layOut();
  }

  select(visitId) {
    this.selected = visitId;
    if (this.lateVisits === null) this.draw();
    else this.refresh();
  }

  refilter(change) {
    Object.assign(this.filter, change);
    this.scroller.scrollTop = 0;
    this.layOut();
  }

  /** Which rows there are: groups, and the events of those that are open. */
  layOut() {
    this.rows = [];
    for (const group of this.groups.groups) {
      if (!this.matches(group)) continue;
      this.rows.push({ group, event: group.events[0] });
      if (this.opened.has(group.events[0].id)) this.rows.push(...group.events.map((event) => ({ event })));
    }
    this.spacer.style.height = `${this.rows.length * ROW}px`;
    fill(this.foot, count(this.rows.length, 'row'));
    this.draw();
  }

  matches(group) {
    const { text, bad } = this.filter;
    if (bad && !group.events.some(isBad)) return false;
    return (
      text === '' ||
      group.events.some((event) => `${event.type} ${group.name ?? ''} ${inShort(event)}`.toLowerCase().includes(text))
    );
  }

  draw() {
    const first = Math.max(0, Math.floor(this.scroller.scrollTop / ROW) - BEYOND);
    const last = Math.min(
      this.rows.length,
      Math.ceil((this.scroller.scrollTop + this.scroller.clientHeight) / ROW) + BEYOND,
    );
    const focused = this.window.contains(document.activeElement) ? document.activeElement.dataset.key : undefined;
    this.window.style.transform = `translateY(${first * ROW}px)`;
    fill(
      this.window,
      this.rows.slice(first, last).map((row, index) => this.row(row, first + index)),
    );
    if (focused) this.window.querySelector(`[data-key="${focused}"]`)?.focus({ preventScroll: true });
  }

  row({ group, event }, index) {
    const of = group?.events ?? [event];
    const last = of.at(-1);
    const visit = this.visits.get(event.id);
    const isOpen = this.opened.has(event.id);
    return h(
      'div',
      {
        class: [
          'event-row',
          group ? '' : 'inner',
          of.some(isBad) ? 'bad' : '',
          visit && visit.id === this.selected ? 'selected' : '',
        ].join(' '),
        role: 'row',
        'aria-rowindex': String(index + 2),
      },
      cell(
        'id',
        group && of.length > 1
          ? h(
              'button',
              {
                type: 'button',
                class: 'quiet expander',
                'data-key': `x${event.id}`,
                'aria-expanded': String(isOpen),
                'aria-label': `Events ${idsOf(of)}`,
                onclick: () => this.toggle(event.id),
              },
              isOpen ? '▾' : '▸',
            )
          : null,
        h('span', {}, idsOf(of)),
      ),
      cell(
        'type',
        h(
          'button',
          {
            type: 'button',
            class: 'quiet text',
            'data-key': `e${group ? '' : 'i'}${event.id}`,
            onclick: () => this.choose(group ? last : event),
          },
          of.some(isBad) ? h('span', { class: 'sign', 'data-status': 'FAILED', 'aria-hidden': 'true' }, '✗ ') : null,
          group ? title(group) : event.type,
        ),
      ),
      cell(
        'state',
        visit
          ? h(
              'button',
              {
                type: 'button',
                class: 'quiet text',
                'data-key': `s${event.id}`,
                onclick: () => this.onSelect(visit.id),
              },
              visit.name,
            )
          : group?.name,
      ),
      cell('at', `+${duration(event.timestamp - this.startedAt)}`),
      cell('took', of.length > 1 ? duration(last.timestamp - event.timestamp) : ''),
      cell('details', inShort(of.find(isBad) ?? event)),
    );
  }

  toggle(id) {
    if (!this.opened.delete(id)) this.opened.add(id);
    this.layOut();
  }

  choose(event) {
    const visit = this.visits.get(event.id);
    if (visit) this.onSelect(visit.id);
    const close = h(
      'button',
      { type: 'button', class: 'quiet', 'aria-label': 'Close', onclick: () => fill(this.shown) },
      '✕',
    );
    fill(
      this.shown,
      h('div', { class: 'head' }, h('h3', {}, `Event ${event.id}: ${event.type}`), close),
      fields(event),
    );
  }
}

/** An event's details: what is short in a list, each longer text and all JSON in a block of its own. */
function fields(event) {
  const found = Object.entries(details(event))
    .filter(([, value]) => typeof value !== 'object')
    .map(([name, value]) => [name, String(value)]);
  const isShort = ([, text]) => text.length <= 160 && !/^[[{]|\n/.test(text);
  return [
    facts({
      time: new Date(event.timestamp * 1000).toISOString(),
      'previous event': event.previousEventId,
      ...Object.fromEntries(found.filter(isShort)),
    }),
    ...found
      .filter((field) => !isShort(field))
      .map(([name, text]) => h('section', {}, h('h4', {}, name), block(text, name))),
  ];
}

/** The ids of one attempt's events; those of other branches may lie between them. */
function idsOf(events) {
  const [first, last] = [events[0].id, events.at(-1).id];
  if (first === last) return String(first);
  return last - first === events.length - 1 ? `${first}–${last}` : events.map((event) => event.id).join(', ');
}

function head() {
  const titles = { id: 'Event', type: 'Type', state: 'State', at: 'At', took: 'Took', details: 'Details' };
  return h(
    'div',
    { class: 'event-row titles', role: 'row' },
    Object.entries(titles).map(([name, text]) => h('div', { class: `cell ${name}`, role: 'columnheader' }, text)),
  );
}

const cell = (name, ...children) => h('div', { class: `cell ${name}`, role: 'cell' }, children);
