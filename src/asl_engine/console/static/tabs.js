/** Tabs as the keyboard expects them: arrows go from one to the next. */

import { h } from './dom.js';

/** `panes` are {name: {title, element}}; the chosen one is shown, the others are hidden. Returns the list of tabs. */
export function tabs(panes, current, onOpen) {
  const names = Object.keys(panes);
  const buttons = names.map((name) =>
    h(
      'button',
      { type: 'button', role: 'tab', id: `tab-${name}`, 'aria-controls': `pane-${name}`, onclick: () => open(name) },
      panes[name].title,
    ),
  );
  names.forEach((name) => {
    const { element } = panes[name];
    element.id = `pane-${name}`;
    element.setAttribute('role', 'tabpanel');
    element.setAttribute('aria-labelledby', `tab-${name}`);
  });

  function mark(chosen) {
    names.forEach((name, index) => {
      panes[name].element.hidden = name !== chosen;
      buttons[index].setAttribute('aria-selected', String(name === chosen));
      buttons[index].tabIndex = name === chosen ? 0 : -1;
    });
  }

  function open(name) {
    mark(name);
    onOpen(name);
  }

  function move(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const index = buttons.indexOf(event.target);
    if (step === undefined || index < 0) return;
    const next = (index + step + names.length) % names.length;
    buttons[next].focus();
    open(names[next]);
  }

  mark(current);
  return h('div', { class: 'tabs', role: 'tablist', onkeydown: move }, buttons);
}
