/** What differs between two consensuses. */
import { compareConsensuses } from '@conclave/netdoc';
import type { Consensus, ConsensusChanges } from '@conclave/netdoc';
import type { Declined, DiffAnswer } from '../api/index.ts';
import { counted } from '../checks/index.ts';
import type { Row } from '../store/index.ts';
import { isoOf } from './context.ts';
import type { AnswerSources } from './context.ts';
import { changeView, readConsensus, stampOf } from './round-votes.ts';
import type { Workshop } from './workshop.ts';

/** Answers `/api/v1/diff`: two consensuses of the ns flavour, by default the newest two. */
export async function diffAnswer(
  sources: AnswerSources,
  workshop: Workshop,
  query: { readonly from?: string; readonly to?: string },
): Promise<DiffAnswer | Declined | undefined> {
  const newest = await sources.store.query('rounds', { before: Number.MAX_SAFE_INTEGER, limit: 2 });
  const roundAt = async (time: string | undefined, otherwise: number): Promise<Row<'rounds'> | undefined> =>
    time === undefined
      ? newest[otherwise]
      : (await sources.store.query('round', { valid_after: Date.parse(time) / 1000 }))[0];
  const [from, to] = [await roundAt(query.from, 1), await roundAt(query.to, 0)];
  if (!from || !to) return undefined;
  const made = await workshop.run(`diff ${from.ns_sha256} ${to.ns_sha256}`, async () => {
    const [before, after] = [await readConsensus(sources, from), await readConsensus(sources, to)];
    return before && after ? diffView(before, after) : { lost: true as const };
  });
  if ('declined' in made) return made;
  // The archive has lost what the store knows of: there is nothing to compare.
  if ('lost' in made) return undefined;
  return { ...(await stampOf(sources)), ...made };
}

function diffView(before: Consensus, after: Consensus): Omit<DiffAnswer, 'network' | 'now' | 'revision'> {
  const changes = compareConsensuses(before, after);
  const { added, removed, changed, flags, relays } = changes;
  const listed = ({
    fingerprint,
    nickname,
    address,
    orPort,
    flags: own,
  }: ConsensusChanges['added'][number]) => ({
    fingerprint,
    nickname,
    address: `${address}:${orPort}`,
    flags: [...own],
  });
  return {
    sentence: {
      level: 'ok',
      headline: `${counted(added.length, 'relay')} came, ${removed.length} went, ${changed.length} changed.`,
      detail: `In both: ${counted(relays.both, 'relay')}. Of the header ${counted(changes.header.length, 'value')} ${changes.header.length === 1 ? 'differs' : 'differ'}.`,
    },
    from: isoOf(before.validAfter),
    to: isoOf(after.validAfter),
    header: changes.header.map(changeView),
    relaysBefore: relays.before,
    relaysAfter: relays.after,
    added: added.map(listed),
    removed: removed.map(listed),
    changed: changed.map(({ fingerprint, nickname, gained, lost, fields }) => ({
      fingerprint,
      nickname,
      gained: [...gained],
      lost: [...lost],
      fields: fields.map((one) => ({
        field: one.field,
        before: valueText(one.before),
        after: valueText(one.after),
      })),
    })),
    flags: flags.map((one) => ({ ...one })),
  };
}

function valueText(value: string | number | boolean | undefined): string | null {
  return value === undefined ? null : String(value);
}
