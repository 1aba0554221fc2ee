/** Starting an execution: the input in an editor that says where it is no JSON. */

import { call } from './api.js';
import { command } from './commands.js';
import { copy, fill, h } from './dom.js';
import { pretty, problemOf } from './json_text.js';
import { link } from './routes.js';

/** Opens the dialog for one of `machines` (a list of ARNs); `input` is a JSON text to begin with. */
export function startDialog(machines, input = '{}') {
  new StartDialog(machines, input).open();
}

class StartDialog {
  constructor(machines, input) {
    const plain = { autocomplete: 'off', spellcheck: 'false' };
    this.machine = h(
      'select',
      { id: 'start-machine' },
      machines.map((arn) => h('option', { value: arn }, arn.split(':stateMachine:')[1])),
    );
    this.name = h('input', {
      ...plain,
      id: 'start-name',
      type: 'text',
      maxlength: '80',
      placeholder: 'made up by the engine',
    });
    this.editor = h('textarea', {
      ...plain,
      id: 'start-input',
      rows: '14',
      value: pretty(input),
      'aria-describedby': 'start-problem',
      oninput: () => this.check(),
      onkeydown: (event) => event.key === 'Enter' && (event.ctrlKey || event.metaKey) && this.start(event),
    });
    this.problem = h('p', { id: 'start-problem', class: 'problem', role: 'alert' });
    this.submit = h('button', { type: 'submit', class: 'primary' }, 'Start execution');
    this.dialog = h(
      'dialog',
      { class: 'dialog', 'aria-labelledby': 'start-title', onclose: () => this.dialog.remove() },
      this.form(),
    );
  }

  open() {
    document.body.append(this.dialog);
    this.dialog.showModal();
    this.editor.focus();
    this.editor.setSelectionRange(0, 0);
  }

  form() {
    const { options } = this.machine;
    const machine =
      options.length > 1
        ? [h('label', { for: 'start-machine' }, 'State machine'), this.machine]
        : h('p', { class: 'muted' }, options[0].textContent);
    return h(
      'form',
      { method: 'dialog', onsubmit: (event) => this.start(event) },
      h('h2', { id: 'start-title' }, 'Start execution'),
      machine,
      h('label', { for: 'start-name' }, 'Name'),
      this.name,
      h('label', { for: 'start-input' }, 'Input'),
      this.editor,
      this.problem,
      h(
        'div',
        { class: 'actions' },
        h('button', { type: 'button', class: 'quiet', onclick: () => this.layOut() }, 'Lay out'),
        h(
          'button',
          { type: 'button', class: 'quiet', onclick: () => copy(command('startExecution', this.request()), 'Command') },
          'Copy AWS CLI command',
        ),
        h('span', { class: 'gap' }),
        h('button', { type: 'button', onclick: () => this.dialog.close() }, 'Cancel'),
        this.submit,
      ),
    );
  }

  request() {
    return { stateMachineArn: this.machine.value, name: this.name.value.trim() || undefined, input: this.editor.value };
  }

  layOut() {
    this.editor.value = pretty(this.editor.value);
  }

  check() {
    const found = problemOf(this.editor.value);
    fill(this.problem, found && `Line ${found.line}, column ${found.column}: ${found.message}`);
    this.editor.toggleAttribute('aria-invalid', found !== null);
    this.submit.disabled = found !== null;
  }

  async start(event) {
    event.preventDefault();
    if (this.submit.disabled) return;
    this.submit.disabled = true;
    try {
      const { executionArn } = await call('StartExecution', this.request());
      this.dialog.close();
      location.hash = link('executions', executionArn);
    } catch (error) {
      fill(this.problem, error.message);
      this.submit.disabled = false;
    }
  }
}

/** Asks before something that cannot be taken back; resolves to whether to do it. */
export function confirmed(question, word) {
  return new Promise((resolve) => {
    const close = () => {
      resolve(dialog.returnValue === 'yes');
      dialog.remove();
    };
    const dialog = h(
      'dialog',
      { class: 'dialog small', onclose: close },
      h(
        'form',
        { method: 'dialog' },
        h('p', {}, question),
        h(
          'div',
          { class: 'actions' },
          h('span', { class: 'gap' }),
          h('button', { value: 'no' }, 'Cancel'),
          h('button', { value: 'yes', class: 'danger' }, word),
        ),
      ),
    );
    document.body.append(dialog);
    dialog.showModal();
  });
}
