/**
 * What was observed, one after another: the state of an authority, the documents it served, who serves what. Judgement over
 * all of them is passed at the tick.
 */
import { answered } from '../collect/index.ts';
import type { Observation } from '../collect/index.ts';
import type { FeedObservation } from '../feeds/index.ts';
import { defaultLimits, nothingSeenOfIt, step } from '../analysis/index.ts';
import type { Row } from '../store/index.ts';
import { noteVoteAsked } from './coming.ts';
import type { Desk } from './desk.ts';
import { certificateEvent, stateEvent } from './events.ts';
import type { NetworkEvent } from './events.ts';
import { nameStrayFiles, takeFeed, unmarkVote } from './feeds.ts';
import type { FeedHands } from './feeds.ts';
import { judge, judgeConsensus } from './judge.ts';
import { roundOf, skewsKept } from './memory.ts';
import { isOpen, isOwnDocument, judgeAgain } from './own-documents.ts';
import { noteShown } from './pending.ts';
import { noteAnswer } from './refused.ts';
import { observationRow } from './rows.ts';

/** Takes one answer of an authority, or the lack of one, with the document that it brought. */
export async function takeObservation(
  desk: Desk,
  observation: Observation,
  blind: boolean,
  events: NetworkEvent[],
): Promise<void> {
  const { memory, batch } = desk;
  batch.put('observations', undefined, observationRow(observation));
  if (answered.has(observation.outcome)) memory.watchingSince ??= observation.at;
  if (observation.clockSkewSeconds !== undefined) {
    const skews = memory.skews.get(observation.authority) ?? [];
    memory.skews.set(observation.authority, [...skews, observation.clockSkewSeconds].slice(-skewsKept));
  }
  if (observation.subject.kind === 'liveness') fold(desk, observation, blind, events);
  if (observation.subject.kind === 'consensus' && observation.outcome !== 'not-asked' && !blind)
    memory.consensusAskedMs = Math.max(memory.consensusAskedMs ?? 0, observation.at);
  if (!blind) noteVoteAsked(memory, observation);
  if (!observation.document) noteAnswer(memory, observation);
  if (observation.outcome === 'not-modified') await confirm(desk, observation);
  if (observation.document) await takeDocument(desk, observation, observation.document.sha256, events);
}

/** Takes what a source beside the authorities answered, and the document that it brought. */
export async function takeFeedObservation(
  desk: Desk,
  observation: FeedObservation,
  events: NetworkEvent[],
): Promise<void> {
  const before = [...desk.memory.certificates.values()];
  if (await takeFeed(observation, handsOf(desk))) tellCertificates(desk, observation.at, before, events);
}

/** What is at hand when a source's answer is taken, or capacities are measured. */
export function handsOf(desk: Desk): FeedHands {
  const { memory, shelf, batch, options } = desk;
  return {
    memory,
    shelf,
    batch,
    read: (sha256) => desk.read(sha256),
    consensus: (sha256) => desk.consensus(sha256),
    recallDocument: (sha256) => desk.recallDocument(sha256),
    recallCopies: async (sha256) => (memory.complete ? [] : options.store.query('otherCopiesOf', { sha256 })),
    put: (row) => desk.putDocument(row),
  };
}

/** Judges the consensuses that waited for certificates again, when there may be more of them. */
export async function reconsider(desk: Desk): Promise<void> {
  const { ring, set } = desk.memory;
  if (desk.memory.undecided.size === 0 || (desk.judgedBy[0] === ring && desk.judgedBy[1] === set)) return;
  desk.judgedBy = [ring, set];
  for (const sha256 of Array.from(desk.memory.undecided)) {
    const row = desk.memory.documents.get(sha256);
    const bytes = await desk.read(sha256);
    if (row && bytes) reconsiderOne(desk, row, sha256, bytes);
  }
}

function reconsiderOne(desk: Desk, row: Row<'documents'>, sha256: string, bytes: Uint8Array): void {
  const { memory, shelf, batch } = desk;
  const flavor = row.flavor === 'microdesc' ? 'microdesc' : 'ns';
  const observation: Observation = {
    at: row.first_seen ?? 0,
    vantage: memory.vantage,
    authority: '',
    subject: { kind: 'consensus', flavor },
    outcome: 'received',
    timings: { totalMs: 0 },
  };
  const again = judgeConsensus({ observation, sha256, bytes }, memory, shelf, batch);
  desk.putDocument({ ...again, last_seen: row.last_seen });
  for (const copy of [...memory.copies.values()].filter((one) => one.sha256 === sha256)) {
    const authority = copy.authority ?? '';
    noteGroup(desk, again, authority);
    const served = memory.served.get(authority);
    if (again.outcome !== 'rejected' || served?.[flavor]?.sha256 !== sha256) continue;
    delete served[flavor];
    noteAnswer(memory, { ...observation, authority, at: copy.last_seen ?? 0 }, again);
  }
}

/** Judges own documents of authorities that waited for a descriptor or a vote, now that one came. */
export async function reopen(desk: Desk): Promise<void> {
  const { memory } = desk;
  const nicknames = [...memory.reopened];
  memory.reopened.clear();
  if (nicknames.length > 0) await nameStrayFiles(handsOf(desk));
  for (const nickname of nicknames) {
    const { extraInfo, bandwidthFile } = memory.own.get(nickname) ?? {};
    for (const sha256 of [extraInfo, bandwidthFile]) {
      if (sha256 === undefined) continue;
      const row = memory.documents.get(sha256) ?? (await desk.recallDocument(sha256));
      const bytes = row && isOpen(row, nickname, memory) ? await desk.read(sha256) : undefined;
      if (row && bytes) desk.putDocument(judgeAgain(row, nickname, bytes, memory));
    }
  }
}

/** One probe into the state of its authority; a failure while we are blind says nothing about it. */
function fold(
  { memory, batch, options }: Desk,
  { authority, at, timings, detail, outcome: seen }: Observation,
  blind: boolean,
  events: NetworkEvent[],
): void {
  const outcome = blind && !answered.has(seen) ? 'not-asked' : seen;
  const before = memory.states.get(authority) ?? nothingSeenOfIt;
  const probe = {
    at,
    outcome,
    ...(timings.firstByteMs === undefined ? {} : { firstByteMs: timings.firstByteMs }),
    ...(detail === undefined ? {} : { detail }),
  };
  const after = step(before, probe, options.limits ?? defaultLimits);
  memory.states.set(authority, after);
  batch.put('states', authority, {
    nickname: authority,
    condition: after.condition,
    since: after.since ?? null,
    text: `${after.leaning} ${after.inARow} in a row`,
    state: JSON.stringify(after),
  });
  const event = stateEvent(authority, before.condition, after.condition, after.since ?? at);
  if (event) events.push(event);
}

/** 304: it still serves what we have from it. */
async function confirm(desk: Desk, { authority, subject, at }: Observation): Promise<void> {
  if (subject.kind !== 'consensus') return;
  const served = desk.memory.served.get(authority);
  const newest = served?.[subject.flavor];
  if (!served || !newest) return;
  served[subject.flavor] = { ...newest, at };
  await noteCopy(desk, newest.sha256, authority, at);
}

/** Notes who serves what; true when this authority was not seen to serve it before. */
async function noteCopy(desk: Desk, sha256: string, authority: string, at: number): Promise<boolean> {
  const { memory, batch } = desk;
  const key = `${sha256}/${authority}`;
  if (!memory.copies.has(key)) await desk.recallCopies(sha256);
  const old = memory.copies.get(key);
  const row = { sha256, authority, via: '', first_seen: old?.first_seen ?? at, last_seen: at };
  memory.copies.set(key, row);
  batch.put('copies', key, row);
  return old === undefined;
}

async function takeDocument(
  desk: Desk,
  observation: Observation,
  sha256: string,
  events: NetworkEvent[],
): Promise<void> {
  const { memory, shelf, batch } = desk;
  const { authority, subject, at } = observation;
  const first = await noteCopy(desk, sha256, authority, at);
  const known = memory.documents.get(sha256) ?? (await desk.recallDocument(sha256));
  // What was served under a wrong name, or by somebody else than its author, is looked at again when it comes properly.
  const mayBeOf = first && isOwnDocument(subject.kind);
  if (known && ((known.kind === subject.kind && !mayBeOf) || known.outcome === 'accepted')) {
    desk.putDocument({ ...known, last_seen: at });
    unmarkVote(known, at, memory, batch);
  } else {
    const bytes = await desk.read(sha256);
    if (!bytes) return;
    const before = [...memory.certificates.values()];
    const { row, newCertificates } = judge({ observation, sha256, bytes }, memory, shelf, batch);
    desk.putDocument({ ...row, first_seen: known?.first_seen ?? row.first_seen });
    if (newCertificates) tellCertificates(desk, at, before, events);
  }
  const signatures = subject.kind === 'signatures' ? await desk.read(sha256) : undefined;
  if (signatures) noteShown(observation, sha256, signatures, memory, batch);
  noteServed(desk, observation, sha256);
}

function tellCertificates(
  { memory }: Desk,
  at: number,
  before: readonly Row<'certificates'>[],
  events: NetworkEvent[],
): void {
  for (const row of memory.certificates.values()) {
    const event = before.includes(row) ? undefined : certificateEvent(memory, row, before, at);
    if (event) events.push(event);
  }
}

/** Which consensus an authority serves now. A refused one is not counted as served: it is reported as refused. */
function noteServed(desk: Desk, observation: Observation, sha256: string): void {
  const { memory } = desk;
  const { subject, authority, at } = observation;
  const row = memory.documents.get(sha256);
  const refused = row && noteAnswer(memory, observation, row);
  if (subject.kind !== 'consensus' || !row) return;
  const served = memory.served.get(authority) ?? {};
  if (refused || row.valid_after === null || row.digest === null) delete served[subject.flavor];
  else served[subject.flavor] = { validAfter: row.valid_after, sha256, digest: row.digest, at };
  memory.served.set(authority, served);
  if (!refused) noteGroup(desk, row, authority);
}

/** Only genuine consensuses are groups of a round: one that cannot be judged yet is no split. */
function noteGroup(
  { memory }: Desk,
  { valid_after, flavor, digest, outcome }: Row<'documents'>,
  authority: string,
): void {
  if (flavor !== 'ns' || valid_after === null || digest === null || outcome !== 'accepted') return;
  const round = roundOf(memory, valid_after);
  const group = round.served.get(digest) ?? new Set<string>();
  if (!group.has(authority)) round.dirty = true;
  round.served.set(digest, group.add(authority));
}
