/** What the figures of a round are called and counted in, for people who read a series of them. */
import type { Series } from '../api/index.ts';

/** A figure by its name in the store, with a title and a unit. */
export type FigureTitle = Series['available'][number];

const titles: Readonly<Record<string, readonly [title: string, unit: FigureTitle['unit']]>> = {
  relays: ['Relays', 'relays'],
  guards: ['Relays with Guard', 'relays'],
  exits: ['Relays with Exit', 'relays'],
  exits_without_bad_exit: ['Relays with Exit and without BadExit', 'relays'],
  guard_exits: ['Relays with Guard and Exit', 'relays'],
  weight_sum: ['Sum of consensus weights', 'weight'],
  guard_weight: ['Consensus weight of guards', 'weight'],
  exit_weight: ['Consensus weight of exits without BadExit', 'weight'],
  guard_exit_weight: ['Consensus weight of relays that are guard and exit', 'weight'],
  middle_weight: ['Consensus weight of relays that are neither guard nor exit', 'weight'],
  unmeasured: ['Relays with Unmeasured=1', 'relays'],
  votes: ['Votes that the consensus names', 'votes'],
  signatures: ['Signatures on the consensus', 'signatures'],
  valid_signatures: ['Good signatures of distinct voters', 'signatures'],
  needed: ['Signers needed', 'signatures'],
  digests: ['Different consensuses served', 'count'],
  agreement: ['Agreement of the votes with the consensus', 'share'],
  method: ['Consensus method', 'number'],
  ns_bytes: ['Size of the ns consensus', 'bytes'],
  microdesc_bytes: ['Size of the microdesc consensus', 'bytes'],
  policies: ['Different summaries of exit policies', 'count'],
  recommended: ['Relays of a recommended version', 'relays'],
  added: ['Relays that came', 'relays'],
  removed: ['Relays that went', 'relays'],
  gained: ['Flags gained', 'flags'],
  lost: ['Flags lost', 'flags'],
  moved: ['Relays that moved to another address', 'relays'],
  renamed: ['Relays with a new nickname', 'relays'],
  rekeyed: ['Relays with a new identity', 'relays'],
  violations: ['Rules broken', 'count'],
  'capacity:total': ['Capacity advertised by descriptors', 'bits/s'],
  'capacity:guard': ['Guard capacity advertised by descriptors', 'bits/s'],
  'capacity:exit': ['Exit capacity advertised by descriptors', 'bits/s'],
  'capacity:guardExit': ['Capacity of guard and exit at once, by descriptors', 'bits/s'],
  'capacity:middle': ['Capacity of neither guard nor exit, by descriptors', 'bits/s'],
};

/** Title and unit of a figure; of one without a title its name. */
export function figureTitle(figure: string): FigureTitle {
  const flag = /^flag:(.+)$/.exec(figure)?.[1];
  if (flag !== undefined) return { figure, title: `Relays with ${flag}`, unit: 'relays' };
  const [title, unit] = titles[figure] ?? [figure.replaceAll('_', ' '), 'number'];
  return { figure, title, unit };
}
