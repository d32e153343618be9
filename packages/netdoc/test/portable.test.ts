/** The library without Node: the same documents, verified by the portable provider, as a browser would. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test, vi } from 'vitest';
import {
  certificateRing,
  parseConsensus,
  parseKeyCertificates,
  parseServerDescriptors,
  parseVote,
  verifyConsensus,
  verifyServerDescriptor,
  verifyVote,
} from '../src/index.ts';
import { authorities, certificates, consensus, vote } from './support/make.ts';
import { descriptor, madeRelay } from './support/make-relay.ts';

// What a browser's resolver does by the conditions of package.json.
vi.mock('#crypto', () => import('../src/crypto/portable.ts'));

test('portable.ts imports nothing of Node', () => {
  const text = readFileSync(resolve(import.meta.dirname, '../src/crypto/portable.ts'), 'utf8');
  const imports = Array.from(text.matchAll(/from '([^']+)'/g), ([, from]) => from);
  expect(imports.length).toBeGreaterThan(0);
  for (const from of imports)
    expect(from).toMatch(/^(@noble\/(curves|hashes)\/|\.\.\/base\/index\.ts$|\.\/provider\.ts$)/);
});

test('package.json gives the portable provider to everyone but Node', () => {
  const text = readFileSync(resolve(import.meta.dirname, '../package.json'), 'utf8');
  const { imports } = JSON.parse(text) as { imports: { '#crypto': { default: { default: string } } } };
  expect(imports['#crypto'].default.default).toBe('./dist/crypto/portable.js');
});

test.each(['ns', 'microdesc'] as const)('verifyConsensus() works without Node: %s', (flavor) => {
  const ring = certificateRing(
    parseKeyCertificates(certificates()).flatMap(({ document }) => document ?? []),
  );
  const trusted = new Set(authorities().map(({ identity }) => identity));
  const bytes = Uint8Array.from(consensus({ flavor, relays: 3 }));
  const { verdict } = verifyConsensus(parseConsensus(bytes), { authorities: trusted, certificates: ring });
  expect([verdict.outcome, verdict.signers.length]).toEqual(['accepted', 9]);
  bytes[100] = (bytes[100] ?? 0) ^ 1;
  expect(
    verifyConsensus(parseConsensus(bytes), { authorities: trusted, certificates: ring }).verdict.outcome,
  ).toBe('rejected');
});

test('verifyVote() works without Node', () => {
  const [first] = authorities();
  expect(first && verifyVote(parseVote(Uint8Array.from(vote(first)))).verdict.outcome).toBe('accepted');
});

test('verifyServerDescriptor() works without Node', () => {
  const bytes = Uint8Array.from(descriptor(madeRelay(0)));
  const outcomeOf = (): string | undefined => {
    const [parsed] = parseServerDescriptors(bytes);
    return parsed && verifyServerDescriptor(parsed).verdict.outcome;
  };
  expect(outcomeOf()).toBe('accepted');
  bytes[20] = (bytes[20] ?? 0) ^ 1;
  expect(outcomeOf()).toBe('rejected');
});
