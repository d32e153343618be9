/**
 * Two consensuses compared, relay by relay: what changed between two rounds?
 */
import type { Child, FC } from 'hono/jsx';
import type { DiffAnswer, Observing, Rounds } from '../../api/index.ts';
import { formatCount, formatFullTime, formatNumber, formatSigned, formatTime } from '../format.ts';
import { diffPath, healthPath, RoundLink, roundPath } from '../parts/basics.tsx';
import { FlagChanges, HeaderTable, RelayLink, valueOf } from '../parts/changes.tsx';
import { Asking, Choice, Field } from '../parts/form.tsx';
import { Lede, Standing, Twins } from '../parts/page.tsx';
import { DataTable } from '../parts/table.tsx';

/** What is shown of the relays; every part may be left open. */
export interface DiffFilter {
  readonly change?: 'added' | 'removed' | 'changed';
  /** Only relays that gained, lost or carry this flag. */
  readonly flag?: string;
  /** Part of a nickname or the beginning of a fingerprint. */
  readonly relay?: string;
}

/** How many relays one page shows of each kind. */
const shownMax = 500;

/** The page that asks which two. */
export const DiffChoice: FC<{ rounds: Rounds; observing: Observing }> = ({ rounds, observing }) => (
  <>
    <h1 class="vh">Diff</h1>
    <Standing observing={observing} now={rounds.now} />
    <p class="lede unknown" data-live="lede">
      <b>What changed between two rounds?</b> Choose two of the{' '}
      {formatCount(rounds.rounds.length, 'newest round')}, or write any two times into the address.
    </p>
    <ChoiceForm rounds={rounds} />
    <DataTable
      label="Each round and the one before it"
      live="pairs"
      columns={[
        { name: 'Round', cell: ([, to]) => <RoundLink validAfter={to} now={rounds.now} /> },
        { name: 'Before it', cell: ([from]) => <RoundLink validAfter={from} now={rounds.now} /> },
        { name: 'What changed', cell: ([from, to]) => <a href={diffPath(from, to)}>compare</a> },
      ]}
      rows={pairsOf(rounds)}
      keyOf={([, to]) => to}
      empty="n/a: fewer than two rounds with a consensus are known."
    />
    <Twins json="/api/v1/rounds" csv="/api/v1/rounds.csv" how="#diff" />
  </>
);

const ChoiceForm: FC<{ rounds: Rounds }> = ({ rounds: { rounds, now } }) => {
  const [newest, before] = rounds;
  const options = rounds.map(({ validAfter }) => [validAfter, formatTime(validAfter, now)] as const);
  return rounds.length < 2 ? null : (
    <Asking action="/diff" submit="Compare">
      <Choice label="From" name="from" options={options} chosen={before?.validAfter} />
      <Choice label="to" name="to" options={options} chosen={newest?.validAfter} />
    </Asking>
  );
};

function pairsOf({ rounds }: Rounds): (readonly [from: string, to: string])[] {
  const known = rounds.filter(({ relays }) => relays !== null);
  return known.slice(1).map((one, at) => [one.validAfter, known[at]?.validAfter ?? one.validAfter] as const);
}

/** Two rounds compared. */
export const DiffPage: FC<{ answer: DiffAnswer; observing: Observing; filter: DiffFilter }> = (props) => {
  const { answer, observing, filter } = props;
  const query = `?from=${answer.from}&to=${answer.to}`;
  const shown = (change: DiffFilter['change']): boolean =>
    filter.change === undefined || filter.change === change;
  return (
    <>
      <h1>
        From <FullRound at={answer.from} /> to <FullRound at={answer.to} />
      </h1>
      <Standing observing={observing} now={answer.now} />
      <Lede sentence={answer.sentence} />
      <dl class="figures">
        <Stat
          name="relays"
          value={`${formatNumber(answer.relaysBefore)} → ${formatNumber(answer.relaysAfter)}`}
        />
        <Stat name="balance" value={formatSigned(answer.relaysAfter - answer.relaysBefore)} />
        <Stat name="came" value={formatNumber(answer.added.length)} />
        <Stat name="went" value={formatNumber(answer.removed.length)} />
        <Stat name="changed" value={formatNumber(answer.changed.length)} />
      </dl>
      <p class="note">
        <a href={healthPath(answer.from)}>Health of the one</a> ·{' '}
        <a href={healthPath(answer.to)}>health of the other</a> ·{' '}
        <a href={diffPath(answer.to, answer.from)}>the other way round</a>
      </p>
      <div class="two">
        <section>
          <h2>Flags</h2>
          <FlagChanges flags={answer.flags} />
        </section>
        <section>
          <h2>Header</h2>
          <HeaderTable header={answer.header} before="Before" after="After" />
        </section>
      </div>
      <Filter answer={answer} filter={filter} />
      {shown('added') ? <Listed answer={answer} filter={filter} kind="added" /> : null}
      {shown('removed') ? <Listed answer={answer} filter={filter} kind="removed" /> : null}
      {shown('changed') ? <Changed answer={answer} filter={filter} /> : null}
      <Twins json={`/api/v1/diff${query}`} csv={`/api/v1/diff.csv${query}`} how="#diff" />
    </>
  );
};

const FullRound: FC<{ at: string }> = ({ at }) => (
  <a href={roundPath(at)}>
    <time datetime={at}>{formatFullTime(at)}</time>
  </a>
);

const Stat: FC<{ name: string; value: string }> = ({ name, value }) => (
  <div>
    <dt>{name}</dt>
    <dd>{value}</dd>
  </div>
);

const Filter: FC<{ answer: DiffAnswer; filter: DiffFilter }> = ({ answer, filter }) => (
  <>
    <h2 id="relays">Relays</h2>
    <Asking action={`${diffPath(answer.from, answer.to)}#relays`} submit="Show">
      <Choice
        label="Show"
        name="change"
        options={[['', 'all'], ...Object.entries(changeNames)]}
        chosen={filter.change ?? ''}
      />
      <Choice
        label="Flag"
        name="flag"
        options={[['', 'any'], ...flagsIn(answer).map((flag) => [flag, flag] as const)]}
        chosen={filter.flag ?? ''}
      />
      <Field
        label="Relay"
        name="relay"
        value={filter.relay}
        placeholder="nickname or fingerprint"
        size={24}
        most={40}
      />
    </Asking>
  </>
);

const changeNames = { added: 'that came', removed: 'that went', changed: 'that changed' } as const;

function flagsIn({ added, removed, flags }: DiffAnswer): string[] {
  const listed = [...added, ...removed].flatMap((relay) => relay.flags);
  return [...new Set([...flags.map(({ flag }) => flag), ...listed])].toSorted();
}

function isShown(
  relay: { readonly nickname: string; readonly fingerprint: string },
  flags: readonly string[],
  filter: DiffFilter,
): boolean {
  const part = filter.relay?.toLowerCase();
  const named =
    part === undefined ||
    relay.nickname.toLowerCase().includes(part) ||
    relay.fingerprint.toLowerCase().startsWith(part);
  return named && (filter.flag === undefined || flags.includes(filter.flag));
}

const Listed: FC<{ answer: DiffAnswer; filter: DiffFilter; kind: 'added' | 'removed' }> = (props) => {
  const { answer, filter, kind } = props;
  const rows = answer[kind].filter((relay) => isShown(relay, relay.flags, filter));
  const validAfter = kind === 'added' ? answer.to : answer.from;
  return (
    <section>
      <h3>
        {formatCount(rows.length, 'relay')} {changeNames[kind]}
        <Cut rows={rows} />
      </h3>
      <DataTable
        label={`Relays ${changeNames[kind]}`}
        columns={[
          { name: 'Relay', cell: (relay) => <RelayLink validAfter={validAfter} relay={relay} /> },
          { name: 'Address', cell: ({ address }) => address },
          { name: 'Flags', cell: ({ flags }) => flags.join(' '), set: 'wrap' },
        ]}
        rows={rows.slice(0, shownMax)}
        keyOf={({ fingerprint }) => fingerprint}
        empty="None."
      />
    </section>
  );
};

const Cut: FC<{ rows: readonly unknown[] }> = ({ rows }) =>
  rows.length <= shownMax ? null : <small> the first {formatNumber(shownMax)}; all are in the CSV</small>;

const Changed: FC<{ answer: DiffAnswer; filter: DiffFilter }> = ({ answer, filter }) => {
  const rows = answer.changed.filter((relay) => isShown(relay, [...relay.gained, ...relay.lost], filter));
  return (
    <section>
      <h3>
        {formatCount(rows.length, 'relay')} that changed
        <Cut rows={rows} />
      </h3>
      <DataTable
        label="Relays that changed"
        columns={[
          { name: 'Relay', cell: (relay) => <RelayLink validAfter={answer.to} relay={relay} /> },
          { name: 'Gained', cell: ({ gained }) => flagsOf(gained, '+') },
          { name: 'Lost', cell: ({ lost }) => flagsOf(lost, '\u2212') },
          {
            name: 'Other lines',
            cell: ({ fields }) =>
              fields.map(({ field, before, after }, at) => (
                <>
                  {at === 0 ? '' : '; '}
                  {field} {valueOf(before)} → {valueOf(after)}
                </>
              )),
            set: 'wrap',
          },
        ]}
        rows={rows.slice(0, shownMax)}
        keyOf={({ fingerprint }) => fingerprint}
        empty="None."
      />
    </section>
  );
};

function flagsOf(flags: readonly string[], sign: string): Child {
  return flags.length === 0 ? '–' : flags.map((flag) => `${sign}${flag}`).join(' ');
}
