/**
 * Server descriptors: what a relay says of itself, signed by itself (dir-spec 2.1.1), of every year since 2009, relays'
 * and the sanitized ones of bridges. Whether the signatures hold, `verifyServerDescriptor` tells.
 */
import type { Fingerprint, Span, UnixSeconds } from '../base/index.ts';
import { ed25519CertificateType } from '../ed25519/index.ts';
import type { Ed25519Certificate } from '../ed25519/index.ts';
import {
  anyNumber,
  argument,
  argumentsOf,
  atMostOnce,
  complain,
  exactlyOnce,
  parseInteger,
  quoteText,
  readObject,
  readProtocols,
  readTable,
  readTableLeniently,
  refuseObject,
  readTime,
  wholeLine,
  withObject,
} from '../metaformat/index.ts';
import type { Item, Parsed, ProblemList, Profile, Read } from '../metaformat/index.ts';
import { isIpv4, parsePolicyRule, readPortPolicy } from './policy.ts';
import type { PolicyRule, PortPolicy } from './policy.ts';
import {
  readBytes,
  readEd25519,
  readExtraInfoDigest,
  readHistory,
  readInteger,
  readRsaKey,
  readSpacedFingerprint,
  relayKeyBits,
} from './readers.ts';
import type { BandwidthHistory, ExtraInfoDigest } from './readers.ts';
import { checkEnds, pieces } from './sequence.ts';
import type { Annotation, Piece } from './sequence.ts';
import { checkSignatureItems, isDraft, signedSpans } from './self-signed.ts';

/** `router NICKNAME ADDRESS ORPORT SOCKSPORT DIRPORT`. */
export interface RouterLine {
  readonly nickname: string;
  readonly address: string;
  readonly orPort: number;
  readonly socksPort: number;
  readonly dirPort: number;
}

/** Bytes per second that the relay will give on average, in bursts, and was seen to give. */
export interface RelayBandwidth {
  readonly rate: number;
  readonly burst: number;
  readonly observed: number;
}

/** The ntor onion key's word for the identity: the certificate, and the sign that makes an ed25519 key of it. */
export interface NtorCrosscert {
  readonly sign: 0 | 1;
  readonly certificate: Ed25519Certificate;
}

/** `overload-general VERSION TIME`: the relay was overloaded since then (prop328). */
export interface Overload {
  readonly version: number;
  readonly time: UnixSeconds;
}

/** What `hibernating`, `family` and the like say, and what tor does not read at all. */
interface ServerDescriptorNotes {
  readonly annotations: readonly Annotation[];
  readonly protocols: string | undefined;
  readonly eventdns: boolean | undefined;
  readonly allowSingleHopExits: boolean;
  readonly cachesExtraInfo: boolean;
  readonly hiddenServiceDir: boolean;
  readonly tunnelledDirServer: boolean;
  readonly dirCachePort: number | undefined;
  readonly bridgeDistributionRequest: string | undefined;
  readonly overloadGeneral: Overload | undefined;
  readonly readHistory: BandwidthHistory | undefined;
  readonly writeHistory: BandwidthHistory | undefined;
  /** Of a bridge's descriptor whose signatures were taken away: the digests it had (CollecTor). */
  readonly routerDigest: Fingerprint | undefined;
  readonly routerDigestSha256: Uint8Array | undefined;
}

/** A server descriptor as it says. */
export interface ServerDescriptor extends ServerDescriptorNotes {
  readonly kind: 'server-descriptor';
  readonly bytes: Uint8Array;
  /** From `router` to the end of its last item, the signature. */
  readonly span: Span;
  /**
   * What `router-signature` is over, and what the descriptor's SHA-1 digest is of. Undefined where that item is not there:
   * in what CollecTor says of bridges, and in a draft that its relay has not signed yet.
   */
  readonly signed: Span | undefined;
  /** What `router-sig-ed25519` is over. */
  readonly signedEd25519: Span | undefined;
  readonly router: RouterLine;
  readonly identityEd25519: Ed25519Certificate | undefined;
  readonly masterKeyEd25519: Uint8Array | undefined;
  readonly bandwidth: RelayBandwidth;
  readonly platform: string | undefined;
  readonly published: UnixSeconds;
  /** SHA-1 of the signing key, as it claims. */
  readonly fingerprint: Fingerprint | undefined;
  readonly hibernating: boolean;
  readonly uptimeSeconds: number | undefined;
  readonly onionKey: Uint8Array | undefined;
  readonly onionKeyCrosscert: Uint8Array | undefined;
  readonly ntorOnionKey: Uint8Array | undefined;
  readonly ntorOnionKeyCrosscert: NtorCrosscert | undefined;
  /** DER of the RSA identity key. */
  readonly signingKey: Uint8Array | undefined;
  /** In order: the first that fits decides. */
  readonly policy: readonly PolicyRule[];
  readonly ipv6Policy: PortPolicy | undefined;
  readonly proto: string | undefined;
  readonly contact: string | undefined;
  readonly family: readonly string[] | undefined;
  readonly familyCertificates: readonly Ed25519Certificate[];
  /** `ADDRESS:PORT`, IPv6 in brackets. */
  readonly orAddresses: readonly string[];
  readonly extraInfoDigest: ExtraInfoDigest | undefined;
  readonly signatureEd25519: Uint8Array | undefined;
  readonly signature: Uint8Array | undefined;
}

const portMax = 65_535;
const int32Max = 2 ** 31 - 1;

const readRouter: Read<RouterLine> = (item, wrong) => {
  const [nickname = '', address = '', ...texts] = argumentsOf(item);
  const [orPort, socksPort, dirPort] = texts.map((text) => parseInteger(text, 0, portMax));
  if (!/^[A-Za-z0-9]{1,19}$/.test(nickname)) return wrong('a nickname of 1 to 19 letters and digits');
  if (!isIpv4(address)) return wrong('an IPv4 address', quoteText(address));
  if (orPort === undefined || socksPort === undefined || dirPort === undefined)
    return wrong('NICKNAME ADDRESS ORPORT SOCKSPORT DIRPORT');
  return { nickname, address, orPort, socksPort, dirPort };
};

const readBandwidth: Read<RelayBandwidth> = (item, wrong) => {
  const [rate, burst, observed] = argumentsOf(item).map((text) => parseInteger(text, 0, int32Max));
  if (rate === undefined || burst === undefined || observed === undefined)
    return wrong('three numbers of bytes per second');
  return { rate, burst, observed };
};

const readNtorCertificate = readEd25519(ed25519CertificateType.ntorOnion, { signer: 'elsewhere' });

const readNtorCrosscert: Read<NtorCrosscert> = (item, wrong) => {
  const [sign] = argumentsOf(item);
  if (sign !== '0' && sign !== '1') return wrong('the sign 0 or 1');
  const certificate = readNtorCertificate(item, wrong);
  return certificate && { sign: sign === '0' ? 0 : 1, certificate };
};

const familyMember = /^(?:[A-Za-z0-9]{1,19}|\$?[0-9A-Fa-f]{40}(?:[=~][A-Za-z0-9]{1,19})?)$/;

const readFamily: Read<readonly string[]> = (item, wrong) => {
  const members = argumentsOf(item);
  const odd = members.find((member) => !familyMember.test(member));
  return odd === undefined ? members : wrong('nicknames and fingerprints', quoteText(odd));
};

const readOverload: Read<Overload> = (item, wrong) => {
  const [version = '', ...time] = argumentsOf(item);
  const number = parseInteger(version, 1, int32Max);
  const at = readTime({ ...item, rest: time.join(' ') }, () => undefined);
  return number === undefined || at === undefined
    ? wrong('a version and a time')
    : { version: number, time: at };
};

/** A line that says something by being there. */
const there = (): true => true;

const yesOrNo = argument('0 or 1', (text) => (/^\d{1,10}$/.test(text) ? Number(text) !== 0 : undefined));

/** What tor reads: a wrong one makes it refuse the descriptor. */
const table = {
  router: exactlyOnce('router', readRouter),
  identityEd25519: withObject(
    atMostOnce(
      'identity-ed25519',
      readEd25519(ed25519CertificateType.identitySigning, { signer: 'included' }),
    ),
  ),
  masterKeyEd25519: atMostOnce('master-key-ed25519', readBytes(32, 'an ed25519 key')),
  bandwidth: exactlyOnce('bandwidth', readBandwidth),
  platform: atMostOnce('platform', wholeLine),
  published: exactlyOnce('published', readTime),
  fingerprint: atMostOnce('fingerprint', readSpacedFingerprint),
  hibernating: atMostOnce('hibernating', yesOrNo),
  uptimeSeconds: atMostOnce('uptime', readInteger(0, Number.MAX_SAFE_INTEGER)),
  onionKey: withObject(atMostOnce('onion-key', readRsaKey(relayKeyBits))),
  onionKeyCrosscert: withObject(atMostOnce('onion-key-crosscert', readObject('CROSSCERT'))),
  ntorOnionKey: atMostOnce('ntor-onion-key', readBytes(32, 'a curve25519 key')),
  ntorOnionKeyCrosscert: withObject(atMostOnce('ntor-onion-key-crosscert', readNtorCrosscert)),
  signingKey: withObject(atMostOnce('signing-key', readRsaKey(relayKeyBits))),
  ipv6Policy: atMostOnce('ipv6-policy', readPortPolicy),
  contact: atMostOnce('contact', wholeLine),
  family: atMostOnce('family', readFamily),
  familyCertificates: withObject(
    anyNumber(
      'family-cert',
      readEd25519(ed25519CertificateType.family, { signer: 'included', label: 'FAMILY CERT' }),
    ),
  ),
  extraInfoDigest: atMostOnce('extra-info-digest', readExtraInfoDigest),
  hiddenServiceDir: atMostOnce('hidden-service-dir', there),
  tunnelledDirServer: atMostOnce('tunnelled-dir-server', there),
  cachesExtraInfo: atMostOnce('caches-extra-info', there),
  allowSingleHopExits: atMostOnce('allow-single-hop-exits', there),
  signatureEd25519: atMostOnce('router-sig-ed25519', readBytes(64, 'an ed25519 signature')),
  signature: withObject(atMostOnce('router-signature', readObject('SIGNATURE'))),
};

const orAddress = /^(?:\[[0-9A-Fa-f:.]{2,45}\]|\d{1,3}(?:\.\d{1,3}){3}):(\d{1,5})$/;

/** What tor does not read, or passes over when it is wrong. */
const lenientTable = {
  proto: atMostOnce('proto', readProtocols),
  orAddresses: anyNumber(
    'or-address',
    argument('ADDRESS:PORT', (text) =>
      Number(orAddress.exec(text)?.[1] ?? Number.NaN) <= portMax ? text : undefined,
    ),
  ),
  protocols: atMostOnce('protocols', wholeLine),
  eventdns: atMostOnce('eventdns', yesOrNo),
  dirCachePort: atMostOnce('dircacheport', readInteger(0, portMax)),
  bridgeDistributionRequest: atMostOnce('bridge-distribution-request', wholeLine),
  overloadGeneral: atMostOnce('overload-general', readOverload),
  readHistory: atMostOnce('read-history', readHistory),
  writeHistory: atMostOnce('write-history', readHistory),
  routerDigest: atMostOnce('router-digest', readSpacedFingerprint),
  routerDigestSha256: atMostOnce('router-digest-sha256', readBytes(32, 'a SHA-256 digest')),
};

const lenientKeywords: ReadonlySet<string> = new Set(
  Object.values(lenientTable).map(({ keyword }) => keyword),
);
/** Those of them that tor knows, and refuses with an object. */
const bareKeywords: ReadonlySet<string> = new Set(['proto', 'or-address', 'read-history', 'write-history']);
const ruleKeywords: ReadonlySet<string> = new Set(['accept', 'reject', 'accept6', 'reject6']);

/** Parses a file of any number of server descriptors, with or without annotations. */
export function parseServerDescriptors(
  bytes: Uint8Array,
  options: { readonly profile?: Profile } = {},
): readonly Parsed<ServerDescriptor>[] {
  const profile = options.profile ?? 'archive';
  return Array.from(pieces(bytes, 'router', profile), (piece) => readDescriptor(bytes, piece, profile));
}

function readDescriptor(bytes: Uint8Array, piece: Piece, profile: Profile): Parsed<ServerDescriptor> {
  const { items, problems } = piece;
  const hard: Item[] = [];
  const soft: Item[] = [];
  const rules: Item[] = [];
  for (const item of items) {
    if (bareKeywords.has(item.keyword) || ruleKeywords.has(item.keyword)) refuseObject(item, problems);
    if (ruleKeywords.has(item.keyword)) rules.push(item);
    else (lenientKeywords.has(item.keyword) ? soft : hard).push(item);
  }
  const main = readTable(table, hard, problems);
  const { values: notes } = readTableLeniently(lenientTable, soft, problems);
  const sanitized = notes.routerDigest !== undefined && main.values.signature === undefined;
  const draft = !sanitized && isDraft(items, profile);
  const bare = sanitized || draft;
  const inOrder = checkEnds(piece, 'router', bare ? undefined : 'router-signature');
  if (!bare) checkSignatureItems(items, problems);
  const policy = readPolicy(rules, problems, profile);
  if (rules.length === 0) missing('accept or reject', piece);
  checkPresent(main.values, piece, sanitized, profile);
  const { values } = main;
  const partial = {
    kind: 'server-descriptor' as const,
    annotations: piece.annotations,
    bytes,
    span: { start: piece.start, end: items.at(-1)?.end ?? piece.end },
    ...signedSpans(items),
    ...notes,
    ...values,
    hibernating: values.hibernating === true,
    hiddenServiceDir: values.hiddenServiceDir === true,
    tunnelledDirServer: values.tunnelledDirServer === true,
    cachesExtraInfo: values.cachesExtraInfo === true,
    allowSingleHopExits: values.allowSingleHopExits === true,
    policy,
  };
  const complete = main.complete && inOrder && (bare || values.signature !== undefined);
  return {
    document: complete ? (partial as unknown as ServerDescriptor) : undefined,
    partial,
    problems: problems.inOrder(),
    errors: problems.errors,
    unrecognized: main.unrecognized,
  };
}

function readPolicy(items: readonly Item[], problems: ProblemList, profile: Profile): PolicyRule[] {
  const strict = profile === 'tor-0.4.9';
  const rules: PolicyRule[] = [];
  for (const item of items) {
    const keyword = item.keyword as PolicyRule['keyword'];
    const [pattern = ''] = argumentsOf(item);
    const rule = parsePolicyRule(keyword, pattern, strict ? 1 : 0);
    if (!rule) complain(problems, item, 'bad-argument', 'ADDRESS[/MASK]:PORTS', quoteText(item.rest));
    else if (strict && keyword.endsWith('6'))
      complain(problems, item, 'bad-line', 'accept or reject', keyword);
    else rules.push(rule);
  }
  return rules;
}

function missing(keyword: string, { items, problems, start }: Piece): void {
  const place = { line: items[0]?.line ?? 1, offset: start };
  const expected = `${keyword} in a descriptor`;
  problems.add({ severity: 'error', code: 'missing-item', ...place, keyword, expected, found: 'none' });
}

/** What must be there: by the profile, and what only goes together (tor: ed25519 is all or nothing). */
function checkPresent(
  values: { readonly router?: RouterLine; readonly bandwidth?: RelayBandwidth },
  piece: Piece,
  sanitized: boolean,
  profile: Profile,
): void {
  const has = (keyword: string): boolean => piece.items.some((item) => item.keyword === keyword);
  const need = (...keywords: readonly string[]): void => {
    for (const keyword of keywords) if (!has(keyword)) missing(keyword, piece);
  };
  const ed25519 = ['identity-ed25519', 'router-sig-ed25519', 'ntor-onion-key-crosscert'];
  if (sanitized) return;
  need('signing-key');
  if (profile === 'tor-0.4.9') need('proto', 'master-key-ed25519', 'ntor-onion-key', ...ed25519);
  else {
    if (!has('ntor-onion-key') || has('onion-key-crosscert')) need('onion-key');
    if (ed25519.some(has)) need('ntor-onion-key', ...ed25519);
  }
  const router = piece.items.find(({ keyword }) => keyword === 'router');
  const bandwidth = piece.items.find(({ keyword }) => keyword === 'bandwidth');
  if (profile !== 'tor-0.4.9') return;
  if (router && values.router?.orPort === 0)
    complain(piece.problems, router, 'bad-argument', 'an ORPort', '0');
  if (bandwidth && values.bandwidth?.rate === 0)
    complain(piece.problems, bandwidth, 'bad-argument', 'a rate above zero', '0');
}
