/**
 * Votes of our own making, judged by a real tor: what it computes from them is what the library computes, byte for byte.
 * Nothing is isolated here, so everything is bound to loopback addresses.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { computeConsensus, parseVote, type Computation } from '@conclave/netdoc';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findTor, forgeRounds, type ForgedRound } from '../src/index.ts';

const needs = findTor() === undefined ? ' (needs tor: apt-get install tor)' : '';
const rounds = 14;
/** Of all methods, and of none: in its fourteen rounds are those too that tor does not know, and too few votes. */
const seed = 'hustings';

describe.skipIf(needs !== '')(`forgeRounds()${needs}`, { timeout: 60_000 }, () => {
  let directory: string;
  let made: readonly { readonly round: ForgedRound; readonly computation: Computation }[];

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'lab-forge-'));
    const told = await forgeRounds({
      directory: join(directory, 'net'),
      rounds,
      seed,
      // Below 32,768, from where on the kernel gives ports to whoever connects.
      portBase: 24_500 + (process.pid % 500) * 16,
      isolated: false,
    });
    made = told.map((round) => ({ round, computation: compute(round) }));
  }, 180_000);
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  test('the text of both flavours is that of tor, in every round', () => {
    const wrong = made.flatMap(({ round, computation }) =>
      (['ns', 'microdesc'] as const).flatMap((flavor) => {
        const ours = computation.outcome === 'computed' ? computation[flavor]?.bytes : undefined;
        const difference = differenceOf(round[flavor], ours && Buffer.from(ours));
        return difference === undefined ? [] : [`round ${round.number} ${flavor}: ${difference}`];
      }),
    );
    expect(wrong).toEqual([]);
    expect(made).toHaveLength(rounds);
  });

  test('it is foreseen in which rounds tor makes none', () => {
    const without = made.filter(({ round }) => round.ns === undefined);
    expect(without.map(({ computation }) => computation)).toMatchObject(
      without.map(() => ({ outcome: 'impossible', because: 'too-few-votes' })),
    );
    expect(without.length).toBeGreaterThan(0);
    expect(without.length).toBeLessThan(rounds / 2);
  });

  test('the rounds reach different methods, and votes for none that tor knows', () => {
    const methods = new Set(
      made.flatMap(({ computation }) => (computation.outcome === 'computed' ? computation.method : [])),
    );
    expect(methods.size).toBeGreaterThan(1);
    expect(made.flatMap(({ round }) => round.warnings).join('\n')).toContain("which I don't support");
  });
});

/** What the library makes of the votes that tor held, with what tor knew besides. */
function compute({ votes, authorities, sharedRandomFresh }: ForgedRound): Computation {
  const parsed = votes.map((bytes) => {
    const { document, problems } = parseVote(bytes);
    if (!document) throw new Error(JSON.stringify(problems));
    return document;
  });
  const supportedMethods = [32, 33, 34, 35];
  return computeConsensus(parsed, { authorities, sharedRandomFresh, supportedMethods });
}

function differenceOf(tor: Buffer | undefined, ours: Buffer | undefined): string | undefined {
  if (tor === undefined || ours === undefined) {
    return tor === ours ? undefined : tor === undefined ? 'tor made none' : 'only tor made one';
  }
  if (tor.equals(ours)) return undefined;
  const [theirs, own] = [tor, ours].map((bytes) => bytes.toString('latin1').split('\n'));
  const line = theirs?.findIndex((text, i) => text !== own?.[i]) ?? 0;
  return `line ${line + 1}: tor ${theirs?.[line]} | ours ${own?.[line]}`;
}
