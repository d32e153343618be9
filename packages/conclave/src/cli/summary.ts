/** What a document says, in a few lines for people: one table for each, or one for many of a kind. */
import {
  flagsOf,
  type Consensus,
  type DetachedSignatures,
  type KeyCertificate,
  type RouterTable,
  type UnixSeconds,
  type Vote,
} from '@conclave/netdoc';
import { kindNames, placeOf, type FileDocument } from './documents.ts';
import { count, plural, printable, table, timeText } from './output.ts';
import { flagRuleRows, weightRows } from './summary-computed.ts';
import { bandwidthFileRows, cacheItemRows, diffRows } from './summary-files.ts';
import { manyCertificates, manyDescriptors, manyExtraInfos, manyMicrodescriptors } from './summary-many.ts';
import type { Many } from './summary-many.ts';
import { descriptorRows, extraInfoRows, microdescriptorRows } from './summary-relays.ts';

/** How many of many documents get a line of their own. */
const linesOfMany = 20;

/** The lines of the summary of documents that belong together (`groupsOf`). */
export function summaryOf(group: readonly FileDocument[], width: number): string[] {
  const [first] = group;
  if (!first) return [];
  const unrecognized = group.reduce((sum, { parsed }) => sum + parsed.unrecognized.length, 0);
  const errors = group.reduce((sum, { parsed }) => sum + parsed.errors, 0);
  const last = [
    ['unrecognized', plural(unrecognized, 'line')],
    ...(errors > 0 ? [['problems', plural(errors, 'error')]] : []),
  ];
  if (group.length === 1)
    return [`${placeOf(first)}: ${titleOf(first)}`, ...lined([...rowsOf(first), ...last], [], width)];
  const many = manyOf(group);
  const rest = group.length - linesOfMany;
  return [
    `${placeOf(first)}: ${count(group.length)} ${kindNames[first.kind][1]}`,
    ...lined([...many.facts, ...last], [], width),
    '',
    ...lined(many.rows(group.slice(0, linesOfMany)), many.head, width),
    ...(rest > 0 ? [`  … and ${count(rest)} more (--json has all)`] : []),
  ];
}

function lined(rows: readonly (readonly string[])[], head: readonly string[], width: number): string[] {
  return table(
    head,
    rows.map((row) => row.map(printable)),
    width,
  ).split('\n');
}

function titleOf(document: FileDocument): string {
  return printable(`${nameOf(document)}${document.parsed.document ? '' : ' (incomplete)'}`);
}

function nameOf(document: FileDocument): string {
  switch (document.kind) {
    case 'consensus':
      return `consensus, flavor ${document.parsed.partial.flavor ?? 'unknown'}`;
    case 'vote':
      return `vote of ${document.parsed.partial.source?.nickname ?? 'an unknown authority'}`;
    case 'server-descriptor':
      return `server descriptor of ${document.parsed.partial.router?.nickname ?? 'an unknown relay'}`;
    case 'extra-info':
      return `extra-info of ${document.parsed.partial.nickname ?? 'an unknown relay'}`;
    case 'bandwidth-file':
      return `bandwidth file of ${document.parsed.partial.software ?? 'unknown software'}`;
    case 'key-certificate':
    case 'detached-signatures':
    case 'microdescriptor':
    case 'consensus-diff':
    case 'diff-cache-item':
      return kindNames[document.kind][0];
  }
}

function rowsOf(document: FileDocument): string[][] {
  switch (document.kind) {
    case 'consensus':
      return consensusRows(document.parsed.partial);
    case 'vote':
      return voteRows(document.parsed.partial);
    case 'key-certificate':
      return certificateRows(document.parsed.partial);
    case 'detached-signatures':
      return detachedRows(document.parsed.partial);
    case 'server-descriptor':
      return descriptorRows(document.parsed.partial);
    case 'extra-info':
      return extraInfoRows(document.parsed.partial);
    case 'microdescriptor':
      return microdescriptorRows(document.parsed.partial);
    case 'bandwidth-file':
      return bandwidthFileRows(document.parsed.partial);
    case 'consensus-diff':
      return diffRows(document.parsed.partial);
    case 'diff-cache-item':
      return cacheItemRows(document.parsed.partial);
  }
}

/** The table of many documents of the first one's kind. */
function manyOf(group: readonly FileDocument[]): Many {
  switch (group[0]?.kind) {
    case 'server-descriptor':
      return manyDescriptors(group);
    case 'extra-info':
      return manyExtraInfos(group);
    case 'microdescriptor':
      return manyMicrodescriptors(group);
    default:
      return manyCertificates(group);
  }
}

function timeRows(times: {
  readonly validAfter?: UnixSeconds;
  readonly freshUntil?: UnixSeconds;
  readonly validUntil?: UnixSeconds;
}): string[][] {
  return [
    ['valid-after', timeText(times.validAfter)],
    ['fresh-until', timeText(times.freshUntil)],
    ['valid-until', timeText(times.validUntil)],
  ];
}

function routerRows(routers: RouterTable | undefined): string[][] {
  if (!routers) return [];
  const flags = new Map<string, number>();
  for (let row = 0; row < routers.count; row += 1) {
    for (const flag of flagsOf(routers, row)) flags.set(flag, (flags.get(flag) ?? 0) + 1);
  }
  const list = Array.from(flags, ([flag, relays]) => `${flag} ${count(relays)}`);
  return [
    ['relays', count(routers.count)],
    ['flags', list.sort().join(', ')],
    ['versions', plural(routers.versions.length, 'distinct version')],
  ];
}

function consensusRows(consensus: Partial<Consensus>): string[][] {
  return [
    ...timeRows(consensus),
    ['method', String(consensus.consensusMethod ?? 'none')],
    ['authorities', (consensus.authorities ?? []).map(({ nickname }) => nickname).join(', ')],
    ['params', count(consensus.params?.size ?? 0)],
    ...routerRows(consensus.routers),
    ...weightRows(consensus),
    ['signatures', `${plural(consensus.signatures?.length ?? 0, 'signature')} (not verified)`],
  ];
}

function voteRows(vote: Partial<Vote>): string[][] {
  return [
    ['identity', vote.source?.identity ?? 'unreadable'],
    ['published', timeText(vote.published)],
    ...timeRows(vote),
    ['methods', (vote.consensusMethods ?? []).join(' ')],
    ['bandwidth file', vote.bandwidthFileHeaders ? 'yes' : 'no'],
    ['signing key until', timeText(vote.certificate?.expires)],
    ['shared random', plural(vote.sharedRandomCommits?.length ?? 0, 'commit')],
    ...routerRows(vote.routers),
    ...flagRuleRows(vote),
    ['signatures', `${plural(vote.signatures?.length ?? 0, 'signature')} (not verified)`],
  ];
}

function certificateRows(certificate: Partial<KeyCertificate>): string[][] {
  return [
    ['identity', certificate.fingerprint ?? 'unreadable'],
    ['address', certificate.address ?? 'none'],
    ['published', timeText(certificate.published)],
    ['expires', timeText(certificate.expires)],
  ];
}

function detachedRows(detached: Partial<DetachedSignatures>): string[][] {
  const flavors = new Map<string, number>();
  for (const { flavor } of detached.signatures ?? []) flavors.set(flavor, (flavors.get(flavor) ?? 0) + 1);
  const list = Array.from(flavors, ([flavor, signatures]) => `${flavor} ${count(signatures)}`).join(', ');
  const total = plural(detached.signatures?.length ?? 0, 'signature');
  return [
    ...timeRows(detached),
    ['ns digest', detached.consensusDigest ?? 'unreadable'],
    ...Array.from(detached.additionalDigests ?? [], ([name, digest]) => [`${name} digest`, digest]),
    ['signatures', `${total}${list === '' ? '' : `: ${list}`} (not verified)`],
  ];
}
