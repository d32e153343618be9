/**
 * How far one vote agrees with the consensus (S2.1.6): the share of (relay, flag) decisions that are the same in both,
 * over the relays that both list and the flags that both know. Nothing else: not how many votes there were, not uptime.
 */
import { compareIdentity } from '@conclave/netdoc';
import type { RouterTable } from '@conclave/netdoc';

/** Agreement on one flag. */
export interface FlagAgreement {
  readonly flag: string;
  readonly equal: number;
  readonly decisions: number;
}

/** Agreement of a vote with a consensus. */
export interface Agreement {
  readonly equal: number;
  readonly decisions: number;
  readonly perFlag: readonly FlagAgreement[];
}

/** Compares the flag decisions of a vote with those of a consensus; both tables are in ascending order of identity. */
export function agreementOf(consensus: RouterTable, vote: RouterTable): Agreement {
  const flags = vote.knownFlags.flatMap((flag, inVote) => {
    const inConsensus = consensus.knownFlags.indexOf(flag);
    return inConsensus < 0 ? [] : [{ flag, inVote, inConsensus, equal: 0 }];
  });
  let relays = 0;
  let c = 0;
  let v = 0;
  while (c < consensus.count && v < vote.count) {
    const order = compareIdentity(consensus.identity, c * 20, vote.identity, v * 20);
    if (order < 0) c += 1;
    else if (order > 0) v += 1;
    else {
      relays += 1;
      for (const flag of flags)
        if (bit(consensus, c, flag.inConsensus) === bit(vote, v, flag.inVote)) flag.equal += 1;
      c += 1;
      v += 1;
    }
  }
  const perFlag = flags.map(({ flag, equal }) => ({ flag, equal, decisions: relays }));
  return {
    equal: perFlag.reduce((sum, { equal }) => sum + equal, 0),
    decisions: relays * flags.length,
    perFlag,
  };
}

function bit(table: RouterTable, router: number, flag: number): number {
  return ((table.flags[router * 2 + (flag >> 5)] as number) >>> (flag & 31)) & 1;
}

/** The share of equal decisions; undefined when there was nothing to decide. */
export function shareOf(agreement: {
  readonly equal: number;
  readonly decisions: number;
}): number | undefined {
  return agreement.decisions === 0 ? undefined : agreement.equal / agreement.decisions;
}

/** Agreement on each flag over several votes. */
export function perFlagOverall(agreements: readonly (readonly FlagAgreement[])[]): FlagAgreement[] {
  const sums = new Map<string, { equal: number; decisions: number }>();
  for (const { flag, equal, decisions } of agreements.flat()) {
    const sum = sums.get(flag) ?? { equal: 0, decisions: 0 };
    sums.set(flag, { equal: sum.equal + equal, decisions: sum.decisions + decisions });
  }
  return [...sums].map(([flag, sum]) => ({ flag, ...sum })).sort((a, b) => (a.flag < b.flag ? -1 : 1));
}
