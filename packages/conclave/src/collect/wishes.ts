/**
 * Everything the observatory wants to ask around one moment, whether or not it has been asked already, descriptors of
 * relays excepted (`relay-descriptors.ts`). Pure: which of it is due, and how often it is tried again, is `plan.ts`'s business. Paths and their traps: dir-spec 4 and tor's directory
 * server (`current/consensus-signatures` is never asked: it is the whole consensus under another name).
 */
import {
  isReachable,
  isVoter,
  lastValidAfter,
  nextValidAfter,
  usableDelays,
  type Authority,
  type Reachable,
  type Voter,
  type VotingSchedule,
} from '../network/index.ts';
import { heldVoteKey, type Knowledge } from './knowledge.ts';
import type { Subject } from './observation.ts';

/** How much of the votes is asked of others than their authors. */
export type Copies = 'rotate' | 'all' | 'none';

/** Of which relays server descriptors are asked for: of all, of those that another source has not brought by half of the round, of none. */
export type WantedRelays = 'all' | 'rest' | 'none';

/** Settings of the plan. */
export interface PlanOptions {
  readonly authorities: readonly Authority[];
  /** Seconds between two liveness requests; by default 10, and 2 for intervals under ten minutes. */
  readonly probeSeconds?: number;
  /** Seconds between two looks at an ORPort; by default 60, and 10 for intervals under ten minutes. */
  readonly orPortSeconds?: number;
  /** By default `rotate`: each round every vote is asked of one other authority, another one each round. */
  readonly copies?: Copies;
  /** By default `all`. */
  readonly relayDescriptors?: WantedRelays;
}

/** One thing we want to ask, and when. Times are milliseconds since 1970. */
export interface Wish {
  /** The same for the same question at any moment. */
  readonly key: string;
  /** Nickname of the authority to ask on this attempt (counted from 0); undefined when there is nobody left to ask. */
  readonly ask: (attempt: number) => Question | undefined;
  /** Whether its answer is large; an authority is sent one such question at a time. */
  readonly big: boolean;
  readonly fromMs: number;
  /** The first attempt may be made until then … */
  readonly untilMs: number;
  /** … and another until then. */
  readonly retryUntilMs: number;
  /** How long to wait before each further attempt; as many as there are waits. */
  readonly waitsMs: readonly number[];
  /**
   * It is a new document that is wanted: a 304 says that there is none yet, and a document that came unconditionally
   * may be an old one; after either, the question stays open.
   */
  readonly awaitsNew?: boolean;
  /** At most so many questions of this name are put to one authority; `mostAgain` when another was asked the same before. */
  readonly ration?: { readonly name: string; readonly most: number; readonly mostAgain?: number };
  /** Until when what became of it has to be remembered; by default `untilMs`. */
  readonly rememberMs?: number;
}

/** What is asked. */
export interface Question {
  readonly authority: string;
  readonly subject: Subject;
  /** Absent for an ORPort. */
  readonly path?: string;
  readonly ifModifiedSince?: number;
}

/** The seconds between two liveness requests to one authority. */
export function probeSecondsOf(
  { probeSeconds }: { readonly probeSeconds?: number | undefined },
  schedule: VotingSchedule,
): number {
  return probeSeconds ?? (isShort(schedule) ? 2 : 10);
}

/** The wishes of this moment. `receivedMs` tells when a kind of document last came from an authority. */
export function wishesAt(
  options: PlanOptions,
  knowledge: Knowledge,
  nowMs: number,
  receivedMs: ReadonlyMap<string, number>,
): readonly Wish[] {
  const moment = momentOf(options, knowledge, nowMs, receivedMs);
  return [
    ...liveness(moment),
    ...orPorts(moment),
    ...signatures(moment),
    ...certificates(moment),
    ...wantedCertificates(moment),
    ...consensuses(moment),
    ...firstConsensus(moment),
    ...ownVotes(moment),
    ...wantedVotes(moment),
    ...doubtedVotes(moment),
    ...copies(moment),
    ...bandwidthFiles(moment),
    ...descriptors(moment),
  ];
}

/** When there will be wishes that are not there now: at the next liveness question, or in the next round. */
export function nextChangeMs(options: PlanOptions, { schedule }: Knowledge, nowMs: number): number {
  const every = 1000 * probeSecondsOf(options, schedule);
  const slot = (Math.floor(nowMs / every) + 1) * every;
  return Math.min(slot, 1000 * nextValidAfter(schedule, nowMs / 1000));
}

/** The name under which the plan remembers when an authority's certificates last came. */
export function certificatesOf(nickname: string): string {
  return `certificates ${nickname}`;
}

/** The name under which the plan remembers when a consensus last came from an authority. */
export function consensusOf(nickname: string): string {
  return `consensus ${nickname}`;
}

type AskableVoter = Reachable & Voter;

interface Moment {
  readonly nowMs: number;
  readonly options: PlanOptions;
  readonly knowledge: Knowledge;
  readonly receivedMs: ReadonlyMap<string, number>;
  readonly reachable: readonly Reachable[];
  readonly voters: readonly AskableVoter[];
  /** The round that was last due for publication, and the one in progress: valid-after in seconds. */
  readonly published: number;
  readonly coming: number;
  readonly voteSeconds: number;
  readonly distSeconds: number;
  readonly intervalSeconds: number;
}

function momentOf(
  options: PlanOptions,
  knowledge: Knowledge,
  nowMs: number,
  receivedMs: ReadonlyMap<string, number>,
): Moment {
  const { schedule } = knowledge;
  const reachable = options.authorities.filter(isReachable);
  const coming = nextValidAfter(schedule, nowMs / 1000);
  const published = lastValidAfter(schedule, nowMs / 1000);
  return {
    nowMs,
    options,
    knowledge,
    receivedMs,
    reachable,
    voters: reachable.filter((one): one is AskableVoter => isVoter(one)),
    published,
    coming,
    ...usableDelays(schedule),
    intervalSeconds: coming - published,
  };
}

/**
 * robots.txt: two short lines that every authority serves from memory, never sheds under load and never changes, so a
 * failure is a failure of the authority or of the way to it, and nothing else.
 */
function* liveness({ options, knowledge, reachable, nowMs }: Moment): Iterable<Wish> {
  const every = 1000 * probeSecondsOf(options, knowledge.schedule);
  const slot = Math.floor(nowMs / every);
  for (const { nickname } of reachable) {
    const question: Question = {
      authority: nickname,
      subject: { kind: 'liveness' },
      path: '/tor/robots.txt',
    };
    yield once(`liveness ${nickname} ${slot}`, question, slot * every, (slot + 1) * every);
  }
}

function* orPorts({ options, knowledge, reachable, nowMs }: Moment): Iterable<Wish> {
  const every = 1000 * (options.orPortSeconds ?? (isShort(knowledge.schedule) ? 10 : 60));
  const slot = Math.floor(nowMs / every);
  for (const { nickname, orPort, ipv6 } of reachable) {
    for (const family of ['ipv4', 'ipv6'] as const) {
      if ((family === 'ipv4' ? orPort : ipv6) === undefined) continue;
      const question: Question = { authority: nickname, subject: { kind: 'or-port', family } };
      yield once(`or-port ${family} ${nickname} ${slot}`, question, slot * every, (slot + 1) * every);
    }
  }
}

/** Three looks at the signatures: when they are made, when the missing ones have been fetched, and just before the end. */
function* signatures({ voters, coming, distSeconds }: Moment): Iterable<Wish> {
  const margin = between(0.4, distSeconds * 0.05, 15);
  const looks = [
    coming - distSeconds + margin,
    coming - Math.floor(distSeconds / 2) + margin,
    coming - margin,
  ];
  for (const [index, look] of looks.entries()) {
    const until = looks[index + 1] ?? coming;
    for (const { nickname } of voters) {
      yield {
        ...once(
          `signatures ${nickname} ${coming} ${index}`,
          {
            authority: nickname,
            subject: { kind: 'signatures' },
            path: '/tor/status-vote/next/consensus-signatures',
          },
          look * 1000,
          until * 1000,
        ),
        waitsMs: [Math.max(500, distSeconds * 100)],
      };
    }
  }
}

/** All certificates at the start; then only what is newer than what came last, with ten minutes for skewed clocks. */
function* certificates({ voters, intervalSeconds, nowMs, receivedMs }: Moment): Iterable<Wish> {
  const every = 1000 * Math.min(3600, 12 * intervalSeconds);
  for (const [index, { nickname }] of voters.entries()) {
    // Each authority has a phase of its own, so that they are not all asked at once.
    const phase = Math.floor((every * (index + 0.5)) / voters.length);
    const slot = Math.floor((nowMs - phase) / every);
    const last = receivedMs.get(certificatesOf(nickname));
    const question: Question = {
      authority: nickname,
      subject: { kind: 'certificates', of: 'all' },
      path: '/tor/keys/all',
      ...(last === undefined ? {} : { ifModifiedSince: Math.floor(last / 1000) - 600 }),
    };
    const from = slot * every + phase;
    yield {
      ...once(`certificates ${nickname} ${slot}`, question, from, from + every),
      waitsMs: growing(every / 60, 3),
    };
  }
}

/** A missing certificate is asked of its owner first, then of one authority after another. */
function* wantedCertificates({
  voters,
  knowledge,
  published,
  coming,
  intervalSeconds,
}: Moment): Iterable<Wish> {
  for (const { identity, signingKey } of knowledge.wantedCertificates) {
    const holders = startingWith(voters, (voter) => voter.v3ident === identity);
    yield {
      key: `certificate ${identity} ${signingKey} ${published}`,
      big: false,
      ask: (attempt) =>
        questionTo(holders[attempt], {
          subject: { kind: 'certificates', of: identity },
          path: `/tor/keys/fp-sk/${identity}-${signingKey}`,
        }),
      fromMs: published * 1000,
      untilMs: coming * 1000,
      retryUntilMs: coming * 1000,
      waitsMs: growing(unitMs(intervalSeconds) / 4, holders.length - 1),
    };
  }
}

/**
 * Until a consensus says when the network votes, the rounds of the schedule that is assumed may be an hour apart where
 * those of the network are seconds: somebody else is asked for one every twenty seconds. What one of them has given before
 * is not sent again.
 */
function* firstConsensus({ voters, knowledge, nowMs, receivedMs }: Moment): Iterable<Wish> {
  if (!knowledge.scheduleAssumed) return;
  const slot = Math.floor(nowMs / firstConsensusMs);
  const voter = voters[slot % Math.max(1, voters.length)];
  if (voter === undefined) return;
  const last = receivedMs.get(consensusOf(voter.nickname));
  const question: Question = {
    authority: voter.nickname,
    subject: { kind: 'consensus', flavor: 'ns' },
    path: '/tor/status-vote/current/consensus',
    ...(last === undefined ? {} : { ifModifiedSince: Math.floor(last / 1000) }),
  };
  const from = slot * firstConsensusMs;
  yield { ...once(`first consensus ${slot}`, question, from, from + firstConsensusMs), big: true };
}

const firstConsensusMs = 20_000;

/**
 * Both flavours from every authority once a round. `If-Modified-Since` is the valid-after that we wait for: tor answers
 * 304 while its consensus is older, so an authority that lags costs nothing but a question.
 */
function* consensuses({ voters, knowledge, published, coming, intervalSeconds }: Moment): Iterable<Wish> {
  const unit = unitMs(intervalSeconds);
  const margin = between(0.5, intervalSeconds * 0.002, 5);
  const step = Math.min(2, intervalSeconds / 1800);
  for (const [index, { nickname }] of voters.entries()) {
    for (const flavor of ['ns', 'microdesc'] as const) {
      const served = knowledge.consensuses.get(nickname)?.[flavor];
      if (served !== undefined && served >= published) continue;
      const path = `/tor/status-vote/current/consensus${flavor === 'ns' ? '' : '-microdesc'}`;
      yield {
        key: `consensus ${flavor} ${nickname} ${published}`,
        big: true,
        // The first time everything is welcome, however old.
        ask: (attempt) => ({
          authority: nickname,
          subject: { kind: 'consensus', flavor },
          path,
          ...(served === undefined && attempt === 0 ? {} : { ifModifiedSince: published }),
        }),
        fromMs: (published + margin + index * step) * 1000,
        untilMs: coming * 1000,
        retryUntilMs: (published + intervalSeconds / 2) * 1000,
        waitsMs: growing(unit, 7),
        awaitsNew: true,
      };
    }
  }
}

/** An authority's own vote: while the round is in progress, and after its publication when we still lack it. */
function* ownVotes(moment: Moment): Iterable<Wish> {
  const { voters, knowledge, published, coming, voteSeconds, distSeconds, intervalSeconds } = moment;
  const margin = between(0.4, voteSeconds * 0.03, 10);
  const start = coming - distSeconds - voteSeconds + margin;
  for (const { nickname, v3ident } of voters) {
    const question = (period: 'next' | 'current'): Question => ({
      authority: nickname,
      subject: { kind: 'vote', period, of: v3ident },
      path: `/tor/status-vote/${period}/authority`,
    });
    if (!knowledge.heldVotes.has(heldVoteKey(coming, v3ident))) {
      yield {
        ...once(`vote ${v3ident} ${coming}`, question('next'), start * 1000, (coming - margin / 2) * 1000),
        big: true,
        waitsMs: [Math.max(500, voteSeconds * 100), Math.max(700, voteSeconds * 400)],
      };
    }
    if (!knowledge.heldVotes.has(heldVoteKey(published, v3ident))) {
      const from = published + between(1, intervalSeconds * 0.01, 30);
      yield {
        ...once(`vote ${v3ident} ${published} late`, question('current'), from * 1000, coming * 1000),
        big: true,
        retryUntilMs: (published + intervalSeconds / 2) * 1000,
        waitsMs: growing(unitMs(intervalSeconds) * 2, 2),
      };
    }
  }
}

/** A vote that the consensus names is asked of its author first, then of one holder after another. */
function* wantedVotes({ voters, knowledge, published, coming, intervalSeconds }: Moment): Iterable<Wish> {
  for (const { digest, of } of knowledge.wantedVotes) {
    const holders = startingWith(voters, (voter) => voter.v3ident === of);
    yield {
      key: `vote by digest ${digest} ${published}`,
      big: true,
      ask: (attempt) =>
        questionTo(holders[attempt], {
          subject: { kind: 'vote', period: 'current', of },
          path: `/tor/status-vote/current/d/${digest}`,
        }),
      fromMs: (published + between(1, intervalSeconds * 0.01, 30)) * 1000,
      untilMs: coming * 1000,
      retryUntilMs: coming * 1000,
      waitsMs: growing(unitMs(intervalSeconds) / 4, holders.length - 1),
    };
  }
}

/**
 * Who shows the digest of a text that none of the votes at hand give counts votes that we have not seen: its members are
 * asked for everybody's vote, one for the one and another for the next, until the text is explained. The ration keeps
 * our promise of the load: a vote is large.
 */
function* doubtedVotes(moment: Moment): Iterable<Wish> {
  const { voters, knowledge, published, coming, distSeconds, intervalSeconds } = moment;
  for (const { validAfter, digest, members, authors } of knowledge.doubted) {
    if (validAfter !== coming && validAfter !== published) continue;
    const holders = voters.filter(({ nickname }) => members.includes(nickname));
    const period = validAfter === coming ? 'next' : 'current';
    const from =
      period === 'next' ? coming - distSeconds : published + between(1, intervalSeconds * 0.01, 30);
    for (const [index, identity] of authors.entries()) {
      const of = voters.find(({ v3ident }) => v3ident === identity);
      if (of === undefined || holders.length === 0) continue;
      const holder = (attempt: number): AskableVoter | undefined =>
        attempt < holders.length ? holders[(index + attempt) % holders.length] : undefined;
      yield {
        key: `other vote ${identity} ${digest} ${period} ${validAfter}`,
        big: true,
        ask: (attempt) => {
          const asked = holder(attempt);
          return asked && copyQuestion(asked, of, period);
        },
        fromMs: from * 1000,
        untilMs: coming * 1000,
        retryUntilMs: coming * 1000,
        waitsMs: growing(unitMs(intervalSeconds) / 4, holders.length - 1),
        ration: { name: `other votes ${validAfter}`, most: otherVotesMost },
        rememberMs: (validAfter + intervalSeconds) * 1000,
      };
    }
  }
}

/** How many votes of others one authority is asked for in a round beside its copies (docs/load.md). */
const otherVotesMost = 3;

/**
 * What others hold of an authority's vote: one that sends two different votes is found by nothing else. Asked when the
 * missing votes have been fetched; whoever starts too late for that looks at the votes of the published round.
 */
function* copies(moment: Moment): Iterable<Wish> {
  const { coming, published, voteSeconds, distSeconds, intervalSeconds } = moment;
  const fetched = coming - distSeconds - Math.floor(voteSeconds / 2) + between(0.3, voteSeconds * 0.1, 30);
  for (const [holder, of] of pairs(moment, coming)) {
    const question = copyQuestion(holder, of, 'next');
    const end = (coming - distSeconds * 0.2) * 1000;
    yield {
      ...once(`copy ${holder.nickname} ${of.v3ident} ${coming}`, question, fetched * 1000, end),
      big: true,
      waitsMs: [Math.max(500, voteSeconds * 200)],
      // Under the same key it may come up again once the round is published.
      rememberMs: (coming + intervalSeconds * 2) * 1000,
    };
  }
  for (const [holder, of] of pairs(moment, published)) {
    const key = `copy ${holder.nickname} ${of.v3ident} ${published}`;
    const from = (published + between(1, intervalSeconds * 0.02, 60)) * 1000;
    yield { ...once(key, copyQuestion(holder, of, 'current'), from, coming * 1000), big: true };
  }
}

function copyQuestion(holder: AskableVoter, of: AskableVoter, period: 'next' | 'current'): Question {
  return {
    authority: holder.nickname,
    subject: { kind: 'vote', period, of: of.v3ident },
    path: `/tor/status-vote/${period}/${of.v3ident}`,
  };
}

/** Who is asked for whose vote in this round; over N − 1 rounds every pair comes up once. */
function pairs(
  { voters, options, intervalSeconds }: Moment,
  validAfter: number,
): readonly (readonly [holder: AskableVoter, of: AskableVoter])[] {
  const count = voters.length;
  const distances = Array.from({ length: Math.max(0, count - 1) }, (_, index) => index + 1);
  const turn = Math.floor(validAfter / intervalSeconds) % Math.max(1, count - 1);
  const chosen = { none: [], all: distances, rotate: distances.slice(turn, turn + 1) }[
    options.copies ?? 'rotate'
  ];
  return voters.flatMap((of, index) =>
    chosen.flatMap((distance) => {
      const holder = voters[(index + distance) % count];
      return holder === undefined ? [] : [[holder, of] as const];
    }),
  );
}

function* bandwidthFiles(moment: Moment): Iterable<Wish> {
  const { voters, knowledge, coming, voteSeconds, distSeconds } = moment;
  const margin = between(0.5, voteSeconds * 0.2, 60);
  for (const { nickname, scanner } of voters) {
    if (scanner !== true && !knowledge.scanners.has(nickname)) continue;
    const question: Question = {
      authority: nickname,
      subject: { kind: 'bandwidth-file' },
      path: '/tor/status-vote/next/bandwidth',
    };
    const from = (coming - distSeconds - voteSeconds + margin) * 1000;
    yield {
      ...once(`bandwidth ${nickname} ${coming}`, question, from, coming * 1000 - 300),
      big: true,
      waitsMs: [Math.max(500, voteSeconds * 200), Math.max(700, voteSeconds * 500)],
    };
  }
}

/** An authority is a relay as well: its own descriptor and extra-info, once a round, when the rush is over. */
function* descriptors({ reachable, published, coming, intervalSeconds }: Moment): Iterable<Wish> {
  const from = (published + intervalSeconds * 0.1) * 1000;
  for (const { nickname } of reachable) {
    for (const [kind, path] of [
      ['server-descriptor', '/tor/server/authority'],
      ['extra-info', '/tor/extra/authority'],
    ] as const) {
      const question: Question = { authority: nickname, subject: { kind }, path };
      yield {
        ...once(`${kind} ${nickname} ${published}`, question, from, coming * 1000),
        waitsMs: growing(unitMs(intervalSeconds) * 2, 2),
      };
    }
  }
}

function once(key: string, question: Question, fromMs: number, untilMs: number): Wish {
  return { key, ask: () => question, big: false, fromMs, untilMs, retryUntilMs: untilMs, waitsMs: [] };
}

function questionTo(
  voter: AskableVoter | undefined,
  question: Omit<Question, 'authority'>,
): Question | undefined {
  return voter === undefined ? undefined : { authority: voter.nickname, ...question };
}

/** A rotation of the list that begins with the first match. */
function startingWith<T>(list: readonly T[], isFirst: (item: T) => boolean): readonly T[] {
  const first = Math.max(0, list.findIndex(isFirst));
  return [...list.slice(first), ...list.slice(0, first)];
}

/** The first wait after a failure: half a minute on the public network, a second on one that votes every ten. */
export function unitMs(intervalSeconds: number): number {
  return 1000 * between(0.8, intervalSeconds / 120, 30);
}

/** Waits that double, `count` of them. */
function growing(firstMs: number, count: number): readonly number[] {
  return Array.from({ length: Math.max(0, count) }, (_, index) => firstMs * 2 ** index);
}

function isShort(schedule: VotingSchedule): boolean {
  return schedule.intervalSeconds < 600;
}

function between(low: number, value: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
