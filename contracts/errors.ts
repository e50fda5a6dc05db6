/** The words of `code` in problem details, with the HTTP status each one carries. */
export const problemCodes = {
  'invalid-request': 400,
  'sign-in-needed': 401,
  'sign-in-failed': 401,
  forbidden: 403,
  'not-found': 404,
  conflict: 409,
  'not-possible-now': 409,
  'too-large': 413,
  'too-many-requests': 429,
  internal: 500,
  'upstream-failed': 502,
  'not-ready': 503,
} as const;
export type ProblemCode = keyof typeof problemCodes;
