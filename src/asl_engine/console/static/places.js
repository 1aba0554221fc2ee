/**
 * Where the states of a definition stand: a state's place is its name, made longer only where the name repeats.
 *
 * @typedef {{startAt: string, states: Map<string, Place>, parent: Place|null, branch: number|null}} Scope
 *   A list of states: the definition's own, a Parallel's branch or a Map's item processor.
 * @typedef {{key: string, name: string, state: Object, scope: Scope, inner: Scope[]}} Place
 */

/** @param {Object|null} definition a parsed definition @returns {Scope|null} the outermost scope */
export function scopeOf(definition) {
  if (!definition || !definition.States) return null;
  const uses = new Map();
  countNames(definition, uses);
  return makeScope(definition, null, null, uses);
}

/** @returns {Object[]} the lists of states inside a state */
function innerDefinitions(state) {
  if (state?.Type === 'Parallel') return state.Branches ?? [];
  const processor = state?.Type === 'Map' ? state.ItemProcessor ?? state.Iterator : null;
  return processor ? [processor] : [];
}

function countNames(definition, uses) {
  for (const [name, state] of Object.entries(definition.States ?? {})) {
    uses.set(name, (uses.get(name) ?? 0) + 1);
    for (const inner of innerDefinitions(state)) countNames(inner, uses);
  }
}

function makeScope(definition, parent, branch, uses) {
  const scope = { startAt: definition.StartAt, states: new Map(), parent, branch };
  for (const [name, state] of Object.entries(definition.States ?? {})) {
    const place = { key: keyOf(name, scope, uses), name, state, scope, inner: [] };
    place.inner = innerDefinitions(state).map((inner, index) =>
      makeScope(inner, place, state.Type === 'Parallel' ? index : null, uses));
    scope.states.set(name, place);
  }
  return scope;
}

function keyOf(name, { parent, branch }, uses) {
  if (uses.get(name) === 1 || !parent) return name;
  return branch === null ? `${parent.key}/${name}` : `${parent.key}[${branch}]/${name}`;
}
