/**
 * The claim that this library reads every document of the public network, tested on every file there is: each parses under
 * `archive` without a single problem, and its signatures come out as the certificates beside it say, which are read here
 * without the library. Left out are only `cropped/` and `adversarial/` (real-documents.test.ts).
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  certificateRing,
  describeProblem,
  detectKind,
  formatTime,
  parseBandwidthFile,
  parseConsensus,
  parseConsensusDiff,
  parseDetachedSignatures,
  parseDiffCacheItem,
  parseExtraInfos,
  parseKeyCertificates,
  parseMicrodescriptors,
  parseServerDescriptors,
  parseVotes,
  verifyConsensus,
  verifyDetachedSignatures,
  verifyExtraInfo,
  verifyKeyCertificate,
  verifyServerDescriptor,
  verifyVote,
  type DocumentKind,
  type Fingerprint,
  type Parsed,
} from '../src/index.ts';
import { hasData, pathOf, withData } from './support/data.ts';

/** A row of INDEX.tsv. */
interface IndexRow {
  readonly file: string;
  readonly kind: string;
  readonly time: string;
  readonly sha256: string;
}

const rows: readonly IndexRow[] = hasData
  ? readFileSync(pathOf('.', 'INDEX.tsv'), 'utf8')
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => line.split('\t'))
      .map(([file = '', , kind = '', time = '', , , , sha256 = '']) => ({
        file,
        kind,
        time: time.trimEnd(),
        sha256,
      }))
      .filter(({ file }) => !/^(?:cropped|adversarial)\//.test(file))
  : [];

const read = (file: string): Uint8Array => new Uint8Array(readFileSync(pathOf('.', file)));
const latin1 = (file: string): string => Buffer.from(read(file)).toString('latin1');

/** What the index's words for kinds are called here; files of tor's own state are no directory documents. */
const kinds: Readonly<Record<string, DocumentKind | undefined>> = {
  bwfile: 'bandwidth-file',
  consdiff: 'consensus-diff',
  'consensus-microdesc': 'consensus',
  'consensus-ns': 'consensus',
  detached: 'detached-signatures',
  'diff-cache': 'diff-cache-item',
  'extra-info': 'extra-info',
  'key-certs': 'key-certificate',
  microdescs: 'microdescriptor',
  'server-desc': 'server-descriptor',
  state: undefined,
  'vote-ns': 'vote',
};

const parsers: Readonly<Record<DocumentKind, (bytes: Uint8Array) => readonly Parsed<unknown>[]>> = {
  'bandwidth-file': (bytes) => [parseBandwidthFile(bytes)],
  'consensus-diff': (bytes) => [parseConsensusDiff(bytes)],
  consensus: (bytes) => [parseConsensus(bytes)],
  'detached-signatures': (bytes) => [parseDetachedSignatures(bytes)],
  'diff-cache-item': (bytes) => [parseDiffCacheItem(bytes)],
  'extra-info': (bytes) => parseExtraInfos(bytes),
  'key-certificate': (bytes) => parseKeyCertificates(bytes),
  microdescriptor: (bytes) => parseMicrodescriptors(bytes),
  'server-descriptor': (bytes) => parseServerDescriptors(bytes),
  vote: (bytes) => parseVotes(bytes),
};

/** How each kind begins, to count the documents of a file without the library. */
const openings: Readonly<Partial<Record<DocumentKind, RegExp>>> = {
  'extra-info': /^extra-info /gm,
  'key-certificate': /^dir-key-certificate-version /gm,
  microdescriptor: /^onion-key$/gm,
  'server-descriptor': /^router /gm,
  vote: /^network-status-version /gm,
};

describe.runIf(hasData)(withData('every file of the real documents'), () => {
  test.each(rows)('$file is read as what it is, without a problem', ({ file, kind, sha256 }) => {
    const bytes = read(file);
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(sha256);
    expect(Object.keys(kinds)).toContain(kind);
    const is = detectKind(bytes);
    expect(is).toBe(kinds[kind]);
    if (!is) return;
    const parsed = parsers[is](bytes);
    expect(parsed.flatMap(({ problems }) => problems.map(describeProblem))).toEqual([]);
    expect(parsed.filter(({ document, errors }) => document === undefined || errors > 0)).toEqual([]);
    const opening = openings[is];
    expect(parsed.length).toBe(opening ? latin1(file).match(opening)?.length : 1);
  });
});

const of = (...words: readonly string[]): readonly IndexRow[] =>
  rows.filter(({ kind }) => words.includes(kind));

/** A certificate as its text says, without the library. */
interface PlainCertificate {
  readonly name: string;
  readonly from: string;
  readonly until: string;
  readonly crosscert: boolean;
}

const plain: readonly PlainCertificate[] = of('key-certs').flatMap(({ file }) =>
  latin1(file)
    .split(/^(?=dir-key-certificate-version )/m)
    .flatMap((text) => {
      const [, identity] = /^fingerprint ([0-9A-F]{40})$/m.exec(text) ?? [];
      const [, from] = /^dir-key-published (.{19})$/m.exec(text) ?? [];
      const [, until] = /^dir-key-expires (.{19})$/m.exec(text) ?? [];
      const [, key] = /^dir-signing-key\n-----BEGIN RSA PUBLIC KEY-----\n([^-]+)-----END/m.exec(text) ?? [];
      if (identity === undefined || from === undefined || until === undefined || key === undefined) return [];
      const digest = createHash('sha1').update(Buffer.from(key, 'base64')).digest('hex').toUpperCase();
      const crosscert = /^dir-key-crosscert$/m.test(text);
      return [{ name: `${identity} ${digest}`, from, until, crosscert }];
    }),
);

/** What must become of a signature by this identity and key at this time: times in this form compare as texts. */
function fateOf(name: string, time: string): string {
  const known = plain.filter((one) => one.name === name && one.crosscert);
  if (known.length === 0) return 'certificate-missing';
  if (known.some(({ from, until }) => from <= time && time <= until)) return 'good';
  return known.some(({ until }) => until < time) ? 'certificate-expired' : 'certificate-not-yet-valid';
}

const ring = certificateRing(
  of('key-certs')
    .flatMap(({ file }) => parseKeyCertificates(read(file)))
    .flatMap(({ document }) => document ?? []),
);

/** One was kept by tor on Windows, with a CR before each LF, so that its signatures are over other bytes. */
const carriageReturns = /carriage_returns$/;

describe.runIf(hasData)(withData('the signatures of every file of the real documents'), () => {
  test.each(of('consensus-ns', 'consensus-microdesc'))('$file', ({ file, time }) => {
    const parsed = parseConsensus(read(file));
    const { document } = parsed;
    if (!document) throw new Error(file);
    expect(formatTime(document.validAfter)).toBe(time);
    const lines = [
      ...latin1(file).matchAll(/^directory-signature (?:sha256 )?([0-9A-F]{40}) ([0-9A-F]{40})/gm),
    ];
    const fates = lines.map(([, identity = '', digest = '']) => {
      const fate = fateOf(`${identity} ${digest}`, time);
      return carriageReturns.test(file) && fate !== 'certificate-missing' ? 'wrong' : fate;
    });
    const identities = [...latin1(file).matchAll(/^dir-source \S+ ([0-9A-F]{40}) /gm)].map(
      ([, id = '']) => id,
    );
    const authorities = new Set(identities as Fingerprint[]);
    const { verdict, verified } = verifyConsensus(parsed, { authorities, certificates: ring });
    expect(verdict.signatures.map(({ fate }) => fate)).toEqual(fates);
    const needed = Math.floor(authorities.size / 2) + 1;
    const good = fates.filter((fate) => fate === 'good').length;
    const open = fates.filter((fate) => fate === 'certificate-missing').length;
    const outcome = good >= needed ? 'accepted' : good + open >= needed ? 'undecided' : 'rejected';
    expect(verdict.outcome).toBe(outcome);
    expect(verified !== undefined).toBe(outcome === 'accepted');
  });

  test('which consensuses are decided: those with enough certificates; drafts have no signature', () => {
    const outcomes = of('consensus-ns', 'consensus-microdesc').map(({ file }) => {
      const parsed = parseConsensus(read(file));
      const authorities = new Set(parsed.partial.authorities?.map(({ identity }) => identity));
      const { verdict } = verifyConsensus(parsed, { authorities, certificates: ring });
      return `${verdict.outcome} ${verdict.signers.length} of ${verdict.signatures.length} ${file}`;
    });
    expect(outcomes.toSorted()).toEqual(decided);
  });

  test.each(of('vote-ns'))('$file', ({ file, time }) => {
    for (const parsed of parseVotes(read(file))) {
      expect(parsed.document && formatTime(parsed.document.validAfter)).toBe(time);
      expect(verifyVote(parsed).verdict).toMatchObject({ outcome: 'accepted', refusals: [] });
    }
  });

  test.each(of('key-certs'))('$file', ({ file }) => {
    for (const parsed of parseKeyCertificates(read(file))) {
      // One of 2008 is older than the crosscert, which tor has demanded since.
      const old = file.includes('2008-05-09');
      expect(verifyKeyCertificate(parsed).verdict).toMatchObject(
        old
          ? { outcome: 'rejected', refusals: [{ code: 'certificate', faults: ['crosscert-missing'] }] }
          : { outcome: 'accepted', refusals: [] },
      );
    }
  });

  test.each(of('server-desc'))('$file', ({ file }) => {
    const draft = file.endsWith('-unsigned');
    const sanitized = latin1(file).startsWith('@type bridge-server-descriptor ');
    for (const parsed of parseServerDescriptors(read(file))) {
      const outcome = draft ? 'rejected' : sanitized ? 'undecided' : 'accepted';
      expect(verifyServerDescriptor(parsed).verdict.outcome).toBe(outcome);
    }
  });

  test.each(of('extra-info'))('$file', ({ file }) => {
    // Without its relay's key nobody can tell of one; of a draft everybody can.
    const outcome = file.endsWith('-unsigned') ? 'rejected' : 'undecided';
    for (const parsed of parseExtraInfos(read(file)))
      expect(verifyExtraInfo(parsed).verdict.outcome).toBe(outcome);
  });

  test.each(of('detached'))('$file', ({ file, time }) => {
    const parsed = parseDetachedSignatures(read(file));
    const { document } = parsed;
    expect(document && formatTime(document.validAfter)).toBe(time);
    const authorities = new Set(document?.signatures.map(({ identity }) => identity));
    const { verdict } = verifyDetachedSignatures(parsed, { authorities, certificates: ring });
    for (const { signatures } of verdict.flavors) {
      for (const { identity, signingKeyDigest, fate } of signatures)
        expect(fate).toBe(fateOf(`${identity} ${signingKeyDigest}`, time));
    }
  });
});

/** Outcome, good signatures, signatures. Few certificates of 2014 to 2017 and of early 2020 are in the folder. */
const decided: readonly string[] = [
  'accepted 2 of 2 chutney-and-synthetic/stem__68afdd6__cached-consensus',
  'accepted 3 of 3 chutney-and-synthetic/lightarti-rest__2f9a2b5__nsconsensus1.txt',
  'accepted 3 of 3 chutney-and-synthetic/lightarti-rest__b280e5d__consensus-ok.txt',
  'accepted 4 of 4 chutney-and-synthetic/arti__7fb477e__cached-consensus',
  'accepted 4 of 4 chutney-and-synthetic/arti__7fb477e__cached-microdesc-consensus',
  'accepted 4 of 4 chutney-and-synthetic/arti__fb97fab__cached-consensus',
  'accepted 4 of 4 chutney-and-synthetic/arti__fb97fab__cached-microdesc-consensus',
  'accepted 5 of 9 consensus-microdesc/2018-04-21-18-00-00-consensus-microdesc',
  'accepted 9 of 9 consensus-microdesc/2017-10-29-11-00-00-consensus-microdesc',
  'accepted 9 of 9 consensus-microdesc/2017-10-29-12-00-00-consensus-microdesc',
  'accepted 9 of 9 consensus-microdesc/2017-10-29-13-00-00-consensus-microdesc',
  'accepted 9 of 9 consensus-microdesc/2020-12-05-19-00-00-consensus-microdesc',
  'accepted 9 of 9 consensus-ns/2017-10-29-11-00-00-consensus',
  'accepted 9 of 9 consensus-ns/2017-10-29-12-00-00-consensus',
  'accepted 9 of 9 consensus-ns/2020-12-05-18-00-00-consensus',
  'rejected 0 of 0 chutney-and-synthetic/arti__fb97fab__consensus-transparency-microdesc',
  'rejected 0 of 0 chutney-and-synthetic/arti__fb97fab__consensus-transparency-ns',
  'rejected 0 of 0 chutney-and-synthetic/arti__fb97fab__my-consensus-microdesc',
  'rejected 0 of 0 chutney-and-synthetic/arti__fb97fab__my-consensus-ns',
  'rejected 1 of 1 chutney-and-synthetic/arti__7fb477e__my-consensus-microdesc',
  'rejected 1 of 1 chutney-and-synthetic/arti__7fb477e__my-consensus-ns',
  'undecided 0 of 7 consensus-ns/2016-09-20-13-00-00-consensus',
  'undecided 0 of 7 consensus-ns/2020-02-29-11-00-00-consensus',
  'undecided 0 of 8 consensus-microdesc/2016-10-02-17-00-00-consensus-microdesc',
  'undecided 0 of 8 consensus-ns/2017-04-15-00-00-00-consensus',
  'undecided 0 of 8 consensus-ns/2020-02-29-10-00-00-consensus',
  'undecided 0 of 9 chutney-and-synthetic/stem__776e2a3__cached-microdesc-consensus_with_carriage_returns',
  'undecided 0 of 9 consensus-ns/2014-12-08-16-00-00-consensus',
  'undecided 0 of 9 consensus-ns/2020-03-05-10-00-00-consensus',
];
