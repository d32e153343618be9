/** Keeps forged rounds in a folder: one directory per round with its votes and texts, and ROUNDS.tsv, which lists them. */
import { appendFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ForgedRound } from './forge.ts';

const columns = [
  'round',
  'seed',
  'authorities configured (N)',
  'votes',
  'srv fresh',
  'consensus-method',
  'relays',
  'refused',
  'failed',
];

/**
 * Adds one round. Votes are `vote0`, `vote1` … in the order in which the authority held them; `consensus` and
 * `consensus-microdesc` are what it computed, missing when it computed none. ROUNDS.tsv then says `-`.
 */
export function keepForgedRound(directory: string, seed: string, round: ForgedRound): void {
  const name = String(round.number).padStart(4, '0');
  const path = join(directory, name);
  mkdirSync(path, { recursive: true });
  round.votes.forEach((vote, i) => writeFileSync(join(path, `vote${i}`), vote));
  if (round.ns) writeFileSync(join(path, 'consensus'), round.ns);
  if (round.microdesc) writeFileSync(join(path, 'consensus-microdesc'), round.microdesc);
  const text = round.ns?.toString('latin1') ?? '';
  const row = [
    name,
    seed,
    round.authorities,
    round.votes.length,
    round.sharedRandomFresh,
    /^consensus-method (\d+)$/m.exec(text)?.[1] ?? '-',
    round.ns === undefined ? '-' : (text.match(/^r /gm)?.length ?? 0),
    round.refused.length,
    round.failed ?? '-',
  ];
  const index = join(directory, 'ROUNDS.tsv');
  if (!existsSync(index)) writeFileSync(index, `${columns.join('\t')}\n`);
  appendFileSync(index, `${row.join('\t')}\n`);
}
