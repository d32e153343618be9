/**
 * The documents that we keep, and one: is it genuine?
 */
import type { FC } from 'hono/jsx';
import type { DocumentPage, Documents, Observing } from '../../api/index.ts';
import { formatBytes, formatCount, formatNumber } from '../format.ts';
import {
  Age,
  AuthorityLink,
  DocumentLink,
  inOrder,
  Mark,
  Missing,
  Pill,
  RoundLink,
  Scroll,
  Time,
  Words,
} from '../parts/basics.tsx';
import { Older } from '../parts/older.tsx';
import { Lede, Standing, Twins } from '../parts/page.tsx';
import { DataTable } from '../parts/table.tsx';

const unseen = 'it came out of an archive; nobody was seen to serve it';

/** The list of documents. */
export const DocumentsPage: FC<{ answer: Documents; observing: Observing; query: string }> = (props) => (
  <>
    <h1 class="vh">Documents</h1>
    <Standing observing={props.observing} now={props.answer.now} />
    <p class="lede unknown" data-live="lede">
      <b>Every document is kept as it came,</b> under the SHA-256 of its bytes; nothing is changed and nothing
      is thrown away because it was wrong.
    </p>
    <DocumentTable documents={props.answer.documents} now={props.answer.now} />
    <Older older={props.answer.older} path="/documents" />
    <Twins
      json={`/api/v1/documents${props.query}`}
      csv={`/api/v1/documents.csv${props.query}`}
      how="#documents"
    />
  </>
);

const DocumentTable: FC<{ documents: Documents['documents']; now: string }> = ({ documents, now }) => (
  <DataTable
    label="Documents, newest first"
    live="documents"
    columns={[
      { name: 'Document', cell: ({ sha256 }) => <DocumentLink sha256={sha256} /> },
      {
        name: 'Kind',
        cell: ({ kind }) => <a href={`/documents?kind=${encodeURIComponent(kind)}`}>{kind}</a>,
      },
      {
        name: 'Of',
        cell: ({ authority }) => (authority === null ? 'all' : <AuthorityLink nickname={authority} />),
      },
      {
        name: 'Round',
        cell: ({ validAfter }) =>
          validAfter === null ? (
            <Missing reason="it belongs to no round" />
          ) : (
            <RoundLink validAfter={validAfter} now={now} />
          ),
      },
      { name: 'Verdict', cell: ({ verdict }) => <Words text={verdict} />, set: 'wrap' },
      { name: 'Size', cell: ({ bytes }) => formatBytes(bytes), set: 'num' },
      {
        name: 'First seen',
        cell: ({ firstSeen }) =>
          firstSeen === null ? <Missing reason={unseen} /> : <Time exact at={firstSeen} now={now} />,
      },
      {
        name: 'Last seen',
        cell: ({ lastSeen, imported }) =>
          lastSeen !== null ? (
            <Age since={lastSeen} now={now} />
          ) : imported === null ? (
            <Missing reason={unseen} />
          ) : (
            <>
              from an archive, <Age since={imported} now={now} />
            </>
          ),
      },
    ]}
    rows={documents}
    keyOf={({ sha256 }) => sha256}
    empty="No document is known."
  />
);

/** One document. */
export const DocumentPageView: FC<{
  page: DocumentPage;
  observing: Observing;
  /** Nicknames of the authorities, in the order in which they stand everywhere. */
  order: readonly string[];
}> = ({ page, observing, order }) => (
  <>
    <h1>
      {page.kind} <small class="hex">{page.sha256}</small>
    </h1>
    <Standing observing={observing} now={page.now} />
    <Lede sentence={page.sentence} />
    <div class="two">
      <section>
        <h2>Facts</h2>
        <FactList page={page} />
      </section>
      <section>
        <h2>Signatures</h2>
        <SignatureTable page={page} order={order} />
      </section>
    </div>
    <section data-live="problems">
      <h2>Problems</h2>
      <ProblemTable page={page} />
      {page.unrecognized.length === 0 ? null : (
        <>
          <h3>{formatCount(page.unrecognized.length, 'line')} we do not know</h3>
          <ul class="lines">
            {page.unrecognized.map((line) => (
              <li>
                <small>line {formatNumber(line.line)}</small> <code>{line.text}</code>
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
    <ServedBy page={page} order={order} />
    <Bytes page={page} />
    <Twins
      json={`/api/v1/documents/${page.sha256}`}
      csv={`/api/v1/documents/${page.sha256}.csv`}
      raw={`/documents/${page.sha256}/raw`}
      how="#documents"
    />
  </>
);

/** The bytes themselves, where there is something to see: signed lines have a bar, problems a note of their own. */
const Bytes: FC<{ page: DocumentPage }> = ({ page }) => (
  <section>
    <h2>
      The document{' '}
      <small>
        its beginning, every line with a problem, and its signatures; all {formatBytes(page.bytes)}:{' '}
        <a href={`/documents/${page.sha256}/raw`}>raw bytes</a>
      </small>
    </h2>
    <p class="key">
      <i class="signed" /> under the signatures <i class="unsigned" /> not under them
    </p>
    {page.excerpts.map((excerpt, index) => (
      <>
        {index === 0 ? null : <p class="gap">…</p>}
        <ExcerptLines excerpt={excerpt} />
      </>
    ))}
  </section>
);

const ExcerptLines: FC<{ excerpt: DocumentPage['excerpts'][number] }> = ({ excerpt }) => {
  const [first] = excerpt.lines;
  const last = excerpt.lines.at(-1);
  return (
    <Scroll label={`Lines ${first?.number} to ${last?.number}`}>
      <table class="bytes">
        <caption class="vh">
          Lines {first?.number} to {last?.number}
        </caption>
        <thead class="vh">
          <tr>
            <th scope="col">Line</th>
            <th scope="col">Text</th>
          </tr>
        </thead>
        <tbody>
          {excerpt.lines.map((line) => (
            <tr class={line.mark ?? undefined}>
              <th scope="row" class={line.signed ? 'signed' : 'unsigned'}>
                {line.number}
              </th>
              <td>
                <code>{line.text}</code>
                {line.note === null ? null : <small> {line.note}</small>}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
};

const FactList: FC<{ page: DocumentPage }> = ({ page }) => (
  <dl class="facts" data-live="facts">
    <dt>verdict</dt>
    <dd>
      <Words text={page.verdict} />
    </dd>
    <dt>of</dt>
    <dd>{page.authority === null ? 'all authorities' : <AuthorityLink nickname={page.authority} />}</dd>
    <dt>round</dt>
    <dd>
      {page.validAfter === null ? (
        <Missing reason="belongs to no round" />
      ) : (
        <RoundLink validAfter={page.validAfter} now={page.now} />
      )}
    </dd>
    <dt>first seen</dt>
    <dd>
      {page.firstSeen === null ? (
        <Missing reason={unseen} />
      ) : (
        <Time exact at={page.firstSeen} now={page.now} />
      )}
    </dd>
    {page.lastSeen === null ? null : (
      <>
        <dt>last seen</dt>
        <dd>
          <Age since={page.lastSeen} now={page.now} />
        </dd>
      </>
    )}
    {page.imported === null ? null : (
      <>
        <dt>from an archive</dt>
        <dd>
          <Time exact at={page.imported} now={page.now} />
        </dd>
      </>
    )}
    {page.facts.map((fact) => (
      <>
        <dt>{fact.name}</dt>
        <dd class="wrap">{fact.value}</dd>
      </>
    ))}
  </dl>
);

const SignatureTable: FC<{ page: DocumentPage; order: readonly string[] }> = ({ page, order }) => (
  <DataTable
    label="Signatures of this document"
    live="signatures"
    columns={[
      {
        name: 'Authority',
        cell: ({ authority }) =>
          order.includes(authority) ? <AuthorityLink nickname={authority} /> : authority,
      },
      { name: 'Good', cell: ({ good }) => <Mark value={good} label="good" /> },
      { name: 'What became of it', cell: ({ fate }) => fate, set: 'wrap' },
      { name: 'Algorithm', cell: ({ algorithm }) => algorithm },
    ]}
    rows={inOrder(page.signatures, order, ({ authority }) => authority)}
    keyOf={({ authority, algorithm }) => `${authority} ${algorithm}`}
    empty="It carries none."
  />
);

const ProblemTable: FC<{ page: DocumentPage }> = ({ page }) => (
  <DataTable
    label="Problems of this document, in its order"
    columns={[
      {
        name: 'Line',
        cell: ({ line, offset }) => (
          <>
            {formatNumber(line)} <small>byte {formatNumber(offset)}</small>
          </>
        ),
      },
      {
        name: 'Severity',
        cell: ({ severity }) => <Pill level={severity === 'error' ? 'bad' : 'warn'}>{severity}</Pill>,
      },
      { name: 'Keyword', cell: ({ keyword }) => keyword ?? <Missing reason="of no line by itself" /> },
      { name: 'Expected', cell: ({ expected }) => expected, set: 'wrap' },
      { name: 'Found', cell: ({ found }) => <code>{found}</code>, set: 'wrap' },
      { name: 'Code', cell: ({ code }) => code },
    ]}
    rows={page.problems}
    empty="None."
  />
);

const ServedBy: FC<{ page: DocumentPage; order: readonly string[] }> = ({ page, order }) => (
  <section data-live="served">
    <h2>Served by</h2>
    <DataTable
      label="Who served this document, and when we first and last got it there"
      columns={[
        { name: 'Authority', cell: ({ authority }) => <AuthorityLink nickname={authority} /> },
        { name: 'First seen', cell: ({ firstSeen }) => <Time exact at={firstSeen} now={page.now} /> },
        { name: 'Last seen', cell: ({ lastSeen }) => <Time exact at={lastSeen} now={page.now} /> },
      ]}
      rows={inOrder(page.servedBy, order, ({ authority }) => authority)}
      keyOf={({ authority }) => authority}
      empty={
        page.imported === null
          ? 'Nobody that we asked.'
          : 'Not known: it came out of an archive, nobody watched.'
      }
    />
  </section>
);
