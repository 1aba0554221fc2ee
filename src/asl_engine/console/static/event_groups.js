/** Events gathered into rows: what happened in one attempt of a task (scheduled, started, ended) is one row. */

const BEGINS = /^(Task|LambdaFunction|Activity)Scheduled$/;
const CONTINUES =
  /^(Task|LambdaFunction|Activity)(ScheduleFailed|Started|StartFailed|Submitted|SubmitFailed|Succeeded|Failed|TimedOut)$/;
const ENDS_BADLY = /(Failed|TimedOut|Aborted)$/;

/** Groups grow as events come: `add(events)` in ascending order, `groups` are {events, name, visit}. */
export class EventGroups {
  constructor() {
    this.groups = [];
    this.open = new Map(); // the id of a group's last event → the group
    this.names = new Map(); // the id of an event → the state it belongs to
  }

  add(events) {
    for (const event of events) this.take(event);
  }

  take(event) {
    const name = details(event).name ?? this.names.get(event.previousEventId) ?? null;
    this.names.set(event.id, event.type.endsWith('StateExited') ? null : name);
    const group = CONTINUES.test(event.type) ? this.open.get(event.previousEventId) : undefined;
    if (group === undefined) {
      const begun = { events: [event], name };
      this.groups.push(begun);
      if (BEGINS.test(event.type)) this.open.set(event.id, begun);
      return;
    }
    this.open.delete(event.previousEventId);
    group.events.push(event);
    this.open.set(event.id, group);
  }
}

export const isBad = (event) => ENDS_BADLY.test(event.type) || event.type === 'FailStateEntered';

/** `TaskFailed` of Scheduled, Started, Failed: "Task failed"; of one event its own type. */
export function title({ events }) {
  if (events.length === 1) return events[0].type;
  const kind = events[0].type.replace(/Scheduled$/, '');
  const last = events.at(-1).type.slice(kind.length);
  return `${kind} ${last.replace(/(?<!^)[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`).toLowerCase()}`;
}

/** The one `…EventDetails` of an event. */
export function details(event) {
  for (const name in event) if (name.endsWith('EventDetails')) return event[name] ?? {};
  return {};
}

/** What is worth reading of an event in a few words. */
export function inShort(event) {
  const { error, cause, resource, resourceType, index, length, mapRunArn } = details(event);
  if (error !== undefined) return [error, cause].filter(Boolean).join(': ');
  if (resource !== undefined)
    return resourceType === undefined || resource.startsWith('arn:') ? resource : `${resourceType}:${resource}`;
  if (index !== undefined) return `item ${index}`;
  if (length !== undefined) return `${length} items`;
  return mapRunArn ?? '';
}
