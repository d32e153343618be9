/**
 * The proof of a round: its consensus recomputed from the votes that it names, where the two differ, and how to do the
 * same by hand.
 */
import type { Child, FC } from 'hono/jsx';
import type { ProofView, RoundPage, RoundProof } from '../../api/index.ts';
import { formatCount, formatNumber } from '../format.ts';
import { DocumentLink, Finding, Missing, Pill, Time } from './basics.tsx';
import { RelayLink } from './changes.tsx';
import { DataTable } from './table.tsx';

const verdictLevels = { identical: 'ok', differs: 'bad', undecided: 'unknown' } as const;

/** What explains a verdict, in words. */
export const causes: Readonly<Record<ProofView['cause'], string>> = {
  none: '–',
  'missing-votes': 'votes that are not held here',
  'authority-count': 'another number of configured authorities',
  'shared-random-fresh': 'whether the shared random value was fresh',
  'unsupported-method': 'a consensus method that is not recomputed here',
  software: 'a known difference of the software that computed it',
  tie: 'a tie that only the order of arrival decides',
  split: 'authorities that computed from different votes',
  unexplained: 'nothing that is known here',
};

/** Both flavours recomputed from the votes. */
export const ProofSection: FC<{ proof: RoundProof; page: RoundPage }> = ({ proof, page }) => {
  const proofs = [proof.ns, proof.microdesc].filter((one) => one !== null);
  return (
    <section id="proof" data-live="proof">
      <h2>
        <a href="/how#proof">Proof</a> <small>recomputed here from the votes that it names</small>
      </h2>
      <Finding level={proof.level} text={proof.text} />
      {proofs.length === 0 ? null : <ProofTable proofs={proofs} now={page.now} />}
      {proofs.map((one) => (
        <ProofDetail proof={one} validAfter={page.validAfter} />
      ))}
      {proofs.length === 0 ? null : <Repeat page={page} proofs={proofs} />}
    </section>
  );
};

const ProofTable: FC<{ proofs: readonly ProofView[]; now: string }> = ({ proofs, now }) => (
  <DataTable
    label="The consensus recomputed, by flavour"
    columns={[
      { name: 'Flavour', cell: ({ flavor }) => flavor },
      {
        name: 'Verdict',
        cell: ({ verdict, level, cause }) => (
          <>
            <Pill level={level}>{verdict === 'identical' ? 'identical byte for byte' : verdict}</Pill>
            {cause === 'none' ? null : <small> {causes[cause]}</small>}
          </>
        ),
      },
      { name: 'Method', cell: ({ method }) => method ?? <Missing reason="not known" />, set: 'num' },
      {
        name: 'Votes used',
        cell: ({ votesUsed, votesNamed }) => `${formatNumber(votesUsed)} of ${formatNumber(votesNamed)}`,
        set: 'num',
      },
      {
        name: 'Assumed',
        cell: ({ assumptions: { authorities, sharedRandomFresh } }) =>
          `N = ${authorities}, shared random ${sharedRandomFresh ? 'fresh' : 'carried on'}`,
        set: 'brief',
      },
      {
        name: 'Digest and document',
        cell: ({ digest, recomputedDigest, sha256 }) => (
          <>
            {digest ?? <Missing reason="cannot be read" />}
            {recomputedDigest === digest ? null : (
              <>
                <br />
                {recomputedDigest ?? <Missing reason="nothing could be recomputed" />}
              </>
            )}
            <br />
            <DocumentLink sha256={sha256} />
          </>
        ),
        set: 'hex',
      },
      { name: 'Judged', cell: ({ judgedAt }) => <Time exact at={judgedAt} now={now} /> },
    ]}
    rows={proofs}
    keyOf={({ sha256 }) => sha256}
  />
);

const ProofDetail: FC<{ proof: ProofView; validAfter: string }> = ({ proof, validAfter }) => (
  <>
    {proof.verdict === 'identical' ? null : (
      <h3>
        {proof.flavor}: <Pill level={verdictLevels[proof.verdict]}>{proof.verdict}</Pill> {proof.text}
      </h3>
    )}
    {proof.missing.length === 0 ? null : (
      <DataTable
        label={`Votes that the ${proof.flavor} consensus names and that are not held here`}
        captioned
        columns={[
          { name: 'Authority', cell: ({ authority }) => authority },
          { name: 'v3 identity', cell: ({ identity }) => identity, set: 'hex' },
          { name: 'vote-digest', cell: ({ voteDigest }) => voteDigest, set: 'hex' },
        ]}
        rows={proof.missing}
        keyOf={({ identity }) => identity}
      />
    )}
    {proof.differences.count === 0 ? null : <DifferenceTable proof={proof} validAfter={validAfter} />}
  </>
);

const DifferenceTable: FC<{ proof: ProofView; validAfter: string }> = ({ proof, validAfter }) => {
  const { count, first } = proof.differences;
  return (
    <>
      <DataTable
        label={`${formatCount(count, 'line')} of the ${proof.flavor} consensus in which it differs${count > first.length ? `; the first ${first.length}` : ''}`}
        captioned
        columns={[
          {
            name: 'Entry',
            cell: ({ part, subject }) =>
              part === 'relay' && /^[0-9A-F]{40}$/.test(subject) ? (
                <RelayLink validAfter={validAfter} relay={{ fingerprint: subject, nickname: part }} />
              ) : (
                `${part} ${subject}`
              ),
          },
          { name: 'Keyword', cell: ({ keyword }) => keyword },
          { name: 'Published', cell: (one) => lineOf(one.published, one.publishedLine), set: 'wrap' },
          { name: 'Recomputed', cell: (one) => lineOf(one.recomputed, one.recomputedLine), set: 'wrap' },
        ]}
        rows={first}
      />
    </>
  );
};

function lineOf(text: string | null, line: number | null): Child {
  if (text === null) return <Missing reason="the line is not there" />;
  return (
    <>
      {line === null ? null : <small>line {formatNumber(line)} </small>}
      <code>{text}</code>
    </>
  );
}

/** The same by hand: the documents, and the command. */
const Repeat: FC<{ page: RoundPage; proofs: readonly ProofView[] }> = ({ page, proofs }) => {
  const votes = page.authorities.flatMap(({ nickname, voteSha256, inConsensus }) =>
    voteSha256 === null || inConsensus === false ? [] : [{ nickname, sha256: voteSha256 }],
  );
  return (
    <details>
      <summary>Repeat it yourself: {formatCount(votes.length, 'vote')} and a command</summary>
      <p>
        Save the votes and the consensus; <code>conclave recompute</code> asks nobody.
      </p>
      <ul class="lines">
        {proofs.map(({ flavor, sha256 }) => (
          <li>
            <a href={`/documents/${sha256}/raw`} download={`consensus-${flavor}`}>
              consensus-{flavor}
            </a>
          </li>
        ))}
        {votes.map(({ nickname, sha256 }) => (
          <li>
            <a href={`/documents/${sha256}/raw`} download={`vote-${nickname}`}>
              vote-{nickname}
            </a>{' '}
            <small class="hex">{sha256}</small>
          </li>
        ))}
      </ul>
      <pre>
        {proofs
          .map((proof) =>
            commandOf(
              proof,
              votes.map((vote) => vote.nickname),
            ),
          )
          .join('\n')}
      </pre>
    </details>
  );
};

function commandOf({ flavor, assumptions }: ProofView, nicknames: readonly string[]): string {
  const fresh = assumptions.sharedRandomFresh ? ' --srv-fresh' : '';
  const votes = nicknames.map((nickname) => `vote-${nickname}`).join(' ');
  return `conclave recompute ${votes} --authorities ${assumptions.authorities}${fresh} --against consensus-${flavor}`;
}
