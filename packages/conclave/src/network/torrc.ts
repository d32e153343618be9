/** The lines of a torrc. */

/** A line of a torrc, continued ones as one; counted from 1. */
export interface TorrcLine {
  readonly line: number;
  readonly keyword: string;
  readonly value: string;
}

/** The lines of a torrc: comments off, `\` at the end of a line continues it, a value may stand in quotes. */
export function* torrcLines(text: string): Iterable<TorrcLine> {
  let line = 0;
  let start = 0;
  let held = '';
  for (const raw of text.split(/\r?\n/)) {
    line += 1;
    if (held === '') start = line;
    else if (/^\s*#/.test(raw)) continue;
    const bare = raw.replace(/#.*$/, '');
    if (bare.endsWith('\\')) {
      held += `${bare.slice(0, -1)} `;
      continue;
    }
    const match = /^\s*[+/]?([A-Za-z_]\w*)\s+(.*?)\s*$/.exec(held + bare);
    held = '';
    if (match === null) continue;
    const [, keyword = '', value = ''] = match;
    yield { line: start, keyword, value: value.replace(/^"(.*)"$/, '$1') };
  }
}
