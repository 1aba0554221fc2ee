/** What stands above an execution: how it stands, what can be done with it, and what it failed of. */

import { failure, inShort } from './causes.js';
import { command, commandMenu } from './commands.js';
import { fill, h } from './dom.js';
import { badge, elapsed, nameOf, time } from './format.js';
import { isReadOnly, link } from './routes.js';
import { endedBadly } from './selection.js';
import { startDialog } from './start_dialog.js';

const CAUGHT_NAMED = 3;

export class ExecutionHead {
  /** `onSelectVisit(id)`, `onStop()` and `onRedrive()` are what the buttons ask for. */
  constructor({ onSelectVisit, onStop, onRedrive }) {
    Object.assign(this, { onSelectVisit, onStop, onRedrive });
    this.header = h('header', { class: 'execution-head' });
    this.error = h('div', { class: 'execution-error', hidden: true });
    this.elements = [this.header, this.error];
  }

  /** Only what changed is made anew: who has opened the menu or is on a button is not to lose the place. */
  draw(execution, model) {
    const status = model.status === 'RUNNING' ? execution.status : model.status;
    const stop = status === 'RUNNING' ? null : (model.stoppedAt ?? execution.stopDate);
    const { error = null, cause = null } = model.status === 'RUNNING' ? execution : model;
    const key = JSON.stringify([
      status,
      stop,
      execution.redriveStatus,
      execution.redriveCount,
      error,
      cause,
      model.culprit,
    ]);
    if (key === this.key) return;
    this.key = key;
    fill(this.header, crumbs(execution), this.title(execution, status, stop));
    this.error.hidden = !endedBadly(status);
    fill(this.error, endedBadly(status) ? this.problem({ status, error, cause }, model) : null);
  }

  title(execution, status, stop) {
    const { name, startDate, redriveCount } = execution;
    const redriven = redriveCount ? ` · redriven ${redriveCount}×` : '';
    return h(
      'div',
      { class: 'head' },
      h('h1', {}, name),
      badge(status),
      h('span', { class: 'muted' }, 'Started ', time(startDate), ' · ', elapsed(startDate, stop), redriven),
      h('div', { class: 'actions' }, this.changes(execution, status), looks(execution)),
    );
  }

  /** The buttons that change something. What a map run started is its parent's to start again and to redrive. */
  changes(execution, status) {
    if (isReadOnly() || execution.mapRunArn) return [];
    const button = (text, onclick, kind = null) => h('button', { type: 'button', class: kind, onclick }, text);
    const canRedrive = endedBadly(status) && execution.redriveStatus === 'REDRIVABLE';
    return [
      status === 'RUNNING' && button('Stop', this.onStop, 'danger'),
      canRedrive && button('Redrive from failure', this.onRedrive, 'primary'),
      button('Run again', () => startDialog([machineOf(execution)], execution.input)),
    ];
  }

  /** The error in short where a state shows all of it, or else in full. */
  problem({ status, error, cause }, model) {
    const where = model.visits.find((visit) => visit.id === model.culprit);
    if (error === null) {
      return h('p', {}, status === 'TIMED_OUT' ? 'It took longer than its TimeoutSeconds.' : 'No error was given.');
    }
    if (where === undefined) return failure(error, cause);
    return [
      h('p', { class: 'error-name' }, error),
      h('p', { class: 'message' }, inShort(cause)),
      h('p', { class: 'muted' }, 'In the state ', this.visitButton(where), this.caughtBefore(model)),
    ];
  }

  caughtBefore(model) {
    const caught = model.visits.filter((visit) => visit.status === 'CAUGHT').slice(-CAUGHT_NAMED);
    if (caught.length === 0) return null;
    const names = caught.flatMap((visit, index) => [index > 0 ? ', ' : null, this.visitButton(visit)]);
    return [', after ', names, ' failed and was caught'];
  }

  visitButton({ id, name }) {
    return h('button', { type: 'button', class: 'quiet text', onclick: () => this.onSelectVisit(id) }, name);
  }
}

const machineOf = (execution) => execution.stateMachineArn.split('/')[0];

function crumbs(execution) {
  const { mapRunArn } = execution;
  const machine = h('a', { href: link('machines', machineOf(execution)) }, nameOf(machineOf(execution)));
  const mapRun = mapRunArn ? [' › ', h('a', { href: link('map-runs', mapRunArn) }, 'Map run')] : null;
  return h('p', { class: 'crumbs' }, machine, mapRun);
}

/** What only looks: the comparison, and the commands to copy. */
function looks(execution) {
  const { executionArn, input } = execution;
  return [
    h('a', { class: 'button', href: link('compare', executionArn) }, 'Compare'),
    commandMenu(() => [
      ['Describe', command('describeExecution', { executionArn })],
      ['History', command('getExecutionHistory', { executionArn })],
      ['Start with this input', command('startExecution', { stateMachineArn: machineOf(execution), input })],
      ['Stop', command('stopExecution', { executionArn })],
      ['Redrive', command('redriveExecution', { executionArn })],
    ]),
  ];
}
