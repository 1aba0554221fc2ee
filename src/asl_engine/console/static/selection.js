/** Which visit is looked at when a state is chosen, or when nothing was. */

export const ORDER = ['FAILED', 'TIMED_OUT', 'RUNNING', 'CAUGHT', 'ABORTED', 'SUCCEEDED'];
const BAD = new Set(['FAILED', 'TIMED_OUT', 'ABORTED']);

export const NOTHING = { place: null, visit: null };

export const endedBadly = (status) => BAD.has(status);

/** What is worth looking at first: failures, then what runs. */
export const byUrgency = (one, other) => ORDER.indexOf(one.status) - ORDER.indexOf(other.status) || one.id - other.id;

/** The visit at which the execution ended badly. */
export function failureOf(model) {
  if (!endedBadly(model.status)) return NOTHING;
  const isIt = model.culprit === null ? (visit) => endedBadly(visit.status) : (visit) => visit.id === model.culprit;
  const visit = model.visits.findLast(isIt);
  return visit === undefined ? NOTHING : { place: visit.place, visit: visit.id };
}

/** A state stands for its visits: inside the item that is looked at, or else the one that matters most. */
export function visitOf(model, place, selected) {
  const current = model.visits.find((visit) => visit.id === selected.visit);
  const visits = model.visits.filter((visit) => visit.place === place);
  const beside = visits.filter((visit) => visit.frame === current?.frame);
  const among = beside.length > 0 ? beside : visits;
  const urgent = [...among].sort(byUrgency)[0];
  const chosen = urgent?.status === 'SUCCEEDED' ? among.at(-1) : urgent;
  return { place, visit: chosen?.id ?? null };
}
