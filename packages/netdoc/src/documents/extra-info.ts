/**
 * Extra-infos: statistics that a relay or bridge publishes beside its descriptor (dir-spec 2.1.2). tor itself reads only
 * the frame; a statistic that is written wrong is a warning. Whether the signatures hold, `verifyExtraInfo` tells.
 */
import { parseFingerprint } from '../base/index.ts';
import type { Fingerprint, Span, UnixSeconds } from '../base/index.ts';
import { ed25519CertificateType } from '../ed25519/index.ts';
import type { Ed25519Certificate } from '../ed25519/index.ts';
import {
  argumentsOf,
  atMostOnce,
  exactlyOnce,
  readObject,
  readTable,
  readTableLeniently,
  readTime,
  refuseObject,
  withObject,
} from '../metaformat/index.ts';
import type { Item, Parsed, Profile, Read } from '../metaformat/index.ts';
import { statisticsTable } from './extra-info-statistics.ts';
import type { ExtraInfoStatistics } from './extra-info-statistics.ts';
import { readBytes, readEd25519, readSpacedFingerprint } from './readers.ts';
import { checkSignatureItems, isDraft, signedSpans } from './self-signed.ts';
import { checkEnds, pieces } from './sequence.ts';
import type { Annotation, Piece } from './sequence.ts';

/** An extra-info as it says. */
export interface ExtraInfo {
  readonly kind: 'extra-info';
  readonly bytes: Uint8Array;
  readonly annotations: readonly Annotation[];
  /** From `extra-info` to the end of its last item, the signature: what its SHA-256 digest is of. */
  readonly span: Span;
  /** What `router-signature` is over, and what its SHA-1 digest is of; undefined where that item is not there. */
  readonly signed: Span | undefined;
  /** What `router-sig-ed25519` is over. */
  readonly signedEd25519: Span | undefined;
  readonly nickname: string;
  /** SHA-1 of the relay's RSA identity key, as it claims. */
  readonly fingerprint: Fingerprint;
  readonly published: UnixSeconds;
  readonly identityEd25519: Ed25519Certificate | undefined;
  readonly signatureEd25519: Uint8Array | undefined;
  readonly signature: Uint8Array | undefined;
  /** Of a bridge's, whose signatures were taken away: its identity, and the digests it had (CollecTor). */
  readonly masterKeyEd25519: Uint8Array | undefined;
  readonly routerDigest: Fingerprint | undefined;
  readonly routerDigestSha256: Uint8Array | undefined;
  readonly statistics: ExtraInfoStatistics;
}

const readName: Read<{ readonly nickname: string; readonly fingerprint: Fingerprint }> = (item, wrong) => {
  const [nickname = '', hex = ''] = argumentsOf(item);
  const fingerprint = parseFingerprint(hex);
  return fingerprint && /^[A-Za-z0-9]{1,19}$/.test(nickname)
    ? { nickname, fingerprint }
    : wrong('a nickname and 40 hexadecimal digits');
};

const table = {
  name: exactlyOnce('extra-info', readName),
  published: exactlyOnce('published', readTime),
  identityEd25519: withObject(
    atMostOnce(
      'identity-ed25519',
      readEd25519(ed25519CertificateType.identitySigning, { signer: 'included' }),
    ),
  ),
  signatureEd25519: atMostOnce('router-sig-ed25519', readBytes(64, 'an ed25519 signature')),
  signature: withObject(atMostOnce('router-signature', readObject('SIGNATURE'))),
};

const sanitizedTable = {
  masterKeyEd25519: atMostOnce('master-key-ed25519', readBytes(32, 'an ed25519 key')),
  routerDigest: atMostOnce('router-digest', readSpacedFingerprint),
  routerDigestSha256: atMostOnce('router-digest-sha256', readBytes(32, 'a SHA-256 digest')),
};

/** The statistics that tor knows, of which it reads nothing but that no object follows. */
const bareKeywords: ReadonlySet<string> = new Set([
  'read-history',
  'write-history',
  'dirreq-stats-end',
  'dirreq-v2-ips',
  'dirreq-v3-ips',
  'dirreq-v2-reqs',
  'dirreq-v3-reqs',
  'dirreq-v2-share',
  'dirreq-v3-share',
  'dirreq-v2-resp',
  'dirreq-v3-resp',
  'dirreq-v2-direct-dl',
  'dirreq-v3-direct-dl',
  'dirreq-v2-tunneled-dl',
  'dirreq-v3-tunneled-dl',
  'entry-stats-end',
  'entry-ips',
  'cell-stats-end',
  'cell-processed-cells',
  'cell-queued-cells',
  'cell-time-in-queue',
  'cell-circuits-per-decile',
  'exit-stats-end',
  'exit-kibibytes-written',
  'exit-kibibytes-read',
  'exit-streams-opened',
]);

const hardKeywords = keywordsOf(table);
const sanitizedKeywords = keywordsOf(sanitizedTable);

function keywordsOf(rows: Readonly<Record<string, { readonly keyword: string }>>): ReadonlySet<string> {
  return new Set(Object.values(rows).map(({ keyword }) => keyword));
}

/** Parses a file of any number of extra-infos, with or without annotations. */
export function parseExtraInfos(
  bytes: Uint8Array,
  options: { readonly profile?: Profile } = {},
): readonly Parsed<ExtraInfo>[] {
  const profile = options.profile ?? 'archive';
  return Array.from(pieces(bytes, 'extra-info', profile), (piece) => readExtraInfo(bytes, piece, profile));
}

function readExtraInfo(bytes: Uint8Array, piece: Piece, profile: Profile): Parsed<ExtraInfo> {
  const { items, problems } = piece;
  const hard: Item[] = [];
  const soft: Item[] = [];
  const statistics: Item[] = [];
  for (const item of items) {
    if (bareKeywords.has(item.keyword)) refuseObject(item, problems);
    if (hardKeywords.has(item.keyword)) hard.push(item);
    else (sanitizedKeywords.has(item.keyword) ? soft : statistics).push(item);
  }
  const main = readTable(table, hard, problems);
  const { values: marks } = readTableLeniently(sanitizedTable, soft, problems);
  const read = readTableLeniently(statisticsTable, statistics, problems);
  const sanitized = marks.routerDigest !== undefined && main.values.signature === undefined;
  const draft = !sanitized && isDraft(items, profile);
  const bare = sanitized || draft;
  const inOrder = checkEnds(piece, 'extra-info', bare ? undefined : 'router-signature');
  if (!bare) checkSignatureItems(items, problems);
  if (!sanitized) checkTogether(piece, profile);
  const { name, ...values } = main.values;
  const partial = {
    kind: 'extra-info' as const,
    bytes,
    annotations: piece.annotations,
    span: { start: piece.start, end: items.at(-1)?.end ?? piece.end },
    ...signedSpans(items),
    ...name,
    ...marks,
    ...values,
    statistics: read.values,
  };
  const complete = main.complete && inOrder && (bare || values.signature !== undefined);
  return {
    document: complete ? (partial as unknown as ExtraInfo) : undefined,
    partial,
    problems: problems.inOrder(),
    errors: problems.errors,
    unrecognized: read.unrecognized,
  };
}

/** A signature by ed25519 needs its certificate and the other way round; tor 0.4.9 publishes none without. */
function checkTogether({ items, problems, start }: Piece, profile: Profile): void {
  const pair = ['identity-ed25519', 'router-sig-ed25519'];
  const has = (keyword: string): boolean => items.some((item) => item.keyword === keyword);
  if (profile === 'archive' && !pair.some(has)) return;
  for (const keyword of pair.filter((one) => !has(one))) {
    const place = { line: items[0]?.line ?? 1, offset: start };
    const expected = `${keyword} in an extra-info`;
    problems.add({ severity: 'error', code: 'missing-item', ...place, keyword, expected, found: 'none' });
  }
}
