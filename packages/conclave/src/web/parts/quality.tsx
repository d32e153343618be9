/** How a consensus is graded, by rules that stand beside the grades, and the rules that it must keep. */
import type { Child, FC } from 'hono/jsx';
import type { Health } from '../../api/index.ts';
import { formatCount, formatNumber } from '../format.ts';
import { AuthorityLink, Finding, Hidden, levelWord, Mark, Pill } from './basics.tsx';
import { RelayLink } from './changes.tsx';
import { DataTable } from './table.tsx';

/** Quality indicators, each with its rule (S2.2.17 to S2.2.20). */
export const QualityTable: FC<{ quality: Health['quality'] }> = ({ quality }) => (
  <DataTable
    label="Quality indicators, each with its rule"
    live="indicators"
    columns={[
      { name: 'Indicator', cell: ({ title }) => title },
      {
        name: 'Grade',
        cell: ({ level, grade }) => (
          <>
            <Pill level={level}>{grade ?? 'n/a'}</Pill>
            <Hidden> {levelWord(level)}</Hidden>
          </>
        ),
      },
      { name: 'Value', cell: ({ text }) => text, set: 'wrap' },
      { name: 'Rule', cell: ({ rule }) => <small>{rule}</small>, set: 'wrap' },
    ]}
    rows={quality}
    keyOf={({ name }) => name}
    empty="n/a: nothing is graded."
  />
);

type Invariant = Health['invariants'][number];

/** The rules that the documents of the round must keep: first in a sentence, then those that are broken, then all (S2.2.10, S2.2.12). */
export const InvariantSection: FC<{ invariants: Health['invariants'] }> = ({ invariants }) => {
  const broken = invariants.filter(({ holds }) => holds === false);
  const unknown = invariants.filter(({ holds }) => holds === null);
  const held = invariants.length - broken.length - unknown.length;
  return (
    <section id="invariants" data-live="invariants">
      <h2>
        <a href="/how#invariants">Invariants</a>
      </h2>
      <Finding
        level={broken.length > 0 ? 'bad' : held === 0 ? 'unknown' : 'ok'}
        text={sentenceOf(held, broken, unknown.length)}
      />
      {broken.length === 0 ? null : <InvariantTable rows={broken} label="Rules that do not hold" />}
      {broken.map((one) => (
        <Violations invariant={one} />
      ))}
      {invariants.length === 0 ? null : (
        <details>
          <summary>{formatCount(invariants.length, 'rule')} held against a document</summary>
          <InvariantTable rows={invariants} label="All rules held against a document" />
        </details>
      )}
    </section>
  );
};

function sentenceOf(held: number, broken: readonly Invariant[], unknown: number): string {
  const asked = unknown === 0 ? '' : ` ${formatCount(unknown, 'rule')} could not be asked.`;
  if (broken.length > 0) {
    const documents = [...new Set(broken.map(({ document }) => nameOf(document)))].join(', ');
    return `${formatCount(broken.length, 'rule')} ${broken.length === 1 ? 'does' : 'do'} not hold: ${documents}.${asked}`;
  }
  if (held === 0) return `n/a: no document of the round is held that a rule could be asked of.${asked}`;
  return `All ${formatNumber(held)} that could be asked hold, of the consensus and of its votes.${asked}`;
}

function nameOf(document: string): string {
  return document === 'consensus' ? 'the consensus' : `the vote of ${document}`;
}

const InvariantTable: FC<{ rows: readonly Invariant[]; label: string }> = ({ rows, label }) => (
  <DataTable
    label={label}
    columns={[
      { name: 'Rule', cell: ({ text }) => text, set: 'wrap' },
      {
        name: 'Document',
        cell: ({ document }): Child =>
          document === 'consensus' ? 'consensus' : <AuthorityLink nickname={document} />,
      },
      {
        name: 'Holds',
        cell: ({ holds, reason, text }) => (
          <>
            <Mark value={holds} label={text} text={reason} />
            {holds === null ? <small>n/a: {reason}</small> : holds ? ' yes' : ' no'}
          </>
        ),
      },
      {
        name: 'Violations',
        cell: ({ holds, violations }) => (holds === null ? 'n/a' : formatNumber(violations)),
        set: 'num',
      },
    ]}
    rows={rows}
    keyOf={({ rule, document }) => `${rule} ${document}`}
  />
);

const Violations: FC<{ invariant: Invariant }> = ({ invariant: { document, violations, named } }) =>
  named.length === 0 ? null : (
    <details>
      <summary>
        {formatCount(violations, 'relay')} in {nameOf(document)}
        {violations > named.length ? `; the first ${named.length}` : ''}
      </summary>
      <ul class="lines">
        {named.map(({ fingerprint, nickname, text }) => (
          <li>
            <RelayLink relay={{ fingerprint, nickname }} /> {text}
          </li>
        ))}
      </ul>
    </details>
  );
