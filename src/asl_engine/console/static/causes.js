/** Errors as people read them: causes are often JSON in a text, with the message and the trace inside. */

import { h } from './dom.js';
import { block } from './json_text.js';

/** The error's name and its cause, taken apart as far as its form is known. */
export function failure(error, cause) {
  return h(
    'div',
    { class: 'failure' },
    h('p', { class: 'error-name' }, error ?? 'No error was given'),
    cause ? causeOf(cause) : null,
  );
}

function causeOf(cause) {
  const content = parsed(cause);
  if (content === null) return h('pre', { class: 'cause', tabindex: '0' }, cause);
  const message = content.errorMessage ?? content.ErrorMessage;
  const inner = content.Cause ?? content.cause;
  if (typeof message === 'string') return ofFunction(content, message, cause);
  if (typeof inner === 'string') {
    return h('div', {}, failure(content.Error ?? content.error, inner), whole(cause));
  }
  return block(cause, 'Cause');
}

/** What Lambda sends: `errorMessage`, `errorType`, `stackTrace` with lines that still hold their line ends. */
function ofFunction(content, message, cause) {
  const trace = content.stackTrace ?? content.trace;
  const lines = Array.isArray(trace)
    ? trace
        .flat()
        .map((line) => String(line).trimEnd())
        .join('\n')
    : trace;
  return h(
    'div',
    {},
    h('p', { class: 'message' }, content.errorType ? h('strong', {}, `${content.errorType}: `) : null, message),
    lines ? h('pre', { class: 'trace', tabindex: '0', 'aria-label': 'Stack trace' }, String(lines).trimEnd()) : null,
    whole(cause),
  );
}

function whole(cause) {
  return h('details', {}, h('summary', {}, 'Cause as it came'), block(cause, 'Cause'));
}

function parsed(text) {
  try {
    const content = JSON.parse(text);
    return typeof content === 'object' && content !== null ? content : null;
  } catch {
    return null;
  }
}

/** A cause in one line. */
export function inShort(cause) {
  const content = cause ? parsed(cause) : null;
  return String(content?.errorMessage ?? content?.Cause ?? cause ?? '').split('\n')[0];
}
