/** Executions in a list: filtered, page by page, kept up to date, with the state machines beside it. */

import { follow, pages } from './api.js';
import { fill, h, throttled } from './dom.js';
import { Executions, matches } from './executions.js';
import { STATUSES, badge, count, elapsed, nameOf, time, word } from './format.js';
import { link, replace } from './routes.js';
import { scopeOf } from './scopes.js';

const ROWS_AT_ONCE = 50;
const TYPING_PAUSE = 200; // ms
const SPANS = { '': 'any time', '1h': 'last hour', '24h': 'last 24 hours', '7d': 'last 7 days', '30d': 'last 30 days' };
const SECONDS = { h: 3600, d: 86400 };

export async function show(page, route) {
  const machines = [];
  for await (const found of pages('ListStateMachines', { maxResults: 1000 })) machines.push(...found.stateMachines);
  const list = new ListPage(route, await scopeOf(route, machines));
  fill(page, h('div', { class: 'listing' }, sidebar(machines, route), list.element));
  await list.restart();
  const stream = follow(() => '/console/changes', {
    message: ({ executions }) => list.merge(executions),
    missed: () => list.restart(),
    opened: (isFirst) => (isFirst ? list.catchUp() : list.restart()),
  });
  return () => {
    stream.stop();
    list.drawSoon.cancel();
  };
}

class ListPage {
  constructor(route, scope) {
    this.route = route;
    this.scope = scope;
    this.query = {
      status: route.query.get('status') ?? '',
      name: route.query.get('name') ?? '',
      time: route.query.get('time') ?? '',
    };
    this.rows = new Map(); // executions by ARN, newest first
    this.isAtEnd = false;
    this.turn = 0; // an answer to an earlier filter is thrown away
    this.drawSoon = throttled(() => this.draw(), 250);
    this.build();
  }

  build() {
    const { scope } = this;
    document.title = scope.title;
    const titles = [
      'Status',
      'Name',
      scope.showsMachine && 'State machine',
      scope.showsItems && 'Items',
      'Started',
      'Duration',
    ];
    this.body = h('tbody');
    this.table = h(
      'table',
      { class: 'list' },
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          titles.filter(Boolean).map((title) => h('th', { scope: 'col' }, title)),
        ),
      ),
      this.body,
    );
    this.more = h('button', { type: 'button', onclick: () => this.load() }, 'Show more');
    this.foot = h('p', { class: 'foot', role: 'status' });
    this.element = h(
      'section',
      { class: 'content' },
      h('div', { class: 'head' }, h('h1', {}, scope.title), h('div', { class: 'actions' }, scope.actions(this.query))),
      scope.details,
      this.filters(),
      this.table,
      h('div', { class: 'more' }, this.foot, this.more),
    );
  }

  filters() {
    const { query } = this;
    const named = (name, control) => h('label', {}, h('span', {}, name), control);
    const choice = (name, options) =>
      h(
        'select',
        { onchange: (event) => this.change(name, event.target.value) },
        options.map(([value, text]) => h('option', { value, selected: value === query[name] }, text)),
      );
    let typing;
    const typed = (event) => {
      clearTimeout(typing);
      typing = setTimeout(() => this.change('name', event.target.value), TYPING_PAUSE);
    };
    return h(
      'div',
      { class: 'filters', role: 'search' },
      named('Status', choice('status', [['', 'any'], ...STATUSES.map((status) => [status, word(status)])])),
      named(
        'Name',
        h('input', { type: 'search', value: query.name, placeholder: 'contains', spellcheck: 'false', oninput: typed }),
      ),
      named('Started', choice('time', Object.entries(SPANS))),
    );
  }

  change(name, value) {
    this.query[name] = value;
    replace(link(this.route.page, this.route.arn, this.query));
    this.restart();
  }

  filter() {
    const span = /^(\d+)([hd])$/.exec(this.query.time);
    return { ...this.query, since: span === null ? null : Date.now() / 1000 - Number(span[1]) * SECONDS[span[2]] };
  }

  // --- reading ---

  async restart() {
    this.rows.clear();
    this.executions = new Executions(this.scope.sources, this.filter());
    await this.load();
  }

  async load() {
    const turn = ++this.turn;
    this.more.disabled = true;
    try {
      const { found, isAtEnd } = await this.executions.more(ROWS_AT_ONCE);
      if (turn !== this.turn) return;
      for (const execution of found) this.rows.set(execution.executionArn, execution);
      this.isAtEnd = isAtEnd;
      this.draw();
    } catch (error) {
      fill(this.foot, error.message);
    } finally {
      this.more.disabled = false;
    }
  }

  /** What happened between the first look and the stream's beginning. */
  async catchUp() {
    const latest = new Executions(this.scope.sources, this.filter());
    // When the engine has just gone, the stream says so, and the list is read again when it is back.
    const { found } = await latest.more(ROWS_AT_ONCE).catch(() => ({ found: [] }));
    this.merge(found.reverse());
  }

  /** Puts what has changed, oldest first, where it belongs in the list. */
  merge(changed) {
    const { rows } = this;
    const filter = this.filter();
    const oldest = Math.min(...[...rows.values()].map((execution) => execution.startDate));
    const fresh = [];
    for (const execution of changed.filter(this.scope.includes)) {
      const isKnown = rows.has(execution.executionArn);
      if (!matches(execution, filter)) rows.delete(execution.executionArn);
      else if (isKnown) rows.set(execution.executionArn, execution);
      else if (this.isAtEnd || execution.startDate >= oldest) fresh.unshift(execution);
    }
    const sorted = [...fresh, ...rows.values()].sort((one, other) => other.startDate - one.startDate);
    rows.clear();
    for (const execution of sorted) rows.set(execution.executionArn, execution);
    this.drawSoon();
    this.scope.changed?.();
  }

  // --- showing ---

  draw() {
    const focused = document.activeElement?.closest?.('tr')?.dataset.arn;
    fill(
      this.body,
      [...this.rows.values()].map((execution) => this.row(execution)),
    );
    if (focused) this.body.querySelector(`tr[data-arn='${CSS.escape(focused)}'] a`)?.focus();
    this.more.hidden = this.isAtEnd;
    this.table.hidden = this.rows.size === 0;
    fill(this.foot, this.summary());
  }

  summary() {
    if (this.rows.size > 0) return `${count(this.rows.size, 'execution')}${this.isAtEnd ? '' : ', there are more'}`;
    return Object.values(this.query).some(Boolean) ? 'No execution matches.' : this.scope.empty;
  }

  row(execution) {
    const { executionArn, stateMachineArn, name, status, redriveCount, startDate, stopDate, itemCount } = execution;
    return h(
      'tr',
      { 'data-arn': executionArn },
      h('td', {}, badge(status)),
      h(
        'td',
        { class: 'name' },
        h('a', { href: link('executions', executionArn) }, name),
        redriveCount ? h('span', { class: 'muted' }, ` redriven ${redriveCount}×`) : null,
      ),
      this.scope.showsMachine
        ? h('td', {}, h('a', { class: 'muted', href: link('machines', stateMachineArn) }, nameOf(stateMachineArn)))
        : null,
      this.scope.showsItems ? h('td', { class: 'figure' }, itemCount ?? '') : null,
      h('td', {}, time(startDate)),
      h('td', {}, elapsed(startDate, status === 'RUNNING' ? null : stopDate)),
    );
  }
}

function sidebar(machines, route) {
  const entry = (href, text, isCurrent, note) =>
    h('a', { href, 'aria-current': isCurrent ? 'page' : null }, h('span', {}, text), note && h('small', {}, note));
  return h(
    'nav',
    { class: 'side', 'aria-label': 'State machines' },
    entry('#/', 'All executions', route.page === ''),
    h('h2', {}, 'State machines'),
    machines.map(({ stateMachineArn, name, type }) =>
      entry(link('machines', stateMachineArn), name, stateMachineArn === route.arn, type === 'EXPRESS' && 'Express'),
    ),
  );
}
