/** How figures, times and statuses are written. */

import { h } from './dom.js';
import { SIGNS } from './signs.js';

const WORDS = {
  SUCCEEDED: 'Succeeded',
  FAILED: 'Failed',
  CAUGHT: 'Caught',
  RUNNING: 'Running',
  ABORTED: 'Aborted',
  TIMED_OUT: 'Timed out',
};

export const STATUSES = ['RUNNING', 'SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED'];

/** A sign and a word: the colour only repeats them. */
export function badge(status) {
  return h(
    'span',
    { class: 'badge', 'data-status': status },
    h('span', { class: 'sign', 'aria-hidden': 'true' }, SIGNS[status] ?? '·'),
    word(status),
  );
}

/** The sign alone, its word for those who do not see it. */
export function sign(status) {
  return h(
    'span',
    { class: 'sign', 'data-status': status, role: 'img', 'aria-label': word(status), title: word(status) },
    SIGNS[status] ?? '·',
  );
}

export const word = (status) => WORDS[status] ?? status;

/** Seconds as people read them: 0.120 s, 4.2 s, 3 min 05 s, 2 h 10 min, 3 d 4 h. */
export function duration(seconds) {
  if (seconds === null || seconds === undefined || Number.isNaN(seconds)) return '–';
  const whole = Math.max(0, seconds);
  if (whole < 1) return `${Math.round(whole * 1000)} ms`;
  if (whole < 60) return `${whole.toFixed(whole < 10 ? 2 : 1)} s`;
  const [minutes, hours, days] = [Math.floor(whole / 60), Math.floor(whole / 3600), Math.floor(whole / 86400)];
  if (hours === 0) return `${minutes} min ${pad(Math.floor(whole % 60))} s`;
  if (days === 0) return `${hours} h ${pad(minutes % 60)} min`;
  return `${days} d ${hours % 24} h`;
}

/** From `start` to `stop`, or counting on while there is no `stop` (see `tick`). */
export function elapsed(start, stop) {
  const running = stop === null || stop === undefined;
  const seconds = (running ? Date.now() / 1000 : stop) - start;
  return h('span', { class: 'figure', 'data-since': running ? start : null }, duration(seconds));
}

/** Lets everything that runs count on. */
export function tick() {
  const now = Date.now() / 1000;
  for (const element of document.querySelectorAll('[data-since]')) {
    element.textContent = duration(now - Number(element.dataset.since));
  }
}

/** An epoch in this place's time; the exact moment on top of it. */
export function time(seconds) {
  if (seconds === null || seconds === undefined) return h('span', {}, '–');
  const moment = new Date(seconds * 1000);
  return h('time', { class: 'figure', datetime: moment.toISOString(), title: moment.toISOString() }, clock(moment));
}

function clock(moment) {
  const date = `${moment.getFullYear()}-${pad(moment.getMonth() + 1)}-${pad(moment.getDate())}`;
  return `${date} ${pad(moment.getHours())}:${pad(moment.getMinutes())}:${pad(moment.getSeconds())}`;
}

const pad = (number) => String(number).padStart(2, '0');

export const count = (number, one, many = `${one}s`) => `${number.toLocaleString('en')} ${number === 1 ? one : many}`;

/** The last part of an ARN. */
export const nameOf = (arn) => arn.slice(arn.lastIndexOf(':') + 1);
