/** State machines, and the executions of one, of all, or of a map run: filtered, page by page, kept up to date. */

import { call, follow, pages } from './api.js';
import { command, commandMenu } from './commands.js';
import { fill, h, throttled } from './dom.js';
import { Executions, matches } from './executions.js';
import { STATUSES, badge, count, elapsed, nameOf, time, word } from './format.js';
import { link, machineOf, replace } from './routes.js';
import { startDialog } from './start_dialog.js';

const ROWS_AT_ONCE = 50;
const MACHINES_TOGETHER = 25; // each is asked for its executions when all are shown
const SPANS = { '': 'any time', '1h': 'last hour', '24h': 'last 24 hours', '7d': 'last 7 days', '30d': 'last 30 days' };
const SECONDS = { h: 3600, d: 86400 };
const isReadOnly = () => document.documentElement.dataset.readOnly === 'true';

export async function show(page, route) {
  const machines = await standardMachines();
  const scope = await scopeOf(route, machines);
  document.title = scope.title;
  const query = { status: route.query.get('status') ?? '', name: route.query.get('name') ?? '', time: route.query.get('time') ?? '' };
  const rows = new Map(); // by ARN, newest first
  let executions;
  let isAtEnd = false;
  let turn = 0;

  const body = h('tbody');
  const table = h(
    'table',
    { class: 'list' },
    h('thead', {}, h('tr', {}, ['Status', 'Name', scope.showsMachine && 'State machine', scope.map && 'Items', 'Started', 'Duration'].filter((title) => title !== false && title !== undefined).map((title) => h('th', { scope: 'col' }, title)))),
    body,
  );
  const more = h('button', { type: 'button', onclick: () => load() }, 'Show more');
  const foot = h('p', { class: 'foot', role: 'status' });

  function filter() {
    const span = /^(\d+)([hd])$/.exec(query.time);
    return { ...query, since: span === null ? null : Date.now() / 1000 - Number(span[1]) * SECONDS[span[2]] };
  }

  async function restart() {
    rows.clear();
    executions = new Executions(scope.sources, filter());
    await load();
  }

  async function load() {
    const mine = ++turn;
    more.disabled = true;
    try {
      const { found, isAtEnd: ends } = await executions.more(ROWS_AT_ONCE);
      if (mine !== turn) return;
      for (const execution of found) rows.set(execution.executionArn, execution);
      isAtEnd = ends;
      draw();
    } catch (error) {
      fill(foot, error.message);
    } finally {
      more.disabled = false;
    }
  }

  /** What happened between the first look and the stream's beginning. */
  async function catchUp() {
    const { found } = await new Executions(scope.sources, filter()).more(ROWS_AT_ONCE);
    merge(found.reverse());
  }

  function draw() {
    const focused = document.activeElement?.closest?.('tr')?.dataset.arn;
    fill(body, [...rows.values()].map(row));
    if (focused) body.querySelector(`tr[data-arn='${CSS.escape(focused)}'] a`)?.focus();
    more.hidden = isAtEnd;
    const filtered = Object.values(query).some(Boolean);
    table.hidden = rows.size === 0;
    fill(foot, rows.size > 0 ? `${count(rows.size, 'execution')}${isAtEnd ? '' : ', there are more'}` : filtered ? 'No execution matches.' : scope.empty);
  }

  function row(execution) {
    return h(
      'tr',
      { 'data-arn': execution.executionArn },
      h('td', {}, badge(execution.status)),
      h('td', { class: 'name' }, h('a', { href: link('executions', execution.executionArn) }, execution.name), execution.redriveCount ? h('span', { class: 'muted' }, ` redriven ${execution.redriveCount}×`) : null),
      scope.showsMachine ? h('td', {}, h('a', { class: 'muted', href: link('machines', execution.stateMachineArn) }, nameOf(execution.stateMachineArn))) : null,
      scope.map ? h('td', { class: 'figure' }, execution.itemCount ?? '') : null,
      h('td', {}, time(execution.startDate)),
      h('td', {}, elapsed(execution.startDate, execution.status === 'RUNNING' ? null : execution.stopDate)),
    );
  }

  /** Puts what the stream tells into the list, wherever it belongs there. */
  function merge(changed) {
    const wanted = filter();
    const fresh = [];
    for (const execution of changed.filter(scope.includes)) {
      const isKnown = rows.has(execution.executionArn);
      if (!matches(execution, wanted)) rows.delete(execution.executionArn);
      else if (isKnown) rows.set(execution.executionArn, execution);
      else if (isAtEnd || execution.startDate >= oldest()) fresh.unshift(execution);
    }
    const sorted = [...fresh, ...rows.values()].sort((one, other) => other.startDate - one.startDate);
    rows.clear();
    for (const execution of sorted) rows.set(execution.executionArn, execution);
    drawSoon();
    scope.changed?.();
  }

  const oldest = () => Math.min(...[...rows.values()].map((execution) => execution.startDate));
  const drawSoon = throttled(draw, 250);

  function change(name, value) {
    query[name] = value;
    replace(link(route.page, route.arn, query));
    restart();
  }

  const filters = h(
    'div',
    { class: 'filters', role: 'search' },
    h('label', {}, h('span', {}, 'Status'), h('select', { onchange: (event) => change('status', event.target.value) }, option('', 'any', query.status), STATUSES.map((status) => option(status, word(status), query.status)))),
    h('label', {}, h('span', {}, 'Name'), h('input', { type: 'search', value: query.name, placeholder: 'contains', spellcheck: 'false', oninput: throttledInput((value) => change('name', value)) })),
    h('label', {}, h('span', {}, 'Started'), h('select', { onchange: (event) => change('time', event.target.value) }, Object.entries(SPANS).map(([value, words]) => option(value, words, query.time)))),
  );

  fill(
    page,
    h(
      'div',
      { class: 'listing' },
      sidebar(machines, route),
      h('section', { class: 'content' }, h('div', { class: 'head' }, h('h1', {}, scope.title), h('div', { class: 'actions' }, scope.actions?.(query))), scope.details ?? null, filters, table, h('div', { class: 'more' }, foot, more)),
    ),
  );
  await restart();
  const stream = follow(() => '/console/changes', {
    message: ({ executions: changed }) => merge(changed),
    missed: restart,
    opened: (isFirst) => (isFirst ? catchUp() : restart()),
  });
  return () => (stream.stop(), drawSoon.cancel());
}

async function standardMachines() {
  const machines = [];
  for await (const page of pages('ListStateMachines', { maxResults: 1000 })) machines.push(...page.stateMachines);
  return machines;
}

async function scopeOf(route, machines) {
  if (route.page === 'map-runs') return ofMapRun(route.arn);
  if (route.page === 'machines') return ofMachine(route.arn, machines);
  const standard = machines.filter((machine) => machine.type !== 'EXPRESS');
  const together = standard.slice(-MACHINES_TOGETHER);
  return {
    title: 'Executions',
    sources: together.map((machine) => ({ stateMachineArn: machine.stateMachineArn })),
    showsMachine: true,
    includes: (execution) => !execution.mapRunArn,
    empty: machines.length === 0 ? 'There is no state machine yet. Create one with the AWS CLI or boto3 at this address.' : 'Nothing was started yet.',
    details: standard.length > together.length ? h('p', { class: 'muted' }, `Of the ${together.length} state machines created last; choose another one to see its executions.`) : null,
    actions: () => [
      commandMenu(() => [['List state machines', command('listStateMachines', {})]]),
      !isReadOnly() && standard.length > 0 && h('button', { type: 'button', class: 'primary', onclick: () => startDialog(machineArns(standard)) }, 'Start execution'),
    ],
  };
}

const machineArns = (machines) => machines.map((machine) => machine.stateMachineArn);

function ofMachine(arn, machines) {
  const machine = machines.find((one) => one.stateMachineArn === arn);
  const isExpress = machine?.type === 'EXPRESS';
  return {
    title: nameOf(arn),
    sources: isExpress ? [] : [{ stateMachineArn: arn }],
    includes: (execution) => execution.stateMachineArn === arn && !execution.mapRunArn,
    empty: isExpress ? 'Of executions of an Express workflow nothing is kept.' : 'Nothing was started yet.',
    actions: (query) => [
      h('a', { class: 'button', href: link('definitions', arn) }, 'Definition'),
      commandMenu(() => [
        ['List executions', command('listExecutions', { stateMachineArn: arn, statusFilter: query.status })],
        ['Describe state machine', command('describeStateMachine', { stateMachineArn: arn })],
        ['Start execution', command('startExecution', { stateMachineArn: arn, input: '{}' })],
      ]),
      !isReadOnly() && h('button', { type: 'button', class: 'primary', onclick: () => startDialog([arn]) }, 'Start execution'),
    ],
  };
}

async function ofMapRun(arn) {
  const details = h('p', { class: 'muted' });
  let run;
  const refresh = async () => {
    run = await call('DescribeMapRun', { mapRunArn: arn });
    const { itemCounts } = run;
    fill(
      details,
      badge(run.status),
      ` of `,
      h('a', { href: link('executions', run.executionArn) }, nameOf(run.executionArn)),
      ` · ${count(itemCounts.total, 'item')}: ${itemCounts.succeeded} succeeded, ${itemCounts.failed} failed, ${itemCounts.running} running, ${itemCounts.pending} pending`,
    );
  };
  await refresh();
  return {
    title: `Map run ${nameOf(arn)}`,
    sources: [{ mapRunArn: arn }],
    map: true,
    includes: (execution) => execution.mapRunArn === arn,
    changed: throttled(refresh, 1000),
    empty: 'It has no executions yet.',
    details,
    actions: () => commandMenu(() => [
      ['Describe map run', command('describeMapRun', { mapRunArn: arn })],
      ['List its executions', command('listExecutions', { mapRunArn: arn })],
    ]),
  };
}

function sidebar(machines, route) {
  const entry = (href, text, isCurrent, more) => h('a', { href, 'aria-current': isCurrent ? 'page' : null }, h('span', {}, text), more);
  return h(
    'nav',
    { class: 'side', 'aria-label': 'State machines' },
    entry('#/', 'All executions', route.page === ''),
    h('h2', {}, 'State machines'),
    machines.map((machine) =>
      entry(link('machines', machine.stateMachineArn), machine.name, machine.stateMachineArn === route.arn, machine.type === 'EXPRESS' ? h('small', {}, 'Express') : null),
    ),
  );
}

const option = (value, text, chosen) => h('option', { value, selected: value === chosen }, text);

function throttledInput(action) {
  let timer;
  return (event) => {
    clearTimeout(timer);
    timer = setTimeout(() => action(event.target.value), 200);
  };
}
