/** The AWS CLI commands that do what the page does, ready to be pasted into a shell. */

import { copy, h } from './dom.js';

const WITHOUT_PREFIX = 'AWS_DISABLE_HOST_PREFIX_INJECTION=true '; // else the CLI asks sync-HOST, which is no name here
const HOST_PREFIXED = new Set(['testState', 'startSyncExecution']);
const SOME_REGION = 'us-east-1'; // the AWS CLI insists on one; the engine takes any where no ARN names its own

/** `aws stepfunctions …` against this engine, in the region of the first ARN; options are given in AWS's camelCase. */
export function command(action, options, arn = '') {
  const given = Object.entries(options).filter(([, value]) => value !== undefined && value !== null && value !== '');
  const words = given.map(([name, value]) => `--${dashed(name)} ${quoted(textOf(value))}`);
  const named = [...given.map(([, value]) => String(value)), arn].find((value) => value.startsWith('arn:'));
  const region = named?.split(':')[3] ?? SOME_REGION;
  return [
    `${HOST_PREFIXED.has(action) ? WITHOUT_PREFIX : ''}aws stepfunctions ${dashed(action)}`,
    ...words,
    `--region ${region}`,
    `--endpoint-url ${location.origin}`,
  ].join(' ');
}

const textOf = (value) => (typeof value === 'object' ? JSON.stringify(value) : String(value));

const dashed = (name) => name.replace(/(?<!^)[A-Z]/g, (letter) => `-${letter}`).toLowerCase();

const quoted = (text) => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`);

/** A menu of commands to copy; `list()` gives [label, command] pairs when it opens. */
export function commandMenu(list) {
  const items = h('div', { class: 'menu-items' });
  const menu = h(
    'details',
    {
      class: 'menu',
      ontoggle: () => menu.open && items.replaceChildren(...list().map(item)),
      onkeydown: (event) => event.key === 'Escape' && shut(),
      onfocusout: (event) => !menu.contains(event.relatedTarget) && event.relatedTarget !== null && shut(),
    },
    h('summary', { class: 'button' }, 'AWS CLI'),
    items,
  );
  const shut = () => (menu.open = false);
  const item = ([label, text]) =>
    h(
      'button',
      { type: 'button', title: text, onclick: () => (copy(text, 'Command'), shut()) },
      h('span', {}, label),
      h('code', {}, text),
    );
  return menu;
}
