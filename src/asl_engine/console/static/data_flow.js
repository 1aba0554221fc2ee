/**
 * What each field of a state made of its input, shown by TestState: the state runs again on its own with what went into
 * it, and a task is answered by the result it had.
 */

import { call } from './api.js';
import { command } from './commands.js';
import { copy, h } from './dom.js';
import { block, pretty } from './json_text.js';

const STEPS = {
  input: 'Input',
  afterInputPath: 'After InputPath',
  afterParameters: 'After Parameters',
  afterArguments: 'Arguments',
  result: 'Result',
  afterResultSelector: 'After ResultSelector',
  afterResultPath: 'After ResultPath',
  output: 'Output',
};
const ALONE = new Set(['Pass', 'Choice', 'Wait', 'Succeed']);

/** Whether a visit can be tried again without doing anything: not what calls a service and has no result to stand in. */
export function canBeTried(visit) {
  if (visit.status !== 'SUCCEEDED') return false;
  return ALONE.has(visit.type) || (visit.type === 'Task' && typeof visit.attempts.at(-1)?.output === 'string');
}

/** Blocks of JSON, step by step; a step that changed nothing says so. */
export async function dataFlow(visit, state, { model, machine, execution }) {
  const asked = request(visit, state, { model, machine, execution });
  const trial = await call('TestState', asked);
  const data = { ...trial.inspectionData, output: trial.output };
  const steps = Object.entries(STEPS).filter(([name]) => data[name] !== undefined);
  let before = null;
  const shown = steps.map(([name, title]) => {
    const text = pretty(data[name]);
    const isSame = text === before;
    before = text;
    return h('li', {}, h('h4', {}, title), isSame ? h('p', { class: 'muted' }, 'unchanged') : block(data[name], title));
  });
  const note = visit.output !== null && trial.output !== undefined && pretty(trial.output) !== pretty(visit.output);
  return h(
    'div',
    {},
    trial.error ? h('p', { class: 'problem' }, `${trial.error}: ${trial.cause ?? ''}`) : null,
    h('ol', { class: 'flow' }, shown),
    h(
      'button',
      {
        type: 'button',
        class: 'quiet',
        onclick: () => copy(command('testState', asked, execution.executionArn), 'Command'),
      },
      'Copy AWS CLI command',
    ),
    note
      ? h(
          'p',
          { class: 'muted' },
          'The output differs from that of the execution: the state reads a time, a name or something else that was different then.',
        )
      : null,
  );
}

function request(visit, state, { model, machine, execution }) {
  const definition = { ...state };
  if (definition.QueryLanguage === undefined && machine.QueryLanguage !== undefined)
    definition.QueryLanguage = machine.QueryLanguage;
  const variables = variablesAt(visit, model);
  const asked = { definition: JSON.stringify(definition), input: visit.input ?? '{}', inspectionLevel: 'DEBUG' };
  if (variables !== null) asked.variables = variables;
  if (visit.type !== 'Task') return asked;
  return {
    ...asked,
    mock: { result: visit.attempts.at(-1).output, fieldValidationMode: 'NONE' },
    context: JSON.stringify({
      Execution: {
        Id: execution.executionArn,
        Input: JSON.parse(execution.input ?? '{}'),
        Name: execution.name,
        StartTime: iso(execution.startDate),
      },
      State: { Name: visit.name, EnteredTime: iso(visit.enteredAt), RetryCount: visit.attempts.length - 1 },
    }),
  };
}

/** The variables that the state could see, as a JSON text: what its own line of control assigned before, and those around. */
function variablesAt(visit, model) {
  const byId = new Map(model.visits.map((one) => [one.id, one]));
  const assigned = {};
  const lines = [];
  for (let inner = visit; inner; inner = byId.get(inner.parent)) lines.unshift(inner);
  for (const until of lines) {
    for (const one of model.visits) {
      if (one.frame === until.frame && one.variables && one.eventIds.at(-1) < until.id)
        Object.assign(assigned, one.variables);
    }
  }
  const texts = Object.entries(assigned).map(([name, text]) => `${JSON.stringify(name)}:${text}`);
  return texts.length === 0 ? null : `{${texts.join(',')}}`;
}

const iso = (seconds) => new Date(seconds * 1000).toISOString();
