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
  Mark,
  Missing,
  Pill,
  RoundLink,
  Scroll,
  Time,
} from '../parts/basics.tsx';
import { Older } from '../parts/older.tsx';
import { Lede, Standing, Twins } from '../parts/page.tsx';

/** The list of documents. */
export const DocumentsPage: FC<{ answer: Documents; observing: Observing; query: string }> = (props) => (
  <>
    <h1 class="vh">Documents</h1>
    <Standing observing={props.observing} now={props.answer.now} />
    <p class="lede unknown" data-live="lede">
      <b>Every document is kept as it came,</b> under the SHA-256 of its bytes; nothing is changed and nothing
      is thrown away because it was wrong.
    </p>
    {props.answer.documents.length === 0 ? (
      <p class="none">No document is known.</p>
    ) : (
      <DocumentTable documents={props.answer.documents} now={props.answer.now} />
    )}
    <Older older={props.answer.older} path="/documents" />
    <Twins
      json={`/api/v1/documents${props.query}`}
      csv={`/api/v1/documents.csv${props.query}`}
      how="#documents"
    />
  </>
);

const DocumentTable: FC<{ documents: Documents['documents']; now: string }> = ({ documents, now }) => (
  <Scroll label="Documents, newest first" live="documents">
    <table>
      <caption class="vh">Documents, newest first</caption>
      <thead>
        <tr>
          <th scope="col">Document</th>
          <th scope="col">Kind</th>
          <th scope="col">Of</th>
          <th scope="col">Round</th>
          <th scope="col">Verdict</th>
          <th scope="col" class="num">
            Size
          </th>
          <th scope="col">First seen</th>
          <th scope="col">Last seen</th>
        </tr>
      </thead>
      <tbody>
        {documents.map((document) => (
          <tr data-key={document.sha256}>
            <th scope="row">
              <DocumentLink sha256={document.sha256} />
            </th>
            <td>
              <a href={`/documents?kind=${encodeURIComponent(document.kind)}`}>{document.kind}</a>
            </td>
            <td>{document.authority === null ? 'all' : <AuthorityLink nickname={document.authority} />}</td>
            <td>
              {document.validAfter === null ? '–' : <RoundLink validAfter={document.validAfter} now={now} />}
            </td>
            <td class="wrap">{document.verdict}</td>
            <td class="num">{formatBytes(document.bytes)}</td>
            <td>
              <Time exact at={document.firstSeen} now={now} />
            </td>
            <td>
              <Age since={document.lastSeen} now={now} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  </Scroll>
);

/** One document. */
export const DocumentPageView: FC<{ page: DocumentPage; observing: Observing }> = ({ page, observing }) => (
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
        <SignatureTable page={page} />
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
    <ServedBy page={page} />
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
    <div class="scroll" tabindex={0} role="region" aria-label={`Lines ${first?.number} to ${last?.number}`}>
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
    </div>
  );
};

const FactList: FC<{ page: DocumentPage }> = ({ page }) => (
  <dl class="facts" data-live="facts">
    <dt>verdict</dt>
    <dd>{page.verdict}</dd>
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
      <Time exact at={page.firstSeen} now={page.now} />
    </dd>
    <dt>last seen</dt>
    <dd>
      <Age since={page.lastSeen} now={page.now} />
    </dd>
    {page.facts.map((fact) => (
      <>
        <dt>{fact.name}</dt>
        <dd class="wrap">{fact.value}</dd>
      </>
    ))}
  </dl>
);

const SignatureTable: FC<{ page: DocumentPage }> = ({ page }) =>
  page.signatures.length === 0 ? (
    <p class="none">It carries none.</p>
  ) : (
    <Scroll label="Signatures" live="signatures">
      <table>
        <caption class="vh">Signatures of this document</caption>
        <thead>
          <tr>
            <th scope="col">Authority</th>
            <th scope="col">Good</th>
            <th scope="col">What became of it</th>
            <th scope="col">Algorithm</th>
          </tr>
        </thead>
        <tbody>
          {page.signatures.map((signature) => (
            <tr data-key={`${signature.authority} ${signature.algorithm}`}>
              <th scope="row">{signature.authority}</th>
              <td>
                <Mark value={signature.good} label="good" />
              </td>
              <td class="wrap">{signature.fate}</td>
              <td>{signature.algorithm}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );

const ProblemTable: FC<{ page: DocumentPage }> = ({ page }) =>
  page.problems.length === 0 ? (
    <p class="none">None.</p>
  ) : (
    <Scroll label="Problems">
      <table>
        <caption class="vh">Problems of this document, in its order</caption>
        <thead>
          <tr>
            <th scope="col">Line</th>
            <th scope="col">Severity</th>
            <th scope="col">Keyword</th>
            <th scope="col">Expected</th>
            <th scope="col">Found</th>
            <th scope="col">Code</th>
          </tr>
        </thead>
        <tbody>
          {page.problems.map((problem) => (
            <tr>
              <th scope="row">
                {formatNumber(problem.line)} <small>byte {formatNumber(problem.offset)}</small>
              </th>
              <td>
                <Pill level={problem.severity === 'error' ? 'bad' : 'warn'}>{problem.severity}</Pill>
              </td>
              <td>{problem.keyword ?? '–'}</td>
              <td class="wrap">{problem.expected}</td>
              <td class="wrap">
                <code>{problem.found}</code>
              </td>
              <td>{problem.code}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );

const ServedBy: FC<{ page: DocumentPage }> = ({ page }) => (
  <section data-live="served">
    <h2>Served by</h2>
    {page.servedBy.length === 0 ? (
      <p class="none">Nobody that we asked.</p>
    ) : (
      <Scroll label="Who served this document">
        <table>
          <caption class="vh">Who served this document, and when we first and last got it there</caption>
          <thead>
            <tr>
              <th scope="col">Authority</th>
              <th scope="col">First seen</th>
              <th scope="col">Last seen</th>
            </tr>
          </thead>
          <tbody>
            {page.servedBy.map((by) => (
              <tr data-key={by.authority}>
                <th scope="row">
                  <AuthorityLink nickname={by.authority} />
                </th>
                <td>
                  <Time exact at={by.firstSeen} now={page.now} />
                </td>
                <td>
                  <Time exact at={by.lastSeen} now={page.now} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    )}
  </section>
);
