/** Where an execution stands while its history is folded: the stays in states, in frames that lie in one another. */

/**
 * A visit with what is known of it but not shown: its frame, the stay around it, its definition, the round it is in,
 * the failure it may come to, whether it has succeeded or failed by an event of its own, that event, and the frame at
 * fault.
 */
export class Stay {
  constructor(visit, frame, place) {
    this.visit = visit;
    this.frame = frame;
    this.above = frame.parent;
    this.state = place?.state ?? null;
    this.inner = place?.inner ?? [];
    this.round = null;
    this.failure = null;
    this.brokeAt = null;
    this.hasSucceeded = false;
    this.hasFailed = false;
    this.failedBy = null;
    this.culprit = null;
  }

  get isOpen() {
    return this.visit.status === 'RUNNING';
  }

  get hasBroken() {
    return this.visit.status === 'FAILED' || this.visit.status === 'TIMED_OUT';
  }

  get attempt() {
    return this.visit.attempts.at(-1) ?? null;
  }

  /** Whether nothing in the definition can take a failure of this state. */
  get isDefenceless() {
    return this.state !== null && !this.state.Retry?.length && !this.state.Catch?.length;
  }

  startAttempt(at, more = {}) {
    this.visit.attempts.push({
      status: 'RUNNING', scheduledAt: at, startedAt: null, endedAt: null,
      resource: null, parameters: null, output: null, error: null, cause: null, ...more,
    });
  }

  endAttempt(status, at, failure = null) {
    const attempt = this.attempt;
    if (attempt?.status !== 'RUNNING') return;
    if (at < attempt.scheduledAt) this.visit.attempts.pop(); // a redrive was thought to go on with it, but did not
    else Object.assign(attempt, { status, endedAt: at, ...(failure ?? {}) });
  }

  end(status, at, failure = this.failure) {
    const { visit } = this;
    visit.status = status;
    visit.exitedAt = at;
    visit.error = failure?.error ?? null;
    visit.cause = failure?.cause ?? null;
    this.endAttempt(status === 'CAUGHT' ? 'FAILED' : status, at, failure);
  }
}

/** A frame with its scope of the definition, the stay around it, the round of that, and the stay it is in. */
export class Line {
  constructor(shown, scope, parent) {
    this.shown = shown;
    this.scope = scope;
    this.parent = parent;
    this.round = parent?.round ?? null;
    this.current = null;
  }

  get isOpen() {
    return this.shown.status === 'RUNNING';
  }

  end(status, at) {
    this.shown.status = status;
    this.shown.stoppedAt = at;
  }
}

export function outwards(stay, fits) {
  for (let found = stay; found; found = found.above) if (fits(found)) return found;
  return null;
}

/** From a stay that failed to the one inside it that made it fail. */
export function innermost(stay) {
  let found = stay;
  while (found?.culprit?.current?.hasBroken) found = found.culprit.current;
  return found;
}

/** What a Fail state says in its definition, unless it is found when it runs. */
export function literalFailure(state) {
  const literal = (value) => (typeof value === 'string' && !value.startsWith('{%') ? value : null);
  return state?.Type === 'Fail' ? { error: literal(state.Error), cause: literal(state.Cause) } : null;
}

/** Ends a frame and all below it: its state with the status given, what it had running inside as aborted. */
export function endLine(line, status, at, failure = null) {
  if (!line.isOpen) return;
  const stay = line.current;
  if (stay?.isOpen) {
    endRound(stay, at);
    stay.failure ??= failure;
    stay.end(status === 'FAILED' && stay.attempt?.status === 'TIMED_OUT' ? 'TIMED_OUT' : status, at);
  }
  line.end(status, at);
}

/** Ends what still runs below a stay: the frame at fault, if there is one, has failed and the others are stopped. */
export function endRound(stay, at, culprit = null) {
  if (culprit) {
    endLine(culprit, 'FAILED', at);
    stay.culprit = culprit;
    stay.failure ??= culprit.current?.failure ?? null;
  }
  for (const line of stay.round?.lines ?? []) endLine(line, 'ABORTED', at);
}

/** Has a frame go on where it failed or was stopped, as a redrive does; what had succeeded stays so. */
export function revive(line) {
  if (line.shown.status === 'SUCCEEDED') return;
  line.end('RUNNING', null);
  const stay = line.current;
  if (!stay || stay.visit.status === 'SUCCEEDED' || stay.visit.status === 'CAUGHT') return;
  Object.assign(stay, { failure: literalFailure(stay.state), brokeAt: null, hasFailed: false, culprit: null });
  Object.assign(stay.visit, { status: 'RUNNING', exitedAt: null, error: null, cause: null });
  if (stay.round && !stay.round.isOver) for (const below of stay.round.lines) revive(below);
}
