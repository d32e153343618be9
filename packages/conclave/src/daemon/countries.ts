/** Reads the country table from the first place that has one; none is no fault, unless one is named. */
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { parseGeoip } from '../geo/index.ts';
import type { CountryTable } from '../geo/index.ts';
import { notRead, TableError } from './table-error.ts';

/** Where Debian's tor-geoipdb and tor itself put it. */
const places = ['/usr/share/tor/geoip', '/usr/local/share/tor/geoip'];

/**
 * A country table with the name of its source; undefined where no file is named and the usual places have none. Throws a
 * `TableError` when the file that is named cannot be read or has no range.
 */
export async function loadCountries(
  path?: string,
): Promise<(CountryTable & { readonly description: string }) | undefined> {
  for (const place of path === undefined ? places : [path]) {
    const text = await readFile(place, 'utf8').catch((cause: unknown) => {
      if (path !== undefined) throw notRead('geoip', path, cause);
      return undefined;
    });
    if (text === undefined) continue;
    const table = parseGeoip(text);
    if (table.first.length > 0) return { ...table, description: `${basename(place)}, ${table.source}` };
    if (path !== undefined)
      throw new TableError(
        'unreadable',
        `geoip: ${path}: expected lines of FIRST,LAST,COUNTRY with addresses as numbers, as in tor-geoipdb; found none`,
      );
  }
  return undefined;
}
