/** Why the entry of a relay is what it is, or is not there: the same decisions, looked at. */
import { compareBytes, fromHex, toBase64 } from '../base/index.ts';
import type { Flavor } from '../documents/index.ts';
import { endOfLine } from '../metaformat/index.ts';
import { flagsOf, formatIpv6, present } from '../routers/index.ts';
import type { Ballot } from './ballot.ts';
import { byteTextAt, readable } from './byte-text.ts';
import { hasIpv6, microdescLine } from './choose.ts';
import { settleEd25519 } from './collate.ts';
import type { EntrySet } from './collate.ts';
import { decide, decisionRoom, enoughValues, hasFlag, withDescriptor } from './decide.ts';
import type { Decision } from './decide.ts';
import { givenBy } from './explain-header.ts';
import type { Round } from './round.ts';
import type { Explanation, Given } from './types.ts';
import { writeEntry } from './write-entry.ts';
import { ByteWriter } from './writer.ts';

const clause = 'dir-spec 3.8';

/** A relay as it was decided of. */
interface Case {
  readonly round: Round;
  readonly flavor: Flavor;
  readonly decision: Decision;
  /** The entries that counted. */
  readonly set: EntrySet;
  /** For each vote the row of its entry, −1 for none; and its place in the set, −1 when it was left out. */
  readonly rows: Int32Array;
  readonly places: Int32Array;
  /** The lines of the entry; none when it is not in this flavour. */
  readonly lines: readonly string[];
}

/** Explains the entry of a relay, or one of its lines. For a line it has not, the text is undefined. */
export function explainRelay(
  round: Round,
  flavor: Flavor,
  fingerprint: string,
  keyword: string | undefined,
): readonly Explanation[] {
  const identity = fromHex(fingerprint);
  if (identity?.length !== 20) return [];
  const rows = Int32Array.from(round.ballots, (ballot) => rowOf(ballot, identity));
  const set = setOf(rows);
  const absent = (rule: string, of: readonly Given[]): readonly Explanation[] => [
    { text: undefined, rule: `not listed: ${rule}`, clause, given: of },
  ];
  const listed = round.ballots.map((ballot, vote) => {
    const row = rows[vote] as number;
    return row < 0
      ? givenBy(ballot, undefined, false, notListed)
      : givenBy(ballot, lineText(ballot, row), true);
  });
  if (set.size <= round.half)
    return absent(`votes that list the relay: ${set.size}; more than ${round.half} are needed`, listed);
  settleEd25519(set, round.ballots, round.half);
  const decision = decisionRoom(round);
  const places = new Int32Array(rows.length).fill(-1);
  for (let place = 0; place < set.size; place += 1) places[set.votes[place] as number] = place;
  const isListed = decide(round, set, decision);
  const lines = isListed ? linesOf(round, set, decision, flavor) : [];
  const one: Case = { round, flavor, decision, set, rows, places, lines };
  if (!isListed) return absent('it did not get both Running and Valid', explainFlags(one).given);
  if (lines.length === 0)
    return absent('no microdescriptor for it was agreed on', explainMicrodesc(one).given);
  return (keyword === undefined ? keywordsOf(lines) : [keyword]).flatMap((word) => explainLine(one, word));
}

const notListed = 'its vote does not list the relay';

/** The row of a relay in a vote; −1 for none. */
function rowOf({ entries: { table, order, count } }: Ballot, identity: Uint8Array): number {
  let [low, high] = [0, count - 1];
  while (low <= high) {
    const middle = (low + high) >> 1;
    const row = order ? (order[middle] as number) : middle;
    const difference = compareBytes(table.identity.subarray(row * 20, row * 20 + 20), identity);
    if (difference === 0) return row;
    if (difference < 0) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}

function setOf(rows: Int32Array): EntrySet {
  const set = {
    size: 0,
    marked: 0,
    votes: new Int32Array(rows.length),
    rows: new Int32Array(rows.length),
  };
  for (const [vote, row] of rows.entries()) {
    if (row < 0) continue;
    set.votes[set.size] = vote;
    set.rows[set.size] = row;
    set.size += 1;
  }
  return set;
}

function linesOf(round: Round, set: EntrySet, decision: Decision, flavor: Flavor): readonly string[] {
  const out = new ByteWriter(1 << 10);
  const outputs = { ns: undefined, microdesc: undefined, [flavor]: out, shared: new ByteWriter(1 << 10) };
  writeEntry(round, set, decision, outputs);
  const bytes = out.finish();
  return byteTextAt(bytes, 0, bytes.length).split('\n').slice(0, -1).map(readable);
}

function keywordsOf(lines: readonly string[]): readonly string[] {
  return lines.map((line) => line.split(' ', 1).join(''));
}

/** The `r` line of an entry as its vote has it. */
function lineText({ entries: { table } }: Ballot, row: number): string {
  const start = table.start[row] as number;
  const end = endOfLine(table.bytes, start, table.bytes.length);
  return readable(byteTextAt(table.bytes, start, end));
}

type Why = Omit<Explanation, 'text' | 'line'>;

/** Explains a line, and the parts of those that have some. */
function explainLine(one: Case, keyword: string): readonly Explanation[] {
  const text = one.lines.find((line) => line === keyword || line.startsWith(`${keyword} `));
  switch (keyword) {
    case 'r':
      return [{ text, ...explainRouter(one) }];
    case 'a':
      return [{ text, ...explainIpv6(one) }];
    case 'm':
      return [{ text, ...explainMicrodesc(one) }];
    case 's':
      return [{ text, ...explainFlags(one) }, ...flagParts(one)];
    case 'v':
      return [{ text, ...explainText(one, 'v') }];
    case 'pr':
      return [{ text, ...explainText(one, 'pr') }];
    case 'w':
      return [{ text, ...explainBandwidth(one) }];
    case 'p':
      return [{ text, ...explainPolicy(one) }];
    default:
      return [];
  }
}

/**
 * What each vote gave: `valueOf` of its row; `why` says why a value does not count, undefined where it does. Whoever does
 * not list the relay, or means another ed25519 identity, never counts.
 */
function givenOf(
  { round, rows, places }: Case,
  valueOf: (ballot: Ballot, row: number) => string | undefined,
  why: (place: number, value: string | undefined) => string | undefined,
): readonly Given[] {
  return round.ballots.map((ballot, vote) => {
    const row = rows[vote] as number;
    if (row < 0) return givenBy(ballot, undefined, false, notListed);
    const value = valueOf(ballot, row);
    const place = places[vote] as number;
    const reason =
      place < 0 ? 'its entry has another ed25519 identity than more than half agree on' : why(place, value);
    return givenBy(ballot, value, reason === undefined, reason);
  });
}

const noLine = 'its entry has no such line';
const otherEntry = 'its entry is not like the chosen one';

function explainRouter(one: Case): Why {
  const { decision, set, round } = one;
  const given = givenOf(one, lineText, (place) => (decision.same[place] === 1 ? undefined : otherEntry));
  const count = given.filter(({ counted }) => counted).length;
  const hidden = one.flavor === 'microdesc' && round.rules.publishedHidden;
  const rule = `the entry that most votes have, ${count} of ${set.size}; of equally many the later published, then the smaller descriptor digest${hidden ? '; the time is 2038-01-01 in this flavour since method 33' : ''}`;
  return { rule, clause, given };
}

function explainIpv6(one: Case): Why {
  const { decision } = one;
  const given = givenOf(
    one,
    ({ entries }, row) =>
      hasIpv6(entries, row)
        ? `[${formatIpv6(entries.table.ipv6, row * 16)}]:${entries.table.ipv6Port[row]}`
        : undefined,
    (place, value) => (value === undefined ? noLine : decision.same[place] === 1 ? undefined : otherEntry),
  );
  const rule =
    'the most frequent among entries like the chosen one; ties to the larger address, then the smaller port';
  return { rule, clause, given };
}

function explainMicrodesc(one: Case): Why {
  const { decision, round, flavor } = one;
  const { method } = round.rules;
  const given = givenOf(
    one,
    (ballot, row) => {
      const line = microdescLine(ballot, row, round.methodLists[round.ballots.indexOf(ballot)] as Uint8Array);
      const { sha256 } = ballot.entries.table.votedMicrodescs;
      return line < 0 ? undefined : toBase64(sha256, line * 32, line * 32 + 32);
    },
    (place, value) =>
      value === undefined
        ? `its entry has no digest for method ${method}`
        : decision.same[place] === 1
          ? undefined
          : otherEntry,
  );
  const rule =
    flavor === 'ns'
      ? 'the ns flavour has no m lines'
      : `the most frequent digest for method ${method} among entries like the chosen one; ties to the larger`;
  return { rule, clause: 'dir-spec 3.9.2', given };
}

function explainFlags(one: Case): Why {
  const given = givenOf(
    one,
    ({ entries: { table } }, row) => flagsOf(table, row).join(' '),
    () => undefined,
  );
  const rule = 'each flag that more than half of the votes that know it give; some follow from others';
  return { rule, clause, given };
}

/** Each flag that the relay has, or that any of its entries has. */
function flagParts(one: Case): readonly Explanation[] {
  const { flags } = one.round;
  return [...flags.attainable]
    .filter((flag) => one.decision.has[flag] === 1 || (one.decision.flagCounts[flag] as number) > 0)
    .map((flag) => {
      const name = flags.names[flag] as string;
      const given = givenOf(
        one,
        ({ entries: { table } }, row) =>
          flagsOf(table, row).includes(readable(name)) ? readable(name) : undefined,
        (_, value) => (value === undefined ? 'its entry has not the flag' : undefined),
      );
      const text = one.decision.has[flag] === 1 ? readable(name) : undefined;
      return { text, rule: flagRule(one, flag), clause, given };
    });
}

function flagRule({ round, decision, set }: Case, flag: number): string {
  const { at, voters } = round.flags;
  if (flag === at.NoEdConsensus)
    return `${set.marked} votes agree on the ed25519 identity; the flag is for relays where not more than ${round.half} do`;
  if (flag === at.Named || flag === at.Unnamed)
    return 'by whether the nickname belongs to this relay, to another, or is disputed';
  const middle = round.rules.middleOnly && hasFlag(decision, at.MiddleOnly);
  if (middle && flag === at.BadExit) return 'a relay with MiddleOnly is a BadExit';
  if (middle && [at.Exit, at.Guard, at.HSDir, at.V2Dir].includes(flag))
    return 'a relay with MiddleOnly has none of Exit, Guard, HSDir, V2Dir';
  const half = (voters[flag] as number) >> 1;
  return `${decision.flagCounts[flag]} of the ${voters[flag]} votes that know the flag give it; more than ${half} are needed`;
}

/** `v` and `pr`: over all entries that count. */
function explainText(one: Case, keyword: 'v' | 'pr'): Why {
  const given = givenOf(
    one,
    ({ entries: { table } }, row) => {
      if (((table.present[row] as number) & present[keyword]) === 0) return undefined;
      return keyword === 'v'
        ? table.versions[table.version[row] as number]
        : table.protocolLists[table.protocols[row] as number];
    },
    (_, value) =>
      value === undefined ? noLine : keyword === 'v' && value === '' ? 'it is empty' : undefined,
  );
  const order = keyword === 'v' ? 'the higher version' : 'the larger text';
  const { versionTies } = one.decision;
  const tie = keyword === 'v' && versionTies.length > 0 ? '; here only the order of the votes decided' : '';
  const rule = `the most frequent over all entries of the relay; ties to ${order}${tie}`;
  return { rule, clause, given };
}

function explainBandwidth(one: Case): Why {
  const { decision, round } = one;
  const measured = !decision.unmeasured;
  const given = givenOf(
    one,
    ({ entries: { table } }, row) => {
      const has = table.present[row] as number;
      const words = [
        ...((has & present.bandwidth) === 0 ? [] : [`Bandwidth=${table.bandwidth[row]}`]),
        ...((has & present.measured) === 0 ? [] : [`Measured=${table.measured[row]}`]),
        ...((has & present.guardFraction) === 0 ? [] : [`GuardFraction=${table.guardFraction[row]}`]),
      ];
      return words.length === 0 ? undefined : words.join(' ');
    },
    (_, value) =>
      value === undefined || !value.includes(measured ? 'Measured=' : 'Bandwidth=')
        ? `its entry has no ${measured ? 'Measured' : 'Bandwidth'}`
        : undefined,
  );
  const { unmeasuredMax } = round;
  const limit =
    unmeasuredMax === undefined
      ? 'fewer than three votes measure at all, so there is no limit'
      : `at most ${unmeasuredMax}, because three votes or more measure`;
  const fraction = decision.guardFraction < 0 ? '' : '; GuardFraction: the low median of its values';
  const rule = measured
    ? `the low median of the measured bandwidths: ${enoughValues} votes or more have measured the relay${fraction}`
    : `the low median of what the relay says of itself: fewer than ${enoughValues} votes have measured it; ${limit}${fraction}`;
  return { rule, clause, given };
}

function explainPolicy(one: Case): Why {
  const { decision, round, set, flavor } = one;
  const alike = withDescriptor(round, set, decision.chosen);
  const policyOf = ({ entries: { table } }: Ballot, row: number): string | undefined =>
    ((table.present[row] as number) & present.p) === 0
      ? undefined
      : table.policies[table.policy[row] as number];
  const any = [...alike].some(
    (is, place) =>
      is === 1 &&
      policyOf(round.ballots[set.votes[place] as number] as Ballot, set.rows[place] as number) !== undefined,
  );
  const given = givenOf(one, policyOf, (place, value) => {
    if (value === undefined) return noLine;
    return any && alike[place] === 0 ? 'its entry has another descriptor' : undefined;
  });
  const rule =
    flavor === 'microdesc'
      ? 'the microdesc flavour has no p lines'
      : `the most frequent ${any ? 'among entries with the chosen descriptor' : 'of all entries, since none with the chosen descriptor has one'}; ties to the larger text`;
  return { rule, clause, given };
}
