/** A document to measure when there are no real ones: as large as one of the public network, signed by nine keys made here. */
import {
  constants,
  createHash,
  createPublicKey,
  generateKeyPairSync,
  privateEncrypt,
  type KeyObject,
} from 'node:crypto';
import { computeConsensus, parseVote } from '@conclave/netdoc';

/** A consensus, and the certificates that verify it. */
export interface MadeDocument {
  readonly consensus: Uint8Array;
  readonly certificates: Uint8Array;
}

interface Key {
  readonly secret: KeyObject;
  readonly der: Buffer;
  readonly digest: string;
}

/** The keys of an authority. */
interface KeyPair {
  readonly identity: Key;
  readonly signing: Key;
}

/** Of nine authorities, in the order of their identities. */
function makeKeys(): readonly KeyPair[] {
  return Array.from({ length: 9 }, () => ({ identity: makeKey(3072), signing: makeKey(2048) })).toSorted(
    (a, b) => (a.identity.digest < b.identity.digest ? -1 : 1),
  );
}

/** Makes a ns consensus of so many relays, signed by nine authorities. */
export function makeConsensus(relays: number, keys: readonly KeyPair[] = makeKeys()): MadeDocument {
  const signed = [
    ...head,
    ...keys.flatMap(({ identity }, index) => [
      `dir-source authority${index} ${identity.digest} authority.example 192.0.2.${index + 1} 80 443`,
      'contact nobody AT example',
      `vote-digest ${sha1(`vote ${index}`).toString('hex').toUpperCase()}`,
    ]),
    ...entries(relays),
    'directory-footer',
    'directory-signature ',
  ].join('\n');
  const digest = sha1(signed);
  const signatures = keys.map(({ identity, signing }, index) => {
    const keyword = index === 0 ? '' : 'directory-signature ';
    return `${keyword}${identity.digest} ${signing.digest}\n${object('SIGNATURE', sign(signing, digest))}`;
  });
  const certificates = keys.map(({ identity, signing }) => certificate(identity, signing)).join('');
  return { consensus: Buffer.from(signed + signatures.join('')), certificates: Buffer.from(certificates) };
}

/** Makes the votes of nine authorities on so many relays: each lists nearly all, and they differ as authorities do. */
export function makeVotes(relays: number, keys: readonly KeyPair[] = makeKeys()): readonly Uint8Array[] {
  return keys.map(({ identity, signing }, voter) => {
    const signed = [
      'network-status-version 3',
      'vote-status vote',
      'consensus-methods 32 33 34 35',
      'published 2024-05-01 11:50:00',
      ...head.slice(3),
      'params bwauthpid=1',
      `dir-source authority${voter} ${identity.digest} authority.example 192.0.2.${voter + 1} 80 443`,
      'contact nobody AT example',
      certificate(identity, signing).trimEnd(),
      ...entries(relays, voter),
      'directory-footer',
      'directory-signature ',
    ].join('\n');
    const signature = object('SIGNATURE', sign(signing, sha1(signed)));
    return Buffer.from(`${signed}${identity.digest} ${signing.digest}\n${signature}`);
  });
}

/** Hours of a made network, as an archive has them: one consensus each, of nine signers, and the votes it was made from. */
export interface MadeHours {
  readonly identities: readonly string[];
  readonly certificates: readonly Uint8Array[];
  readonly hours: readonly {
    /** In seconds. */
    readonly validAfter: number;
    readonly consensus: Uint8Array;
    readonly votes: readonly Uint8Array[];
  }[];
}

/** Makes so many hours; the consensus is what the votes give, or, without votes, one that only names some. */
export function makeHours(relays: number, hours: number, withVotes: boolean): MadeHours {
  const keys = makeKeys();
  const signed = (text: string, some: readonly KeyPair[]): Buffer => {
    const digest = sha1(text);
    const signatures = some.map(({ identity, signing }, index) => {
      const keyword = index === 0 ? '' : 'directory-signature ';
      return `${keyword}${identity.digest} ${signing.digest}\n${object('SIGNATURE', sign(signing, digest))}`;
    });
    return Buffer.from(text + signatures.join(''));
  };
  const atHour = (text: string, hour: number): string =>
    // An hour later some weights are others, so that no archive can pack them as if they were one document.
    text
      .replaceAll(
        /^(\w+-\w+|published) 2024-05-01 (\d\d):(\d\d:00)$/gm,
        (_, keyword: string, at: string, rest: string) =>
          `${keyword} ${new Date(Date.UTC(2024, 4, 1, Number(at) + hour)).toISOString().slice(0, 13).replace('T', ' ')}:${rest}`,
      )
      .replaceAll(
        /^(w Bandwidth=\d*)([0-4])(\d?)( |$)/gm,
        (_, head: string, digit: string, last: string, end: string) =>
          `${head}${(Number(digit) + hour) % 10}${last}${end}`,
      );
  const [votes, plain] = [withVotes ? makeVotes(relays, keys) : [], makeConsensus(relays, keys)];
  const unsigned = (bytes: Uint8Array): string => {
    const text = Buffer.from(bytes).toString('latin1');
    const mark = '\ndirectory-signature ';
    return text.slice(0, text.indexOf(mark) + mark.length);
  };
  return {
    identities: keys.map(({ identity }) => identity.digest),
    certificates: keys.map(({ identity, signing }) => Buffer.from(certificate(identity, signing))),
    hours: Array.from({ length: hours }, (_, hour) => {
      const cast = votes.map((vote, voter) =>
        signed(atHour(unsigned(vote), hour), keys.slice(voter, voter + 1)),
      );
      const made = withVotes ? computed(cast) : atHour(unsigned(plain.consensus), hour);
      return {
        validAfter: Date.UTC(2024, 4, 1, 12 + hour) / 1000,
        consensus: signed(made, keys),
        votes: cast,
      };
    }),
  };
}

/** What the votes give, up to where signatures begin. */
function computed(votes: readonly Uint8Array[]): string {
  const parsed = votes.flatMap((bytes) => parseVote(bytes).document ?? []);
  const computation = computeConsensus(parsed, { authorities: 9, flavors: ['ns'] });
  if (computation.outcome !== 'computed' || !computation.ns)
    throw new Error('the made votes give no consensus');
  return `${Buffer.from(computation.ns.bytes).toString('latin1')}directory-signature `;
}

/** What a vote has of a relay and a consensus has not; some authorities measure. */
function votedLines(digest: Buffer, index: number, voter: number): string[] {
  const digest256 = (what: string): string =>
    base64(createHash('sha256').update(what).update(digest).digest());
  return [
    `id ed25519 ${digest256('ed25519')}`,
    `stats wfu=0.9${index % 10}${voter}000 tk=${index * 1000} mtbf=${index * 100}`,
    `m 32,33,34,35 sha256=${digest256('microdescriptor')}`,
  ];
}

const head = [
  'network-status-version 3',
  'vote-status consensus',
  'consensus-method 34',
  'valid-after 2024-05-01 12:00:00',
  'fresh-until 2024-05-01 13:00:00',
  'valid-until 2024-05-01 15:00:00',
  'voting-delay 300 300',
  'known-flags Exit Fast Guard HSDir Running Stable V2Dir Valid',
];

const flagLines = [
  's Fast Running Stable V2Dir Valid',
  's Fast Guard HSDir Running Stable V2Dir Valid',
  's Exit Fast Running Valid',
  's Running V2Dir Valid',
];

const protocols =
  'pr Cons=1-2 Desc=1-2 DirCache=2 FlowCtrl=1-2 HSDir=2 HSIntro=4-5 HSRend=1-2 Link=1-5 LinkAuth=1,3 Microdesc=1-2 Padding=2 Relay=1-4';

function entries(relays: number, voter?: number): string[] {
  const digests = Array.from({ length: relays }, (_, index) => sha1(`relay ${index}`)).sort((a, b) =>
    Buffer.compare(a, b),
  );
  const measured = (index: number): string =>
    voter === undefined || voter % 3 === 0 ? '' : ` Measured=${index * 7 + voter}`;
  return digests.flatMap((digest, index) =>
    voter !== undefined && (index + voter) % 97 === 0
      ? []
      : [
          `r relay${index} ${base64(digest)} ${base64(sha1(digest))} 2024-05-01 0${index % 10}:1${index % 7}:2${index % 3} 10.${index % 250}.${index % 199}.${index % 251} ${9001 + (index % 3)} 0`,
          ...(index % 3 === 0 ? [`a [2001:db8::${index.toString(16)}]:9001`] : []),
          flagLines[index % flagLines.length] ?? '',
          `v Tor 0.4.8.${index % 13}`,
          protocols,
          `w Bandwidth=${index * 7}${measured(index)}`,
          index % 4 === 0
            ? 'p accept 20-23,43,53,79-81,88,110,143,194,220,389,443,464-465,531,543-544'
            : 'p reject 1-65535',
          ...(voter === undefined ? [] : votedLines(digest, index, voter)),
        ],
  );
}

function certificate(identity: Key, signing: Key): string {
  const signed =
    [
      'dir-key-certificate-version 3',
      `fingerprint ${identity.digest}`,
      'dir-key-published 2024-01-01 00:00:00',
      'dir-key-expires 2025-01-01 00:00:00',
      'dir-identity-key',
      object('RSA PUBLIC KEY', identity.der).trimEnd(),
      'dir-signing-key',
      object('RSA PUBLIC KEY', signing.der).trimEnd(),
      'dir-key-crosscert',
      object('ID SIGNATURE', sign(signing, Buffer.from(identity.digest, 'hex'))).trimEnd(),
      'dir-key-certification',
    ].join('\n') + '\n';
  return signed + object('SIGNATURE', sign(identity, sha1(signed)));
}

function makeKey(bits: number): Key {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: bits });
  const der = createPublicKey(privateKey).export({ type: 'pkcs1', format: 'der' });
  return { secret: privateKey, der, digest: sha1(der).toString('hex').toUpperCase() };
}

function sign(key: Key, payload: Uint8Array): Buffer {
  return privateEncrypt({ key: key.secret, padding: constants.RSA_PKCS1_PADDING }, payload);
}

function object(label: string, bytes: Uint8Array): string {
  const body = Buffer.from(bytes).toString('base64').replace(/.{64}/g, '$&\n').trimEnd();
  return `-----BEGIN ${label}-----\n${body}\n-----END ${label}-----\n`;
}

function sha1(bytes: Uint8Array | string): Buffer {
  return createHash('sha1').update(bytes).digest();
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64').replace(/=+$/, '');
}
