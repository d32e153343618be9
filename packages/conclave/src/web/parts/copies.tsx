/** Every copy of a round's documents: who served which digest, and what each is to the others. */
import type { Child, FC } from 'hono/jsx';
import type { CopiesView, Level } from '../../api/index.ts';
import { formatCount, formatNumber } from '../format.ts';
import {
  AuthorityLink,
  DocumentLink,
  Finding,
  Hidden,
  inOrder,
  Missing,
  Pill,
  RoundLink,
  Time,
} from './basics.tsx';
import { DataTable } from './table.tsx';

const consensusRelations: Readonly<Record<CopiesView['consensuses'][number]['relation'], string>> = {
  counted: 'the one that counts',
  'same-digest': 'same text, other signatures',
  split: 'another text: split',
  undecided: 'undecided',
  refused: 'refused',
};

const voteRelations: Readonly<Record<CopiesView['votes'][number]['relation'], string>> = {
  only: 'the only one',
  'same-digest': 'same text',
  replaced: 'replaced later',
  replacement: 'replacement',
  equivocation: 'equivocation',
  untold: 'not known',
  refused: 'refused',
};

/** Which relations somebody should look at. */
const relationLevels: Readonly<Record<string, Level>> = {
  counted: 'ok',
  only: 'ok',
  replacement: 'ok',
  split: 'bad',
  equivocation: 'bad',
};

/** Who served which digest, side by side. */
export const CopiesSection: FC<{ copies: CopiesView; order: readonly string[]; now: string }> = ({
  copies,
  order,
  now,
}) => (
  <section id="copies" data-live="copies">
    <h2>
      <a href="/how#copies">Copies</a> <small>who served which</small>
    </h2>
    <Finding level={copies.level} text={copies.text} />
    {copies.lagging.length === 0 ? null : (
      <ul class="lines">
        {inOrder(copies.lagging, order, ({ authority }) => authority).map(({ authority, serves, at }) => (
          <li data-key={authority}>
            <AuthorityLink nickname={authority} /> lags: at <Time exact at={at} now={now} /> it still served
            the consensus of <RoundLink validAfter={serves} now={now} />.
          </li>
        ))}
      </ul>
    )}
    {copies.consensuses.length === 0 ? null : <ConsensusCopies copies={copies} />}
    {copies.votes.length === 0 ? null : (
      <details {...(copies.votes.some(({ relation }) => relation !== 'only') ? { open: true } : {})}>
        <summary>{formatCount(copies.votes.length, 'vote')}, each distinct one once</summary>
        <VoteCopies copies={copies} now={now} />
      </details>
    )}
  </section>
);

const ConsensusCopies: FC<{ copies: CopiesView }> = ({ copies }) => (
  <DataTable
    label="Copies of the consensus, each distinct one once"
    columns={[
      { name: 'Flavour', cell: ({ flavor }) => flavor },
      {
        name: 'What it is',
        cell: ({ relation }) => (
          <Pill level={relationLevels[relation] ?? 'unknown'}>{consensusRelations[relation]}</Pill>
        ),
      },
      { name: 'In words', cell: ({ text }) => text, set: 'wrap' },
      {
        name: 'Signers',
        cell: ({ signers }) => (signers === null ? <Missing reason="not counted" /> : formatNumber(signers)),
        set: 'num',
      },
      { name: 'Document', cell: ({ sha256 }) => <DocumentLink sha256={sha256} /> },
      { name: 'Served by', cell: servers },
      { name: 'Digest', cell: ({ digest }) => digest ?? <Missing reason="cannot be read" />, set: 'hex' },
    ]}
    rows={copies.consensuses}
    keyOf={({ sha256 }) => sha256}
  />
);

const VoteCopies: FC<{ copies: CopiesView; now: string }> = ({ copies, now }) => (
  <DataTable
    label="Votes, each distinct one once"
    columns={[
      { name: 'Of', cell: ({ author }) => author },
      {
        name: 'What it is',
        cell: ({ relation }) => (
          <Pill level={relationLevels[relation] ?? 'unknown'}>{voteRelations[relation]}</Pill>
        ),
      },
      { name: 'In words', cell: ({ text }) => text, set: 'wrap' },
      {
        name: 'Named by the consensus',
        cell: ({ named }) =>
          named === null ? <Missing reason="no consensus is known" /> : named ? 'yes' : 'no',
      },
      {
        name: 'Published',
        cell: ({ published }) =>
          published === null ? <Missing reason="cannot be read" /> : <Time exact at={published} now={now} />,
      },
      { name: 'Document', cell: ({ sha256 }) => <DocumentLink sha256={sha256} /> },
      { name: 'Served by', cell: servers },
    ]}
    rows={copies.votes}
    keyOf={({ sha256 }) => sha256}
  />
);

/** How many served it; by name where it is not what everybody has. */
function servers({
  servedBy,
  relation,
}: Pick<CopiesView['votes'][number], 'servedBy'> & { relation: string }): Child {
  const names = servedBy.map(({ authority }) => authority).join(', ');
  if (servedBy.length === 0) return 'nobody';
  if (relation !== 'counted' && relation !== 'only') return `${formatNumber(servedBy.length)}: ${names}`;
  return (
    <span title={names}>
      {formatNumber(servedBy.length)}
      <Hidden>: {names}</Hidden>
    </span>
  );
}
