/**
 * Every file of the real documents, by its kind: those that were good in their day parse without a problem and verify,
 * those that somebody broke are refused for what is broken. They are no part of this repository.
 */
import { readFileSync } from 'node:fs';
import { inflateSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import {
  bandwidthColumn,
  certificateRing,
  checkSharedRandom,
  describeProblem,
  descriptorDigests,
  detectKind,
  findMicrodescriptors,
  parseBandwidthFile,
  parseConsensus,
  parseConsensusDiff,
  parseDetachedSignatures,
  parseDiffCacheItem,
  parseExtraInfos,
  parseKeyCertificates,
  parseMicrodescriptors,
  parseServerDescriptors,
  parseVote,
  sha3_256,
  toHex,
  verifyConsensus,
  verifyDetachedSignatures,
  verifyExtraInfo,
  verifyKeyCertificate,
  verifyServerDescriptor,
  verifyVote,
  voteMatches,
  type ExtraInfo,
  type Parsed,
  type ServerDescriptor,
} from '../src/index.ts';
import { filesOf, hasData, pathOf, withData } from './support/data.ts';

const read = (file: string): Uint8Array => new Uint8Array(readFileSync(pathOf('.', file)));

/** The files of a kind of INDEX.tsv. */
function indexed(kind: string): readonly string[] {
  if (!hasData) return [];
  const rows = readFileSync(pathOf('.', 'INDEX.tsv'), 'utf8').trim().split('\n').slice(1);
  return rows.map((row) => row.split('\t')).flatMap(([file = '', , is]) => (is === kind ? [file] : []));
}

/** What is odd about some documents: every problem, every line that nobody knows. */
function oddities(parsed: readonly Parsed<unknown>[]): string[] {
  return parsed.flatMap(({ problems, unrecognized }) => [
    ...problems.map(describeProblem),
    ...unrecognized.map(({ text }) => `unrecognized ${text}`),
  ]);
}

/** How often a line of a file begins so; counted without the library. */
function linesOf(file: string, pattern: RegExp): number {
  return Buffer.from(read(file)).toString('latin1').match(pattern)?.length ?? 0;
}

/** Drafts that were never signed: read, and rejected for that alone. */
const unsigned = /-unsigned$/;
/** Descriptors of bridges, whose signatures CollecTor takes away: nobody can tell. */
const sanitized = 'single-descriptors/metrics-lib__925b4a1__2017-07-17-17-09-00-server-descriptors';

describe.runIf(hasData)(withData('real server descriptors'), () => {
  const files = indexed('server-desc');

  test.each(files.filter((file) => !unsigned.test(file)))(
    '%s parses without a problem and verifies',
    (file) => {
      const bytes = read(file);
      const parsed = parseServerDescriptors(bytes);
      expect(oddities(parsed)).toEqual([]);
      expect(detectKind(bytes)).toBe('server-descriptor');
      expect(parsed.length).toBe(linesOf(file, /^router /gm));
      const wanted = file === sanitized ? 'undecided' : 'accepted';
      const outcomes = parsed.map((one) => verifyServerDescriptor(one).verdict);
      expect(outcomes.filter(({ outcome }) => outcome !== wanted)).toEqual([]);
      const rules = parsed.reduce((sum, { document }) => sum + (document?.policy.length ?? 0), 0);
      expect(rules).toBe(linesOf(file, /^(?:accept|reject) /gm));
    },
  );

  test.each(files.filter((file) => unsigned.test(file)))(
    '%s, a draft, parses without a problem and is told to be unsigned',
    (file) => {
      const [parsed] = parseServerDescriptors(read(file));
      if (!parsed?.document) throw new Error(file);
      expect(oddities([parsed])).toEqual([]);
      expect(parsed.document.signed).toBeUndefined();
      const { verdict, verified } = verifyServerDescriptor(parsed);
      const bad = verdict.checks.filter(({ outcome }) => outcome !== 'good');
      expect(bad).toEqual([{ name: 'router-signature', outcome: 'wrong', detail: 'unsigned' }]);
      expect(verdict.outcome).toBe('rejected');
      expect(verified).toBeUndefined();
      const [strict] = parseServerDescriptors(read(file), { profile: 'tor-0.4.9' });
      expect(strict && oddities([strict]).join('\n')).toContain('expected router-signature as the last item');
      expect(strict?.document).toBeUndefined();
    },
  );

  test('the newest pass under tor-0.4.9 too, and years after their certificates do not', () => {
    const newest = files.filter((file) => /arti__(8a27e06|f28d617|7e640b1)/.test(file));
    expect(newest.length).toBe(15);
    for (const file of newest) {
      const [parsed] = parseServerDescriptors(read(file), { profile: 'tor-0.4.9' });
      if (!parsed?.document) throw new Error(file);
      expect(oddities([parsed])).toEqual([]);
      const late = verifyServerDescriptor(parsed, {
        at: (parsed.document.published + 90 * 86_400) as typeof parsed.document.published,
      });
      expect(late.verdict.outcome).toBe('rejected');
      const expired = late.verdict.checks.filter(({ outcome }) => outcome === 'expired');
      expect(expired.map(({ name }) => name)).toContain('identity-ed25519');
    }
  });

  test('any bit flipped in a descriptor is noticed', () => {
    const bytes = read('single-descriptors/arti__7e640b1__authority--desc--Akka');
    const flipped = Uint8Array.from(bytes);
    for (let at = 0; at < bytes.length; at += 7) {
      flipped[at] = (flipped[at] ?? 0) ^ (1 << (at % 7));
      const outcomes = parseServerDescriptors(flipped).map(
        (one) => verifyServerDescriptor(one).verdict.outcome,
      );
      if (outcomes.includes('accepted')) {
        // Base64 has bits that mean nothing, behind the last byte of a signature alone.
        const signature = Buffer.from(bytes).indexOf('\nrouter-signature\n');
        expect(at).toBeGreaterThan(signature);
      }
      flipped[at] = bytes[at] ?? 0;
    }
  }, 60_000);
});

describe.runIf(hasData)(withData('real extra-infos'), () => {
  const descriptors = new Map<string, ServerDescriptor[]>();
  for (const file of indexed('server-desc')) {
    for (const { document } of parseServerDescriptors(read(file))) {
      if (!document?.signingKey || document.fingerprint === undefined || !document.signed) continue;
      const list = descriptors.get(document.fingerprint);
      if (list) list.push(document);
      else descriptors.set(document.fingerprint, [document]);
    }
  }
  const files = indexed('extra-info').filter((file) => !unsigned.test(file));
  /** What is known of the relay of an extra-info: the descriptor that names it, or at least its key. */
  function knownOf(document: ExtraInfo): { descriptor?: ServerDescriptor; signingKey?: Uint8Array } {
    const { sha1 } = descriptorDigests(document);
    const of = descriptors.get(document.fingerprint) ?? [];
    const descriptor = of.find(({ extraInfoDigest }) => extraInfoDigest?.sha1 === sha1);
    const signingKey = of[0]?.signingKey;
    return descriptor ? { descriptor } : signingKey ? { signingKey } : {};
  }

  test.each(files)('%s parses without a problem and verifies where its relay is known', (file) => {
    const bytes = read(file);
    const all = parseExtraInfos(bytes);
    expect(oddities(all)).toEqual([]);
    expect(detectKind(bytes)).toBe('extra-info');
    expect(all.length).toBe(linesOf(file, /^extra-info /gm));
    for (const parsed of all) {
      if (!parsed.document) throw new Error(file);
      const known = knownOf(parsed.document);
      const { verdict } = verifyExtraInfo(parsed, known);
      expect(verdict.outcome).toBe(Object.keys(known).length > 0 ? 'accepted' : 'undecided');
      const digest = { name: 'extra-info-digest', outcome: 'good', detail: '' };
      expect(verdict.checks.filter(({ name }) => name === digest.name)).toEqual(
        known.descriptor ? [digest] : [],
      );
    }
  });

  test('37 are named by a descriptor, of 3 more the key is known', () => {
    const all = files.flatMap((file) =>
      parseExtraInfos(read(file)).flatMap(({ document }) => document ?? []),
    );
    const known = all.map(knownOf);
    expect(all.length).toBe(70);
    expect(known.filter(({ descriptor }) => descriptor?.extraInfoDigest?.sha256).length).toBe(37);
    expect(known.filter(({ signingKey }) => signingKey).length).toBe(3);
  });

  test('a draft parses without a problem and is told to be unsigned', () => {
    const bytes = read('single-descriptors/arti__fb97fab__descriptor1-extra-info-unsigned');
    const [parsed] = parseExtraInfos(bytes);
    if (!parsed?.document) throw new Error('no document');
    expect(oddities([parsed])).toEqual([]);
    const [descriptor] = descriptors.get(parsed.document.fingerprint) ?? [];
    if (!descriptor) throw new Error('no descriptor');
    const { verdict, verified } = verifyExtraInfo(parsed, { descriptor });
    expect(verdict.checks.filter(({ outcome }) => outcome !== 'good')).toEqual([
      { name: 'router-signature', outcome: 'wrong', detail: 'unsigned' },
      { name: 'extra-info-digest', outcome: 'unchecked', detail: 'there is no signed part' },
    ]);
    expect(verdict.outcome).toBe('rejected');
    expect(verified).toBeUndefined();
    const [strict] = parseExtraInfos(bytes, { profile: 'tor-0.4.9' });
    expect(strict?.document).toBeUndefined();
  });
});

describe.runIf(hasData)(withData('real microdescriptors'), () => {
  test.each(indexed('microdescs'))('%s parses without a problem', (file) => {
    const bytes = read(file);
    const parsed = parseMicrodescriptors(bytes);
    expect(oddities(parsed)).toEqual([]);
    expect(detectKind(bytes)).toBe('microdescriptor');
    expect(parsed.length).toBe(linesOf(file, /^onion-key/gm));
  });

  test.each([
    ['2017-10-29__NottHack17__49919fd__cached-microdescs', 5480, 91],
    ['2017-10-29__NottHack17__49919fd__cached-microdescs.new', 986, 13],
    ['2017-10-29__NottHack17__6318eb0__cached-microdescs.new', 1116, 98],
  ])('%s: %d relays of the consensus of that hour are found by their digest', (file, found, unlisted) => {
    const consensus = parseConsensus(
      read('consensus-microdesc/2017-10-29-12-00-00-consensus-microdesc'),
    ).document;
    if (!consensus) throw new Error('no consensus');
    const all = parseMicrodescriptors(read(`microdescriptors/${file}`)).flatMap(
      ({ document }) => document ?? [],
    );
    const result = findMicrodescriptors(consensus, all);
    expect([result.byRouter.size, result.missing.length]).toEqual([found, consensus.routers.count - found]);
    expect(result.unlisted.length).toBe(unlisted);
  });
});

describe.runIf(hasData)(withData('real bandwidth files'), () => {
  test.each(indexed('bwfile'))('%s parses without a problem, every relay with its bandwidth', (file) => {
    const bytes = read(file);
    const parsed = parseBandwidthFile(bytes);
    expect(oddities([parsed])).toEqual([]);
    expect(detectKind(bytes)).toBe('bandwidth-file');
    const text = Buffer.from(bytes).toString('latin1');
    const lines = text.split('\n').filter((line) => line.includes('node_id='));
    const table = parsed.document?.relays;
    if (!table) throw new Error(file);
    expect(table.count).toBe(lines.length);
    const expected = lines.map((line) => Number(/(?:^|\s)bw=(\d+)/.exec(line)?.[1]));
    expect(Array.from(table.bandwidth)).toEqual(expected);
    expect(Array.from(bandwidthColumn(table, 'bw'))).toEqual(expected);
    const ids = lines.map((line) => /node_id=\$?([0-9A-F]{40})/.exec(line)?.[1]);
    expect(ids).toEqual(lines.map((_, row) => toHex(table.identity, row * 20, row * 20 + 20)));
  });
});

describe.runIf(hasData)(withData('what tor keeps and exchanges'), () => {
  const ring = certificateRing(
    indexed('key-certs')
      .filter((file) => !file.startsWith('adversarial/'))
      .flatMap((file) => parseKeyCertificates(read(file)))
      .flatMap(({ document }) => document ?? []),
  );

  test.each(filesOf('diff-cache-raw'))('diff-cache-raw/%s: its labels tell the truth of its body', (name) => {
    const bytes = read(`diff-cache-raw/${name}`);
    const parsed = parseDiffCacheItem(bytes);
    expect(oddities([parsed])).toEqual([]);
    expect(detectKind(bytes)).toBe('diff-cache-item');
    const item = parsed.document;
    if (!item) throw new Error(name);
    const body = bytes.subarray(item.body.start, item.body.end);
    expect(toHex(sha3_256(body))).toBe(item.digest);
    expect([item.documentType, item.flavor]).toEqual(['consensus', 'microdesc']);
    if (item.compression !== 'deflate') return;
    const consensus = parseConsensus(new Uint8Array(inflateSync(body)));
    expect(oddities([consensus])).toEqual([]);
    expect(consensus.document?.signatures.map(({ identity }) => identity).join(',')).toBe(
      item.labels.get('consensus-signatories'),
    );
  });

  test('a real diff leads from one consensus to the other, by both digests', () => {
    const bytes = read('chutney-and-synthetic/arti__diff1.txt');
    const parsed = parseConsensusDiff(bytes);
    expect(oddities([parsed])).toEqual([]);
    expect(detectKind(bytes)).toBe('consensus-diff');
    const before = parseConsensus(read('cropped/arti__7fb477e__consensus1.txt')).document;
    const after = read('cropped/arti__7fb477e__consensus2.txt');
    if (!before || !parsed.document) throw new Error('no document');
    const { start, end } = before.signed ?? { start: 0, end: 0 };
    expect(parsed.document.fromDigest).toBe(toHex(sha3_256(before.bytes.subarray(start, end))));
    expect(parsed.document.toDigest).toBe(toHex(sha3_256(after)));
    expect(parsed.document.commands.length).toBe(12);
    expect(parsed.document.commands[0]).toMatchObject({ action: 'delete', from: 76, to: 'end', line: 3 });
  });

  test('detached signatures of 2018: one certificate of nine is known, so nobody can tell', () => {
    const parsed = parseDetachedSignatures(read('detached-signatures/detached_signatures'));
    expect(oddities([parsed])).toEqual([]);
    const authorities = new Set(parsed.document?.signatures.map(({ identity }) => identity));
    const { verdict } = verifyDetachedSignatures(parsed, { authorities, certificates: ring });
    expect(verdict.outcome).toBe('undecided');
    expect(
      verdict.flavors.map(({ flavor, signers, needed, signatures }) => [
        flavor,
        signers.length,
        needed,
        signatures.filter(({ fate }) => fate === 'certificate-missing').length,
      ]),
    ).toEqual([
      ['ns', 1, 5, 8],
      ['microdesc', 1, 5, 8],
    ]);
  });

  test.each([1, 2, 3, 4])('the consensus of a test network names vote %d by its digest', (number) => {
    const vote = parseVote(read(`chutney-and-synthetic/arti__7fb477e__v3-status-votes--${number}`));
    expect(verifyVote(vote).verdict.outcome).toBe('accepted');
    for (const name of ['cached-consensus', 'cached-microdesc-consensus']) {
      const consensus = parseConsensus(read(`chutney-and-synthetic/arti__7fb477e__${name}`)).document;
      expect(consensus && vote.document && voteMatches(consensus, vote.document).outcome).toBe('same');
    }
  });

  test('the vote of 2016-09-20 13:00 is the one that the consensus of that hour names', () => {
    const file = indexed('vote-ns').find((name) => name.startsWith('vote/2016-09-20')) ?? '';
    const vote = parseVote(read(file)).document;
    const consensus = parseConsensus(read('consensus-ns/2016-09-20-13-00-00-consensus')).document;
    expect(consensus && vote && voteMatches(consensus, vote)).toEqual({
      outcome: 'same',
      digest: '60ADC6BEC262AE921A1037D54C8A3976367DBE87',
      stated: '60ADC6BEC262AE921A1037D54C8A3976367DBE87',
    });
  });

  test.each([
    ['b1e6787', 'committed'],
    ['8a27e06', 'revealed'],
    ['f28d617', 'revealed'],
    ['7e640b1', 'committed'],
  ])('nine authorities %s in the vote of 2026 %s', (name, outcome) => {
    const { partial } = parseVote(read(`cropped/arti__${name}__authority`));
    const checks = checkSharedRandom({ sharedRandomCommits: partial.sharedRandomCommits ?? [] });
    expect(checks.map((check) => check.outcome)).toEqual(Array.from({ length: 9 }, () => outcome));
  });
});

/** Parses by kind, verifies by what the document itself carries, and says in words why it is refused. */
function refusal(file: string): string {
  const bytes = read(file);
  const words = (parsed: readonly Parsed<unknown>[]): string[] =>
    parsed.flatMap(({ problems }) =>
      problems.filter(({ severity }) => severity === 'error').map(describeProblem),
    );
  const kind = detectKind(bytes);
  if (kind === 'server-descriptor') {
    const parsed = parseServerDescriptors(bytes);
    const checks = parsed.flatMap((one) => verifyServerDescriptor(one).verdict.checks);
    const wrong = checks.filter(({ outcome }) => outcome === 'wrong');
    return [...words(parsed), ...wrong.map(({ name, detail }) => `${name}: ${detail}`)].join('\n');
  }
  if (kind === 'key-certificate') {
    const parsed = parseKeyCertificates(bytes);
    const refusals = parsed.flatMap((one) => verifyKeyCertificate(one).verdict.refusals);
    return [...words(parsed), ...refusals.map((one) => JSON.stringify(one))].join('\n');
  }
  if (kind === 'microdescriptor') return words(parseMicrodescriptors(bytes)).join('\n');
  return kind === 'consensus' ? words([parseConsensus(bytes)]).join('\n') : `a ${kind ?? 'thing unknown'}`;
}

/** The one file of the folder that is good, and a pair whose signatures are judged below. */
const elsewhere = /authcert-longclaw-full$|consensus-[12]err/;

const defects: readonly (readonly [file: string, message: RegExp])[] = [
  ['arti__bad-certs__bad-cc-tag', /dir-key-crosscert: expected an object ID SIGNATURE .* found HAPPY FROGS/],
  ['arti__bad-certs__bad-fingerprint', /fingerprint-mismatch/],
  ['arti__bad-certs__bad-version', /dir-key-certificate-version: expected 3, found "4"/],
  ['arti__bad-certs__wrong-end', /expected dir-key-certification as the last item/],
  ['arti__bad-certs__wrong-start', /expected dir-key-certificate-version exactly once, found none/],
  ['arti__bad-mdconsensus__bad-flags', /s: expected a flag of known-flags, found "Muffins"/],
  ['arti__bad-mdconsensus__bad-md-digest', /m: expected a SHA-256 digest/],
  ['arti__bad-mdconsensus__bad-params', /params: expected key=integer of 32 bits/],
  ['arti__bad-mdconsensus__bad-weight', /bandwidth-weights: expected key=integer .* found "Wgm=Hello"/],
  ['arti__bad-mdconsensus__bad-weights', /w: expected a number in its range, found "Bandwidth=Fred"/],
  ['arti__bad-mdconsensus__wrong-order', /r: expected relays in ascending order of identity/],
  ['arti__bad-mdconsensus__wrong-start', /expected network-status-version as the first item/],
  ['arti__bad-mdconsensus__wrong-version', /network-status-version: expected version 3/],
  ['arti__bad-mds__bogus-policy', /p6: expected accept or reject, and ports .* found "accept whatever"/],
  ['arti__bad-mds__non-ascii-policy', /p6: expected accept or reject, and ports .* found "acce ¬"/],
  ['arti__bad-mds__wrong-id', /id: expected id ed25519 or id rsa1024, found "id explodo"/],
  ['arti__bad-mds__wrong-start', /onion-key: expected onion-key as the first item, found "family"/],
  ['arti__bad-routerdesc__bad-cc-sign', /ntor-onion-key-crosscert: expected the sign 0 or 1, found "7"/],
  ['arti__bad-routerdesc__bad-ed-sk-in-cert', /identity-ed25519: not signed by its key/],
  ['arti__bad-routerdesc__bad-ipv6policy', /ipv6-policy: expected accept or reject.* "we love ipv6"/],
  ['arti__bad-routerdesc__bad-sig-order', /expected router-sig-ed25519 as the last item but one/],
  ['arti__bad-routerdesc__bad-start1', /router: expected router as the first item, found "identity-ed25519"/],
  [
    'arti__bad-routerdesc__bad-start2',
    /router: expected router as the first item, found "master-key-ed25519"/,
  ],
  ['arti__bad-routerdesc__mismatched-ed-sk-in-cert', /master-key-ed25519: not the key of identity-ed25519/],
  ['arti__bad-routerdesc__mismatched-fp', /fingerprint: the key's is EB6EFB27F29AC951/],
  ['arti__bad-routerdesc__no-ed-id-key-in-cert', /expected an ed25519 certificate with its signer key/],
  ['arti__bad-routerdesc__no-ed-sk', /expected identity-ed25519 in a descriptor, found none/],
  [
    'arti__bad-routerdesc__non-ed-sk-in-cert',
    /expected an ed25519 key certified \(type 1\), found key type 3/,
  ],
  ['arti__fbbef70__authcert-longclaw-full-invalid-certification', /certification-invalid/],
  ['arti__fbbef70__authcert-longclaw-full-invalid-cross', /crosscert-invalid/],
  ['arti__fbbef70__authcert-longclaw-full-invalid-id-rsa', /fingerprint-mismatch/],
];

describe.runIf(hasData)(withData('real documents that somebody broke'), () => {
  test('every file of adversarial/ has its row', () => {
    const files = filesOf('adversarial').filter((name) => !elsewhere.test(name));
    expect(defects.map(([file]) => file)).toEqual(files);
  });

  test.each(defects)('adversarial/%s is refused for its defect', (file, message) => {
    expect(refusal(`adversarial/${file}`)).toMatch(message);
  });

  test.each([
    ['consensus-1err', ['good', 'wrong', 'good'], 'accepted'],
    ['consensus-2err', ['wrong', 'good', 'wrong'], 'rejected'],
  ])(
    'adversarial/…%s: a wrong signature does not count; two good ones of three are enough',
    (name, fates, outcome) => {
      const files = [
        '2020-08-07-lightarti-rest-2f9a2b5-authcerts2.txt',
        '2021-03-15-lightarti-rest-2f9a2b5-authcerts3.txt',
      ];
      const ring = certificateRing(
        files
          .flatMap((file) => parseKeyCertificates(read(`chutney-and-synthetic/${file}`)))
          .flatMap(({ document }) => document ?? []),
      );
      const parsed = parseConsensus(read(`adversarial/lightarti-rest__b280e5d__${name}.txt`));
      const authorities = new Set(parsed.partial.authorities?.map(({ identity }) => identity));
      const { verdict } = verifyConsensus(parsed, { authorities, certificates: ring });
      expect(verdict.signatures.map(({ fate }) => fate)).toEqual(fates);
      expect(verdict.outcome).toBe(outcome);
    },
  );

  test('every file of cropped/ but two status documents of version 2 parses, none verifies', () => {
    const ring = certificateRing([]);
    for (const name of filesOf('cropped')) {
      const bytes = read(`cropped/${name}`);
      const kind = detectKind(bytes);
      if (name.endsWith('consensus-v2')) {
        expect(kind).toBeUndefined();
        continue;
      }
      expect(['consensus', 'vote']).toContain(kind);
      if (kind === 'vote') {
        const vote = parseVote(bytes);
        expect([name, ...oddities([vote])]).toEqual([name]);
        expect(verifyVote(vote).verified).toBeUndefined();
      } else {
        const consensus = parseConsensus(bytes);
        expect([name, ...oddities([consensus])]).toEqual([name]);
        const authorities = new Set(consensus.document?.authorities.map(({ identity }) => identity));
        expect(verifyConsensus(consensus, { authorities, certificates: ring }).verified).toBeUndefined();
      }
    }
  });
});
