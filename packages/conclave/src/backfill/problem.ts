/** The one error of this room that is about the archive that is read, and not about us. */

/** A file cannot be had, or is not what the index says. */
export class FileProblem extends Error {
  override readonly name = 'FileProblem';
  /** The other end cannot be reached, rather than the file being wrong. */
  readonly unreachable: boolean;

  constructor(message: string, unreachable = false) {
    super(message);
    this.unreachable = unreachable;
  }
}
