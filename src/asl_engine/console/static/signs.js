/** The signs of statuses in drawings, where a colour alone would not tell them to everybody. */
export const SIGNS = { RUNNING: '●', SUCCEEDED: '✓', FAILED: '✗', CAUGHT: '↷', ABORTED: '⊘', TIMED_OUT: '⏱' };
