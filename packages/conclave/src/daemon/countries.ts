/** Reads the country table from the first place that has one; none is no fault. */
import { readFile } from 'node:fs/promises';
import { parseGeoip } from '../geo/index.ts';
import type { CountryTable } from '../geo/index.ts';

/** Where Debian's tor-geoipdb and tor itself put it. */
const places = ['/usr/share/tor/geoip', '/usr/local/share/tor/geoip'];

/** A country table with the name of its source, or undefined when there is no file in the usual places. Throws when a named one cannot be read. */
export async function loadCountries(
  path?: string,
): Promise<(CountryTable & { readonly description: string }) | undefined> {
  for (const place of path === undefined ? places : [path]) {
    const text = await readFile(place, 'utf8').catch((error: unknown) => {
      if (path !== undefined) throw error;
      return undefined;
    });
    if (text === undefined) continue;
    const table = parseGeoip(text);
    if (table.first.length > 0) return { ...table, description: `${place}, ${table.source}` };
  }
  return undefined;
}
