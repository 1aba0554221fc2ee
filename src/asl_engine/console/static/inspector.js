/** The panel beside the graph: one visit of a state, or with none chosen the execution itself. */

import { call } from './api.js';
import { failure } from './causes.js';
import { canBeTried, dataFlow } from './data_flow.js';
import { announce, copy, facts, fill, h } from './dom.js';
import { badge, count, duration, elapsed, nameOf, sign, time, word } from './format.js';
import { block } from './json_text.js';
import { MapItems } from './map_items.js';
import { link } from './routes.js';
import { NOTHING, byUrgency } from './selection.js';
import { pendingToken } from './task_tokens.js';

const VISITS_LISTED = 300;
const EXECUTION_ARN = /arn:aws[\w-]*:states:[\w-]+:\d+:execution:[^"\s\\]+/;

export class Inspector {
  /** `onSelect({place, visit})`; `places` finds a state of the definition by its place. */
  constructor({ onSelect, places, readOnly }) {
    Object.assign(this, { onSelect, places, readOnly });
    this.opened = new Map(); // by title: whether the reader has opened or closed a section
    this.key = null;
    this.element = h('aside', { class: 'inspector', 'aria-label': 'Details', tabindex: '-1' });
    this.items = new MapItems((selected) => this.onSelect(selected));
  }

  show(execution, model, { place, visit: id }) {
    Object.assign(this, { execution, model });
    const visit = model.visits.find((one) => one.id === id) ?? null;
    const key = visit === null ? `${place} ${execution.status} ${model.status}` : keyOf(visit);
    if (visit !== null && visit.type === 'Map') this.items.draw(visit, model);
    if (key === this.key) return;
    const isOther = this.key === null || this.key.split(' ')[0] !== key.split(' ')[0];
    this.key = key;
    const scroll = this.element.scrollTop;
    fill(this.element, visit !== null ? this.visit(visit) : place !== null ? this.untouched(place) : this.overview());
    this.element.scrollTop = isOther ? 0 : scroll;
  }

  overview() {
    const { execution } = this;
    return [
      h('h2', {}, 'Execution'),
      facts({
        ARN: h(
          'span',
          { class: 'arn' },
          execution.executionArn,
          ' ',
          h('button', { type: 'button', class: 'quiet', onclick: () => copy(execution.executionArn, 'ARN') }, 'Copy'),
        ),
        Started: time(execution.startDate),
        Ended: execution.stopDate ? time(execution.stopDate) : null,
        Redriven: execution.redriveCount ? `${count(execution.redriveCount, 'time')}` : null,
        'Map run': execution.mapRunArn
          ? h('a', { href: link('map-runs', execution.mapRunArn) }, nameOf(execution.mapRunArn))
          : null,
      }),
      execution.input === undefined ? null : this.section('Input', true, () => block(execution.input, 'Input')),
      execution.output === undefined ? null : this.section('Output', true, () => block(execution.output, 'Output')),
      h('p', { class: 'muted' }, 'Choose a state to see what went into it and what came out.'),
    ];
  }

  untouched(place) {
    return [
      this.title(this.places.get(place)?.name ?? place, null),
      h('p', { class: 'muted' }, 'The execution did not come here.'),
      this.definition(place),
    ];
  }

  visit(visit) {
    const { attempts } = visit;
    const isFailed = visit.error !== null && visit.status !== 'SUCCEEDED';
    return [
      this.title(visit.name, visit),
      this.picker(visit),
      facts({
        Type: visit.type,
        Entered: time(visit.enteredAt),
        Took: elapsed(visit.enteredAt, visit.exitedAt),
        Item: visit.iteration ? this.itemLink(visit) : null,
        'Map run': visit.mapRunArn
          ? h('a', { href: link('map-runs', visit.mapRunArn) }, nameOf(visit.mapRunArn))
          : null,
        'Nested execution': nestedExecution(attempts.at(-1)),
      }),
      isFailed ? failure(visit.error, visit.cause) : null,
      this.token(visit),
      visit.type === 'Map' && visit.mapRunArn === null ? this.items.element : null,
      attempts.length > 0 && visit.type === 'Task' ? this.attempts(attempts) : null,
      visit.input === null ? null : this.section('Input', true, () => block(visit.input, 'Input')),
      visit.output === null ? null : this.section('Output', true, () => block(visit.output, 'Output')),
      visit.variables
        ? this.section('Variables assigned', true, () =>
            Object.entries(visit.variables).map(([name, text]) => [h('h4', {}, name), block(text, name)]),
          )
        : null,
      canBeTried(visit) && this.places.has(visit.place)
        ? this.section('Data flow', false, () => this.flow(visit))
        : null,
      this.definition(visit.place),
    ];
  }

  title(name, visit) {
    return h(
      'div',
      { class: 'head' },
      h('h2', {}, name),
      visit ? badge(visit.status) : null,
      h(
        'button',
        {
          type: 'button',
          class: 'quiet close',
          'aria-label': 'Close, and show the execution',
          onclick: () => this.onSelect(NOTHING),
        },
        '✕',
      ),
    );
  }

  /** Other visits of the same state: of a loop, or of the items of a Map. */
  picker(visit) {
    const all = this.model.visits.filter((one) => one.place === visit.place);
    if (all.length < 2) return null;
    const listed = [...all].sort(byUrgency).slice(0, VISITS_LISTED);
    if (!listed.includes(visit)) listed.push(visit);
    const number = new Map(all.map((one, index) => [one.id, index + 1]));
    const label = (one) =>
      `${one.iteration ? `Item ${one.iteration.index}` : `Visit ${number.get(one.id)}`} – ${word(one.status)}${one.exitedAt === null ? '' : ` – ${duration(one.exitedAt - one.enteredAt)}`}`;
    return h(
      'label',
      { class: 'picker' },
      h('span', {}, `${count(all.length, 'visit')}`),
      h(
        'select',
        { onchange: (event) => this.onSelect({ place: visit.place, visit: Number(event.target.value) }) },
        listed.map((one) => h('option', { value: one.id, selected: one.id === visit.id }, label(one))),
      ),
    );
  }

  itemLink(visit) {
    const map = this.model.visits.find((one) => one.id === visit.parent);
    const text = `${visit.iteration.index} of ${visit.iteration.map}`;
    return map
      ? h(
          'button',
          { type: 'button', class: 'quiet text', onclick: () => this.onSelect({ place: map.place, visit: map.id }) },
          text,
        )
      : text;
  }

  attempts(attempts) {
    const one = (attempt, index) =>
      this.section(
        [
          attempts.length > 1 ? `Attempt ${index + 1} of ${attempts.length}` : 'Task',
          h(
            'span',
            { class: 'summary-more' },
            sign(attempt.status),
            ' ',
            elapsed(attempt.scheduledAt, attempt.endedAt),
            attempt.error ? ` ${attempt.error}` : '',
          ),
        ],
        attempts.length === 1 ? false : attempt.error !== null && index === attempts.length - 1,
        () => [
          attempt.resource ? h('p', { class: 'arn' }, attempt.resource) : null,
          attempt.error ? failure(attempt.error, attempt.cause) : null,
          attempt.parameters ? [h('h4', {}, 'Parameters'), block(attempt.parameters, 'Parameters')] : null,
          attempt.output ? [h('h4', {}, 'Result'), block(attempt.output, 'Result')] : null,
        ],
        `attempt ${index}`,
      );
    return attempts.map(one);
  }

  /** A task that waits for its token can be answered here. */
  token(visit) {
    const taskToken = this.readOnly ? null : pendingToken(visit);
    if (taskToken === null) return null;
    const editor = h('textarea', { rows: '3', spellcheck: 'false', value: '{}', 'aria-label': 'Output or cause' });
    const problem = h('p', { class: 'problem', role: 'alert' });
    const send = async (action, request) => {
      try {
        await call(action, { taskToken, ...request });
        announce('Sent');
      } catch (error) {
        fill(problem, error.message);
      }
    };
    return h(
      'section',
      { class: 'token' },
      h('h3', {}, 'Waits for its task token'),
      editor,
      problem,
      h(
        'div',
        { class: 'actions' },
        h(
          'button',
          { type: 'button', class: 'primary', onclick: () => send('SendTaskSuccess', { output: editor.value }) },
          'Succeed with this output',
        ),
        h(
          'button',
          { type: 'button', onclick: () => send('SendTaskFailure', { error: 'Console', cause: editor.value }) },
          'Fail with this cause',
        ),
        h('button', { type: 'button', class: 'quiet', onclick: () => copy(taskToken, 'Token') }, 'Copy token'),
      ),
    );
  }

  flow(visit) {
    const place = h('div', { class: 'muted' }, 'Asking TestState…');
    const { model, execution } = this;
    dataFlow(visit, this.places.get(visit.place).state, { model, machine: this.machine, execution }).then(
      (found) => place.replaceWith(found),
      (error) => fill(place, error.message),
    );
    return place;
  }

  definition(place) {
    const found = this.places.get(place);
    return found
      ? this.section('Definition', false, () => block(JSON.stringify(found.state), 'Definition of the state'))
      : null;
  }

  /** A part that can be opened; its content is made when it is, and stays as the reader left it for the next visit. */
  section(title, isOpen, content, name = title) {
    const open = this.opened.get(name) ?? isOpen;
    const body = h('div', { class: 'section-body' });
    const section = h('details', { class: 'section', open }, h('summary', {}, title), body);
    let isFilled = false;
    const show = () => {
      if (!section.open || isFilled) return;
      isFilled = true;
      fill(body, content());
    };
    show();
    section.addEventListener('toggle', () => (this.opened.set(name, section.open), show()));
    return section;
  }
}

/** Changes with whatever is shown of a visit. */
function keyOf({ id, status, exitedAt, mapRunArn, attempts }) {
  const last = attempts.at(-1);
  return [id, status, exitedAt, mapRunArn, attempts.length, last?.status, last?.output?.length].join(' ');
}

/** What a task that starts executions says of the one it started. */
function nestedExecution(attempt) {
  if (!attempt?.resource?.startsWith('states:') && !attempt?.resource?.includes('states:startExecution')) return null;
  const arn = EXECUTION_ARN.exec(attempt.output ?? '')?.[0] ?? EXECUTION_ARN.exec(attempt.cause ?? '')?.[0];
  return arn ? h('a', { href: link('executions', arn) }, nameOf(arn)) : null;
}
