/** Which of the many types of events mean the same: those of functions, activities and services, of all states. */

const STATE_EVENT = /^(Pass|Task|Choice|Wait|Succeed|Fail|Map|Parallel)State([A-Z][a-z]+)$/;
const TASK_EVENT = /^(?:Task|LambdaFunction|Activity)(Scheduled|Started|Submitted|Succeeded|TimedOut|(?:Schedule|Start|Submit)?Failed)$/;
const FAILED_TASKS = new Set(['Failed', 'ScheduleFailed', 'StartFailed', 'SubmitFailed']);

const kinds = new Map();

/** What kind of event a type is: the name of its fold, the state's type, and where the details stand. */
export function kindOf(type) {
  let kind = kinds.get(type);
  if (!kind) kinds.set(type, (kind = classify(type)));
  return kind;
}

function classify(type) {
  const details = `${type[0].toLowerCase()}${type.slice(1)}EventDetails`;
  const [, stateType, step] = STATE_EVENT.exec(type) ?? [];
  if (step === 'Entered' || step === 'Exited') return { fold: `State${step}`, stateType, details: `state${step}EventDetails` };
  if (step) return { fold: `State${step}`, stateType, details };
  const [, taskStep] = TASK_EVENT.exec(type) ?? [];
  if (taskStep) return { fold: FAILED_TASKS.has(taskStep) ? 'TaskFailed' : `Task${taskStep}`, stateType: 'Task', details };
  return { fold: type, stateType: type.startsWith('Map') ? 'Map' : null, details };
}
