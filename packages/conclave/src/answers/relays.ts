/** Answers `/api/v1/relays`: which relay somebody means, by part of a nickname or the beginning of a fingerprint. */
import { findRouter, fingerprintOf, flagsOf, formatIpv4, nicknameOf } from '@conclave/netdoc';
import type { Consensus } from '@conclave/netdoc';
import type { Declined, Relays, Sentence } from '../api/index.ts';
import { counted } from '../checks/index.ts';
import type { Row } from '../store/index.ts';
import { isoOf, isoOfMs, isoOrNull, metaOf } from './context.ts';
import type { AnswerSources } from './context.ts';
import { readConsensus } from './round-votes.ts';
import type { Workshop } from './workshop.ts';

/** So much of a fingerprint tells a relay from others; fewer digits are looked for in the newest round alone. */
const digitsLeast = 4;

type Found = Relays['relays'][number];

/** Relays of the newest round by this name, and those of earlier rounds whose fingerprint begins so. */
export async function relaysAnswer(
  sources: AnswerSources,
  workshop: Workshop,
  query: { readonly search: string; readonly limit: number },
): Promise<Relays | Declined> {
  const [newest] = await sources.store.query('rounds', { before: Number.MAX_SAFE_INTEGER, limit: 1 });
  const search = query.search.toUpperCase();
  const made =
    newest === undefined ? { relays: undefined } : await listedIn(sources, workshop, newest, search);
  if ('declined' in made) return made;
  const listed = made.relays ?? [];
  const known = new Set(listed.map(({ fingerprint }) => fingerprint));
  const earlier = (await earlierLike(sources, search, known.size + query.limit)).filter(
    ({ fingerprint }) => !known.has(fingerprint),
  );
  const all = [...listed, ...earlier];
  const meta = await metaOf(sources);
  return {
    network: meta.network,
    now: isoOfMs(sources.now()),
    revision: sources.revision(),
    sentence: sentenceOf(query.search, made.relays?.length, earlier.length),
    search: query.search,
    validAfter: isoOrNull(newest?.valid_after),
    found: all.length,
    relays: all.slice(0, query.limit),
  };
}

function sentenceOf(search: string, listed: number | undefined, earlier: number): Sentence {
  const others =
    earlier === 0
      ? ''
      : `${earlier} of earlier rounds ${earlier === 1 ? 'has' : 'have'} a fingerprint that begins so.`;
  if (listed === undefined)
    return { level: 'unknown', headline: 'n/a: the newest consensus is not held here.', detail: others };
  if (search === '')
    return { level: 'ok', headline: `The newest round lists ${counted(listed, 'relay')}.`, detail: '' };
  if (listed === 0)
    return {
      level: 'unknown',
      headline: `No relay of the newest round has “${search}” in its nickname, or begins its fingerprint with it.`,
      detail: others,
    };
  return {
    level: 'ok',
    headline: `${counted(listed, 'relay')} of the newest round ${listed === 1 ? 'has' : 'have'} “${search}” in nickname or fingerprint.`,
    detail: others,
  };
}

/** Those that a round lists by this name, by nickname, who has exactly this name first; undefined where its consensus is not held. */
async function listedIn(
  sources: AnswerSources,
  workshop: Workshop,
  round: Row<'rounds'>,
  search: string,
): Promise<{ readonly relays: readonly Found[] | undefined } | Declined> {
  const made = await workshop.run(`relays ${round.ns_sha256} ${search}`, async () => {
    const consensus = await readConsensus(sources, round);
    return { relays: consensus && named(consensus, search) };
  });
  if ('declined' in made) return made;
  const exact = ({ nickname, fingerprint }: Found): boolean =>
    nickname?.toUpperCase() === search || fingerprint === search;
  const relays = made.relays?.toSorted(
    (a, b) =>
      Number(exact(b)) - Number(exact(a)) ||
      compare(a.nickname ?? '', b.nickname ?? '') ||
      compare(a.fingerprint, b.fingerprint),
  );
  return { relays };
}

function compare(a: string, b: string): number {
  const [one, other] = [a.toLowerCase(), b.toLowerCase()];
  return one < other ? -1 : one > other ? 1 : 0;
}

function named({ routers, validAfter }: Consensus, search: string): Found[] {
  const found: Found[] = [];
  for (let at = 0; at < routers.count; at += 1) {
    const nickname = nicknameOf(routers, at);
    const fingerprint = fingerprintOf(routers, at);
    if (!nickname.toUpperCase().includes(search) && !fingerprint.startsWith(search)) continue;
    found.push({
      fingerprint,
      nickname,
      address: `${formatIpv4(routers.ipv4[at] ?? 0)}:${routers.orPort[at]}`,
      flags: flagsOf(routers, at),
      lastListed: isoOf(validAfter),
    });
  }
  return found;
}

async function earlierLike(
  { store }: AnswerSources,
  search: string,
  limit: number,
): Promise<readonly Found[]> {
  if (search.length < digitsLeast || !/^[0-9A-F]+$/.test(search)) return [];
  return (await store.query('relaysLike', { pattern: `${search}%`, limit })).flatMap(
    ({ fingerprint, last_round }) =>
      fingerprint === null || last_round === null
        ? []
        : [{ fingerprint, nickname: null, address: null, flags: null, lastListed: isoOf(last_round) }],
  );
}

/** What a round's consensus calls a relay; null where it is not held any more, or nobody has the time to look now. */
export async function nicknameIn(
  sources: AnswerSources,
  workshop: Workshop,
  fingerprint: string,
  validAfter: number | null,
): Promise<string | null> {
  const [round] = validAfter === null ? [] : await sources.store.query('round', { valid_after: validAfter });
  if (!round) return null;
  const made = await workshop.run(`nickname ${round.ns_sha256} ${fingerprint}`, async () => {
    const consensus = await readConsensus(sources, round);
    const at = consensus ? findRouter(consensus.routers, Buffer.from(fingerprint, 'hex')) : -1;
    return { nickname: consensus && at >= 0 ? nicknameOf(consensus.routers, at) : null };
  });
  return 'declined' in made ? null : made.nickname;
}
