/** Microdescriptors made of descriptors: every line by method, the policy's summary, and digests that real authorities voted. */
import { fc } from '../../../test/support/properties.ts';
import { afterAll, describe, expect, test } from 'vitest';
import {
  descriptorDigests,
  detectKind,
  fingerprintOf,
  makeMicrodescriptor,
  microdescriptorDigest,
  parseConsensus,
  parseMicrodescriptors,
  parseServerDescriptors,
  parseVote,
  parseVotes,
  present,
  sha256,
  summarizePolicy,
  textOf,
  toBase64,
  toHex,
  type PolicyRule,
  type RouterTable,
  type ServerDescriptor,
} from '../src/index.ts';
import { bytesOfFile, filesOf, hasData, withData } from './support/data.ts';
import { both, instead, without, type Edit } from './support/make.ts';
import { descriptor, madeRelay, oldDescriptor, type DescriptorOptions } from './support/make-relay.ts';
import { hasRecording, openRecording, withRecording } from './support/recordings.ts';

const relay = madeRelay(0);
const other = madeRelay(1);

function read(bytes: Uint8Array): ServerDescriptor {
  const [parsed] = parseServerDescriptors(Uint8Array.from(bytes));
  if (!parsed?.document) throw new Error('no descriptor');
  return parsed.document;
}

const made = (options: DescriptorOptions = {}): ServerDescriptor => read(descriptor(relay, options));

/** The lines of the microdescriptor behind the onion key. */
function lines(document: ServerDescriptor, method: number): readonly string[] {
  const result = makeMicrodescriptor(document, method);
  if (result.outcome !== 'made') throw new Error(result.because);
  expect(result.sha256).toEqual(sha256(result.bytes));
  const [head, ...rest] = textOf(result.bytes).split('-----END RSA PUBLIC KEY-----\n');
  expect(head).toMatch(
    /^onion-key\n-----BEGIN RSA PUBLIC KEY-----\n([A-Za-z0-9+/]{64}\n){2,}[A-Za-z0-9+/=]+\n$/,
  );
  return rest.join('').trimEnd().split('\n');
}

const base64 = (bytes: Uint8Array): string => toBase64(bytes);
const own = `$${relay.identity.digest}`;
const b40 = `$${'B'.repeat(40)}`;
const c40 = `$${'C'.repeat(40)}`;

/** Policies as lines: `accept *:80`. */
function rules(...texts: readonly string[]): readonly PolicyRule[] {
  const edit: Edit = (all) => [...all.filter((line) => !/^(accept|reject) /.test(line)), ...texts];
  return made({ edit }).policy;
}

describe('makeMicrodescriptor()', () => {
  const ntor = made().ntorOnionKey ?? new Uint8Array();

  test('every line, in order, by the newest method', () => {
    const family = [own, b40, c40, 'maple'].sort();
    expect(lines(made(), 35)).toEqual([
      `ntor-onion-key ${base64(ntor)}`,
      `family ${family.join(' ')}`,
      `family-ids ed25519:${base64(relay.family.key)}`,
      'p accept 80,440-450',
      'p6 accept 80,440-450',
      `id ed25519 ${base64(relay.master.key)}`,
    ]);
  });

  test('what each method changed', () => {
    const at = (method: number): readonly string[] => lines(made(), method);
    expect(at(34)).toEqual(at(35).filter((line) => !line.startsWith('family-ids ')));
    expect(at(30)).toEqual(at(34));
    expect(at(29)).toEqual(at(30).map((line) => (line.startsWith('ntor-') ? `${line}=` : line)));
    const written = `family maple ${b40} ${c40}~birch`;
    expect(at(28)).toEqual(at(29).map((line) => (line.startsWith('family ') ? written : line)));
    expect(at(27)).toEqual([at(28)[0], 'a [2001:db8::7]:9001', ...at(28).slice(1)]);
    expect(at(21)).toEqual(at(27));
    const rsa = `id rsa1024 ${base64(Buffer.from(relay.identity.digest, 'hex'))}`;
    expect(at(20)).toEqual([...at(21).slice(0, -1), rsa]);
    expect(at(18)).toEqual(at(20));
    expect(at(17)).toEqual(at(18).slice(0, -1));
  });

  test('without what there need not be: no such line', () => {
    const bare = both(
      without('family'),
      without('ipv6-policy'),
      without('or-address'),
      (all) => all.filter((line) => !/^(accept|reject) /.test(line)),
      (all) => [...all, 'reject *:*'],
    );
    expect(lines(made({ edit: bare }), 34)).toEqual([
      `ntor-onion-key ${base64(ntor)}`,
      `id ed25519 ${base64(relay.master.key)}`,
    ]);
    const all6 = both(bare, (texts) => [...texts, 'ipv6-policy reject 1-65535']);
    expect(lines(made({ edit: all6 }), 34)).toHaveLength(2);
  });

  test('an RSA identity where there is no other', () => {
    const old = read(oldDescriptor(relay));
    expect(lines(old, 35)).toEqual([`id rsa1024 ${base64(Buffer.from(relay.identity.digest, 'hex'))}`]);
  });

  test.each([
    ['nicknames in lower case', 'Maple BIRCH', `${own} birch maple`],
    ['fingerprints in upper case', `$${'b'.repeat(40)}`, [own, b40].sort().join(' ')],
    ['without what follows them', `${b40}=Maple ${c40}~Birch`, [own, b40, c40].sort().join(' ')],
    ['each once', `maple Maple ${own} ${own}~maple`, `${own} maple`],
  ])('a family from method 29 on: %s', (_, family, expected) => {
    const document = made({ edit: instead('family', `family ${family}`) });
    expect(lines(document, 29)).toContain(`family ${expected}`);
    expect(lines(document, 28)).toContain(`family ${family}`);
  });

  test('a member that is neither a name nor a fingerprint stays as it is, and stands where its bytes put it', () => {
    const document = { ...made(), family: ['zebra', '!odd', '!odd'] };
    expect(lines(document, 29)).toContain(`family !odd !odd ${own} zebra`);
  });

  test.each<[string, DescriptorOptions]>([
    ['for another relay', { familyCertificate: { certified: other.master.key } }],
    [
      'by another key than it says',
      { familyCertificate: { signer: { secret: other.family.secret, key: relay.family.key } } },
    ],
  ])('no family key out of a certificate %s', (_, options) => {
    expect(lines(made(options), 35).join('\n')).not.toMatch(/family-ids/);
  });

  test('no family key out of a certificate that does not name its signer, nor without an ed25519 identity', () => {
    const document = made();
    const familyCertificates = document.familyCertificates.map((one) => ({ ...one, signerKey: undefined }));
    expect(lines({ ...document, familyCertificates }, 35).join('\n')).not.toMatch(/family-ids/);
    expect(lines({ ...document, identityEd25519: undefined }, 35).join('\n')).not.toMatch(/family-ids/);
  });

  test('family keys are sorted and each once', () => {
    const one = made();
    const second = made({ familyCertificate: { signer: other.family } });
    const [a, b] = [one.familyCertificates[0], second.familyCertificates[0]];
    if (!a || !b) throw new Error('no certificates');
    const keys = [relay.family, other.family].map(({ key }) => `ed25519:${base64(key)}`);
    for (const familyCertificates of [
      [a, b, a],
      [b, a],
    ])
      expect(lines({ ...one, familyCertificates }, 35)).toContain(`family-ids ${keys.sort().join(' ')}`);
  });

  test('ranges of an IPv6 policy are printed as they are given', () => {
    const document = made({ edit: instead('ipv6-policy', 'ipv6-policy reject 1-1,25,119-119,120-130') });
    expect(lines(document, 35)).toContain('p6 reject 1,25,119,120-130');
  });

  test.each([
    ['no-onion-key', { ...made(), onionKey: undefined }, 35],
    ['no-identity', { ...made(), signingKey: undefined, fingerprint: undefined }, 35],
    ['netmask', { ...made(), policy: rules('reject 10.0.0.0/255.0.255.0:*') }, 35],
    ['unsupported-method', made(), 15],
    ['unsupported-method', made(), 36],
  ] as const)('%s: none', (because, document, method) => {
    expect(makeMicrodescriptor(document, method)).toEqual({ outcome: 'none', because });
  });

  test('what is made parses as a microdescriptor with the same digest', () => {
    const result = makeMicrodescriptor(made(), 35);
    if (result.outcome !== 'made') throw new Error(result.because);
    const [parsed] = parseMicrodescriptors(result.bytes, { profile: 'tor-0.4.9' });
    expect(parsed?.problems).toEqual([]);
    expect(parsed?.document && microdescriptorDigest(parsed.document)).toEqual(result.sha256);
  });
});

describe('summarizePolicy()', () => {
  test.each([
    [['reject *:*'], 'reject 1-65535'],
    [['accept *:*'], 'accept 1-65535'],
    [['accept *:80', 'accept *:443', 'reject *:*'], 'accept 80,443'],
    [['reject *:25', 'accept *:*'], 'reject 25'],
    // Equally long: accept wins.
    [['accept *:1-32767', 'reject *:*'], 'accept 1-32767'],
    [['accept *:80', 'accept *:81-90', 'accept *:91', 'reject *:*'], 'accept 80-91'],
    [['accept *4:22', 'reject *:*'], 'accept 22'],
    [['accept 0.0.0.0/0:22', 'reject *:*'], 'accept 22'],
    // Not for all addresses: it does not count.
    [['accept 1.2.3.0/24:22', 'accept *:80', 'reject *:*'], 'accept 80'],
    // Two networks /8 may be rejected, more may not.
    [['reject 1.0.0.0/8:80', 'reject 2.0.0.0/8:80', 'accept *:80', 'reject *:*'], 'accept 80'],
    [
      ['reject 1.0.0.0/8:80', 'reject 2.0.0.0/8:80', 'reject 3.3.3.3:80', 'accept *:80-81', 'reject *:*'],
      'accept 81',
    ],
    [['reject 0.0.0.0/6:80', 'accept *:80-81', 'reject *:*'], 'accept 81'],
    [['reject 1.0.0.0/255.0.0.0:80', 'reject 2.0.0.0/7:80', 'accept *:80-81', 'reject *:*'], 'accept 81'],
    // Private networks are for free, if they are exactly those.
    [['reject private:*', 'accept *:80', 'reject *:*'], 'accept 80'],
    [
      [
        'reject 10.0.0.0/8:80',
        'reject 127.0.0.0/8:80',
        'reject 0.0.0.0/8:80',
        'reject 1.0.0.0/8:80',
        'accept *:80',
        'reject *:*',
      ],
      'accept 80',
    ],
    [
      [
        'reject 10.0.0.1/8:80',
        'reject 127.0.0.0/8:80',
        'reject 2.0.0.0/7:80',
        'accept *:80-81',
        'reject *:*',
      ],
      'accept 81',
    ],
    // What was accepted is not taken back.
    [['accept *:80', 'reject *:1-100', 'accept *:*'], 'reject 1-79,81-100'],
    // IPv6 is another matter.
    [['reject *6:*', 'reject [2001:db8::]/32:80', 'accept *:80', 'reject *:*'], 'accept 80'],
    [['accept *6:80', 'accept *:443', 'reject *:*'], 'accept 443'],
  ])('%j: %s', (texts, summary) => {
    expect(summarizePolicy(rules(...texts))).toBe(summary);
  });

  test('no rule at all rejects everything', () => {
    expect(summarizePolicy([])).toBe('reject 1-65535');
  });

  test('too long both ways: as many accepted ports as fit into 1000 characters', () => {
    const ports = Array.from({ length: 400 }, (_, index) => 1000 + index * 2);
    const summary = summarizePolicy(rules(...ports.map((port) => `accept *:${port}`), 'reject *:*')) ?? '';
    const list = summary.slice('accept '.length).split(',').map(Number);
    expect(list).toEqual(ports.slice(0, list.length));
    expect(summary.length).toBeLessThanOrEqual(1000);
    expect(`${summary},${ports[list.length]}`.length).toBeGreaterThan(1000);
    // The cut is at the last comma within 993 characters of the list.
    expect(summary).toHaveLength('accept '.length + 989);
  });

  test('a policy of 100,000 rules takes time by its length, not by its square', () => {
    const rule = (verdict: 'accept' | 'reject', low: number, high: number): PolicyRule => ({
      verdict,
      keyword: verdict,
      address: verdict === 'accept' ? '*' : '192.0.2.1',
      bits: verdict === 'accept' ? undefined : 32,
      mask: undefined,
      ports: [low, high],
    });
    const narrow = Array.from({ length: 30_000 }, (_, index) => rule('accept', 2 * index + 1, 2 * index + 1));
    const wide = Array.from({ length: 70_000 }, () => rule('reject', 1, 65_535));
    const begun = process.cpuUsage();
    expect(summarizePolicy([...narrow, ...wide])).toMatch(/^accept 1,3,5,/);
    expect(summarizePolicy([...wide, ...narrow])).toMatch(/^accept 1,3,5,/);
    // Each 50,000 times 30,000 steps would be minutes.
    expect(process.cpuUsage(begun).user / 1e6).toBeLessThan(5);
  });

  test('it says of each port what one gets by going through the rules for it alone', () => {
    const range = fc
      .tuple(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 0, max: 10 }))
      .map(([low, size]) => `${low}-${low + size}`);
    const address = fc.constantFrom('*', '*', '1.0.0.0/8', '2.0.0.0/7', '10.0.0.0/8', '5.5.5.5', '0.0.0.0/0');
    const rule = fc
      .tuple(fc.constantFrom('accept', 'reject'), address, range)
      .map(([a, b, c]) => `${a} ${b}:${c}`);
    fc.assert(
      fc.property(fc.array(rule, { maxLength: 12 }), (texts) => {
        const list = rules(...texts, 'reject *:50-65535');
        const summary = summarizePolicy(list) ?? '';
        for (let port = 1; port <= 60; port += 1)
          expect([port, permits(summary, port)]).toEqual([port, alone(list, port)]);
      }),
      { numRuns: 200, seed: 20_260_727 },
    );
  });
});

/** Whether a summary accepts a port. */
function permits(summary: string, port: number): boolean {
  const [word = '', list = ''] = summary.split(' ');
  const inside = list.split(',').some((range) => {
    const [low = 0, high = low] = range.split('-').map(Number);
    return port >= low && port <= high;
  });
  return (word === 'accept') === inside;
}

/** The fate of one port, by counting the addresses that were rejected before it was accepted. */
function alone(list: readonly PolicyRule[], port: number): boolean {
  let rejected = 0;
  for (const { verdict, address, bits, ports } of list) {
    if (port < ports[0] || port > ports[1]) continue;
    const all = address === '*' || bits === 0;
    if (verdict === 'accept' && all && rejected <= 2 ** 25) return true;
    if (verdict === 'reject' && address !== '10.0.0.0') rejected += all ? 2 ** 32 : 2 ** (32 - (bits ?? 32));
  }
  return false;
}

/** What authorities voted of descriptors at hand: each `m` line for each of its methods, each `p` line. */
function votedAgree(
  routers: RouterTable,
  descriptors: ReadonlyMap<string, ServerDescriptor>,
): { readonly digests: number; readonly policies: number; readonly wrong: readonly string[] } {
  const wrong: string[] = [];
  let digests = 0;
  let policies = 0;
  const { votedMicrodescs: voted } = routers;
  const found = (router: number): ServerDescriptor | undefined =>
    descriptors.get(toHex(routers.descriptorDigest, router * 20, router * 20 + 20));
  for (let line = 0; line < voted.count; line += 1) {
    const router = voted.router[line] ?? 0;
    const document = found(router);
    if (!document) continue;
    const digest = toBase64(voted.sha256, line * 32, line * 32 + 32);
    for (const method of (voted.methodLists[voted.methods[line] ?? 0] ?? '').split(',').map(Number)) {
      const result = makeMicrodescriptor(document, method);
      digests += 1;
      if (result.outcome !== 'made' || toBase64(result.sha256) !== digest)
        wrong.push(`${fingerprintOf(routers, router)} by method ${method}`);
    }
  }
  for (let router = 0; router < routers.count; router += 1) {
    const document = found(router);
    if (!document || ((routers.present[router] ?? 0) & present.p) === 0) continue;
    policies += 1;
    if (summarizePolicy(document.policy) !== routers.policies[routers.policy[router] ?? 0])
      wrong.push(`${fingerprintOf(routers, router)}: p`);
  }
  return { digests, policies, wrong };
}

function descriptorsIn(files: readonly Uint8Array[]): ReadonlyMap<string, ServerDescriptor> {
  const map = new Map<string, ServerDescriptor>();
  for (const bytes of files)
    for (const { document } of parseServerDescriptors(bytes)) {
      const digest = document && descriptorDigests(document).sha1;
      if (document && digest !== undefined) map.set(digest, document);
    }
  return map;
}

const badDay = hasRecording('bad-day') ? openRecording('bad-day') : undefined;
afterAll(() => badDay?.remove());

test.runIf(badDay)(
  withRecording('bad-day', 'what nine real authorities voted of their own relays, all methods'),
  () => {
    const files = (badDay?.files ?? [])
      .filter((path) => path.startsWith('documents/'))
      .map((path) => badDay?.read(path) ?? new Uint8Array());
    const kinds = files.map((bytes) => detectKind(bytes));
    const descriptors = descriptorsIn(files.filter((_, index) => kinds[index] === 'server-descriptor'));
    const votes = files.filter((_, index) => kinds[index] === 'vote').slice(0, 60);
    const results = votes.map((bytes) => {
      const { routers } = parseVote(bytes).partial;
      if (!routers) throw new Error('no entries');
      return votedAgree(routers, descriptors);
    });
    expect(results.flatMap(({ wrong }) => wrong)).toEqual([]);
    expect(results.reduce((sum, { digests }) => sum + digests, 0)).toBeGreaterThan(500);
    expect(results.reduce((sum, { policies }) => sum + policies, 0)).toBeGreaterThan(100);
  },
);

describe.runIf(hasData)(withData('what real authorities made'), () => {
  const chutney = filesOf('chutney-and-synthetic').filter((name) => name.startsWith('arti__'));
  const synthetic = (part: string): Uint8Array[] =>
    chutney.filter((name) => name.includes(part)).map((name) => bytesOfFile('chutney-and-synthetic', name));

  test('of a private network: votes by methods 28 to 35, and the microdescriptors byte for byte', () => {
    const descriptors = descriptorsIn(synthetic('cached-descriptors'));
    const results = synthetic('v3-status-votes')
      .flatMap((bytes) => parseVotes(bytes))
      .flatMap(({ partial }) => (partial.routers ? votedAgree(partial.routers, descriptors) : []));
    expect(results.flatMap(({ wrong }) => wrong)).toEqual([]);
    expect(results.reduce((sum, { digests }) => sum + digests, 0)).toBe(512);
    const cached = new Set(
      synthetic('cached-microdescs')
        .flatMap((bytes) => parseMicrodescriptors(bytes))
        .flatMap(({ document }) => (document ? toBase64(microdescriptorDigest(document)) : [])),
    );
    const unmade = [...descriptors.values()].filter((document) => {
      const result = makeMicrodescriptor(document, 35);
      return result.outcome !== 'made' || !cached.has(toBase64(result.sha256));
    });
    // One descriptor of the file is of a relay that the last consensus did not list.
    expect(descriptors.size - unmade.length).toBeGreaterThanOrEqual(18);
    expect(unmade.length).toBeLessThanOrEqual(1);
  });

  test('of the public network of 2026: five relays, votes and consensuses', () => {
    const singles = filesOf('single-descriptors').filter((name) => name.includes('authority--desc--'));
    const descriptors = descriptorsIn(singles.map((name) => bytesOfFile('single-descriptors', name)));
    const results = ['7e640b1', '8a27e06', 'f28d617'].flatMap((name) => {
      const { routers } = parseVote(bytesOfFile('cropped', `arti__${name}__authority`)).partial;
      return routers ? votedAgree(routers, descriptors) : [];
    });
    expect(results.flatMap(({ wrong }) => wrong)).toEqual([]);
    expect(results.map(({ digests, policies }) => [digests, policies])).toEqual([
      [20, 5],
      [20, 5],
      [20, 5],
    ]);
  });

  test.each([
    {
      file: '2020-12-04__tor-relay-docker__c9a75ca__cached-descriptors.new',
      consensus: '2020-12-05-19-00-00-consensus-microdesc',
      relays: 362,
    },
    {
      file: '2016-10-02__collector__7e80f72__relay-2016-10-02-16-05-00-server-descriptors',
      consensus: '2016-10-02-17-00-00-consensus-microdesc',
      relays: 4,
    },
  ])('of the public network: $relays relays of $consensus', ({ file, consensus, relays }) => {
    const { document } = parseConsensus(bytesOfFile('consensus-microdesc', consensus));
    if (document?.consensusMethod === undefined) throw new Error('no consensus');
    const { routers, consensusMethod } = document;
    const rows = new Map(
      Array.from({ length: routers.count }, (_, row) => [fingerprintOf(routers, row), row]),
    );
    let same = 0;
    for (const one of descriptorsIn([bytesOfFile('server-descriptors', file)]).values()) {
      const row = rows.get(one.fingerprint ?? '');
      // The consensus is of the same descriptor: this method still says when it was published.
      if (row === undefined || routers.published[row] !== one.published) continue;
      const result = makeMicrodescriptor(one, consensusMethod);
      const digest = toBase64(routers.microdescDigest, row * 32, row * 32 + 32);
      expect([one.router.nickname, result.outcome === 'made' && toBase64(result.sha256)]).toEqual([
        one.router.nickname,
        digest,
      ]);
      same += 1;
    }
    expect(same).toBe(relays);
  });

  test.each([
    {
      file: '2014-12-08__zoossh__4373553__server-descriptors',
      consensus: '2014-12-08-16-00-00-consensus',
      relays: 540,
    },
    {
      file: '2020-12-04__tor-relay-docker__c9a75ca__cached-descriptors.new',
      consensus: '2020-12-05-18-00-00-consensus',
      relays: 384,
    },
  ])('summaries of the public network: $relays policies in $consensus', ({ file, consensus, relays }) => {
    const { document } = parseConsensus(bytesOfFile('consensus-ns', consensus));
    if (!document) throw new Error('no consensus');
    const { policies, wrong } = votedAgree(
      document.routers,
      descriptorsIn([bytesOfFile('server-descriptors', file)]),
    );
    expect([policies, wrong]).toEqual([relays, []]);
  });
});
