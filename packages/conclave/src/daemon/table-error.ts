/** A table that was named cannot be had, as data. */
export class TableError extends Error {
  override readonly name = 'TableError';
  readonly code: 'missing' | 'unreadable';

  constructor(code: TableError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Why a file that was named could not be read. */
export function notRead(key: string, path: string, cause: unknown): TableError {
  const isMissing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
  return new TableError(
    'missing',
    `${key}: ${path}: ${isMissing ? 'there is no such file' : String(cause)}`,
    {
      cause,
    },
  );
}
