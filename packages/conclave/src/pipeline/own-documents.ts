/**
 * What an authority says of itself: its server descriptor and extra-info, which it signs with its relay's keys, and the
 * bandwidth file of its scanner, which nobody signs but its votes name. Whoever serves them, they are told by keys and
 * digests whose they are.
 */
import {
  formatTime,
  parseBandwidthFile,
  parseExtraInfos,
  parseServerDescriptors,
  sha1,
  sha256,
  toBase64,
  toHex,
  verifyExtraInfo,
  verifyServerDescriptor,
} from '@conclave/netdoc';
import type { DescriptorVerdict, ServerDescriptor, UnixSeconds } from '@conclave/netdoc';
import type { Observation, Subject } from '../collect/index.ts';
import type { Authority } from '../network/index.ts';
import type { Row } from '../store/index.ts';
import { documentRow } from './document-row.ts';
import type { Arrival } from './document-row.ts';
import { nicknameOfIdentity } from './memory.ts';
import type { Memory, NamedFile, OwnDocuments } from './memory.ts';
import { checksText } from './verdict-text.ts';

const kinds = ['server-descriptor', 'extra-info', 'bandwidth-file'] as const;
type OwnKind = (typeof kinds)[number];

/** Whether this is asked of an authority about itself. */
export function isOwnDocument(kind: string): kind is OwnKind {
  return (kinds as readonly string[]).includes(kind);
}

/** A server descriptor: do its signatures hold, and is it of the authority that has this fingerprint? */
export function judgeDescriptor(arrival: Arrival, memory: Memory): Row<'documents'> {
  const kind = 'server-descriptor';
  const all = parseServerDescriptors(arrival.bytes, { profile: 'tor-0.4.9' });
  const [parsed] = all;
  if (!parsed || all.length > 1) return notOne(arrival, kind, all.length);
  const { verdict, verified } = verifyServerDescriptor(parsed);
  const problems = parsed.errors;
  if (!verified)
    return documentRow(arrival, kind, { verdict: checksText(verdict, ''), judged: verdict, problems });
  const fingerprint = fingerprintOf(verified.document);
  const served = authorityNamed(memory, arrival.observation.authority);
  const owner = memory.set.authorities.find((one) => one.fingerprint === fingerprint) ?? served;
  if (owner?.fingerprint !== undefined && owner.fingerprint !== fingerprint) {
    const wrong = `Not genuine: signed by the keys of ${fingerprint}, which is not ${owner.nickname}'s fingerprint.`;
    const judged = { outcome: 'rejected', digest: verdict.digest } as const;
    return documentRow(arrival, kind, { verdict: wrong, judged, problems });
  }
  if (owner) keepDescriptor(memory, owner.nickname, arrival.sha256, verified.document);
  const whose =
    owner?.fingerprint === undefined
      ? 'no fingerprint is configured to compare it with'
      : `the fingerprint is that of ${owner.nickname}`;
  return documentRow(arrival, kind, {
    identity: owner?.v3ident,
    verdict: checksText(verdict, `signed by its own keys; ${whose}`),
    judged: verdict,
    problems,
  });
}

function fingerprintOf({ signingKey, fingerprint }: ServerDescriptor): string {
  return signingKey ? toHex(sha1(signingKey)) : (fingerprint ?? '');
}

function authorityNamed(memory: Memory, nickname: string): Authority | undefined {
  return memory.set.authorities.find((one) => one.nickname === nickname);
}

function notOne(arrival: Arrival, kind: OwnKind, found: number): Row<'documents'> {
  const judged = { outcome: 'rejected', digest: undefined } as const;
  const verdict = `Not genuine: expected one ${kind}, found ${found}.`;
  return documentRow(arrival, kind, { verdict, judged, problems: 1 });
}

function noteOwn(memory: Memory, nickname: string, documents: OwnDocuments): void {
  memory.own.set(nickname, { ...memory.own.get(nickname), ...documents });
}

/** The newest descriptor of an authority counts; others are judged by it. */
function keepDescriptor(memory: Memory, nickname: string, sha256: string, document: ServerDescriptor): void {
  const old = memory.descriptors.get(nickname);
  if (old && old.published > document.published) return;
  noteOwn(memory, nickname, { descriptor: sha256 });
  memory.descriptors.set(nickname, document);
  memory.reopened.add(nickname);
}

/** An extra-info: signed by the keys of the newest descriptor of its relay, and named by it? */
export function judgeExtraInfo(arrival: Arrival, memory: Memory): Row<'documents'> {
  const kind = 'extra-info';
  const all = parseExtraInfos(arrival.bytes, { profile: 'tor-0.4.9' });
  const [parsed] = all;
  if (!parsed || all.length > 1) return notOne(arrival, kind, all.length);
  const { fingerprint } = parsed.partial;
  const [nickname, descriptor] = authorOf(memory, fingerprint, arrival.observation.authority);
  noteOwn(memory, nickname, { extraInfo: arrival.sha256 });
  // Which one a descriptor names changes with every publication; whose keys signed it does not.
  const keys = descriptor && { ...descriptor, extraInfoDigest: undefined };
  const { verdict } = verifyExtraInfo(parsed, keys ? { descriptor: keys } : {});
  const named = descriptor?.extraInfoDigest?.sha1;
  const naming =
    named === undefined
      ? 'which names no extra-info'
      : named === verdict.digest
        ? 'which names it'
        : 'which names another';
  return documentRow(arrival, kind, {
    identity: verdict.outcome === 'accepted' ? authorityNamed(memory, nickname)?.v3ident : undefined,
    verdict: descriptor
      ? checksText(verdict, `signed by the keys of ${nickname}'s descriptor, ${naming}`)
      : withoutDescriptor(verdict),
    judged: verdict,
    problems: parsed.errors,
  });
}

function withoutDescriptor(verdict: DescriptorVerdict): string {
  return verdict.outcome === 'rejected'
    ? checksText(verdict, '')
    : 'Undecided: no genuine server descriptor of its relay was seen yet.';
}

/** Whose an extra-info is by its fingerprint; nobody's known, it waits for the descriptor of who served it. */
function authorOf(
  memory: Memory,
  fingerprint: string | undefined,
  served: string,
): readonly [nickname: string, descriptor: ServerDescriptor | undefined] {
  for (const [nickname, descriptor] of memory.descriptors)
    if (fingerprintOf(descriptor) === fingerprint) return [nickname, descriptor];
  const configured = memory.set.authorities.find((one) => one.fingerprint === fingerprint);
  return [fingerprint === undefined ? served : (configured?.nickname ?? served), undefined];
}

/** How many of the last votes of an authority are asked which file they name. */
const namedFilesKept = 4;

/** Notes which bandwidth file a genuine vote names. */
export function noteNamedFile(
  memory: Memory,
  identity: string,
  validAfter: number,
  stated: string | undefined,
): void {
  if (stated === undefined) return;
  const named: NamedFile = { validAfter, digest: stated.replace(/=+$/, '') };
  memory.namedFiles.set(identity, [...(memory.namedFiles.get(identity) ?? []), named].slice(-namedFilesKept));
  memory.reopened.add(nicknameOfIdentity(memory, identity));
}

/** A bandwidth file: can it be read, and does a vote name it? */
export function judgeBandwidthFile(arrival: Arrival, memory: Memory): Row<'documents'> {
  const kind = 'bandwidth-file';
  const { errors: problems } = parseBandwidthFile(arrival.bytes, { profile: 'tor-0.4.9' });
  const digest = toBase64(sha256(arrival.bytes));
  const { authority } = arrival.observation;
  if (problems > 0) {
    const verdict = `Not genuine: it is malformed (${problems} ${problems === 1 ? 'error' : 'errors'}).`;
    return documentRow(arrival, kind, { verdict, judged: { outcome: 'rejected', digest }, problems });
  }
  noteOwn(memory, authority, { bandwidthFile: arrival.sha256 });
  for (const [identity, files] of memory.namedFiles) {
    const named = files.find((one) => one.digest === digest);
    if (!named) continue;
    const verdict = `Genuine: ${voteText(memory, identity, named)} names it.`;
    return documentRow(arrival, kind, { identity, verdict, judged: { outcome: 'accepted', digest } });
  }
  const identity = authorityNamed(memory, authority)?.v3ident ?? '';
  const newest = memory.namedFiles.get(identity)?.at(-1);
  const verdict = newest
    ? `Undecided: ${voteText(memory, identity, newest)} names another file; no vote seen names this one.`
    : `Undecided: no vote of ${authority} was seen yet that names a file.`;
  return documentRow(arrival, kind, { verdict, judged: { outcome: 'undecided', digest } });
}

/** A bandwidth file that came by a source that does not say whose it is: which vote names it? */
export function judgeStrayFile(arrival: Arrival, memory: Memory): Row<'documents'> {
  const kind = 'bandwidth-file';
  const { errors: problems } = parseBandwidthFile(arrival.bytes, { profile: 'tor-0.4.9' });
  const digest = toBase64(sha256(arrival.bytes));
  if (problems > 0) {
    const verdict = `Not genuine: it is malformed (${problems} ${problems === 1 ? 'error' : 'errors'}).`;
    return documentRow(arrival, kind, { verdict, judged: { outcome: 'rejected', digest }, problems });
  }
  const verdict = 'Undecided: no vote seen names this file, and nothing else says whose it is.';
  const row = documentRow(arrival, kind, { verdict, judged: { outcome: 'undecided', digest } });
  return namedAgain(row, memory) ?? row;
}

/** The row of a bandwidth file that a vote names by now; undefined while none does. */
export function namedAgain(row: Row<'documents'>, memory: Memory): Row<'documents'> | undefined {
  for (const [identity, files] of memory.namedFiles) {
    const named = files.find((one) => one.digest === row.digest);
    if (!named) continue;
    const verdict = `Genuine: ${voteText(memory, identity, named)} names it.`;
    return { ...row, identity, outcome: 'accepted', verdict };
  }
  return undefined;
}

/** A vote in words: whose, and of which round. */
export function voteText(memory: Memory, identity: string, { validAfter }: NamedFile): string {
  return `${nicknameOfIdentity(memory, identity)}'s vote of ${formatTime(validAfter as UnixSeconds)}`;
}

/** Whether what came since may change the verdict on this document. */
export function isOpen(row: Row<'documents'>, nickname: string, memory: Memory): boolean {
  if (row.outcome === 'undecided') return true;
  if (row.kind !== 'extra-info') return false;
  return row.outcome === 'rejected' || memory.descriptors.get(nickname)?.extraInfoDigest?.sha1 === row.digest;
}

/** The row of a document that was judged before, by what is known now. */
export function judgeAgain(
  row: Row<'documents'>,
  nickname: string,
  bytes: Uint8Array,
  memory: Memory,
): Row<'documents'> {
  const kind = row.kind === 'extra-info' ? 'extra-info' : 'bandwidth-file';
  const subject: Subject = { kind };
  const observation: Observation = {
    at: row.first_seen ?? 0,
    vantage: memory.vantage,
    authority: nickname,
    subject,
    outcome: 'received',
    timings: { totalMs: 0 },
  };
  const arrival = { observation, sha256: row.sha256 ?? '', bytes };
  const again = kind === 'extra-info' ? judgeExtraInfo(arrival, memory) : judgeBandwidthFile(arrival, memory);
  return { ...again, last_seen: row.last_seen };
}
