/** What kind of state a node is: a small drawing, and for a Task what it calls. */

import { svg } from './svg.js';

const PATHS = {
  Task: 'M3,2 H13 V14 H3 Z M6,6 H10 M6,10 H10',
  Pass: 'M2,8 H13 M9,4 L13,8 L9,12',
  Choice: 'M8,1.5 L14.5,8 L8,14.5 L1.5,8 Z',
  Wait: 'M8,1.5 A6.5,6.5 0 1 1 7.99,1.5 Z M8,4.5 V8 L10.5,10',
  Succeed: 'M8,1.5 A6.5,6.5 0 1 1 7.99,1.5 Z M5,8.2 L7.2,10.4 L11,6',
  Fail: 'M8,1.5 A6.5,6.5 0 1 1 7.99,1.5 Z M5.5,5.5 L10.5,10.5 M10.5,5.5 L5.5,10.5',
  Parallel: 'M8,1.5 V4.5 M3.5,4.5 H12.5 M3.5,4.5 V11 M12.5,4.5 V11 M1.5,11 H5.5 V14.5 H1.5 Z M10.5,11 H14.5 V14.5 H10.5 Z',
  Map: 'M2,2 H11 V11 H2 Z M5,11 V14 H14 V5 H11',
};

/** @returns {SVGElement} 16 by 16 */
export function iconOf(state) {
  return svg('path', { d: PATHS[state.Type] ?? PATHS.Task });
}

/** @returns {string} what a Task calls: `Lambda invoke`, `sqs sendMessage`, the function's or the activity's name */
export function shortResource(state) {
  const resource = String(state.Resource ?? 'Task');
  if (/:activity:/.test(resource)) return `Activity ${resource.split(':').at(-1)}`;
  if (/:lambda:.*:function:/.test(resource)) return `Lambda ${resource.split(':function:')[1]}`;
  const [, service] = /:states:[^:]*:[^:]*:(.+)$/.exec(resource) ?? [];
  if (!service) return resource;
  return service.replace(/^aws-sdk:/, '').replace(/^lambda:invoke/, 'Lambda').replace(/:/, ' ').replace(/\.(sync|waitForTaskToken).*$/, '');
}
