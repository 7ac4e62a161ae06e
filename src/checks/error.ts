import type { Code } from './codes';

/**
 * An expected fault of an input: malformed evidence, an unreachable server, a bad signature.
 * Whoever catches it turns it into a `Check` with the same code; anything that is not a `CodedError` is a bug of ours.
 */
export class CodedError extends Error {
  readonly code: Code;
  /** Data for the check: what was expected, what came. */
  readonly detail: string;

  constructor(code: Code, detail = '', options?: ErrorOptions) {
    super(detail === '' ? code : `${code}: ${detail}`, options);
    this.name = 'CodedError';
    this.code = code;
    this.detail = detail;
  }
}

/** Rethrows anything that is not a `CodedError`, so that bugs are never mistaken for findings. */
export function asCoded(error: unknown): CodedError {
  if (error instanceof CodedError) return error;
  throw error;
}
