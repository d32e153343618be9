/**
 * What is known of a consensus before it is published: what the votes at hand make of it, and which digests the
 * authorities show.
 */
import type { FC } from 'hono/jsx';
import type { PendingView, PreviewView } from '../../api/index.ts';
import { formatCount, formatNumber } from '../format.ts';
import { AuthorityLink, Finding, inOrder, Missing, RoundLink, Time } from './basics.tsx';
import { FlagChanges, HeaderTable, RelayFold } from './changes.tsx';
import { DataTable } from './table.tsx';

/** What the votes at hand make of a round. */
export const PreviewSection: FC<{ preview: PreviewView | null; reason: string; now: string }> = ({
  preview,
  reason,
  now,
}) => (
  <section id="preview" data-live="preview">
    <h2>
      <a href="/how#preview">Preview</a> <small>computed from the votes before publication</small>
    </h2>
    {preview === null ? (
      <p class="none">n/a: {reason}.</p>
    ) : (
      <>
        <Finding level={preview.level} text={preview.text} />
        {preview.published === null ? null : <p>Afterwards: {preview.published.text}</p>}
        <PreviewFacts preview={preview} now={now} />
        <div class="two">
          <div>
            <h3>Header</h3>
            <HeaderTable header={preview.header} before="Before" after="Preview" />
          </div>
          <div>
            <h3>Flags</h3>
            <FlagChanges flags={preview.flags} />
          </div>
        </div>
        <RelayFold relays={preview.added} words="come" validAfter={preview.validAfter} live="added" />
        <RelayFold
          relays={preview.removed}
          words="go"
          validAfter={preview.against ?? preview.validAfter}
          live="removed"
        />
      </>
    )}
  </section>
);

const PreviewFacts: FC<{ preview: PreviewView; now: string }> = ({ preview, now }) => (
  <dl class="facts">
    <dt>taken</dt>
    <dd>
      <Time exact at={preview.takenAt} now={now} /> <small>when the last of these votes had come</small>
    </dd>
    <dt>made of</dt>
    <dd>
      {formatCount(preview.votes.length, 'vote')}, {formatNumber(preview.needed)} needed{' '}
      <small>
        {preview.missing.length === 0 ? 'none is missing' : `without ${preview.missing.join(', ')}`}
      </small>
    </dd>
    <dt>compared with</dt>
    <dd>
      {preview.against === null ? (
        <Missing reason="no consensus before it is known" />
      ) : (
        <RoundLink validAfter={preview.against} now={now} />
      )}
    </dd>
    <dt>relays</dt>
    <dd>
      {preview.relays === null ? <Missing reason={preview.text} /> : formatNumber(preview.relays)}{' '}
      <small>
        {preview.relaysBefore === null ? '' : `before ${formatNumber(preview.relaysBefore)}; `}
        {formatNumber(preview.added.count)} come, {formatNumber(preview.removed.count)} go
      </small>
    </dd>
    <dt>method</dt>
    <dd>{preview.method ?? <Missing reason={preview.text} />}</dd>
    <dt>digest, ns</dt>
    <dd class="hex">{preview.digests.ns ?? <Missing reason={preview.text} />}</dd>
    <dt>digest, microdesc</dt>
    <dd class="hex">{preview.digests.microdesc ?? <Missing reason={preview.text} />}</dd>
  </dl>
);

/** What the authorities showed before publication. */
export const PendingSection: FC<{ pending: PendingView; order: readonly string[]; now: string }> = ({
  pending,
  order,
  now,
}) => (
  <section id="pending" data-live="pending">
    <h2>
      <a href="/how#pending">Digests before publication</a>
    </h2>
    <Finding level={pending.level} text={pending.text} />
    {pending.groups.length === 0 ? null : (
      <DataTable
        label="Who shows which digest"
        columns={[
          { name: 'Flavour', cell: ({ flavor }) => flavor },
          { name: 'Shown by', cell: ({ authorities }) => formatNumber(authorities.length), set: 'num' },
          {
            name: 'Authorities',
            cell: ({ authorities }) => inOrder(authorities, order, (name) => name).join(', '),
            set: 'wrap',
          },
          { name: 'Digest', cell: ({ digest }) => digest, set: 'hex' },
        ]}
        rows={pending.groups}
        keyOf={({ flavor, digest }) => `${flavor} ${digest}`}
      />
    )}
    {pending.authorities.length === 0 ? null : (
      <details>
        <summary>Each authority: since when, and how many signatures</summary>
        <DataTable
          label="Digests and signatures before publication, by authority"
          columns={[
            { name: 'Authority', cell: ({ authority }) => <AuthorityLink nickname={authority} /> },
            { name: 'Since', cell: ({ firstSeen }) => <Time exact at={firstSeen} now={now} /> },
            { name: 'Last seen', cell: ({ lastSeen }) => <Time exact at={lastSeen} now={now} /> },
            { name: 'Signatures, ns', cell: (one) => goodOf(one.good.ns, one.signatures.ns), set: 'num' },
            {
              name: 'Signatures, microdesc',
              cell: (one) => goodOf(one.good.microdesc, one.signatures.microdesc),
              set: 'num',
            },
          ]}
          rows={inOrder(pending.authorities, order, ({ authority }) => authority)}
          keyOf={({ authority, firstSeen }) => `${authority} ${firstSeen}`}
        />
      </details>
    )}
  </section>
);

function goodOf(good: number, all: number): string {
  return `${formatNumber(good)} good of ${formatNumber(all)}`;
}
