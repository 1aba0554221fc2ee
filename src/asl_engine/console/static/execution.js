/**
 * The fold of an execution's history into what each state did: pure, linear, and as far as the history goes.
 *
 * Branches and iterations are interleaved in one history; which event belongs to which is told by `previousEventId`
 * alone. A *frame* is one line of control: the execution itself, a Parallel's branch or a Map's iteration. A *round*
 * is one start of a Parallel or Map with the frames below it; a retry starts another.
 *
 * @typedef {'RUNNING'|'SUCCEEDED'|'FAILED'|'CAUGHT'|'ABORTED'|'TIMED_OUT'} Status
 * @typedef {Object} Attempt One try of a Task, or one round of a Parallel or Map. Times are epoch seconds.
 * @property {Status} status
 * @property {number} scheduledAt
 * @property {number|null} startedAt
 * @property {number|null} endedAt
 * @property {string|null} resource
 * @property {string|null} parameters
 * @property {string|null} output the task's; as long as it runs, what its service answered to the request
 * @property {string|null} error
 * @property {string|null} cause
 *
 * @typedef {Object} Visit One stay in a state.
 * @property {number} id the id of its Entered event
 * @property {string} name
 * @property {string} place the name, made longer where it repeats in the definition (see places.js)
 * @property {string} type
 * @property {number|null} parent the visit of the Parallel or Map around it
 * @property {number} frame
 * @property {{map: string, index: number}|null} iteration
 * @property {number|null} branch
 * @property {Status} status RUNNING also while a retry is waited for: the last attempt has then failed
 * @property {number} enteredAt
 * @property {number|null} exitedAt
 * @property {string|null} input
 * @property {string|null} output
 * @property {string|null} error
 * @property {string|null} cause
 * @property {Object<string, string>|null} variables what it assigned
 * @property {Attempt[]} attempts
 * @property {number[]} eventIds
 * @property {number|null} itemCount a Map's number of items
 * @property {string|null} mapRunArn a distributed Map's run
 *
 * @typedef {Object} Frame
 * @property {number} id
 * @property {number|null} parent the visit of the Parallel or Map that it is a part of
 * @property {{map: string, index: number}|null} iteration
 * @property {number|null} branch
 * @property {Status} status
 * @property {number} startedAt
 * @property {number|null} stoppedAt
 *
 * @typedef {Object} Model
 * @property {Status} status
 * @property {string|null} error
 * @property {string|null} cause
 * @property {number|null} startedAt
 * @property {number|null} stoppedAt
 * @property {Visit[]} visits in order of entry
 * @property {Frame[]} frames
 * @property {Object<string, {status: Status, count: number, lastVisit: number}>} states by place
 * @property {[string|null, string|null, 'next'|'catch'][]} taken edges by place; null is the start or the end
 * @property {number|null} culprit the innermost visit whose failure ended the execution
 * @property {number[]} redrives when the execution was redriven
 */

import { kindOf } from './event_kinds.js';
import { FOLDS } from './folds.js';
import { scopeOf } from './places.js';
import { standing } from './standing.js';
import { innermost, Line, outwards } from './stays.js';

/**
 * @param {Object[]} events GetExecutionHistory's, from the first on
 * @param {Object|null} definition the parsed definition; without it only what the history alone tells
 * @returns {Model}
 */
export function foldHistory(events, definition) {
  const fold = createFold(definition);
  fold.add(isAscending(events) ? events : [...events].sort((one, other) => one.id - other.id));
  return fold.model();
}

/**
 * A fold that is fed as the history grows, each event once and in order. Visits and frames of its model are live.
 * @param {Object|null} definition
 * @returns {{add: function(Object[]): void, model: function(): Model}}
 */
export function createFold(definition) {
  const fold = new Fold(scopeOf(definition));
  return {
    add(events) {
      for (const event of events) fold.take(event);
    },
    model: () => fold.model(),
  };
}

function isAscending(events) {
  return events.every((event, index) => index === 0 || events[index - 1].id < event.id);
}

class Fold {
  constructor(scope) {
    this.visits = [];
    this.lines = [];
    this.stays = [];
    this.edges = new Map();
    this.redrives = [];
    this.redrivenBy = null;
    this.status = 'RUNNING';
    this.error = this.cause = this.startedAt = this.stoppedAt = null;
    // By event id: when it was, the stay and the frame it belongs to, and the round it started.
    this.timeOf = new Map();
    this.stayOf = new Map();
    this.lineOf = new Map();
    this.roundOf = new Map();
    this.root = this.open(scope, null, null);
  }

  /** Takes in the event that follows. Types that are not known tell nothing. */
  take(event) {
    this.timeOf.set(event.id, event.timestamp);
    const kind = kindOf(event.type);
    FOLDS[kind.fold]?.(this, event, event[kind.details] ?? {}, kind.stateType);
  }

  model() {
    const { status, error, cause, startedAt, stoppedAt, visits, redrives } = this;
    return {
      status, error, cause, startedAt, stoppedAt, visits, redrives,
      frames: this.lines.map((line) => line.shown),
      states: standing(visits, this.lines),
      taken: [...this.edges.values()],
      culprit: status === 'FAILED' ? innermost(this.root.current)?.visit.id ?? null : null,
    };
  }

  open(scope, parent, startedAt, { iteration = null, branch = null } = {}) {
    const shown = { id: this.lines.length, parent: parent?.visit.id ?? null, iteration, branch, status: 'RUNNING', startedAt, stoppedAt: null };
    const line = new Line(shown, scope, parent);
    this.lines.push(line);
    parent?.round.lines.push(line);
    return line;
  }

  /** Notes that the event is one of the stay's. What follows it goes on in its frame, or in the one it opened. */
  assign(event, stay, line = stay.frame) {
    this.stayOf.set(event.id, stay);
    this.lineOf.set(event.id, line);
    stay.visit.eventIds.push(event.id);
  }

  /** The innermost stay, from the previous event's outwards, that is open and fits; else one that has ended. */
  nearest(event, fits) {
    const from = this.stayOf.get(event.previousEventId) ?? null;
    return outwards(from, (stay) => stay.isOpen && fits(stay))
      ?? outwards(from, (stay) => stay.visit.status !== 'SUCCEEDED' && stay.visit.status !== 'CAUGHT' && fits(stay))
      ?? this.latest(fits);
  }

  /** When the chain of previous events leads nowhere: the stay that was entered last, of those that are open. */
  latest(fits) {
    return this.stays.findLast((stay) => stay.isOpen && fits(stay)) ?? null;
  }

  noteWay(from, to, way = 'next') {
    this.edges.set(JSON.stringify([from, to, way]), [from, to, way]);
  }
}
