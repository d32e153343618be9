/** What happened, by rule: each event has the rule that made it, a time, and a link to its evidence (S2.1.17 to S2.1.20). */
import type { AuthorityCondition } from '../analysis/index.ts';
import type { AlertChanges } from '../alert/index.ts';
import { counted, duration, listing, roundName } from '../checks/index.ts';
import { isVoter, votersOf } from '../network/index.ts';
import type { Batch, Row } from '../store/index.ts';
import type { Memory, RoundNote } from './memory.ts';
import { isNamed, missingVoters } from './rounds.ts';

/** An event. Times in milliseconds, except `validAfter`, in seconds. */
export interface NetworkEvent {
  readonly at: number;
  readonly rule: string;
  readonly level: 'ok' | 'warn' | 'bad' | 'unknown';
  readonly text: string;
  readonly authority?: string;
  readonly validAfter?: number;
  readonly link?: string;
}

/** Puts events into a batch; the same event is never there twice. */
export function putEvents(batch: Batch, events: readonly NetworkEvent[]): void {
  for (const event of events) {
    const id = `${event.at}-${event.rule}-${event.authority ?? event.validAfter ?? 'network'}`;
    batch.put('events', id, {
      id,
      at: event.at,
      rule: event.rule,
      level: event.level,
      text: event.text,
      authority: event.authority ?? null,
      valid_after: event.validAfter ?? null,
      link: event.link ?? null,
    });
  }
}

/** `14:00`, or with seconds where the round does not begin on a full minute. */
function clock(validAfter: number): string {
  return new Date(validAfter * 1000).toISOString().slice(11, validAfter % 60 === 0 ? 16 : 19);
}

/** The events of a round as far as they have not been told: published, who is missing, votes seen, all synchronised. */
export function roundEvents(round: RoundNote, memory: Memory, at: number): NetworkEvent[] {
  const { row, validAfter } = round;
  if (!row) return [];
  const link = `/rounds/${roundName(validAfter)}`;
  const voters = votersOf(memory.set);
  const events: NetworkEvent[] = [];
  const once = (
    rule: string,
    event: () => Omit<NetworkEvent, 'rule' | 'validAfter' | 'link'> | undefined,
  ): void => {
    if (round.told.has(rule)) return;
    const made = event();
    if (!made) return;
    round.told.add(rule);
    events.push({ ...made, rule, validAfter, link });
  };
  once('consensus-published', () => {
    const missing = missingVoters(round, memory);
    const without = missing.length === 0 ? '' : `, without ${listing(missing)}`;
    return {
      at: row.first_seen ?? at,
      level: missing.length === 0 ? 'ok' : 'warn',
      text: `Consensus of ${clock(validAfter)} published: ${counted(row.relays ?? 0, 'relay')}, ${row.votes} of ${voters.length} votes, ${row.valid_signatures} good signatures${without}`,
    };
  });
  once('votes-seen', () => votesSeen(round, voters.length, at));
  once('all-synchronized', () => synchronized(round, memory));
  once('method-changed', () => methodChanged(round, memory, at));
  return events;
}

/** From the first to the last vote that we saw of the round; nobody outside sees more than that (S2.1.19). */
function votesSeen(round: RoundNote, voters: number, at: number): Omit<NetworkEvent, 'rule'> | undefined {
  const seen = [...round.votes.values()].filter((vote) => isNamed(round, vote));
  const identities = new Set(seen.map(({ identity }) => identity));
  if (identities.size < round.sources.size || seen.length === 0) return undefined;
  const times = seen.map(({ first_seen }) => first_seen ?? at);
  const spread = (Math.max(...times) - Math.min(...times)) / 1000;
  const time = clock(round.validAfter);
  const which =
    identities.size === voters
      ? `All ${voters} votes of ${time}`
      : `All ${identities.size} votes that the consensus of ${time} names`;
  return {
    at: Math.max(...times, round.row?.first_seen ?? 0),
    level: 'ok',
    text: `${which} were seen here within ${duration(spread)}`,
  };
}

function synchronized(round: RoundNote, memory: Memory): Omit<NetworkEvent, 'rule'> | undefined {
  const [group, ...others] = round.served.values();
  const voters = votersOf(memory.set).map(({ nickname }) => nickname);
  if (!group || others.length > 0 || !voters.every((nickname) => group.has(nickname))) return undefined;
  const times = [...memory.documents.values()]
    .filter(
      ({ kind, flavor, valid_after, outcome }) =>
        kind === 'consensus' && flavor === 'ns' && valid_after === round.validAfter && outcome === 'accepted',
    )
    .flatMap(({ sha256 }) =>
      voters.map((nickname) => memory.copies.get(`${sha256}/${nickname}`)?.first_seen ?? 0),
    );
  const last = Math.max(...times);
  return {
    at: last,
    level: 'ok',
    text: `All ${voters.length} authorities serve the same consensus of ${clock(round.validAfter)}, ${duration(last / 1000 - round.validAfter)} after it became valid`,
  };
}

function methodChanged(round: RoundNote, memory: Memory, at: number): Omit<NetworkEvent, 'rule'> | undefined {
  const before = [...memory.rounds.values()]
    .filter(({ row, validAfter }) => row && validAfter < round.validAfter)
    .sort((a, b) => b.validAfter - a.validAfter)[0]?.row;
  if (!before || before.method === round.row?.method) return undefined;
  return {
    at,
    level: 'warn',
    text: `Consensus method changed from ${before.method} to ${round.row?.method}`,
  };
}

const conditions: Readonly<Record<AuthorityCondition, { level: NetworkEvent['level']; text: string }>> = {
  unknown: { level: 'unknown', text: 'is not known yet' },
  online: { level: 'ok', text: 'is online' },
  slow: { level: 'warn', text: 'is slow' },
  degraded: { level: 'warn', text: 'answers "busy"' },
  timeout: { level: 'bad', text: 'hangs' },
  offline: { level: 'bad', text: 'is offline' },
  error: { level: 'bad', text: 'answers nonsense' },
};

/** The event of an authority that changed its condition. The first sight of one that is well is no news. */
export function stateEvent(
  nickname: string,
  before: AuthorityCondition,
  after: AuthorityCondition,
  since: number,
): NetworkEvent | undefined {
  if (before === after || (before === 'unknown' && after === 'online')) return undefined;
  const { level, text } = conditions[after];
  const again = after === 'online' ? ' again' : '';
  return {
    at: since,
    rule: 'authority-state',
    level,
    text: `${nickname} ${text}${again}`,
    authority: nickname,
    link: `/authorities/${nickname}`,
  };
}

/** Alerts of kinds that no other rule tells of. */
export function alertEvents({ raised, resolved }: AlertChanges, at: number): NetworkEvent[] {
  const own = new Set(['authority-offline', 'authority-slow']);
  const tell = (list: AlertChanges['raised'], rule: string, over: boolean): NetworkEvent[] =>
    list
      .filter(({ check }) => !own.has(check))
      .map(({ check, title, severity, authority, link }) => ({
        at,
        rule: `${rule}-${check}`,
        level: over ? 'ok' : severity === 'critical' || severity === 'high' ? 'bad' : 'warn',
        text: over ? `Over: ${title}` : title,
        ...(authority === undefined ? {} : { authority }),
        ...(link === undefined ? {} : { link }),
      }));
  return [...tell(raised, 'raised', false), ...tell(resolved, 'resolved', true)];
}

/** A certificate that replaces an older one of the same authority, which we knew before it came. */
export function certificateEvent(
  memory: Memory,
  fresh: Row<'certificates'>,
  known: readonly Row<'certificates'>[],
  at: number,
): NetworkEvent | undefined {
  const { identity, published, expires, faults } = fresh;
  const own = known.filter((row) => row.identity === identity && row.faults === '');
  const authority = memory.set.authorities.find((one) => isVoter(one) && one.v3ident === identity);
  if (!authority || faults !== '' || own.length === 0) return undefined;
  if (own.some((row) => (row.published ?? 0) >= (published ?? 0))) return undefined;
  const { nickname } = authority;
  return {
    at,
    rule: 'certificate-renewed',
    level: 'ok',
    text: `${nickname} has a new certificate, valid until ${roundName(expires ?? 0).slice(0, 10)}`,
    authority: nickname,
    link: `/authorities/${nickname}`,
  };
}

/** The event of losing or finding our own sight. */
export function blindness(at: number, blind: boolean): NetworkEvent {
  return blind
    ? {
        at,
        rule: 'we-are-blind',
        level: 'unknown',
        text: 'We are blind: no authority can be reached from here. Nobody is judged until we see again.',
      }
    : { at, rule: 'we-see-again', level: 'ok', text: 'We see again.' };
}
