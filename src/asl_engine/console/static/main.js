/** The console: shows the page that the address names, and keeps clocks going. */

import { fill, h } from './dom.js';
import { show as showDefinition } from './definition_page.js';
import { show as showExecution } from './execution_page.js';
import { show as showList } from './list_page.js';
import { show as showComparison } from './comparison_page.js';
import { tick } from './format.js';
import { read } from './routes.js';

const PAGES = {
  '': showList,
  machines: showList,
  'map-runs': showList,
  executions: showExecution,
  definitions: showDefinition,
  compare: showComparison,
};

let leave = () => {};
let shown = 0;

async function show() {
  const turn = ++shown;
  const route = read(location.hash);
  leave();
  leave = () => {};
  const page = document.getElementById('page');
  fill(page, h('p', { class: 'empty' }, 'Loading…'));
  page.scrollTop = 0;
  const left = await (PAGES[route.page] ?? notThere)(page, route).catch((error) => {
    fill(page, problem(error));
    return () => {};
  });
  // A page that arrives after another was asked for is left at once.
  if (turn === shown) leave = left;
  else left();
}

async function notThere(page) {
  fill(page, h('p', { class: 'empty' }, 'There is no such page. ', h('a', { href: '#/' }, 'Executions')));
  return () => {};
}

function problem(error) {
  return h(
    'div',
    { class: 'empty', role: 'alert' },
    h('p', {}, error.message),
    error.code ? h('p', { class: 'muted' }, error.code) : null,
    h('button', { type: 'button', onclick: show }, 'Try again'),
  );
}

addEventListener('hashchange', show);
setInterval(tick, 1000);
show();
