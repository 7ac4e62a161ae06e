/** Faults of the command line itself, apart from findings: each ends the run with a status of CLI.md. */

export type ExitStatus = 0 | 1 | 2 | 3 | 64 | 66 | 70;

/** What stands in `error.code`; a file's own code (`POLICY_MALFORMED`) is passed on as it is. */
export class CommandFault extends Error {
  readonly status: 64 | 66;
  readonly code: string;

  constructor(status: 64 | 66, code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'CommandFault';
    this.status = status;
    this.code = code;
  }
}

/** The command was given wrongly: 64. */
export const usageFault = (message: string, code = 'USAGE'): CommandFault => new CommandFault(64, code, message);
