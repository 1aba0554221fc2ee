/** The Step Functions API as every client speaks it, and the two streams that only this page reads. */

export class Refused extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

/** Performs an action of the API; throws `Refused` with AWS's code and message. */
export async function call(action, request = {}) {
  const answer = await fetch('/', {
    method: 'POST',
    headers: { 'Content-Type': 'application/x-amz-json-1.0', 'X-Amz-Target': `AWSStepFunctions.${action}` },
    body: JSON.stringify(request),
  }).catch(() => {
    throw new Refused('Unreachable', 'The engine does not answer. Is it still running?');
  });
  const content = await answer.json();
  if (!answer.ok) throw new Refused(content.__type ?? 'Error', content.message ?? `HTTP ${answer.status}`);
  return content;
}

/** Every page of a listing, one after the other. */
export async function* pages(action, request) {
  let nextToken;
  do {
    const page = await call(action, nextToken === undefined ? request : { ...request, nextToken });
    yield page;
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
}

/**
 * Reads a stream of the console while the page can be seen: browsers allow six connections to one address, so tabs in
 * the background must not hold theirs. `address()` is asked at each connection, to go on where the last one ended.
 * `on` has `message(content)`, `opened(isFirst)`, and a function for each named event.
 */
export function follow(address, on) {
  let source = null;
  let isFirst = true;
  let isOver = false;

  function open() {
    if (source !== null || isOver || document.hidden) return;
    source = new EventSource(address());
    source.onopen = () => {
      document.documentElement.dataset.connection = 'open';
      on.opened?.(isFirst);
      isFirst = false;
    };
    source.onmessage = (event) => on.message(JSON.parse(event.data));
    source.onerror = () => {
      if (source.readyState === EventSource.CLOSED)
        end(); // refused, or nothing more will come
      else document.documentElement.dataset.connection = 'lost';
    };
    source.addEventListener('missed', () => on.missed?.());
    source.addEventListener('end', end);
  }

  function end() {
    isOver = true;
    close();
    on.ended?.();
  }

  function close() {
    source?.close();
    source = null;
  }

  const onVisibility = () => (document.hidden ? close() : open());
  document.addEventListener('visibilitychange', onVisibility);
  open();
  return {
    /** Whether it has come to its end. */
    get isOver() {
      return isOver;
    },
    /** Connects again, as after a redrive. */
    resume() {
      isOver = false;
      close();
      open();
    },
    stop() {
      isOver = true;
      close();
      document.removeEventListener('visibilitychange', onVisibility);
    },
  };
}
