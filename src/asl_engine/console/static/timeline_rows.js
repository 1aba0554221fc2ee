/**
 * The rows of a timeline: visits in order of entry, below a Parallel or Map its branches or iterations.
 *
 * A branch or iteration of one visit is that visit's row. Of a large group those are shown that did not go well; the
 * others follow when they are asked for.
 *
 * @typedef {Object} Row
 * @property {string} key
 * @property {number} level from 1
 * @property {Visit|null} visit
 * @property {Frame|null} frame of a row that stands for a branch or iteration
 * @property {string} label
 * @property {string} part which branch or iteration, else empty
 * @property {boolean|null} isOpen null when there is nothing below
 * @property {number} more how many branches or iterations a row of its own stands for
 */

const LARGE = 12;
const MOST_SHOWN_OF_LARGE = 10;
const CONCERN = { FAILED: 0, TIMED_OUT: 1, RUNNING: 2, CAUGHT: 3, ABORTED: 4, SUCCEEDED: 5 };

/**
 * @param {Model} model see execution.js
 * @param {Map<string, boolean>} opened which rows the reader opened or closed, by key
 * @returns {Row[]}
 */
export function rowsOf(model, opened) {
  const tree = {
    rows: [],
    opened,
    visitsOf: groupBy(model.visits, (visit) => visit.frame),
    framesOf: groupBy(model.frames, (frame) => frame.parent),
  };
  for (const visit of tree.visitsOf.get(0) ?? []) addVisit(tree, visit, 1, '');
  return tree.rows;
}

/** @returns {string[]} the keys of all rows that must be open for a visit to be seen */
export function keysAround(model, visitId) {
  const visits = new Map(model.visits.map((visit) => [visit.id, visit]));
  const keys = [];
  for (let visit = visits.get(visitId); visit && visit.parent !== null; visit = visits.get(visit.parent)) {
    keys.push(frameKey(visit.frame), visitKey(visit.parent), moreKey(visit.parent));
  }
  return keys;
}

export const visitKey = (id) => `visit-${id}`;
const frameKey = (id) => `frame-${id}`;
const moreKey = (id) => `more-${id}`;

function groupBy(items, keyOf) {
  const groups = new Map();
  for (const item of items) {
    const key = keyOf(item);
    if (!groups.has(key)) groups.set(key, []);
    groups.get(key).push(item);
  }
  return groups;
}

function addVisit(tree, visit, level, part) {
  const frames = tree.framesOf.get(visit.id) ?? [];
  const key = visitKey(visit.id);
  const isOpen = frames.length > 0 ? tree.opened.get(key) ?? true : null;
  tree.rows.push({ key, level, visit, frame: null, label: visit.name, part, isOpen, more: 0 });
  if (isOpen) addFrames(tree, visit, frames, level + 1);
}

function addFrames(tree, visit, frames, level) {
  const key = moreKey(visit.id);
  const isLarge = frames.length > LARGE;
  const ordered = isLarge ? byConcern(frames) : frames;
  const isWhole = !isLarge || (tree.opened.get(key) ?? false);
  const shown = isWhole ? ordered : ordered.filter(isOfConcern).slice(0, MOST_SHOWN_OF_LARGE);
  for (const frame of shown) addFrame(tree, frame, level, !isLarge);
  if (!isLarge) return;
  const what = visit.type === 'Map' ? 'iterations' : 'branches';
  const more = frames.length - shown.length;
  const label = isWhole ? `Fewer ${what}` : `${more.toLocaleString('en')} ${shown.length > 0 ? 'more ' : ''}${what}`;
  if (isWhole || more > 0) tree.rows.push({ key, level, visit: null, frame: null, label, part: '', isOpen: isWhole, more });
}

const isOfConcern = (frame) => frame.status !== 'SUCCEEDED' && frame.status !== 'ABORTED';

function byConcern(frames) {
  return [...frames].sort((one, other) => CONCERN[one.status] - CONCERN[other.status] || one.id - other.id);
}

function addFrame(tree, frame, level, isOpenAtFirst) {
  const visits = tree.visitsOf.get(frame.id) ?? [];
  const part = frame.iteration ? `#${frame.iteration.index}` : `Branch ${frame.branch + 1}`;
  if (visits.length === 1) {
    addVisit(tree, visits[0], level, part);
    return;
  }
  const key = frameKey(frame.id);
  const isOpen = visits.length > 0 ? tree.opened.get(key) ?? isOpenAtFirst : null;
  tree.rows.push({ key, level, visit: null, frame, label: '', part, isOpen, more: 0 });
  if (isOpen) for (const visit of visits) addVisit(tree, visit, level + 1, '');
}
