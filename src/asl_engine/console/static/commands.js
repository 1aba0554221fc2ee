/** The AWS CLI commands that do what the page does, ready to be pasted into a shell. */

import { copy, h } from './dom.js';

/** `aws stepfunctions …` against this engine; options are given in AWS's camelCase. */
export function command(action, options) {
  const region = Object.values(options)
    .find((value) => String(value).startsWith('arn:'))
    ?.split(':')[3];
  const words = Object.entries(options)
    .filter(([, value]) => value !== undefined && value !== null && value !== '')
    .map(
      ([name, value]) =>
        `--${dashed(name)} ${quoted(typeof value === 'object' ? JSON.stringify(value) : String(value))}`,
    );
  return [
    'aws stepfunctions',
    dashed(action),
    ...words,
    region ? `--region ${region}` : '',
    `--endpoint-url ${location.origin}`,
  ]
    .filter(Boolean)
    .join(' ');
}

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
