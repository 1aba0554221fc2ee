/** How the states of a definition stand, over all visits of each. */

/** From what is said last to what is said first, where the visits of a state came to different ends. */
const SEVERITY = ['SUCCEEDED', 'CAUGHT', 'ABORTED', 'TIMED_OUT', 'FAILED', 'RUNNING'];

/**
 * For each place its number of visits, the last one, and one status: the worst of the visits that still count. Those
 * are the last of each frame, in frames of the last round of their Parallel or Map: what a retry or a loop did over
 * is not held against the state. Where none counts any more, the last one says it.
 *
 * @param {Visit[]} visits
 * @param {Line[]} lines their frames
 * @returns {Object<string, {status: string, count: number, lastVisit: number}>}
 */
export function standing(visits, lines) {
  const states = Object.create(null);
  const last = new Map();
  for (const visit of visits) {
    last.set(keyOf(visit), visit);
    const found = (states[visit.place] ??= { status: null, count: 0, lastVisit: null });
    found.count += 1;
    found.lastVisit = visit.id;
  }
  const counting = framesThatCount(lines, last);
  for (const visit of last.values()) {
    const found = states[visit.place];
    if (counting.has(visit.frame) && SEVERITY.indexOf(visit.status) > SEVERITY.indexOf(found.status)) found.status = visit.status;
  }
  for (const visit of last.values()) {
    const found = states[visit.place];
    if (found.lastVisit === visit.id) found.status ??= visit.status;
  }
  return states;
}

const keyOf = (visit) => `${visit.frame} ${visit.place}`;

/** The frames of the last rounds. A frame is opened after the visit around it, so one pass is enough. */
function framesThatCount(lines, last) {
  const counting = new Set();
  for (const { shown, parent, round } of lines) {
    const counts = !parent || (round === parent.round && counting.has(parent.visit.frame) && last.get(keyOf(parent.visit)) === parent.visit);
    if (counts) counting.add(shown.id);
  }
  return counting;
}
