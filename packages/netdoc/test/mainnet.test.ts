/** The library on real documents of the public network. They are no part of this repository. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fc } from '../../../test/support/properties.ts';
import { afterAll, describe, expect, test } from 'vitest';
import {
  certificateRing,
  describeProblem,
  detectKind,
  parseConsensus,
  parseKeyCertificates,
  parseVote,
  verifyConsensus,
  verifyVote,
  type Fingerprint,
} from '../src/index.ts';
import { expectSameEntries } from './support/compare.ts';
import { bytesOfFile, dataRoot, filesOf, hasData, withData } from './support/data.ts';

const consensuses = (['consensus-ns', 'consensus-microdesc'] as const).flatMap((folder) =>
  filesOf(folder).map((name) => ({ folder, name })),
);
const ring = certificateRing(
  filesOf('key-certificates')
    .flatMap((name) => parseKeyCertificates(bytesOfFile('key-certificates', name)))
    .flatMap(({ document }) => document ?? []),
);

describe.runIf(hasData)(withData('real consensuses and votes'), () => {
  test.each(consensuses)(
    'parseConsensus() reads $name without a problem, all columns as the reference reader',
    ({ folder, name }) => {
      const bytes = bytesOfFile(folder, name);
      const parsed = parseConsensus(bytes);
      expect(parsed.problems.map(describeProblem)).toEqual([]);
      expect(parsed.unrecognized).toEqual([]);
      expect(detectKind(bytes)).toBe('consensus');
      const kind = folder === 'consensus-ns' ? 'ns' : 'microdesc';
      expect(parsed.document?.flavor).toBe(kind);
      if (parsed.document)
        expect(expectSameEntries(parsed.document.routers, bytes, kind)).toBeGreaterThan(6000);
    },
  );

  test.each(filesOf('vote'))(
    'parseVote() reads %s without a problem, all columns as the reference reader',
    (name) => {
      const bytes = bytesOfFile('vote', name);
      const parsed = parseVote(bytes);
      expect(parsed.problems.map(describeProblem)).toEqual([]);
      expect(detectKind(bytes)).toBe('vote');
      if (parsed.document)
        expect(expectSameEntries(parsed.document.routers, bytes, 'vote')).toBeGreaterThan(7000);
      expect(verifyVote(parsed).verdict.outcome).toBe('accepted');
    },
  );

  test.each(
    filesOf('cropped').filter((name) => /consensus(-microdesc|-ns|\.txt)?$|authority$|-vote-/.test(name)),
  )('cropped/%s: all columns as the reference reader, and not accepted', (name) => {
    const bytes = bytesOfFile('cropped', name);
    if (detectKind(bytes) === 'vote') {
      const parsed = parseVote(bytes);
      if (parsed.partial.routers) expectSameEntries(parsed.partial.routers, bytes, 'vote');
      expect(verifyVote(parsed).verified).toBeUndefined();
    } else {
      const parsed = parseConsensus(bytes);
      const authorities = new Set(parsed.partial.authorities?.map(({ identity }) => identity));
      if (parsed.partial.routers)
        expectSameEntries(parsed.partial.routers, bytes, parsed.partial.flavor ?? 'ns');
      expect(verifyConsensus(parsed, { authorities, certificates: ring }).verified).toBeUndefined();
    }
  });

  test.each(consensuses.filter(({ name }) => /^20(17-10-29-1[12]|20-12)/.test(name)))(
    'verifyConsensus() rejects $name with any bit of the signed part flipped',
    ({ folder, name }) => {
      const bytes = bytesOfFile(folder, name);
      const parsed = parseConsensus(bytes);
      const authorities = new Set<Fingerprint>(parsed.document?.authorities.map(({ identity }) => identity));
      const trust = { authorities, certificates: ring };
      expect(verifyConsensus(parsed, trust).verdict.outcome).toBe('accepted');
      const end = parsed.document?.signed?.end ?? 0;
      const flipped = Uint8Array.from(bytes);
      const rejects = (at: number, bit: number): void => {
        flipped[at] = (flipped[at] ?? 0) ^ (1 << bit);
        const { verdict, verified } = verifyConsensus(parseConsensus(flipped), trust);
        if (verdict.outcome !== 'rejected' || verified)
          throw new Error(`byte ${at}, bit ${bit}: ${verdict.outcome}`);
        flipped[at] = (flipped[at] ?? 0) ^ (1 << bit);
      };
      for (let at = 0; at < 26; at += 1) rejects(at, at % 8);
      for (let at = end - 22; at < end; at += 1) rejects(at, at % 8);
      const text = Buffer.from(bytes).toString('latin1');
      for (const keyword of [
        '\nvalid-after ',
        '\nfresh-until ',
        '\nknown-flags',
        '\ndir-source ',
        '\nr ',
        '\ns ',
        '\ndirectory-footer',
      ]) {
        for (let step = 0; step < 8; step += 1) rejects(text.indexOf(keyword) + step * 2, step);
      }
      fc.assert(fc.property(fc.integer({ min: 0, max: end - 1 }), fc.nat(7), rejects), {
        numRuns: 120,
        seed: 20_260_701,
      });
    },
    120_000,
  );
});

const rounds = resolve(dataRoot, '../lab-rounds.tar.xz');
const hasRounds = existsSync(rounds);

describe.runIf(hasRounds)(
  hasRounds ? 'votes of real tor 0.4.9' : 'votes of real tor 0.4.9 (needs ../shared/data)',
  () => {
    const directory = hasRounds ? mkdtempSync(join(tmpdir(), 'netdoc-rounds-')) : '';
    afterAll(() => {
      if (directory) rmSync(directory, { recursive: true, force: true });
    });

    test('parse without a problem by both profiles, all columns as the reference reader; votes and consensus verify', () => {
      const members = [
        'vote-moria1',
        'vote-bastet',
        'consensus-moria1',
        'consensus-microdesc-moria1',
        'certs-moria1',
      ];
      const wanted = members.map((name) => `*/003/${name}`);
      const { status } = spawnSync('tar', [
        'xJf',
        rounds,
        '-C',
        directory,
        '--strip-components=2',
        '--wildcards',
        ...wanted,
      ]);
      expect(status).toBe(0);
      const read = (name: string): Uint8Array => new Uint8Array(readFileSync(join(directory, name)));
      const certificates = certificateRing(
        parseKeyCertificates(read('certs-moria1')).flatMap(({ document }) => document ?? []),
      );
      for (const profile of ['archive', 'tor-0.4.9'] as const) {
        for (const name of ['vote-moria1', 'vote-bastet']) {
          const parsed = parseVote(read(name), { profile });
          expect(parsed.problems.map(describeProblem)).toEqual([]);
          expect(parsed.unrecognized).toEqual([]);
          if (parsed.document)
            expect(expectSameEntries(parsed.document.routers, read(name), 'vote')).toBeGreaterThan(9000);
          expect(verifyVote(parsed).verdict.outcome).toBe('accepted');
        }
        for (const [name, kind] of [
          ['consensus-moria1', 'ns'],
          ['consensus-microdesc-moria1', 'microdesc'],
        ] as const) {
          const parsed = parseConsensus(read(name), { profile });
          expect(parsed.problems.map(describeProblem)).toEqual([]);
          if (parsed.document)
            expect(expectSameEntries(parsed.document.routers, read(name), kind)).toBeGreaterThan(9000);
          const authorities = new Set(parsed.document?.authorities.map(({ identity }) => identity));
          expect(verifyConsensus(parsed, { authorities, certificates }).verdict).toMatchObject({
            outcome: 'accepted',
            needed: 5,
          });
        }
      }
    }, 120_000);
  },
);
