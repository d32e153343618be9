/** Who came and went against the round before: figures, flags, who withdrew them, lists, and what came at once (S8.1 to S8.6). */
import type { Child, FC } from 'hono/jsx';
import type { Health } from '../../api/index.ts';
import { formatCount, formatNumber } from '../format.ts';
import { AuthorityLink, diffPath, Finding, relayPath } from './basics.tsx';
import { FlagChanges, RelayLink } from './changes.tsx';
import { DataTable } from './table.tsx';

/** What changed in one round. */
export type Churn = NonNullable<Health['churn']['value']>;

/** The counts of a round. */
export const ChurnFigures: FC<{ churn: Churn }> = ({ churn }) => (
  <dl class="figures" data-live="churn-figures">
    {(
      [
        ['new', churn.added],
        ['gone', churn.removed],
        ['flags gained', churn.gained],
        ['flags lost', churn.lost],
        ['moved', churn.moved],
        ['renamed', churn.renamed],
        ['new keys', churn.rekeyed],
      ] as const
    ).map(([name, value]) => (
      <div>
        <dt>{name}</dt>
        <dd>{formatNumber(value)}</dd>
      </div>
    ))}
  </dl>
);

/** All that is told of a round's changes. */
export const ChurnDetails: FC<{ churn: Churn; validAfter: string }> = ({ churn, validAfter }) => (
  <>
    <Growth growth={churn.growth} />
    <div class="two">
      <div>
        <h3>Flags gained and lost by relays in both</h3>
        <FlagChanges flags={churn.flags} />
      </div>
      <div>
        <h3>Who withdrew a flag</h3>
        <Withdrawals withdrawals={churn.withdrawals} />
      </div>
    </div>
    <Lists churn={churn} />
    <p class="note">
      All of it is in <a href={diffPath(churn.against, validAfter)}>the difference of the two rounds</a>.
    </p>
  </>
);

const likeness: Readonly<Record<Churn['growth'][number]['by'], string>> = {
  all: 'all new relays',
  nickname: 'a nickname that begins alike',
  network16: 'one network of 16 bits',
  network24: 'one network of 24 bits',
  version: 'one version of tor',
  bandwidth: 'the same bandwidth',
  contact: 'the same contact',
};

const Growth: FC<{ growth: Churn['growth'] }> = ({ growth }) => (
  <section id="growth" data-live="growth">
    <h3>Sudden growth</h3>
    {growth.length === 0 ? (
      <Finding level="ok" text="None: the new relays are neither unusually many nor alike." />
    ) : (
      <>
        <Finding
          level="warn"
          text={`${formatCount(growth.length, 'group')} of new relays ${growth.length === 1 ? 'is' : 'are'} larger than usual. It may be one operator who adds machines; it is worth a look.`}
        />
        <DataTable
          label="New relays that came at once and look alike"
          columns={[
            { name: 'In common', cell: ({ by }) => likeness[by] },
            { name: 'Pattern', cell: ({ pattern }) => <code>{pattern}</code>, set: 'wrap' },
            { name: 'New relays', cell: ({ relays }) => formatNumber(relays), set: 'num' },
            { name: 'Told from', cell: ({ limit }) => formatNumber(limit), set: 'num' },
            { name: 'Had it before', cell: ({ before }) => formatNumber(before), set: 'num' },
            {
              name: 'The first of them',
              cell: ({ named }) =>
                joined(named.map((one) => <a href={relayPath(one.fingerprint)}>{one.nickname}</a>)),
              set: 'wrap',
            },
          ]}
          rows={growth}
          keyOf={({ by, pattern }) => `${by} ${pattern}`}
        />
      </>
    )}
  </section>
);

function joined(parts: readonly Child[]): Child {
  return parts.map((part, i) => (
    <>
      {i === 0 ? '' : ', '}
      {part}
    </>
  ));
}

const Withdrawals: FC<{ withdrawals: Churn['withdrawals'] }> = ({ withdrawals }) => (
  <DataTable
    label="Flags lost, and who voted for them before and does not now"
    columns={[
      { name: 'Flag', cell: ({ flag }) => flag },
      { name: 'Lost by', cell: ({ lost }) => formatNumber(lost), set: 'num' },
      {
        name: 'Withdrawn by',
        cell: ({ by, absent, unknown }) => (
          <>
            {by.length === 0
              ? 'nobody whose votes are held'
              : joined(
                  by.map(({ authority, relays }) => (
                    <>
                      <AuthorityLink nickname={authority} /> {formatNumber(relays)}
                    </>
                  )),
                )}
            {absent.length === 0 ? null : <small> · did not vote this time: {absent.join(', ')}</small>}
            {unknown.length === 0 ? null : <small> · n/a, a vote is not held: {unknown.join(', ')}</small>}
          </>
        ),
        set: 'wrap',
      },
    ]}
    rows={withdrawals}
    keyOf={({ flag }) => flag}
    empty="No relay in both lost a flag."
  />
);

const Lists: FC<{ churn: Churn }> = ({ churn: { examples, ...churn } }) => (
  <>
    <ListFold count={churn.added} words="new" shown={examples.added.length}>
      {examples.added.map((relay) => (
        <li data-key={relay.fingerprint}>
          <RelayLink relay={relay} /> {relay.address} <small>{relay.flags.join(' ')}</small>
        </li>
      ))}
    </ListFold>
    <ListFold count={churn.removed} words="gone" shown={examples.removed.length}>
      {examples.removed.map((relay) => (
        <li data-key={relay.fingerprint}>
          <RelayLink relay={relay} /> {relay.address} <small>{relay.flags.join(' ')}</small>
        </li>
      ))}
    </ListFold>
    <ListFold count={churn.moved} words="moved to another address" shown={examples.moved.length}>
      {examples.moved.map((relay) => (
        <li data-key={relay.fingerprint}>
          <RelayLink relay={relay} /> {relay.before} → {relay.after}
        </li>
      ))}
    </ListFold>
    <ListFold count={churn.renamed} words="renamed" shown={examples.renamed.length}>
      {examples.renamed.map(({ fingerprint, before, after }) => (
        <li data-key={fingerprint}>
          {before} → <RelayLink relay={{ fingerprint, nickname: after }} />
        </li>
      ))}
    </ListFold>
    <ListFold count={churn.rekeyed} words="with a new key at the same place" shown={examples.rekeyed.length}>
      {examples.rekeyed.map(({ nickname, address, before, after }) => (
        <li data-key={after}>
          {nickname} {address}{' '}
          <a class="hex" href={relayPath(before)}>
            {before}
          </a>{' '}
          →{' '}
          <a class="hex" href={relayPath(after)}>
            {after}
          </a>
        </li>
      ))}
    </ListFold>
  </>
);

const ListFold: FC<{ count: number; words: string; shown: number; children: Child }> = (props) =>
  props.count === 0 ? null : (
    <details>
      <summary>
        {formatCount(props.count, 'relay')} {props.words}
        {props.count > props.shown ? `; the first ${formatNumber(props.shown)}` : ''}
      </summary>
      <ul class="lines">{props.children}</ul>
    </details>
  );
