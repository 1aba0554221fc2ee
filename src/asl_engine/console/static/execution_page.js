/** One execution: failure first, the graph and what stands behind each state, kept up to date while it runs. */

import { call, follow } from './api.js';
import { failure, inShort } from './causes.js';
import { command, commandMenu } from './commands.js';
import { announce, fill, h, throttled } from './dom.js';
import { DefinitionView } from './definition_view.js';
import { EventTable } from './event_table.js';
import { createFold } from './execution.js';
import { badge, elapsed, nameOf, time } from './format.js';
import { renderGraph } from './graph.js';
import { Inspector, byUrgency } from './inspector.js';
import { scopeOf } from './places.js';
import { isReadOnly, link, replace } from './routes.js';
import { confirmed, startDialog } from './start_dialog.js';
import { renderTimeline } from './timeline.js';

const TABS = { graph: 'Graph', timeline: 'Timeline', events: 'Events', definition: 'Definition' };
const BAD = new Set(['FAILED', 'TIMED_OUT', 'ABORTED']);

export async function show(page, route) {
  const shown = new ExecutionPage(page, route);
  await shown.open();
  return () => shown.close();
}

class ExecutionPage {
  constructor(page, { arn, query }) {
    this.page = page;
    this.arn = arn;
    this.tab = query.get('tab') in TABS ? query.get('tab') : 'graph';
    this.selected = { place: query.get('state'), visit: query.has('visit') ? Number(query.get('visit')) : null };
    this.isChosen = this.selected.place !== null; // by the reader, and not by what failed
    this.lastId = 0;
    this.unseen = []; // events that came and were not drawn yet
    this.drawSoon = throttled(() => this.draw(), 250);
  }

  async open() {
    const executionArn = this.arn;
    [this.execution, this.machine] = await Promise.all([
      call('DescribeExecution', { executionArn }),
      call('DescribeStateMachineForExecution', { executionArn }),
    ]);
    document.title = `${this.execution.name} – ${this.machine.name}`;
    this.definition = JSON.parse(this.machine.definition);
    this.fold = createFold(this.definition);
    this.model = this.fold.model();
    this.places = new Map(allPlaces(scopeOf(this.definition)));
    this.inspector = new Inspector({
      onSelect: (selected) => this.select(selected),
      places: this.places,
      readOnly: isReadOnly(),
    });
    this.inspector.machine = this.definition;
    this.build();
    this.stream = follow(() => `/console/events?execution=${encodeURIComponent(executionArn)}&after=${this.lastId}`, {
      message: ({ events }) => this.take(events),
      ended: () => this.describe(),
    });
    // A redrive, of which the stream of an execution that has ended does not hear.
    this.changes = follow(() => '/console/changes', {
      message: ({ executions }) => this.heard(executions),
      opened: () => this.describe(),
    });
  }

  close() {
    this.stream.stop();
    this.changes.stop();
    this.drawSoon.cancel();
    this.graph?.destroy?.();
    this.timeline?.destroy?.();
  }

  // --- what comes in ---

  take(events) {
    const fresh = events.filter((event) => event.id > this.lastId);
    if (fresh.length === 0) return;
    this.lastId = fresh.at(-1).id;
    this.fold.add(fresh);
    this.unseen.push(...fresh);
    this.drawSoon();
  }

  heard(executions) {
    if (executions.some((one) => one.executionArn === this.arn)) this.describe();
  }

  async describe() {
    this.execution = await call('DescribeExecution', { executionArn: this.arn }).catch(() => this.execution);
    if (this.execution.status === 'RUNNING' && this.stream.isOver) this.stream.resume();
    this.drawSoon();
  }

  // --- what is shown ---

  build() {
    this.header = h('header', { class: 'execution-head' });
    this.error = h('div', { class: 'execution-error' });
    this.graphPlace = h('div', { class: 'pane graph-pane' });
    this.timelinePlace = h('div', { class: 'pane timeline-pane' });
    this.events = new EventTable({ onSelect: (visit) => this.selectVisit(visit) });
    this.text = new DefinitionView(this.machine.definition, this.definition, {
      onSelect: (place) => this.selectPlace(place),
    });
    this.panes = {
      graph: this.graphPlace,
      timeline: this.timelinePlace,
      events: h('div', { class: 'pane' }, this.events.element),
      definition: h('div', { class: 'pane' }, this.text.element),
    };
    this.tabs = tabList(this.panes, this.tab, (tab) => this.openTab(tab));
    for (const [name, pane] of Object.entries(this.panes)) pane.hidden = name !== this.tab;
    fill(
      this.page,
      h(
        'div',
        { class: 'execution' },
        this.header,
        this.error,
        h(
          'div',
          { class: 'split' },
          h('section', { class: 'main-side', 'aria-label': 'Execution' }, this.tabs, Object.values(this.panes)),
          this.inspector.element,
        ),
      ),
    );
    this.draw();
  }

  draw() {
    this.model = this.fold.model();
    if (!this.isChosen) this.selectFailure();
    else if (this.selected.visit === null && this.selected.place !== null)
      this.selected = this.visitOf(this.selected.place);
    this.drawHead();
    this.events.add(this.unseen, this.model.visits);
    this.unseen = [];
    this.drawTab();
    this.inspector.show(this.execution, this.model, this.selected);
  }

  /** Graph and timeline are made when they are first looked at: both measure the place they are given. */
  drawTab() {
    const { place, visit } = this.selected;
    if (this.tab === 'graph') {
      if (this.graph) this.graph.update(this.model, place);
      else
        this.graph = renderGraph(this.graphPlace, this.definition, this.model, {
          selected: place,
          onSelect: (chosen) => this.selectPlace(chosen),
        });
    } else if (this.tab === 'timeline') {
      if (this.timeline) this.timeline.update(this.model, visit);
      else
        this.timeline = renderTimeline(this.timelinePlace, this.model, {
          selected: visit,
          onSelect: (chosen) => this.selectVisit(chosen),
        });
    } else if (this.tab === 'events') {
      this.events.select(visit);
    } else {
      this.text.select(place);
    }
  }

  drawHead() {
    const { execution } = this;
    const status = this.model.status === 'RUNNING' ? execution.status : this.model.status;
    const stop = status === 'RUNNING' ? null : (this.model.stoppedAt ?? execution.stopDate);
    this.drawError(status);
    // Only what changed is made anew: who has opened the menu or tabs through the buttons is not to lose the place.
    const key = [status, stop, execution.redriveStatus, execution.redriveCount].join(' ');
    if (key === this.headKey) return;
    this.headKey = key;
    const machineArn = execution.stateMachineArn.split('/')[0];
    fill(
      this.header,
      h(
        'p',
        { class: 'crumbs' },
        h('a', { href: link('machines', machineArn) }, nameOf(machineArn)),
        execution.mapRunArn ? [' › ', h('a', { href: link('map-runs', execution.mapRunArn) }, 'Map run')] : null,
      ),
      h(
        'div',
        { class: 'head' },
        h('h1', {}, execution.name),
        badge(status),
        h(
          'span',
          { class: 'muted' },
          'Started ',
          time(execution.startDate),
          ' · ',
          elapsed(execution.startDate, stop),
          execution.redriveCount ? ` · redriven ${execution.redriveCount}×` : '',
        ),
        h('div', { class: 'actions' }, this.actions(status)),
      ),
    );
  }

  drawError(status) {
    const { error = null, cause = null } = {
      ...this.execution,
      ...(this.model.status === 'RUNNING' ? {} : this.model),
    };
    const key = BAD.has(status) ? `${status} ${error} ${cause} ${this.model.culprit}` : '';
    if (key === this.errorKey) return;
    this.errorKey = key;
    this.error.hidden = key === '';
    const where = this.model.visits.find((visit) => visit.id === this.model.culprit);
    const caught = this.model.visits.filter((visit) => visit.status === 'CAUGHT');
    const state = (visit) =>
      h('button', { type: 'button', class: 'quiet text', onclick: () => this.selectVisit(visit.id) }, visit.name);
    fill(
      this.error,
      key === ''
        ? null
        : [
            error === null
              ? h(
                  'p',
                  {},
                  status === 'TIMED_OUT' ? 'The execution took longer than its TimeoutSeconds.' : 'No error was given.',
                )
              : where
                ? inBrief(error, cause)
                : failure(error, cause),
            where
              ? h(
                  'p',
                  { class: 'muted' },
                  'In the state ',
                  state(where),
                  caught.length > 0
                    ? [
                        ', after ',
                        caught.slice(-3).flatMap((visit, index) => [index ? ', ' : '', state(visit)]),
                        ' failed and was caught',
                      ]
                    : null,
                )
              : null,
          ],
    );
  }

  actions(status) {
    const { execution, arn } = this;
    const machineArn = execution.stateMachineArn.split('/')[0];
    const changes =
      isReadOnly() || execution.mapRunArn
        ? []
        : [
            status === 'RUNNING' &&
              h('button', { type: 'button', class: 'danger', onclick: () => this.stop() }, 'Stop'),
            BAD.has(status) &&
              execution.redriveStatus === 'REDRIVABLE' &&
              h('button', { type: 'button', class: 'primary', onclick: () => this.redrive() }, 'Redrive from failure'),
            h(
              'button',
              { type: 'button', onclick: () => startDialog([machineArn], execution.input ?? '{}') },
              'Run again',
            ),
          ];
    const compare = h('a', { class: 'button', href: link('compare', arn) }, 'Compare');
    const menu = commandMenu(() => [
      ['Describe', command('describeExecution', { executionArn: arn })],
      ['History', command('getExecutionHistory', { executionArn: arn })],
      ['Start with this input', command('startExecution', { stateMachineArn: machineArn, input: execution.input })],
      ['Stop', command('stopExecution', { executionArn: arn })],
      ['Redrive', command('redriveExecution', { executionArn: arn })],
    ]);
    return [...changes, compare, menu];
  }

  async stop() {
    if (await confirmed(`Stop ${this.execution.name}? What its tasks are doing is aborted.`, 'Stop it'))
      await this.tell('StopExecution', 'Stopped');
  }

  async redrive() {
    this.isChosen = false;
    this.selected = { place: null, visit: null };
    await this.tell('RedriveExecution', 'Redriven');
  }

  async tell(action, done) {
    try {
      await call(action, { executionArn: this.arn });
      announce(done);
      await this.describe();
    } catch (error) {
      announce(error.message);
    }
  }

  // --- what is chosen ---

  selectFailure() {
    const failed = this.model.culprit ?? this.model.visits.findLast((visit) => BAD.has(visit.status))?.id ?? null;
    if (!BAD.has(this.model.status) || failed === null) return;
    this.selected = { place: this.model.visits.find((visit) => visit.id === failed).place, visit: failed };
  }

  /** A state stands for its visits: inside the item that is looked at, or else the one that matters most. */
  selectPlace(place) {
    this.select(place === null ? { place: null, visit: null } : this.visitOf(place));
  }

  visitOf(place) {
    const current = this.model.visits.find((visit) => visit.id === this.selected.visit);
    const visits = this.model.visits.filter((visit) => visit.place === place);
    const beside = current && visits.filter((visit) => visit.frame === current.frame);
    const among = beside?.length ? beside : visits;
    const urgent = [...among].sort(byUrgency)[0];
    const chosen = urgent === undefined || urgent.status === 'SUCCEEDED' ? among.at(-1) : urgent;
    return { place, visit: chosen?.id ?? null };
  }

  selectVisit(id) {
    const visit = this.model.visits.find((one) => one.id === id);
    this.select({ place: visit?.place ?? null, visit: visit?.id ?? null });
  }

  select(selected) {
    this.isChosen = true;
    this.selected = selected;
    this.remember();
    this.drawTab();
    this.inspector.show(this.execution, this.model, selected);
  }

  openTab(tab) {
    this.tab = tab;
    for (const [name, pane] of Object.entries(this.panes)) pane.hidden = name !== tab;
    this.remember();
    this.drawTab();
  }

  remember() {
    const { place, visit } = this.selected;
    replace(link('executions', this.arn, { tab: this.tab === 'graph' ? '' : this.tab, state: place, visit }));
  }
}

/** The error in two lines; the state that is chosen shows all of it. */
function inBrief(error, cause) {
  return h(
    'div',
    { class: 'brief' },
    h('p', { class: 'error-name' }, error),
    h('p', { class: 'message' }, inShort(cause)),
  );
}

function* allPlaces(scope) {
  for (const place of scope?.states.values() ?? []) {
    yield [place.key, place];
    for (const inner of place.inner) yield* allPlaces(inner);
  }
}

/** Tabs as the keyboard expects them: arrows go from one to the next. */
function tabList(panes, current, onOpen) {
  const buttons = Object.keys(panes).map((name) =>
    h(
      'button',
      {
        type: 'button',
        role: 'tab',
        id: `tab-${name}`,
        'aria-controls': `pane-${name}`,
        'aria-selected': String(name === current),
        tabindex: name === current ? '0' : '-1',
        onclick: () => choose(name),
      },
      TABS[name],
    ),
  );
  for (const [name, pane] of Object.entries(panes)) {
    pane.id = `pane-${name}`;
    pane.setAttribute('role', 'tabpanel');
    pane.setAttribute('aria-labelledby', `tab-${name}`);
  }
  function choose(name) {
    for (const button of buttons) {
      const isChosen = button.id === `tab-${name}`;
      button.setAttribute('aria-selected', String(isChosen));
      button.tabIndex = isChosen ? 0 : -1;
      if (isChosen) button.focus();
    }
    onOpen(name);
  }
  const names = Object.keys(panes);
  const move = (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const index = buttons.indexOf(event.target);
    if (step && index >= 0) choose(names[(index + step + names.length) % names.length]);
  };
  return h('div', { class: 'tabs', role: 'tablist', onkeydown: move }, buttons);
}
