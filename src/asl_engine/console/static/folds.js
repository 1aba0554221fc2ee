/** What each kind of event means: one fold for each, on what is known so far. */

import { endLine, endRound, literalFailure, outwards, revive, Stay } from './stays.js';

const ROUND_TYPES = new Set(['Parallel', 'Map']);

function failureOf(details) {
  return { error: details.error ?? null, cause: details.cause ?? null };
}

function nameOfResource({ resource = null, resourceType = null }) {
  return resourceType && resource ? `${resourceType}:${resource}` : resource;
}

/** The frame directly below the stay that the previous event lies in. */
function lineBelow(fold, event, stay) {
  let line = fold.lineOf.get(event.previousEventId) ?? null;
  while (line && line.parent !== stay) line = line.parent?.frame ?? null;
  return line?.round === stay.round ? line : null;
}

/** The branch that has begun: the first that was not entered and starts with a state of this name. */
function openBranch(fold, round, name, at) {
  const inner = round.stay.inner;
  const isFree = (branch) => !round.lines.some((line) => line.shown.branch === branch);
  let branch = inner.findIndex((scope, index) => scope.startAt === name && isFree(index));
  if (branch < 0) branch = round.lines.length;
  return fold.open(inner[branch] ?? null, round.stay, at, { branch });
}

function endExecution(fold, event, details, status) {
  Object.assign(fold, { status, stoppedAt: event.timestamp, ...failureOf(details) });
}

/** Everything that still ran when the execution was ended from outside. What had failed inside waited for its retry. */
function stopAll(fold, event, status) {
  for (const { isOpen, round } of fold.stays) if (isOpen && round?.lines.some(isLost)) round.isOver = true;
  for (const line of fold.lines) {
    if (!line.isOpen) continue;
    if (line.current?.isOpen) line.current.end(status, event.timestamp, null);
    line.end(status, event.timestamp);
  }
}

function isLost(line) {
  return line.shown.status === 'FAILED' || line.shown.status === 'ABORTED' || line.current?.hasFailed;
}

// --- one fold for each kind of event ---

/** By kind: what it does to the fold, given the event, its details and the type of state. */
export const FOLDS = {
  ExecutionStarted(fold, event) {
    fold.startedAt = fold.root.shown.startedAt = event.timestamp;
  },

  ExecutionSucceeded(fold, event, details) {
    endExecution(fold, event, details, 'SUCCEEDED');
    fold.root.end('SUCCEEDED', event.timestamp);
    if (fold.root.current) fold.noteWay(fold.root.current.visit.place, null);
  },

  /** Mostly the state before it failed; States.Runtime ends an execution from deep inside, and all around it fails. */
  ExecutionFailed(fold, event, details) {
    endExecution(fold, event, details, 'FAILED');
    const failure = failureOf(details);
    const at = event.timestamp;
    const chain = [];
    for (let line = fold.lineOf.get(event.previousEventId); line; line = line.parent?.frame) chain.push(line);
    for (const line of chain) {
      if (line.shown.status !== 'SUCCEEDED' && line.parent?.isOpen) endRound(line.parent, at, line);
    }
    endLine(fold.root, 'FAILED', at, failure);
    for (let stay = fold.root.current; stay?.hasBroken; stay = stay.culprit?.current) {
      stay.visit.error = failure.error ?? stay.visit.error;
      stay.visit.cause = failure.cause ?? stay.visit.cause;
      if (stay.attempt?.status === 'FAILED') Object.assign(stay.attempt, { error: stay.visit.error, cause: stay.visit.cause });
    }
  },

  ExecutionAborted(fold, event, details) {
    endExecution(fold, event, details, 'ABORTED');
    stopAll(fold, event, 'ABORTED');
  },

  ExecutionTimedOut(fold, event, details) {
    endExecution(fold, event, details, 'TIMED_OUT');
    stopAll(fold, event, 'TIMED_OUT');
  },

  ExecutionRedriven(fold, event) {
    Object.assign(fold, { status: 'RUNNING', stoppedAt: null, error: null, cause: null });
    fold.redrives.push(event.timestamp);
    fold.redrivenBy = event.id;
    revive(fold.root);
    for (const stay of fold.stays) {
      if (stay.isOpen && stay.attempt?.status !== 'RUNNING' && isHalfDone(stay)) stay.startAttempt(event.timestamp, { startedAt: event.timestamp });
    }
  },

  StateEntered(fold, event, details, type) {
    const round = fold.roundOf.get(event.previousEventId);
    const line = round && round.stay.visit.type === 'Parallel'
      ? openBranch(fold, round, details.name, event.timestamp)
      : fold.lineOf.get(event.previousEventId) ?? fold.root;
    const place = line.scope?.states.get(details.name) ?? null;
    const { iteration, branch } = line.shown;
    const visit = {
      id: event.id, name: details.name, place: place?.key ?? details.name, type,
      parent: line.shown.parent, frame: line.shown.id, iteration, branch,
      status: 'RUNNING', enteredAt: event.timestamp, exitedAt: null,
      input: details.input ?? null, output: null, error: null, cause: null, variables: null,
      attempts: [], eventIds: [], itemCount: null, mapRunArn: null,
    };
    const stay = new Stay(visit, line, place);
    stay.failure = literalFailure(stay.state);
    follow(fold, line.current, stay);
    if (type === 'Fail') fold.noteWay(visit.place, null);
    line.current = stay;
    fold.visits.push(visit);
    fold.stays.push(stay);
    fold.assign(event, stay);
  },

  StateExited(fold, event, details, type) {
    const stay = fold.nearest(event, (found) => found.visit.type === type && found.visit.name === details.name);
    if (!stay) return;
    fold.assign(event, stay);
    stay.visit.output = details.output ?? null;
    stay.visit.variables = details.assignedVariables ?? null;
    endRound(stay, event.timestamp);
    if (isCaught(stay)) {
      stay.end('CAUGHT', event.timestamp);
      return;
    }
    stay.end('SUCCEEDED', event.timestamp, null);
    if (stay.frame.shown.branch !== null && isLast(stay) && stay.frame.isOpen) finish(fold, stay.frame, event.timestamp);
  },

  StateAborted(fold, event, details, type) {
    const stay = fold.nearest(event, (found) => found.visit.type === type && !found.hasFailed);
    if (!stay) return;
    const below = lineBelow(fold, event, stay);
    const isBetweenRounds = below !== null && below.shown.status !== 'SUCCEEDED';
    if (isBetweenRounds) stay.round.isOver = true;
    endRound(stay, event.timestamp, isBetweenRounds ? below : null);
    fold.assign(event, stay);
    stay.failure = null;
    giveUp(stay, 'ABORTED', event.timestamp);
  },

  /** Its previous event is often the one before the state was entered, so the frame there is asked too. */
  EvaluationFailed(fold, event, details) {
    const fits = (stay) => stay?.isOpen && stay.visit.name === details.state;
    const before = event.previousEventId;
    const beside = fold.roundOf.get(before)?.lines ?? [fold.lineOf.get(before) ?? fold.root];
    const stay = outwards(fold.stayOf.get(before) ?? null, fits)
      ?? beside.map((line) => line.current).findLast(fits) ?? fold.latest(fits);
    if (!stay) return;
    fold.assign(event, stay);
    stay.failure = failureOf(details);
    stay.brokeAt = event.id;
    breakAttempt(stay, event.timestamp);
    if (stay.isDefenceless && !ROUND_TYPES.has(stay.visit.type)) giveUp(stay, 'FAILED', event.timestamp);
  },

  // A Task's attempts.

  TaskScheduled(fold, event, details) {
    const stay = fold.nearest(event, (found) => found.visit.type === 'Task');
    if (!stay) return;
    fold.assign(event, stay);
    stay.visit.status = 'RUNNING';
    stay.failure = stay.brokeAt = null;
    stay.startAttempt(event.timestamp, {
      resource: nameOfResource(details), parameters: details.parameters ?? details.input ?? null,
    });
  },

  TaskStarted(fold, event) {
    const stay = ofTask(fold, event);
    if (stay?.attempt) stay.attempt.startedAt = event.timestamp;
  },

  TaskSubmitted(fold, event, details) {
    const stay = ofTask(fold, event);
    if (stay?.attempt) stay.attempt.output = details.output ?? null;
  },

  TaskSucceeded(fold, event, details) {
    const stay = ofTask(fold, event);
    if (!stay?.attempt) return;
    stay.attempt.output = details.output ?? null;
    stay.endAttempt('SUCCEEDED', event.timestamp);
  },

  TaskFailed: (fold, event, details) => taskBroke(fold, event, details, 'FAILED'),
  TaskTimedOut: (fold, event, details) => taskBroke(fold, event, details, 'TIMED_OUT'),

  // Parallel and Map.

  StateStarted(fold, event, details, type) {
    const stay = fold.nearest(event, (found) => found.visit.type === type && canGoOn(found, event));
    if (!stay) return;
    const at = event.timestamp;
    endLastRound(fold, event, stay);
    fold.assign(event, stay);
    stay.round = { stay, lines: [], isOver: false };
    Object.assign(stay, { failure: null, brokeAt: null, culprit: null, hasSucceeded: false });
    stay.visit.itemCount = details.length ?? null;
    stay.startAttempt(at, { startedAt: at });
    fold.roundOf.set(event.id, stay.round);
  },

  StateSucceeded(fold, event, details, type) {
    const stay = fold.nearest(event, (found) => found.visit.type === type && found.round !== null && !found.hasSucceeded);
    if (!stay) return;
    fold.assign(event, stay);
    stay.hasSucceeded = true;
    stay.endAttempt('SUCCEEDED', event.timestamp);
    for (const line of stay.round.lines) if (line.isOpen) finish(fold, line, event.timestamp);
  },

  StateFailed(fold, event, details, type) {
    const stay = fold.nearest(event, (found) => found.visit.type === type && canGoOn(found, event) && hasBegun(found));
    if (!stay) return;
    const culprit = lineBelow(fold, event, stay);
    endRound(stay, event.timestamp, culprit);
    fold.assign(event, stay);
    stay.hasFailed = true;
    if (culprit) stay.failedBy = event.id;
    stay.endAttempt('FAILED', event.timestamp, stay.failure);
    if (stay.isDefenceless) giveUp(stay, 'FAILED', event.timestamp);
  },

  MapIterationStarted(fold, event, details) {
    const stay = fold.nearest(event, (found) => found.round !== null && found.visit.name === details.name);
    if (!stay) return;
    const iteration = { map: details.name, index: details.index };
    fold.assign(event, stay, fold.open(stay.inner[0] ?? null, stay, event.timestamp, { iteration }));
  },

  MapIterationSucceeded(fold, event, details) {
    const line = iterationOf(fold, event, details);
    if (!line) return;
    finish(fold, line, event.timestamp);
    fold.assign(event, line.parent, line);
  },

  MapIterationFailed(fold, event, details) {
    const line = iterationOf(fold, event, details);
    if (!line) return;
    endLine(line, 'FAILED', event.timestamp);
    line.parent.culprit ??= line;
    line.parent.failure ??= line.current?.failure ?? null;
    fold.assign(event, line.parent, line);
  },

  MapIterationAborted(fold, event, details) {
    const line = iterationOf(fold, event, details);
    if (!line) return;
    endLine(line, 'ABORTED', event.timestamp);
    fold.assign(event, line.parent, line);
  },

  // A distributed Map's run.

  MapRunStarted(fold, event, details) {
    const stay = ofMapRun(fold, event);
    if (stay) stay.visit.mapRunArn = details.mapRunArn ?? null;
  },

  MapRunSucceeded: ofMapRun,

  MapRunFailed(fold, event, details) {
    const stay = ofMapRun(fold, event);
    if (!stay) return;
    stay.failure = failureOf(details);
    stay.brokeAt = event.id;
    stay.endAttempt('FAILED', event.timestamp, stay.failure);
  },

  MapRunAborted(fold, event) {
    ofMapRun(fold, event)?.endAttempt('ABORTED', event.timestamp);
  },

  MapRunRedriven: ofMapRun,
};

/** Whether a redrive goes on with what is inside a Parallel or Map, as far as can be seen; else it is started anew. */
function isHalfDone(stay) {
  return stay.round !== null && !stay.round.isOver && !stay.hasSucceeded;
}

/** Notes the way from one state to the next. A state that was left for a Catch's state, and not for `Next`, was caught. */
function follow(fold, from, to) {
  const { place, name } = to.visit;
  if (!from) {
    fold.noteWay(null, place);
    return;
  }
  const { Next: next = null, Catch: catchers = [] } = from.state ?? {};
  if (from.visit.status === 'SUCCEEDED' && next !== name && catchers.some((catcher) => catcher.Next === name)) {
    from.end('CAUGHT', from.visit.exitedAt);
  }
  fold.noteWay(from.visit.place, place, from.visit.status === 'CAUGHT' ? 'catch' : 'next');
}

/** A state that may fail and go on was caught when it was left without having succeeded. */
function isCaught(stay) {
  if (stay.visit.type === 'Task') return stay.attempt?.status !== 'SUCCEEDED';
  return ROUND_TYPES.has(stay.visit.type) && !stay.hasSucceeded;
}

function isLast(stay) {
  return stay.visit.type === 'Succeed' || stay.state?.End === true;
}

function finish(fold, line, at) {
  line.end('SUCCEEDED', at);
  if (line.current) fold.noteWay(line.current.visit.place, null);
}

/** A state has ended for good, and its branch or iteration with it, though the events that say so are still to come. */
function giveUp(stay, status, at) {
  stay.end(status, at);
  if (stay.frame.parent && stay.frame.isOpen) stay.frame.end(status === 'ABORTED' ? 'ABORTED' : 'FAILED', at);
}

/** An expression failed: before a task was scheduled, that is an attempt too; after it had succeeded, it failed after all. */
function breakAttempt(stay, at) {
  if (stay.visit.type !== 'Task' && !stay.round) return;
  const last = stay.attempt;
  if (!last || (last.status !== 'SUCCEEDED' && last.status !== 'RUNNING')) stay.startAttempt(at);
  Object.assign(stay.attempt, { status: 'FAILED', endedAt: at, ...stay.failure });
  stay.hasSucceeded = false;
}

function taskBroke(fold, event, details, status) {
  const stay = ofTask(fold, event);
  if (!stay) return;
  stay.failure = failureOf(details);
  stay.endAttempt(status, event.timestamp, stay.failure);
  if (stay.isDefenceless) giveUp(stay, status, event.timestamp);
}

function ofTask(fold, event) {
  const stay = fold.nearest(event, (found) => found.visit.type === 'Task');
  if (stay) fold.assign(event, stay);
  return stay;
}

function ofMapRun(fold, event) {
  const stay = fold.nearest(event, (found) => found.visit.type === 'Map');
  if (stay) fold.assign(event, stay);
  return stay;
}

/**
 * Whether a Parallel or Map can start again or fail: not when it has already failed, or succeeded but for its output. A
 * redrive goes on with what failed inside it; only what failed by itself starts again after its own failure.
 */
function canGoOn(stay, event) {
  if (stay.hasFailed || stay.failedBy === event.previousEventId) return false;
  return !stay.hasSucceeded || stay.brokeAt === event.previousEventId;
}

/** A retry: nothing but the event before tells when the last round failed. A redrive did not go on with it, then. */
function endLastRound(fold, event, stay) {
  if (stay.round && event.previousEventId < fold.redrivenBy && stay.attempt?.status === 'RUNNING') stay.visit.attempts.pop();
  const failedAt = fold.timeOf.get(event.previousEventId) ?? event.timestamp;
  if (stay.round) endRound(stay, failedAt, lineBelow(fold, event, stay));
  stay.endAttempt('FAILED', failedAt, stay.failure);
}

function hasBegun(stay) {
  return stay.round !== null || stay.brokeAt !== null;
}

/** The iteration, outwards from the previous event, that the details name. */
function iterationOf(fold, event, { name, index }) {
  let line = fold.lineOf.get(event.previousEventId) ?? null;
  while (line && !(line.shown.iteration?.index === index && line.shown.iteration.map === name)) line = line.parent?.frame ?? null;
  return line ?? fold.lines.findLast((found) => found.isOpen && found.shown.iteration?.index === index && found.shown.iteration.map === name) ?? null;
}
