/** What a Choice's rules and a state's Catch and Retry say, in a few words for the edges and signs of a graph. */

const SIGNS = {
  Equals: '=',
  LessThan: '<',
  LessThanEquals: '≤',
  GreaterThan: '>',
  GreaterThanEquals: '≥',
  Matches: 'matches',
};
const TYPES = { IsNull: 'null', IsString: 'a string', IsNumeric: 'a number', IsBoolean: 'a boolean', IsTimestamp: 'a time' };
const COMPARISON = /^(?:String|Numeric|Boolean|Timestamp)(Equals|LessThanEquals|LessThan|GreaterThanEquals|GreaterThan|Matches)(Path)?$/;

/** @param {Object} rule of either query language @returns {string} */
export function ruleText(rule) {
  if (rule.Condition !== undefined) return expression(rule.Condition);
  if (rule.Not) return `not (${ruleText(rule.Not)})`;
  if (rule.And) return withoutGuards(rule.And).map(ruleText).join(' and ');
  if (rule.Or) return rule.Or.map((inner) => (inner.And ? `(${ruleText(inner)})` : ruleText(inner))).join(' or ');
  return comparison(rule);
}

function expression(value) {
  return typeof value === 'string' ? value.replace(/^\{%\s*|\s*%\}$/g, '') : JSON.stringify(value);
}

/** That a variable is present goes without saying beside what is asked of it. */
function withoutGuards(rules) {
  const asked = rules.filter((rule) => rule.IsPresent !== true);
  const guards = rules.filter((rule) => rule.IsPresent === true && !asked.some((other) => other.Variable === rule.Variable));
  return [...guards, ...asked];
}

function comparison(rule) {
  const variable = String(rule.Variable ?? '').replace(/^\$\./, '');
  for (const [operator, wanted] of Object.entries(rule)) {
    if (operator === 'IsPresent') return `${variable} is ${wanted ? 'present' : 'absent'}`;
    if (operator in TYPES) return `${variable} is ${wanted ? '' : 'not '}${TYPES[operator]}`;
    const [, sign, isPath] = COMPARISON.exec(operator) ?? [];
    if (sign) return `${variable} ${SIGNS[sign]} ${isPath ? String(wanted).replace(/^\$\./, '') : JSON.stringify(wanted)}`;
  }
  return variable;
}

/** @param {Object} catcher @returns {string} the errors it takes */
export function catchText(catcher) {
  return (catcher.ErrorEquals ?? []).join(', ');
}

/** @param {Object[]} retriers @returns {string[]} a line for each that retries at all */
export function retryTexts(retriers) {
  return retriers
    .filter((retrier) => retrier.MaxAttempts !== 0)
    .map((retrier) => `${catchText(retrier)}: up to ${retrier.MaxAttempts ?? 3} times`);
}
