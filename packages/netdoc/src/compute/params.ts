/** The consensus parameters (dir-spec 3.8: "params"), and the few that the computation itself obeys. */
import { compareByteTexts } from './byte-text.ts';
import { lowMedianOf } from './frequent.ts';
import type { MethodRules } from './methods.ts';

/** A parameter as voted: its strings in order, as the votes have them, and what became of it. */
export interface VotedParam {
  readonly name: string;
  readonly strings: readonly string[];
  /** The low median; undefined when too few votes have it. */
  readonly value: number | undefined;
}

/** This many votes are enough for a parameter, however many authorities there are. */
const enoughVotes = 3;

/**
 * Pools `name=value` of all votes, in order of whole strings: `foo-x=` stands before `foo=` (dir-spec 3.8). A parameter is
 * kept by more than half of the authorities, or by three.
 */
export function voteParams(
  lists: readonly (readonly string[])[],
  authorities: number,
): readonly VotedParam[] {
  const pooled = lists.flat().sort(compareByteTexts);
  const params: VotedParam[] = [];
  for (let from = 0; from < pooled.length;) {
    const first = pooled[from] as string;
    const prefix = first.slice(0, first.indexOf('=') + 1);
    let to = from + 1;
    while (to < pooled.length && (pooled[to] as string).startsWith(prefix)) to += 1;
    const strings = pooled.slice(from, to);
    const kept = strings.length > Math.trunc(authorities / 2) || strings.length >= enoughVotes;
    const value = kept ? lowMedianOf(strings.map((text) => Number(text.slice(prefix.length)))) : undefined;
    params.push({ name: prefix.slice(0, -1), strings, value });
    from = to;
  }
  return params;
}

/** The parameters that were kept, in the order of the line. */
export function agreedParams(voted: readonly VotedParam[]): ReadonlyMap<string, number> {
  return new Map(voted.flatMap(({ name, value }) => (value === undefined ? [] : [[name, value] as const])));
}

/**
 * A parameter that the computation obeys. Before method 31 it was read out of the joined line, and understood only at the
 * line's very end and from 1 upwards (dir-spec 3.8, tor's ticket 19011).
 */
export function obeyedParam(
  params: ReadonlyMap<string, number>,
  name: string,
  fallback: number,
  rules: MethodRules,
): number {
  const value = params.get(name);
  if (value === undefined || rules.paramsFromList) return value ?? fallback;
  const [last] = [...params.keys()].slice(-1);
  return last === name && value >= 1 ? value : fallback;
}

const unmeasuredMaxDefault = 20;

/** The most that an unmeasured relay is given, in kB: an unsigned number, so that a negative one is no limit. */
export function maxUnmeasured(
  params: ReadonlyMap<string, number>,
  rules: MethodRules,
  misspelt: boolean,
): number {
  if (misspelt && rules.paramsFromList) return unmeasuredMaxDefault;
  const value = obeyedParam(params, 'maxunmeasuredbw', unmeasuredMaxDefault, rules) >>> 0;
  return value === 0 ? 1 : value;
}
