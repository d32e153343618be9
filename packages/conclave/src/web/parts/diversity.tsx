/** Whose the relays are, on which platforms and in which networks: each part with its source, or why it is n/a (S2.1.31, S2.2.19). */
import type { FC } from 'hono/jsx';
import type { Health } from '../../api/index.ts';
import { formatCount, formatNumber, formatShare } from '../format.ts';
import { Hidden, MissingBecause } from './basics.tsx';
import { ShareBar } from './health-facts.tsx';
import { Fold } from './sections.tsx';
import { DataTable } from './table.tsx';

const shown = 10;

/** Networks, operators and platforms of the relays of a round. */
export const DiversityFold: FC<{ health: Health }> = ({
  health: { networks, operators, platforms, described },
}) => (
  <Fold
    title="Networks, operators, platforms"
    id="operators"
    note={
      described.value === null
        ? undefined
        : `descriptors of ${formatShare(described.value.share)} of the relays held`
    }
    open={false}
  >
    <div class="two">
      <NetworksPart networks={networks} />
      <OperatorsPart operators={operators} />
    </div>
    <PlatformsPart platforms={platforms} />
    <p class="note">
      Operators and platforms are what relays say of themselves in their own descriptors
      {described.value === null ? '' : ` (from ${described.value.source})`}; nobody checks it.
    </p>
  </Fold>
);

/** One row of any of the three tables. */
interface Part {
  readonly name: string;
  readonly relays: number;
  readonly weightShare: number;
}

const PartTable: FC<{ name: string; of: string; rows: readonly Part[] }> = ({ name, of, rows }) => (
  <DataTable
    label={`Relays and weight by ${name.toLowerCase()}`}
    columns={[
      {
        name,
        cell: ({ name: text }) =>
          text === '??' ? (
            <>
              ??<Hidden> not stated</Hidden>
            </>
          ) : (
            text
          ),
        set: 'wrap',
      },
      { name: 'Relays', cell: ({ relays }) => formatNumber(relays), set: 'num' },
      {
        name: 'Share of the weight',
        cell: ({ name: text, weightShare }) => (
          <ShareBar share={weightShare} label={`Share of the weight ${of} ${text}`} />
        ),
        set: 'bar',
      },
    ]}
    rows={rows.slice(0, shown)}
    keyOf={({ name: text }) => text}
    empty="none"
  />
);

/** Networks (AS) by an operator's own table. */
export const NetworksPart: FC<{ networks: Health['networks'] }> = ({ networks: { value, reason } }) =>
  value === null ? (
    <p class="none">
      Networks (AS): <MissingBecause reason={reason} />
    </p>
  ) : (
    <div>
      <PartTable
        name="Network"
        of="in"
        rows={value.largest.map(({ as, name, ...part }) => ({ ...part, name: `AS${as} ${name}`.trim() }))}
      />
      <p class="note">
        {formatCount(value.distinct, 'network')}, those with most weight shown. Not in the table:{' '}
        {formatCount(value.unknown.relays, 'relay')}, {formatShare(value.unknown.weightShare)} of the weight.
        Source: {value.source}
      </p>
    </div>
  );

/** Operators by contact and family. */
export const OperatorsPart: FC<{ operators: Health['operators'] }> = ({ operators: { value, reason } }) =>
  value === null ? (
    <p class="none">
      Operators: <MissingBecause reason={reason} />
    </p>
  ) : (
    <div>
      <PartTable
        name="Operator"
        of="of"
        rows={value.largest.map(({ contact, ...part }, index) => ({
          ...part,
          name: contact ?? `a family without a contact (${index + 1})`,
        }))}
      />
      <p class="note">
        {formatCount(value.distinct, 'operator')} by contact and family, those with most weight shown. Neither
        stated: {formatCount(value.silent.relays, 'relay')}, {formatShare(value.silent.weightShare)} of the
        weight; no operator is made of them.
      </p>
    </div>
  );

/** Operating systems. */
export const PlatformsPart: FC<{ platforms: Health['platforms'] }> = ({ platforms: { value, reason } }) =>
  value === null ? (
    <p class="none">
      Platforms: <MissingBecause reason={reason} />
    </p>
  ) : (
    <PartTable name="Platform" of="on" rows={value} />
  );
