/** Starting an execution: the input in an editor that says where it is no JSON. */

import { call } from './api.js';
import { copy, fill, h } from './dom.js';
import { command } from './commands.js';
import { pretty, problemOf } from './json_text.js';
import { link } from './routes.js';

/** Opens the dialog for one of `machines` (a list of ARNs); `input` is a JSON text to begin with. */
export function startDialog(machines, input = '{}') {
  const machine = h('select', { id: 'start-machine' }, machines.map((arn) => h('option', { value: arn }, arn.split(':stateMachine:')[1])));
  const name = h('input', { id: 'start-name', type: 'text', maxlength: '80', autocomplete: 'off', spellcheck: 'false', placeholder: 'made up by the engine' });
  const editor = h('textarea', { id: 'start-input', rows: '14', spellcheck: 'false', autocomplete: 'off', value: pretty(input), 'aria-describedby': 'start-problem' });
  const problem = h('p', { id: 'start-problem', class: 'problem', role: 'alert' });
  const submit = h('button', { type: 'submit', class: 'primary' }, 'Start execution');
  const dialog = h(
    'dialog',
    { class: 'dialog', 'aria-labelledby': 'start-title', onclose: () => dialog.remove() },
    h(
      'form',
      { method: 'dialog', onsubmit: start },
      h('h2', { id: 'start-title' }, 'Start execution'),
      machines.length > 1
        ? [h('label', { for: 'start-machine' }, 'State machine'), machine]
        : h('p', { class: 'muted' }, machine.options[0].textContent),
      h('label', { for: 'start-name' }, 'Name'),
      name,
      h('label', { for: 'start-input' }, 'Input'),
      editor,
      problem,
      h(
        'div',
        { class: 'actions' },
        h('button', { type: 'button', class: 'quiet', onclick: () => (editor.value = pretty(editor.value)) }, 'Lay out'),
        h('button', { type: 'button', class: 'quiet', onclick: () => copy(command('startExecution', request()), 'Command') }, 'Copy AWS CLI command'),
        h('span', { class: 'gap' }),
        h('button', { type: 'button', onclick: () => dialog.close() }, 'Cancel'),
        submit,
      ),
    ),
  );

  const request = () => ({ stateMachineArn: machine.value, name: name.value.trim() || undefined, input: editor.value });

  function check() {
    const found = problemOf(editor.value);
    fill(problem, found && `Line ${found.line}, column ${found.column}: ${found.message}`);
    editor.toggleAttribute('aria-invalid', found !== null);
    submit.disabled = found !== null;
  }

  async function start(event) {
    event.preventDefault();
    submit.disabled = true;
    try {
      const { executionArn } = await call('StartExecution', request());
      dialog.close();
      location.hash = link('executions', executionArn);
    } catch (error) {
      fill(problem, error.message);
      submit.disabled = false;
    }
  }

  editor.addEventListener('input', check);
  editor.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && !submit.disabled) start(event);
  });
  document.body.append(dialog);
  dialog.showModal();
  editor.focus();
  editor.setSelectionRange(0, 0);
}

/** Asks before something that cannot be taken back; resolves to whether to do it. */
export function confirmed(question, word) {
  return new Promise((resolve) => {
    const dialog = h(
      'dialog',
      { class: 'dialog small', onclose: () => (resolve(dialog.returnValue === 'yes'), dialog.remove()) },
      h(
        'form',
        { method: 'dialog' },
        h('p', {}, question),
        h('div', { class: 'actions' }, h('span', { class: 'gap' }), h('button', { value: 'no' }, 'Cancel'), h('button', { value: 'yes', class: 'danger' }, word)),
      ),
    );
    document.body.append(dialog);
    dialog.showModal();
  });
}
