/** A state machine as it is now: its graph beside its text, each leading to the other. */

import { call } from './api.js';
import { command, commandMenu } from './commands.js';
import { fill, h } from './dom.js';
import { DefinitionView } from './definition_view.js';
import { createFold } from './execution.js';
import { time } from './format.js';
import { renderGraph } from './graph.js';
import { link, replace } from './routes.js';

export async function show(page, route) {
  const machine = await call('DescribeStateMachine', { stateMachineArn: route.arn });
  const definition = JSON.parse(machine.definition);
  const untouched = createFold(definition).model();
  document.title = `${machine.name} – definition`;
  const place = h('div', { class: 'pane graph-pane' });
  const text = new DefinitionView(machine.definition, definition, { onSelect: select });
  fill(
    page,
    h(
      'div',
      { class: 'execution' },
      h(
        'header',
        { class: 'execution-head' },
        h('p', { class: 'crumbs' }, h('a', { href: link('machines', route.arn) }, machine.name)),
        h(
          'div',
          { class: 'head' },
          h('h1', {}, 'Definition'),
          h(
            'span',
            { class: 'muted' },
            `${machine.type === 'EXPRESS' ? 'Express' : 'Standard'} · created `,
            time(machine.creationDate),
          ),
          h(
            'div',
            { class: 'actions' },
            commandMenu(() => [['Describe', command('describeStateMachine', { stateMachineArn: route.arn })]]),
          ),
        ),
      ),
      h(
        'div',
        { class: 'split halves' },
        h('section', { class: 'main-side', 'aria-label': 'Graph' }, place),
        h('aside', { class: 'beside', 'aria-label': 'Text' }, text.element),
      ),
    ),
  );
  const selected = route.query.get('state');
  const graph = renderGraph(place, definition, untouched, { selected, onSelect: select });
  text.select(selected);

  function select(state) {
    replace(link('definitions', route.arn, { state }));
    graph.update(untouched, state);
    text.select(state);
  }

  return () => graph.destroy?.();
}
