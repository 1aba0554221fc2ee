/** What a list of executions can be of: all state machines, one of them, or a map run. */

import { call } from './api.js';
import { command, commandMenu } from './commands.js';
import { fill, h, throttled } from './dom.js';
import { badge, count, nameOf } from './format.js';
import { isReadOnly, link } from './routes.js';
import { startDialog } from './start_dialog.js';

const MACHINES_TOGETHER = 25; // each is asked for its executions when all are shown

/**
 * {title, sources, includes, empty, actions} and, where there is more to say, {details, changed}: `sources` are asked
 * for executions, `includes(execution)` says whether one that has just changed belongs to them.
 */
export async function scopeOf({ page, arn }, machines) {
  if (page === 'map-runs') return ofMapRun(arn);
  return page === 'machines' ? ofMachine(arn, machines) : ofAll(machines);
}

function ofAll(machines) {
  const standard = machines.filter((machine) => machine.type !== 'EXPRESS').map((machine) => machine.stateMachineArn);
  const together = standard.slice(-MACHINES_TOGETHER);
  const isCut = standard.length > together.length;
  return {
    title: 'Executions',
    sources: together.map((stateMachineArn) => ({ stateMachineArn })),
    showsMachine: true,
    includes: (execution) => !execution.mapRunArn,
    empty:
      machines.length === 0
        ? 'There is no state machine yet. Create one with the AWS CLI or boto3 at this address.'
        : 'Nothing was started yet.',
    details: isCut
      ? h(
          'p',
          { class: 'muted' },
          `Of the ${together.length} state machines created last; choose another one to see its executions.`,
        )
      : null,
    actions: () => [
      commandMenu(() => [['List state machines', command('listStateMachines', {}, standard[0])]]),
      standard.length > 0 && startButton(standard),
    ],
  };
}

function ofMachine(arn, machines) {
  const isExpress = machines.find((one) => one.stateMachineArn === arn)?.type === 'EXPRESS';
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
      startButton([arn]),
    ],
  };
}

async function ofMapRun(arn) {
  const details = h('p', { class: 'muted' });
  const refresh = async () => fill(details, standing(await call('DescribeMapRun', { mapRunArn: arn })));
  await refresh();
  const refreshSoon = throttled(() => refresh().catch((error) => fill(details, error.message)), 1000);
  return {
    title: `Map run ${nameOf(arn)}`,
    sources: [{ mapRunArn: arn }],
    showsItems: true,
    includes: (execution) => execution.mapRunArn === arn,
    empty: 'It has no executions yet.',
    details,
    changed: refreshSoon,
    actions: () =>
      commandMenu(() => [
        ['Describe map run', command('describeMapRun', { mapRunArn: arn })],
        ['List its executions', command('listExecutions', { mapRunArn: arn })],
      ]),
  };
}

function standing({ status, executionArn, itemCounts }) {
  const { total, succeeded, failed, running, pending } = itemCounts;
  const counts = `${count(total, 'item')}: ${succeeded} succeeded, ${failed} failed, ${running} running, ${pending} pending`;
  return [
    badge(status),
    ' of ',
    h('a', { href: link('executions', executionArn) }, nameOf(executionArn)),
    ` · ${counts}`,
  ];
}

function startButton(machines) {
  if (isReadOnly()) return null;
  return h('button', { type: 'button', class: 'primary', onclick: () => startDialog(machines) }, 'Start execution');
}
