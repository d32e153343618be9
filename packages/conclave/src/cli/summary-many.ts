/** Many documents of one kind in one file: figures over all of them, and one line for each of the first. */
import { formatTime, type UnixSeconds } from '@conclave/netdoc';
import { microdescriptorDigestText } from '../judge/index.ts';
import type { FileDocument } from './documents.ts';
import { count, plural } from './output.ts';
import { addressText, isExit, microdescriptorIdentity, portsText, statisticsOf } from './summary-relays.ts';

/** How many documents are told of. */
export interface Many {
  /** Over all of them. */
  readonly facts: readonly (readonly string[])[];
  readonly head: readonly string[];
  /** One row for each of these. */
  readonly rows: (group: readonly FileDocument[]) => string[][];
}

/** What the documents of a kind say; those of other kinds are left out. */
function partials<Kind extends FileDocument['kind']>(
  group: readonly FileDocument[],
  kind: Kind,
): Extract<FileDocument, { readonly kind: Kind }>['parsed']['partial'][] {
  return group.flatMap((document) => (document.kind === kind ? [document.parsed.partial] : [])) as never;
}

/** From the earliest to the latest. */
function spanText(times: readonly (UnixSeconds | undefined)[]): string {
  const known = times.filter((time) => time !== undefined).sort((a, b) => a - b);
  const [first] = known;
  const last = known.at(-1);
  if (first === undefined || last === undefined) return 'unreadable';
  return first === last ? formatTime(first) : `${formatTime(first)} to ${formatTime(last)}`;
}

function timeOrDash(time: UnixSeconds | undefined): string {
  return time === undefined ? '–' : formatTime(time);
}

/** The most frequent of some texts with their counts, `more` when there are others. */
function frequent(texts: Iterable<string>, shown = 6): string {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  const list = [...counts].sort(([a, many], [b, more]) => more - many || (a < b ? -1 : 1));
  const rest = list.length - shown;
  const told = list.slice(0, shown).map(([text, times]) => `${text} ${count(times)}`);
  return [...told, ...(rest > 0 ? [`${count(rest)} more kinds`] : [])].join(', ');
}

/** Key certificates. */
export function manyCertificates(group: readonly FileDocument[]): Many {
  const all = partials(group, 'key-certificate');
  return {
    facts: [
      ['identities', count(new Set(all.map(({ fingerprint }) => fingerprint)).size)],
      ['published', spanText(all.map(({ published }) => published))],
      ['expires', spanText(all.map(({ expires }) => expires))],
    ],
    head: ['identity', 'published', 'expires'],
    rows: (shown) =>
      partials(shown, 'key-certificate').map(({ fingerprint, published, expires }) => [
        fingerprint ?? '–',
        timeOrDash(published),
        timeOrDash(expires),
      ]),
  };
}

/** Server descriptors. */
export function manyDescriptors(group: readonly FileDocument[]): Many {
  const all = partials(group, 'server-descriptor');
  const having = (name: string, has: (one: (typeof all)[number]) => boolean): string[] => {
    const found = all.filter(has).length;
    return found === 0 ? [] : [`${count(found)} ${name}`];
  };
  const notes = [
    ...having('with an exit policy that accepts', isExit),
    ...having('with an ed25519 identity', ({ identityEd25519 }) => identityEd25519 !== undefined),
    ...having('with a further address', ({ orAddresses }) => (orAddresses?.length ?? 0) > 0),
    ...having('hibernating', ({ hibernating }) => hibernating === true),
    ...having('overloaded', ({ overloadGeneral }) => overloadGeneral !== undefined),
    ...having('without signatures', ({ signature }) => signature === undefined),
  ];
  const observed = all.reduce((sum, { bandwidth }) => sum + (bandwidth?.observed ?? 0), 0);
  return {
    facts: [
      ['relays', count(new Set(all.map(({ fingerprint }) => fingerprint)).size)],
      ['published', spanText(all.map(({ published }) => published))],
      ['platforms', frequent(all.map(({ platform }) => platform?.split(' on ', 1)[0] ?? 'none'))],
      ['bandwidth', `${count(observed)} B/s seen in all`],
      ['of these', notes.join(', ')],
    ],
    head: ['nickname', 'fingerprint', 'address', 'published', 'seen, B/s'],
    rows: (shown) =>
      partials(shown, 'server-descriptor').map((one) => [
        one.router?.nickname ?? '–',
        one.fingerprint ?? '–',
        addressText(one.router ? { router: one.router } : {}),
        timeOrDash(one.published),
        one.bandwidth ? count(one.bandwidth.observed) : '–',
      ]),
  };
}

/** Extra-infos. */
export function manyExtraInfos(group: readonly FileDocument[]): Many {
  const all = partials(group, 'extra-info');
  const keywords = all.flatMap((one) => statisticsOf(one).map(([keyword]) => keyword));
  return {
    facts: [
      ['relays', count(new Set(all.map(({ fingerprint }) => fingerprint)).size)],
      ['published', spanText(all.map(({ published }) => published))],
      ['statistics', frequent(keywords, 12)],
    ],
    head: ['nickname', 'fingerprint', 'published', 'statistics'],
    rows: (shown) =>
      partials(shown, 'extra-info').map((one) => [
        one.nickname ?? '–',
        one.fingerprint ?? '–',
        timeOrDash(one.published),
        plural(statisticsOf(one).length, 'keyword'),
      ]),
  };
}

/** Microdescriptors. */
export function manyMicrodescriptors(group: readonly FileDocument[]): Many {
  const all = partials(group, 'microdescriptor');
  const number = (has: (one: (typeof all)[number]) => boolean): string => count(all.filter(has).length);
  const notes = [
    `${number((one) => microdescriptorIdentity(one) !== undefined)} with an ed25519 identity`,
    `${number(({ ntorOnionKey }) => ntorOnionKey !== undefined)} with an ntor key`,
    `${number(({ family, familyIds }) => family !== undefined || familyIds !== undefined)} with a family`,
    `${number(({ policy }) => policy?.verdict === 'accept')} with an exit policy that accepts`,
  ];
  return {
    facts: [
      ['distinct digests', count(new Set(all.map((one) => microdescriptorDigestText(one))).size)],
      ['of these', notes.join(', ')],
    ],
    head: ['digest', 'ed25519 identity', 'exit policy'],
    rows: (shown) =>
      partials(shown, 'microdescriptor').map((one) => [
        microdescriptorDigestText(one) ?? '–',
        microdescriptorIdentity(one) ?? '–',
        portsText(one.policy) ?? '–',
      ]),
  };
}
