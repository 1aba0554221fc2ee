/** A Map's items, those that failed first; each leads to where it failed, or where it began. */

import { fill, h } from './dom.js';
import { sign, word } from './format.js';
import { ORDER, byUrgency } from './selection.js';

const SHOWN = 400;

export class MapItems {
  /** `onSelect({place, visit})`. */
  constructor(onSelect) {
    this.onSelect = onSelect;
    this.summary = h('div');
    this.chips = h('div', { class: 'chips' }); // kept, so that who has scrolled there stays there while it runs
    this.rest = h('p', { class: 'muted' });
    this.element = h('div', { class: 'items' }, this.summary, this.chips, this.rest);
  }

  draw(visit, model) {
    const frames = model.frames.filter((frame) => frame.parent === visit.id && frame.iteration !== null);
    frames.sort(byUrgency);
    const total = visit.itemCount === null ? '' : `: ${visit.itemCount}`;
    fill(this.summary, h('h3', {}, `Items${total}`), h('p', { class: 'muted' }, counts(frames)));
    const focused = this.chips.contains(document.activeElement) ? document.activeElement.dataset.index : undefined;
    fill(
      this.chips,
      frames.slice(0, SHOWN).map((frame) => this.chip(frame, model)),
    );
    if (focused) this.chips.querySelector(`[data-index='${focused}']`)?.focus({ preventScroll: true });
    fill(this.rest, frames.length > SHOWN && `and ${frames.length - SHOWN} more`);
  }

  chip(frame, model) {
    const { status, iteration } = frame;
    const properties = {
      type: 'button',
      class: 'chip',
      'data-status': status,
      'data-index': iteration.index,
      title: `Item ${iteration.index}: ${word(status)}`,
      onclick: () => this.open(frame, model),
    };
    return h('button', properties, sign(status), String(iteration.index));
  }

  open(frame, model) {
    const inside = model.visits.filter((visit) => visit.frame === frame.id);
    const shown = inside.findLast((visit) => visit.status !== 'SUCCEEDED') ?? inside[0];
    if (shown) this.onSelect({ place: shown.place, visit: shown.id });
  }
}

function counts(frames) {
  const numbers = ORDER.map((status) => [frames.filter((frame) => frame.status === status).length, status]);
  const found = numbers.filter(([number]) => number > 0);
  return found.map(([number, status]) => `${number} ${word(status).toLowerCase()}`).join(', ');
}
