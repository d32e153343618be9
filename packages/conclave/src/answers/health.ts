/** Answers `/api/v1/health`: one round's consensus, whole, as the pipeline counted it when the round closed (S2.2). */
import { strictMajority } from '@conclave/netdoc';
import type { Declined, Health, Sentence } from '../api/index.ts';
import { methodNeeded, percentOf, possibleMethod, regionsOf } from '../analysis/index.ts';
import type { HealthFacts } from '../analysis/index.ts';
import { counted, listing } from '../checks/index.ts';
import { isVoter } from '../network/index.ts';
import type { Row } from '../store/index.ts';
import { isoMsOrNull, isoOf, isoOfMs, isoOrNull, metaOf } from './context.ts';
import type { AnswerSources } from './context.ts';
import { describedView, networksView } from './described.ts';
import { countedHealth } from './health-count.ts';
import type { RoundHealth } from './health-count.ts';
import { qualityOf } from './health-quality.ts';
import { authoritiesThen, readAuthorities } from './past.ts';
import type { Workshop } from './workshop.ts';

/** The health of the newest round, or of the one with this valid-after; undefined when that is not held. */
export async function healthAnswer(
  sources: AnswerSources,
  workshop: Workshop,
  query: { readonly at?: string },
): Promise<Health | Declined | undefined> {
  const { store } = sources;
  const [newest] = await store.query('rounds', { before: Number.MAX_SAFE_INTEGER, limit: 1 });
  if (!newest) return { declined: 'not-yet', message: 'No consensus that verifies has been seen yet.' };
  const at = query.at === undefined ? (newest.valid_after ?? 0) : Date.parse(query.at) / 1000;
  const [round] = await store.query('round', { valid_after: at });
  if (!round) return undefined;
  const counted = await countedHealth(sources, workshop, round);
  if ('declined' in counted) return counted;
  const [following] = await store.query('roundAfter', { valid_after: at });
  const [previous] = await store.query('rounds', { before: at, limit: 1 });
  const voters = authoritiesThen(await readAuthorities(store), round).filter(isVoter);
  const [described] = await store.query('described', { valid_after: at });
  const health = {
    ...counted,
    round,
    following,
    voters: voters.map(({ nickname }) => nickname),
    descriptors: describedView(described),
  };
  return healthView(sources, health, previous, newest.valid_after === at);
}

async function healthView(
  sources: AnswerSources,
  health: RoundHealth,
  previous: Row<'rounds'> | undefined,
  newest: boolean,
): Promise<Health> {
  const { round, facts } = health;
  const meta = await metaOf(sources);
  const validAfter = round.valid_after ?? 0;
  const quality = await qualityOf(sources, health, newest);
  const now = sources.now();
  return {
    network: meta.network,
    now: isoOfMs(now),
    revision: sources.revision(),
    sentence: sentenceOf(health, quality),
    validAfter: isoOf(validAfter),
    previous: isoOrNull(previous?.valid_after),
    following: isoOrNull(health.following?.valid_after),
    newest,
    ageSeconds: Math.max(0, Math.floor(now / 1000) - validAfter),
    firstSeen: isoMsOrNull(round.first_seen),
    method: methodOf(health),
    ...lifetimeOf(round),
    authorities: {
      configured: health.voters.length,
      sources: round.votes ?? 0,
      signatures: round.signatures ?? 0,
      validSignatures: round.valid_signatures ?? 0,
      needed: round.needed ?? strictMajority(health.voters.length),
    },
    flavors: await flavorsOf(sources, round),
    relays: facts.relays,
    flags: facts.flags.map(({ flag, relays }) => ({
      flag,
      relays,
      share: shareIn(relays, facts.relays),
      percent: percentOf(relays, facts.relays) ?? null,
      everyone: flag === 'Running' || flag === 'Valid',
    })),
    weightSum: round.weight_sum ?? 0,
    unmeasured: { relays: facts.unmeasured, share: shareIn(facts.unmeasured, facts.relays) },
    classes: await classesOf(sources, health),
    params: facts.params.map((param) => ({ ...param })),
    ...recommendationsOf(facts),
    exitPolicies: exitPoliciesView(facts),
    ...placesOf(sources, health),
    networks: networksView(health.networks, facts.relays),
    ...health.descriptors,
    quality,
    invariants: health.invariants.map((one) => ({ ...one, named: one.named.map((relay) => ({ ...relay })) })),
    churn: churnView(health),
  };
}

function shareIn(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole;
}

/** Method and who supports what (S2.2.2). Without every vote that was counted nobody knows what would have been possible. */
function methodOf({ round, methods, voters }: RoundHealth): Health['method'] {
  const named = methods.map(({ authority }) => authority);
  const held = methods.flatMap((one) => (one.methods ? [one.methods] : []));
  const unheld = methods.filter((one) => one.methods === null).map(({ authority }) => authority);
  const silent = voters.filter((voter) => !named.includes(voter));
  return {
    used: round.method ?? 1,
    needed: methodNeeded(methods.length),
    possible:
      unheld.length > 0 || held.length === 0
        ? { value: null, reason: `the votes of ${listing(unheld) || 'this round'} are not held` }
        : { value: possibleMethod(held) },
    supported: [
      ...methods.map((one) => ({
        authority: one.authority,
        methods: one.methods ? [...one.methods] : null,
        highest: one.methods ? Math.max(...one.methods) : null,
        ...(one.methods ? {} : { reason: 'its vote is not held' }),
      })),
      ...silent.map((authority) => ({
        authority,
        methods: null,
        highest: null,
        reason: 'the consensus names no vote of it',
      })),
    ].sort((a, b) => placeIn(voters, a.authority) - placeIn(voters, b.authority)),
  };
}

/** In the fixed order of the authorities; those that are not configured come last. */
function placeIn(voters: readonly string[], authority: string): number {
  const place = voters.indexOf(authority);
  return place < 0 ? voters.length : place;
}

function lifetimeOf(round: Row<'rounds'>): Pick<Health, 'fresh' | 'valid' | 'voteSeconds' | 'distSeconds'> {
  const from = round.valid_after ?? 0;
  const span = (until: number): Health['fresh'] => ({
    from: isoOf(from),
    until: isoOf(until),
    seconds: until - from,
  });
  return {
    fresh: span(round.fresh_until ?? 0),
    valid: span(round.valid_until ?? 0),
    voteSeconds: round.vote_seconds ?? 0,
    distSeconds: round.dist_seconds ?? 0,
  };
}

async function flavorsOf({ store }: AnswerSources, round: Row<'rounds'>): Promise<Health['flavors']> {
  const names = [
    { flavor: 'ns', sha256: round.ns_sha256 },
    { flavor: 'microdesc', sha256: round.microdesc_sha256 },
  ] as const;
  const flavors: Health['flavors'] = [];
  for (const { flavor, sha256 } of names) {
    const [document] = sha256 === null ? [] : await store.query('document', { sha256 });
    flavors.push({
      flavor,
      sha256,
      digest: document?.digest ?? null,
      bytes: document?.bytes ?? null,
      ...(document ? {} : { reason: 'no copy of this flavour that verifies was seen' }),
    });
  }
  return flavors;
}

async function classesOf(
  { store }: AnswerSources,
  { round, facts }: RoundHealth,
): Promise<Health['classes']> {
  const capacities = await store.query('capacitiesOf', { valid_after: round.valid_after ?? 0 });
  const total = facts.classes.find(({ name }) => name === 'total');
  return facts.classes.map(({ name, relays, weight }) => {
    const capacity = capacities.find((row) => row.class === name);
    return {
      name,
      relays,
      share: shareIn(relays, total?.relays ?? 0),
      weight,
      weightShare: shareIn(weight, total?.weight ?? 0),
      capacity: capacity
        ? { value: { bitsPerSecond: capacity.bits_per_second ?? 0, described: capacity.described ?? 0 } }
        : { value: null, reason: 'no server descriptors of the relays of this round are held' },
    };
  });
}

function recommendationsOf({
  versions,
  protocols,
  relays,
}: HealthFacts): Pick<Health, 'versions' | 'protocols'> {
  const { client, server, recommended, running } = versions;
  const none = server === null || server.length === 0;
  const partOf = (count: number): { relays: number; share: number } => ({
    relays: count,
    share: count / relays,
  });
  return {
    versions: {
      client: client && [...client],
      server: server && [...server],
      recommended:
        recommended === null || relays === 0
          ? {
              value: null,
              reason: relays === 0 ? 'no relay is listed' : 'the consensus recommends no versions',
            }
          : { value: partOf(recommended) },
      running: running.map((one) => ({
        ...one,
        share: one.relays / relays,
        recommended: none ? null : server.includes(one.version),
      })),
    },
    protocols: protocols.map(({ keyword, value, relays: count }) => ({
      keyword,
      value,
      support:
        count === null || relays === 0
          ? {
              value: null,
              reason: value === null ? 'the consensus has no such line' : 'there is nothing to count',
            }
          : { value: partOf(count) },
    })),
  };
}

function exitPoliciesView({ exitPolicies }: HealthFacts): Health['exitPolicies'] {
  const { distinct, stated, exits, exitWeight, ports } = exitPolicies;
  return {
    distinct,
    stated,
    ports: ports.map(({ port, use, relays, weight }) => ({
      port,
      use,
      relays,
      share: shareIn(relays, exits),
      weightShare: shareIn(weight, exitWeight),
    })),
  };
}

function placesOf(
  { geoSource }: AnswerSources,
  { facts, countries }: RoundHealth,
): Pick<Health, 'countries' | 'regions' | 'geoSource'> {
  const missing = {
    value: null,
    reason: 'no country table was configured when the round was counted (tor-geoipdb)',
  };
  type Place = NonNullable<Health['countries']['value']>[number];
  const view = (name: string, relays: number, weightShare: number): Place => ({
    name,
    relays,
    share: shareIn(relays, facts.relays) ?? 0,
    weightShare,
  });
  return {
    countries: countries
      ? { value: countries.map((one) => view(one.country, one.relays, one.weightShare)) }
      : missing,
    regions: countries
      ? { value: regionsOf(countries).map((one) => view(one.region, one.relays, one.weightShare)) }
      : missing,
    geoSource: countries ? (geoSource ?? null) : null,
  };
}

function churnView({ round, churn, withdrawals, growth, against }: RoundHealth): Health['churn'] {
  if (!churn || against === null) {
    const before = (round.valid_after ?? 0) - ((round.fresh_until ?? 0) - (round.valid_after ?? 0));
    return { value: null, reason: `the round directly before, ${isoOf(before)}, is not held` };
  }
  // As it was written: the types of the pipeline and of the contract are the same lists of the same fields.
  return {
    value: structuredClone({
      against: isoOf(against),
      ...churn,
      withdrawals: withdrawals ?? [],
      growth: growth ?? [],
    }) as NonNullable<Health['churn']['value']>,
  };
}

function sentenceOf(
  { round, facts, invariants, churn, growth }: RoundHealth,
  quality: Health['quality'],
): Sentence {
  const when = `The consensus of ${isoOf(round.valid_after ?? 0).slice(11, 16)}`;
  const broken = invariants.filter(({ holds }) => holds === false);
  const ofConsensus = broken.filter(({ document }) => document === 'consensus');
  const odd = quality.filter(({ level }) => level === 'warn' || level === 'bad');
  const changes = churn
    ? churn.added + churn.removed === 0
      ? 'No relay came or went since the round before.'
      : `${counted(churn.added, 'relay')} came and ${churn.removed} went since the round before.`
    : 'The round before is not held.';
  const detail = [
    `${counted(facts.relays, 'relay')}, ${counted(round.votes ?? 0, 'vote')}, ${counted(round.valid_signatures ?? 0, 'good signature')}, ${round.needed} needed. ${changes}`,
    (growth?.length ?? 0) > 0 ? 'New relays look alike.' : '',
    odd.length > 0 ? `To look at: ${odd.map(({ title }) => title.toLowerCase()).join(', ')}.` : '',
  ]
    .filter(Boolean)
    .join(' ');
  if (ofConsensus.length > 0)
    return { level: 'bad', headline: `${when} breaks ${count(ofConsensus.length, 'rule')}.`, detail };
  if (broken.length > 0) {
    const authorities = [...new Set(broken.map(({ document }) => document))];
    const votes = authorities.length === 1 ? 'the vote' : 'votes';
    return {
      level: 'warn',
      headline: `${when} keeps every rule; ${votes} of ${listing(authorities)} ${authorities.length === 1 ? 'does' : 'do'} not.`,
      detail,
    };
  }
  return {
    level: odd.some(({ level }) => level === 'bad')
      ? 'bad'
      : odd.length + (growth?.length ?? 0) > 0
        ? 'warn'
        : 'ok',
    headline: `${when} keeps every rule.`,
    detail,
  };
}

function count(number: number, word: string): string {
  return number === 1 ? `a ${word}` : `${number} ${word}s`;
}
