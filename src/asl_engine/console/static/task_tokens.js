/** Tokens of tasks that wait for somebody to answer: they stand in the parameters that the task was sent with. */

// A token of this engine is base64 of ["arn:…", and begins accordingly.
const TOKEN = /WyJhcm46[\w-]+={0,2}/;

/** The token of a visit whose task is waiting; null when there is none or the task did not hand it on. */
export function pendingToken(visit) {
  const attempt = visit.attempts.at(-1);
  if (visit.status !== 'RUNNING' || attempt === undefined || attempt.status !== 'RUNNING') return null;
  const text = typeof attempt.parameters === 'string' ? attempt.parameters : JSON.stringify(attempt.parameters ?? '');
  return TOKEN.exec(text)?.[0] ?? null;
}
