/** Two executions side by side: what each state came to, how long it took, and whether the same went in and came out. */

import { call, pages } from './api.js';
import { fill, h } from './dom.js';
import { createFold } from './execution.js';
import { Executions } from './executions.js';
import { badge, duration, elapsed, sign, time } from './format.js';
import { block } from './json_text.js';
import { link, machineOf, replace } from './routes.js';

const CHOICES = 50;

export async function show(page, route) {
  const left = await load(route.arn);
  const choices = await others(left.execution);
  const place = h('div', { class: 'comparison' });
  const picker = h(
    'select',
    { id: 'other', onchange: (event) => open(event.target.value) },
    choices.map((one) => h('option', { value: one.executionArn }, `${one.name} – ${one.status}`)),
  );
  document.title = `Compare ${left.execution.name}`;

  async function open(arn) {
    replace(link('compare', route.arn, { with: arn }));
    picker.value = arn;
    const right = await load(arn).catch((error) => error);
    fill(place, right instanceof Error ? right.message : comparison(left, right));
  }

  fill(
    page,
    h(
      'section',
      { class: 'content' },
      h('p', { class: 'crumbs' }, h('a', { href: link('executions', route.arn) }, left.execution.name)),
      h(
        'div',
        { class: 'head' },
        h('h1', {}, 'Compare'),
        choices.length > 0
          ? h('label', { for: 'other' }, 'with ', picker)
          : h('span', { class: 'muted' }, 'There is no other execution of this state machine.'),
      ),
      place,
    ),
  );
  const wanted = route.query.get('with') ?? choices[0]?.executionArn;
  if (wanted) await open(wanted);
  return () => {};
}

async function others(execution) {
  const executions = new Executions(
    [execution.mapRunArn ? { mapRunArn: execution.mapRunArn } : { stateMachineArn: machineOf(execution.executionArn) }],
    { status: '', name: '', since: null },
  );
  const { found } = await executions.more(CHOICES);
  return found.filter((one) => one.executionArn !== execution.executionArn);
}

async function load(executionArn) {
  const [execution, machine] = await Promise.all([
    call('DescribeExecution', { executionArn }),
    call('DescribeStateMachineForExecution', { executionArn }),
  ]);
  const fold = createFold(JSON.parse(machine.definition));
  for await (const { events } of pages('GetExecutionHistory', { executionArn, maxResults: 1000 })) fold.add(events);
  return { execution, model: fold.model() };
}

function comparison(left, right) {
  const places = [...new Set([...left.model.visits, ...right.model.visits].map((visit) => visit.place))];
  const column = ({ execution }) =>
    h(
      'th',
      { scope: 'col', colspan: '2' },
      h('a', { href: link('executions', execution.executionArn) }, execution.name),
    );
  return [
    h(
      'div',
      { class: 'scroll' },
      h(
        'table',
        { class: 'list compare' },
        h(
          'thead',
          {},
          h(
            'tr',
            {},
            h('th', { scope: 'col' }, 'State'),
            column(left),
            column(right),
            h('th', { scope: 'col' }, 'Difference'),
            h('th', { scope: 'col' }, 'Input'),
            h('th', { scope: 'col' }, 'Output'),
          ),
        ),
        h(
          'tbody',
          {},
          h(
            'tr',
            { class: 'whole' },
            h('th', { scope: 'row' }, 'Execution'),
            head(left),
            head(right),
            h('td', { class: 'figure' }, difference(took(left.execution), took(right.execution))),
            same(left.execution.input, right.execution.input),
            same(left.execution.output, right.execution.output),
          ),
          places.map((place) => row(place, of(left, place), of(right, place))),
        ),
      ),
    ),
    left.execution.input === right.execution.input
      ? null
      : h(
          'div',
          { class: 'columns' },
          [left, right].map(({ execution }) =>
            h('section', {}, h('h2', {}, `Input of ${execution.name}`), block(execution.input ?? 'null', 'Input')),
          ),
        ),
  ];
}

function head({ execution }) {
  return [
    h('td', {}, badge(execution.status)),
    h(
      'td',
      {},
      elapsed(execution.startDate, execution.status === 'RUNNING' ? null : execution.stopDate),
      h('div', { class: 'muted' }, time(execution.startDate)),
    ),
  ];
}

const took = (execution) => (execution.stopDate === undefined ? null : execution.stopDate - execution.startDate);

/** All visits of a state in one execution. */
function of({ model }, place) {
  const visits = model.visits.filter((visit) => visit.place === place);
  const seconds = visits.reduce((sum, visit) => sum + (visit.exitedAt ?? visit.enteredAt) - visit.enteredAt, 0);
  return visits.length === 0
    ? null
    : { visits, seconds, status: model.states[place].status, first: visits[0], last: visits.at(-1) };
}

function row(place, one, other) {
  const cells = (side) =>
    side === null
      ? [h('td', { class: 'muted', colspan: '2' }, 'not entered')]
      : [
          h('td', {}, sign(side.status), side.visits.length > 1 ? ` ×${side.visits.length}` : ''),
          h('td', { class: 'figure' }, duration(side.seconds)),
        ];
  return h(
    'tr',
    {},
    h('th', { scope: 'row' }, place),
    cells(one),
    cells(other),
    h('td', { class: 'figure' }, one && other ? difference(one.seconds, other.seconds) : ''),
    same(one?.first.input, other?.first.input),
    same(one?.last.output, other?.last.output),
  );
}

function same(one, other) {
  if (one === undefined || other === undefined || one === null || other === null)
    return h('td', { class: 'muted' }, '–');
  return one === other ? h('td', { class: 'muted' }, 'same') : h('td', {}, 'differs');
}

function difference(one, other) {
  if (one === null || other === null) return '';
  const seconds = other - one;
  return `${seconds < 0 ? '−' : '+'}${duration(Math.abs(seconds))}`;
}
