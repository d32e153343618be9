/** Exit codes of every command, and the error that carries one. They are a contract: docs and scripts rely on them. */

/** What a command answers by its exit code. */
export const exit = {
  /** Yes, or done. */
  ok: 0,
  /** No: rejected, different, unhealthy. */
  no: 1,
  /** Undecided: something is missing, and the output says what. */
  undecided: 2,
  /** The command was called wrongly, or names a file that cannot be opened. */
  usage: 64,
  /** A document cannot be read as what it should be. */
  unreadable: 65,
  /** Somebody we had to ask cannot be reached. */
  unreachable: 69,
  /** Our own fault. */
  fault: 70,
} as const;

/** One of the exit codes. */
export type ExitCode = (typeof exit)[keyof typeof exit];

/** A command cannot go on; `main` prints the message and exits with the code. */
export class CommandError extends Error {
  readonly exitCode: ExitCode;

  constructor(exitCode: ExitCode, message: string) {
    super(message);
    this.name = 'CommandError';
    this.exitCode = exitCode;
  }
}

/** From the most to the least telling: what several answers together are. */
const order: readonly ExitCode[] = [70, 69, 64, 65, 1, 2, 0];

/** The exit code of several answers: the first of 70, 69, 64, 65, 1, 2 that is among them, otherwise 0. */
export function worst(codes: Iterable<ExitCode>): ExitCode {
  const among = new Set(codes);
  return order.find((code) => among.has(code)) ?? exit.ok;
}
