/** The one error that this room throws: the disk, or what is on it, is not as it must be. */
import { basename } from 'node:path';

/** What went wrong: an errno name such as `ENOSPC`, or one of ours. */
export type ArchiveErrorCode = 'LOCKED' | 'CORRUPT' | 'BROKEN' | 'CLOSED' | 'NO_XZ' | (string & {});

/** A disk that is full, a directory that is taken, a document that is no longer what it was. */
export class ArchiveError extends Error {
  readonly code: ArchiveErrorCode;
  readonly path: string;

  constructor(code: ArchiveErrorCode, path: string, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'ArchiveError';
    this.code = code;
    this.path = path;
  }
}

/** The same error as ours: `what` says what could not be done. */
export function archiveError(error: unknown, path: string, what: string): ArchiveError {
  if (error instanceof ArchiveError) return error;
  const code = errnoOf(error) || 'EIO';
  const reason = error instanceof Error ? error.message : String(error);
  return new ArchiveError(code, path, `${what} ${basename(path)}: ${reason}`, error);
}

/** The errno name of an error, or an empty string. */
export function errnoOf(error: unknown): string {
  const code: unknown = typeof error === 'object' && error !== null && 'code' in error ? error.code : '';
  return typeof code === 'string' ? code : '';
}
