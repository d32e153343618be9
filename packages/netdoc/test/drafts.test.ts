/** Texts as tor keeps them on disk: what it computed and did not sign yet, and all votes of a round one after another. */
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  certificateRing,
  concatBytes,
  parseConsensus,
  parseKeyCertificates,
  parseVotes,
  verifyConsensus,
  verifyVote,
} from '../src/index.ts';
import { authorities, certificates, consensus, vote } from './support/make.ts';

const data = resolve(import.meta.dirname, '../../../../shared/data/mainnet/chutney-and-synthetic');
const hasData = existsSync(data);
const withData = (title: string): string => (hasData ? title : `${title} (needs ../shared/data)`);

function unsigned(bytes: Uint8Array): Uint8Array {
  return bytes.subarray(0, Buffer.from(bytes).indexOf('\ndirectory-signature ') + 1);
}

describe('parseConsensus() of an unsigned text', () => {
  const whole = consensus();
  const draft = unsigned(whole);

  test('reads it whole under archive, without a problem and without anything signed', () => {
    const parsed = parseConsensus(draft);
    expect(parsed.problems).toEqual([]);
    expect(parsed.document?.signed).toBeUndefined();
    expect(parsed.document?.signatures).toEqual([]);
    expect(parsed.document?.routers.count).toBe(parseConsensus(whole).document?.routers.count);
  });

  test('refuses it under tor-0.4.9, where it could only come from an authority', () => {
    const parsed = parseConsensus(draft, { profile: 'tor-0.4.9' });
    expect(parsed.problems.map(({ code }) => code)).toContain('truncated');
    expect(parsed.document).toBeUndefined();
  });

  test('never verifies', () => {
    const list = parseKeyCertificates(certificates()).flatMap(({ document }) => document ?? []);
    const trust = {
      authorities: new Set(list.map(({ fingerprint }) => fingerprint)),
      certificates: certificateRing(list),
    };
    expect(verifyConsensus(parseConsensus(whole), trust).verdict.outcome).toBe('accepted');
    const { verdict, verified } = verifyConsensus(parseConsensus(draft), trust);
    expect(verdict.outcome).toBe('rejected');
    expect(verdict.signers).toEqual([]);
    expect(verified).toBeUndefined();
  });

  test.each([0.3, 0.6, 0.9])('a text cut at %f of its length is no draft but truncated', (share) => {
    const cut = Buffer.from(draft).lastIndexOf('\n', Math.floor(draft.length * share)) + 1;
    expect(parseConsensus(draft.subarray(0, cut)).errors).toBeGreaterThan(0);
  });

  test
    .runIf(hasData)
    .each([
      'arti__fb97fab__my-consensus-ns',
      'arti__fb97fab__my-consensus-microdesc',
      'arti__fb97fab__consensus-transparency-ns',
      'arti__fb97fab__consensus-transparency-microdesc',
    ])(withData('%s, which tor itself wrote, has no problem'), (file) => {
    const parsed = parseConsensus(new Uint8Array(readFileSync(resolve(data, file))));
    expect(parsed.problems).toEqual([]);
    expect(parsed.unrecognized).toEqual([]);
    expect(parsed.document?.signatures).toEqual([]);
  });
});

describe('parseVotes()', () => {
  const signers = authorities(3);
  const votes = signers.map((of) => vote(of));

  test('reads votes one after another, each with its own bytes and signature', () => {
    const parsed = parseVotes(concatBytes(...votes));
    expect(parsed.map(({ document }) => document?.source.nickname)).toEqual(
      signers.map(({ nickname }) => nickname),
    );
    expect(parsed.map((one) => verifyVote(one).verdict.outcome)).toEqual([
      'accepted',
      'accepted',
      'accepted',
    ]);
    expect(parsed.map(({ document }) => document?.bytes.length)).toEqual(votes.map(({ length }) => length));
  });

  test('a spoilt one spoils no other', () => {
    const spoilt = Buffer.from(concatBytes(...votes));
    spoilt[(votes[0]?.length ?? 0) + spoilt.subarray(votes[0]?.length).indexOf('valid-after') + 3] = 0x58;
    expect(parseVotes(spoilt).map(({ document }) => document !== undefined)).toEqual([true, false, true]);
  });

  test('one vote, no vote and rubbish before the first are each told as one', () => {
    expect(parseVotes(votes[0] ?? new Uint8Array())).toHaveLength(1);
    expect(parseVotes(new Uint8Array()).map(({ errors }) => errors > 0)).toEqual([true]);
    const [only, ...others] = parseVotes(concatBytes(Buffer.from('rubbish\n'), ...votes));
    expect(only?.problems[0]?.code).toBe('not-this-document');
    expect(others.map(({ errors }) => errors)).toEqual([0, 0]);
  });

  test.runIf(hasData).each([
    ['arti__fb97fab__v3-status-votes', 4],
    ['arti__7fb477e__v3-status-votes', 4],
  ])(withData('%s, as tor wrote it, holds %i votes that verify'), (file, count) => {
    const parsed = parseVotes(new Uint8Array(readFileSync(resolve(data, file))));
    expect(parsed.map(({ problems }) => problems)).toEqual(Array.from({ length: count }, () => []));
    expect(parsed.map((one) => verifyVote(one).verdict.outcome)).toEqual(
      Array.from({ length: count }, () => 'accepted'),
    );
  });
});
