/** What changed between two consensuses, for people and as JSON. */
import {
  formatTime,
  type Consensus,
  type ConsensusChanges,
  type FieldChange,
  type HeaderChange,
  type RelayChange,
  type RelayName,
} from '@conclave/netdoc';
import { count, plural, table } from './output.ts';

/** A consensus, and what to call it. */
export interface NamedConsensus {
  readonly file: string;
  readonly consensus: Consensus;
}

/** So many relays of a list are shown unless all are asked for. */
const shownRelays = 20;

/** The changes as one JSON object: all of them, whole. */
export function objectOfChanges(
  before: NamedConsensus,
  after: NamedConsensus,
  changes: ConsensusChanges,
): object {
  const about = ({ file, consensus }: NamedConsensus): object => ({
    file,
    flavor: consensus.flavor,
    validAfter: formatTime(consensus.validAfter),
  });
  return { before: about(before), after: about(after), ...changes };
}

/** The changes for people: first one sentence, then header, flags, fields and relays. */
export function linesOfChanges(
  before: NamedConsensus,
  after: NamedConsensus,
  changes: ConsensusChanges,
  { all, width }: { readonly all: boolean; readonly width: number },
): readonly string[] {
  const sameRound = before.consensus.validAfter === after.consensus.validAfter;
  const told = [
    headerSection(changes.header, sameRound, all),
    section(
      'flags of relays in both',
      ['flag', 'gained', 'lost'],
      changes.flags.map(({ flag, gained, lost }) => [flag, count(gained), count(lost)]),
    ),
    section('values of relays in both', ['value', 'relays'], fieldCounts(changes.changed)),
    relaySection('added', changes.added, all),
    relaySection('removed', changes.removed, all),
    changedSection(changes.changed, all),
  ];
  return [
    sentence(before, after, changes),
    ...told.flatMap((part) => (part ? linesOfPart(part, width) : [])),
  ];
}

function sentence(before: NamedConsensus, after: NamedConsensus, changes: ConsensusChanges): string {
  const name = ({ consensus }: NamedConsensus): string =>
    `the ${consensus.flavor} consensus of ${formatTime(consensus.validAfter)}`;
  const { added, removed, changed, header, relays } = changes;
  const way = `From ${name(before)} to ${name(after)}`;
  if (added.length + removed.length + changed.length + header.length === 0)
    return `${way}: no difference in header and ${plural(relays.both, 'relay')}.`;
  const parts = [
    `${plural(added.length, 'relay')} added`,
    `${count(removed.length)} removed`,
    `${count(changed.length)} of ${count(relays.both)} changed`,
    `${plural(header.length, 'value')} of the header changed`,
  ];
  return `${way}: ${parts.join(', ')}.`;
}

/** A part of the answer: its title, its table, and what is left out of it. */
interface Part {
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly more: string | undefined;
}

function section(
  title: string,
  head: readonly string[],
  rows: readonly (readonly string[])[],
  more?: string,
): Part | undefined {
  return rows.length === 0 && more === undefined ? undefined : { title, head, rows, more };
}

function linesOfPart({ title, head, rows, more }: Part, width: number): readonly string[] {
  const lines = rows.length === 0 ? [] : table(head, rows, width).split('\n');
  return ['', title, ...lines, ...(more === undefined ? [] : [`  ${more}`])];
}

/** Times stand in the sentence. A vote of another round has another digest; weights are many, and move every hour. */
function headerSection(header: readonly HeaderChange[], sameRound: boolean, all: boolean): Part | undefined {
  const usual = ['valid-after', 'fresh-until', 'valid-until', 'bandwidth-weights'];
  const expected: ReadonlySet<string> = new Set(sameRound ? usual : [...usual, 'vote-digest']);
  const shown = header.filter(({ keyword }) => all || !expected.has(keyword.split(' ', 1)[0] ?? ''));
  const rest = header.length - shown.length;
  const what = sameRound ? 'times and weights' : 'times, weights and digests of votes';
  const more = rest > 0 ? `… and ${count(rest)} more among ${what} (--all)` : undefined;
  return section('header', ['', 'before', 'after'], shown.map(headerRow), more);
}

/** Lines that are lists of words; of them only what is gone and what is new is shown. */
const lists: ReadonlyMap<string, RegExp> = new Map([
  ['client-versions', /,/],
  ['server-versions', /,/],
  ['known-flags', / /],
  ['recommended-client-protocols', / /],
  ['recommended-relay-protocols', / /],
  ['required-client-protocols', / /],
  ['required-relay-protocols', / /],
]);

function headerRow({ keyword, before, after }: HeaderChange): readonly string[] {
  const separator = lists.get(keyword);
  if (separator === undefined || before === undefined || after === undefined)
    return [keyword, before ?? 'none', after ?? 'none'];
  const [old, now] = [before, after].map((list) => list.split(separator).filter((word) => word !== ''));
  const only = (words: readonly string[] = [], others: readonly string[] = [], sign: string): string =>
    words
      .filter((word) => !others.includes(word))
      .map((word) => sign + word)
      .join(' ');
  const [gone, added] = [only(old, now, '−'), only(now, old, '+')];
  return gone === '' && added === '' ? [keyword, before, after] : [keyword, gone, added];
}

/** How many relays changed in what. */
function fieldCounts(changed: readonly RelayChange[]): readonly (readonly string[])[] {
  const counts = new Map<string, number>();
  for (const { fields } of changed)
    for (const { field } of fields) counts.set(field, (counts.get(field) ?? 0) + 1);
  return [...counts]
    .sort(([, a], [, b]) => b - a)
    .map(([field, relays]) => [fieldName(field), count(relays)]);
}

function relaySection(what: string, relays: readonly RelayName[], all: boolean): Part | undefined {
  if (relays.length === 0) return undefined;
  const rows = (all ? relays : relays.slice(0, shownRelays)).map((relay) => [
    relay.nickname,
    relay.fingerprint,
    [
      `${relay.address}:${relay.orPort}`,
      relay.version ?? 'no version',
      relay.weight === undefined ? 'no weight' : `weight ${count(relay.weight)}`,
      relay.flags.join(' '),
    ].join(', '),
  ]);
  const head = ['nickname', 'fingerprint', 'what'];
  return section(`relays ${what}: ${count(relays.length)}`, head, rows, restOf(relays.length - rows.length));
}

function restOf(rest: number): string | undefined {
  return rest > 0 ? `… and ${count(rest)} more (--all)` : undefined;
}

/** A relay publishes anew and is measured anew all the time; these come with every hour. */
const everyday: ReadonlySet<string> = new Set(['descriptorDigest', 'microdescDigest', 'published', 'weight']);

function changedSection(changed: readonly RelayChange[], all: boolean): Part | undefined {
  const isTelling = ({ gained, lost, fields }: RelayChange): boolean =>
    gained.length + lost.length > 0 || fields.some(({ field }) => !everyday.has(field));
  const telling = changed.filter(isTelling);
  const shown = all ? changed : telling.slice(0, shownRelays);
  const rows = shown.map((relay) => [relay.nickname, relay.fingerprint, changeText(relay)]);
  const rest = telling.length - shown.length;
  const quiet = changed.length - telling.length;
  const more = [
    ...(rest > 0 ? [`${count(rest)} more`] : []),
    ...(quiet > 0 ? [`${count(quiet)} with only a new descriptor or weight`] : []),
  ];
  const end = all || more.length === 0 ? undefined : `… and ${more.join(', ')} (--all)`;
  if (changed.length === 0) return undefined;
  return section(`relays changed: ${count(changed.length)}`, ['nickname', 'fingerprint', 'what'], rows, end);
}

function changeText({ gained, lost, fields }: RelayChange): string {
  const flags = [...gained.map((flag) => `+${flag}`), ...lost.map((flag) => `−${flag}`)].join(' ');
  // A new descriptor has a new time.
  const anew = fields.some(({ field }) => field === 'descriptorDigest');
  const told = fields.filter(({ field }) => !(anew && field === 'published'));
  return [...(flags === '' ? [] : [flags]), ...told.map(fieldText)].join('; ');
}

function fieldText({ field, before, after }: FieldChange): string {
  if (field === 'descriptorDigest') return 'new descriptor';
  if (field === 'microdescDigest') return 'new microdescriptor';
  const text = (value: FieldChange['before']): string =>
    value === undefined ? 'none' : typeof value === 'number' ? count(value) : String(value);
  const plainNumber = field === 'orPort' || field === 'dirPort';
  const [old, now] = [before, after].map((value) => (plainNumber ? String(value) : text(value)));
  return `${fieldName(field)} ${old} → ${now}`;
}

/** What operators call the fields whose names in programs are put together. */
const fieldNames: ReadonlyMap<string, string> = new Map([
  ['descriptorDigest', 'descriptor'],
  ['microdescDigest', 'microdescriptor'],
  ['orPort', 'ORPort'],
  ['dirPort', 'DirPort'],
  ['guardFraction', 'guard fraction'],
]);

function fieldName(field: string): string {
  return fieldNames.get(field) ?? field;
}
