/** Addresses of the console's pages: what stands behind the # is the whole state of what is looked at. */

/** `#/executions/arn?state=Name` → {page: "executions", arn, query}. */
export function read(hash) {
  const [path, query = ''] = hash.replace(/^#\/?/, '').split('?');
  const [page = '', ...rest] = path.split('/');
  return { page, arn: decodeURIComponent(rest.join('/')), query: new URLSearchParams(query) };
}

export function link(page, arn = '', query = {}) {
  const given = Object.entries(query).filter(([, value]) => value !== null && value !== undefined && value !== '');
  const search = given.length ? `?${new URLSearchParams(given)}` : '';
  return `#/${page}${arn ? `/${encodeURIComponent(arn).replaceAll('%3A', ':').replaceAll('%2F', '/')}` : ''}${search}`;
}

/** Whether the engine only looks at its journal, in which case nothing that changes it is offered. */
export const isReadOnly = () => document.documentElement.dataset.readOnly === 'true';

/** Changes the address without leaving the page. */
export function replace(hash) {
  history.replaceState(null, '', hash);
}

/** `arn:…:execution:machine:name` → `arn:…:stateMachine:machine`. */
export function machineOf(executionArn) {
  const [arn, aws, states, region, account, , machine] = executionArn.split(':');
  return [arn, aws, states, region, account, 'stateMachine', machine.split('/')[0]].join(':');
}
