/** Reads the table of networks (AS) that whoever runs the observatory gave; there is none unless one is named. */
import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { parseNetworks } from '../geo/index.ts';
import type { NetworkTable } from '../geo/index.ts';
import { notRead, TableError } from './table-error.ts';

/**
 * The table in a file as iptoasn.com gives it (`ip2asn-v4.tsv`); undefined where no file is named. It is called by the name of
 * the file and the day on which it was written, for it says neither itself. Throws a `TableError` when it cannot be read or has
 * no range.
 */
export async function loadNetworks(
  path: string | undefined,
  log: (line: string) => void = () => {},
): Promise<NetworkTable | undefined> {
  if (path === undefined) return undefined;
  const [bytes, { mtime }] = await Promise.all([readFile(path), stat(path)]).catch((cause: unknown) => {
    throw notRead('asn', path, cause);
  });
  const table = parseNetworks(bytes, `${basename(path)} of ${mtime.toISOString().slice(0, 10)}`);
  if (table.first.length === 0)
    throw new TableError(
      'unreadable',
      `asn: ${path}: expected lines of FIRST, LAST, AS number, country and name with tabs between them, as in ip2asn-v4.tsv; found none`,
    );
  if (table.skipped > 0)
    log(
      `${path}: lines that are no range of addresses, or overlap one before them, left out: ${table.skipped}.`,
    );
  return table;
}
