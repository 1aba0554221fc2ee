/** One execution: failure first, the graph and what stands behind each state, kept up to date while it runs. */

import { call, follow } from './api.js';
import { announce, fill, h, throttled } from './dom.js';
import { DefinitionView } from './definition_view.js';
import { EventTable } from './event_table.js';
import { createFold } from './execution.js';
import { ExecutionHead } from './execution_head.js';
import { renderGraph } from './graph.js';
import { Inspector } from './inspector.js';
import { scopeOf } from './places.js';
import { isReadOnly, link, replace } from './routes.js';
import { NOTHING, failureOf, visitOf } from './selection.js';
import { confirmed } from './start_dialog.js';
import { tabs } from './tabs.js';
import { renderTimeline } from './timeline.js';

const TABS = ['graph', 'timeline', 'events', 'definition'];

export async function show(page, route) {
  const shown = new ExecutionPage(page, route);
  await shown.open();
  return () => shown.close();
}

class ExecutionPage {
  constructor(page, { arn, query }) {
    this.page = page;
    this.arn = arn;
    this.tab = TABS.includes(query.get('tab')) ? query.get('tab') : 'graph';
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
    this.head = new ExecutionHead({
      onSelectVisit: (visit) => this.selectVisit(visit),
      onStop: () => this.stop(),
      onRedrive: () => this.redrive(),
    });
    this.events = new EventTable({ onSelect: (visit) => this.selectVisit(visit) });
    this.text = new DefinitionView(this.machine.definition, this.definition, {
      onSelect: (place) => this.selectPlace(place),
    });
    this.panes = {
      graph: { title: 'Graph', element: h('div', { class: 'pane graph-pane' }) },
      timeline: { title: 'Timeline', element: h('div', { class: 'pane timeline-pane' }) },
      events: { title: 'Events', element: h('div', { class: 'pane' }, this.events.element) },
      definition: { title: 'Definition', element: h('div', { class: 'pane' }, this.text.element) },
    };
    const list = tabs(this.panes, this.tab, (tab) => this.openTab(tab));
    const panes = Object.values(this.panes).map(({ element }) => element);
    const side = h('section', { class: 'main-side', 'aria-label': 'Execution' }, list, panes);
    const split = h('div', { class: 'split' }, side, this.inspector.element);
    fill(this.page, h('div', { class: 'execution' }, this.head.elements, split));
    this.draw();
  }

  draw() {
    this.model = this.fold.model();
    const { place, visit } = this.selected;
    if (!this.isChosen) this.selected = failureOf(this.model);
    else if (visit === null && place !== null) this.selected = visitOf(this.model, place, this.selected);
    this.head.draw(this.execution, this.model);
    this.events.add(this.unseen, this.model.visits);
    this.unseen = [];
    this.drawTab();
    this.inspector.show(this.execution, this.model, this.selected);
  }

  drawTab() {
    const { place, visit } = this.selected;
    if (this.tab === 'graph') this.drawGraph(place);
    else if (this.tab === 'timeline') this.drawTimeline(visit);
    else if (this.tab === 'events') this.events.select(visit);
    else this.text.select(place);
  }

  /** Graph and timeline are made when they are first looked at: both measure the place they are given. */
  drawGraph(selected) {
    const onSelect = (place) => this.selectPlace(place);
    if (this.graph) this.graph.update(this.model, selected);
    else this.graph = renderGraph(this.panes.graph.element, this.definition, this.model, { selected, onSelect });
  }

  drawTimeline(selected) {
    const onSelect = (visit) => this.selectVisit(visit);
    if (this.timeline) this.timeline.update(this.model, selected);
    else this.timeline = renderTimeline(this.panes.timeline.element, this.model, { selected, onSelect });
  }

  // --- what is done ---

  async stop() {
    const question = `Stop ${this.execution.name}? What its tasks are doing is aborted.`;
    if (await confirmed(question, 'Stop it')) await this.tell('StopExecution', 'Stopped');
  }

  async redrive() {
    this.isChosen = false;
    this.selected = NOTHING;
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

  selectPlace(place) {
    this.select(place === null ? NOTHING : visitOf(this.model, place, this.selected));
  }

  selectVisit(id) {
    const visit = this.model.visits.find((one) => one.id === id);
    this.select(visit === undefined ? NOTHING : { place: visit.place, visit: id });
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
    this.remember();
    this.drawTab();
  }

  remember() {
    const { place, visit } = this.selected;
    replace(link('executions', this.arn, { tab: this.tab === 'graph' ? '' : this.tab, state: place, visit }));
  }
}

function* allPlaces(scope) {
  for (const place of scope?.states.values() ?? []) {
    yield [place.key, place];
    for (const inner of place.inner) yield* allPlaces(inner);
  }
}
