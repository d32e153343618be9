/** The quality indicators of a round: each value held against its stated rule, or why there is no value (S2.2.17 to S2.2.20). */
import type { Health, Level } from '../api/index.ts';
import {
  gradeAgreement,
  gradeExitPolicies,
  gradeFreshness,
  gradeLargest,
  gradeMargin,
  gradeParticipation,
  largestCountry,
  largestNetwork,
  largestOperator,
  largestPlatform,
  largestRegion,
  qualityRules,
  regionsOf,
} from '../analysis/index.ts';
import type { Graded } from '../analysis/index.ts';
import { duration } from '../checks/index.ts';
import { networksView } from './described.ts';
import type { RoundHealth } from './health-count.ts';
import type { AnswerSources } from './context.ts';

type Indicator = Health['quality'][number];

/** A day of rounds: over so many seconds participation is taken. */
const participationSeconds = 86_400;

/** All indicators, in the order in which they are shown. */
export async function qualityOf(
  sources: AnswerSources,
  health: RoundHealth,
  newest: boolean,
): Promise<Indicator[]> {
  return [
    freshness(health, newest, sources.now()),
    await participation(sources, health),
    agreement(health),
    margin(health),
    exitPolicies(health),
    ...places(health),
    networks(health),
    operators(health),
    platforms(health),
  ];
}

const levels: Readonly<Record<Graded['grade'], Level>> = {
  excellent: 'ok',
  good: 'ok',
  fair: 'warn',
  poor: 'bad',
};

/** What nobody can mend today: however poor, it is no alarm. */
const slow: ReadonlySet<Indicator['name']> = new Set([
  'exit-policies',
  'countries',
  'regions',
  'networks',
  'operators',
  'platforms',
]);

function graded(
  name: Indicator['name'],
  title: string,
  unit: Indicator['unit'],
  { value, grade }: Graded,
  text: string,
): Indicator {
  const level = grade === 'poor' && slow.has(name) ? 'warn' : levels[grade];
  return { name, title, level, grade, text, value, unit, rule: qualityRules[name] };
}

function without(name: Indicator['name'], title: string, reason: string): Indicator {
  return {
    name,
    title,
    level: 'unknown',
    grade: null,
    text: `n/a, because ${reason}`,
    value: null,
    unit: 'share',
    rule: qualityRules[name],
  };
}

/** Of the newest round now; of an earlier one, when the next was seen. Seen at the authorities, never by an archive's copy. */
function freshness({ round, following }: RoundHealth, newest: boolean, nowMs: number): Indicator {
  const until = round.fresh_until ?? 0;
  if (newest) {
    const past = Math.floor(nowMs / 1000) - until;
    if (past > 0 && round.first_seen === null)
      return without(
        'freshness',
        'Freshness',
        'it came out of an archive, and nobody saw whether another came',
      );
    const text =
      past <= 0 ? `fresh for another ${duration(-past)}` : `the next is overdue by ${duration(past)}`;
    return graded('freshness', 'Freshness', 'seconds', gradeFreshness(past), text);
  }
  if (following?.valid_after !== until)
    return without('freshness', 'Freshness', 'the round directly after it is not held');
  if (following.first_seen === null)
    return without('freshness', 'Freshness', 'nobody watched when the next consensus came');
  const past = Math.max(0, Math.round(following.first_seen / 1000) - until);
  // We cannot look at the very second; what we see within our own rounds of questions is not called late.
  return graded(
    'freshness',
    'Freshness',
    'seconds',
    gradeFreshness(past),
    `the next consensus was first seen here ${duration(past)} after this one ceased to be fresh`,
  );
}

async function participation({ store }: AnswerSources, { round, voters }: RoundHealth): Promise<Indicator> {
  const at = round.valid_after ?? 0;
  const rounds = await store.query('roundsIn', { since: at - participationSeconds + 1, until: at + 1 });
  const votes = rounds.reduce((sum, { votes: cast }) => sum + (cast ?? 0), 0);
  const possible = rounds.length * voters.length;
  const grade = gradeParticipation(votes, possible);
  if (!grade) return without('participation', 'Authority participation', 'no authority is configured');
  const text = `${percent(grade.value)}: ${votes} of ${possible} votes in the ${rounds.length} rounds held of 24 hours`;
  return graded('participation', 'Authority participation', 'share', grade, text);
}

function agreement({ round }: RoundHealth): Indicator {
  const { agreement: share } = round;
  if (share === null) return without('agreement', 'Agreement', 'no vote that the consensus names is held');
  return graded('agreement', 'Agreement', 'share', gradeAgreement(share), percent(share));
}

function margin({ round, voters }: RoundHealth): Indicator {
  const [votes, signers, needed] = [round.votes ?? 0, round.valid_signatures ?? 0, round.needed ?? 0];
  const grade = gradeMargin(votes, signers, needed, voters.length);
  const text = `${grade.value} more than needed: ${votes} votes, ${signers} good signatures, ${needed} needed`;
  return graded('margin', 'Margin over the majority', 'count', grade, text);
}

function exitPolicies({ facts }: RoundHealth): Indicator {
  const { exitPolicies: policies } = facts;
  const grade = gradeExitPolicies(policies);
  if (!grade) return without('exit-policies', 'Exit policy diversity', 'the consensus lists no exit');
  const ports = policies.ports.map(({ port, relays }) => `${port} by ${percent(relays / policies.exits)}`);
  const text = `${grade.value} different policies among ${policies.exits} exits; allowed: ${ports.join(', ')}`;
  return graded('exit-policies', 'Exit policy diversity', 'count', grade, text);
}

function places({ countries }: RoundHealth): Indicator[] {
  const reason = 'no country table was configured when the round was counted';
  const [country] = (countries ?? [])
    .filter((one) => one.country !== '??')
    .toSorted((a, b) => b.weightShare - a.weightShare);
  if (!countries || !country)
    return [without('countries', 'Countries', reason), without('regions', 'Regions', reason)];
  const regions = regionsOf(countries);
  const largest = regions.find(({ region }) => region !== '??');
  const unknown = regions.find(({ region }) => region === '??');
  const pacific = regions
    .filter(({ region }) => region === 'Asia' || region === 'Oceania')
    .reduce((sum, { weightShare }) => sum + weightShare, 0);
  const rest = unknown ? `; the country of ${percent(unknown.weightShare)} is not known` : '';
  return [
    graded(
      'countries',
      'Countries',
      'share',
      gradeLargest(country.weightShare, largestCountry),
      `${percent(country.weightShare)} of the weight in ${country.country}, the largest of ${countries.length}${rest}`,
    ),
    graded(
      'regions',
      'Regions',
      'share',
      gradeLargest(largest?.weightShare ?? 0, largestRegion),
      `${percent(largest?.weightShare ?? 0)} of the weight in ${largest?.region ?? 'no region'}, ${percent(pacific)} in Asia and Oceania${rest}`,
    ),
  ];
}

function networks({ networks: counted, facts }: RoundHealth): Indicator {
  const { value, reason = 'nothing is known of them' } = networksView(counted, facts.relays);
  const [largest] = value?.largest ?? [];
  if (!value || !largest)
    return without('networks', 'Networks (AS)', value ? 'the table knows no address of a relay' : reason);
  const name = largest.name === '' ? `AS${largest.as}` : `AS${largest.as} (${largest.name})`;
  const rest =
    value.unknown.relays === 0 ? '' : `; the network of ${percent(value.unknown.weightShare)} is not known`;
  return graded(
    'networks',
    'Networks (AS)',
    'share',
    gradeLargest(largest.weightShare, largestNetwork),
    `${percent(largest.weightShare)} of the weight in ${name}, the largest of ${value.distinct}${rest}`,
  );
}

function operators({ descriptors }: RoundHealth): Indicator {
  const { value, reason = 'nothing is known of them' } = descriptors.operators;
  const [largest] = value?.largest ?? [];
  if (!value || !largest)
    return without('operators', 'Operators', value ? 'no relay states a contact or a family' : reason);
  const silent = `${percent(value.silent.weightShare)} is of ${value.silent.relays} relays that state neither`;
  return graded(
    'operators',
    'Operators',
    'share',
    gradeLargest(largest.weightShare, largestOperator),
    `${percent(largest.weightShare)} of the weight is the largest's of ${value.distinct} that contacts and families tell apart (${largest.contact ?? 'no contact, one family'}); ${silent}`,
  );
}

function platforms({ descriptors }: RoundHealth): Indicator {
  const { value, reason = 'nothing is known of them' } = descriptors.platforms;
  const [largest] = (value ?? [])
    .filter(({ name }) => name !== '??')
    .toSorted((a, b) => b.weightShare - a.weightShare || b.relays - a.relays);
  if (!value || !largest)
    return without('platforms', 'Platforms', value ? 'no descriptor states one' : reason);
  return graded(
    'platforms',
    'Platforms',
    'share',
    gradeLargest(largest.weightShare, largestPlatform),
    `${percent(largest.weightShare)} of the weight, ${percent(largest.share)} of the relays on ${largest.name}`,
  );
}

function percent(share: number): string {
  return `${(Math.floor(share * 1000) / 10).toFixed(1)} %`;
}
