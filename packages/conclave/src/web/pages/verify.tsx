/**
 * Verify: is this document genuine? With script the visitor's own browser judges it, and this page's policy lets its
 * script open no connection; without script a form sends it here, where it is judged in the same words and not kept.
 */
import type { FC } from 'hono/jsx';
import type { Certificates } from '../../api/index.ts';
import type { AuthorityChoice, Report } from '../../judge/index.ts';
import { formatCount, formatNumber } from '../format.ts';
import { DocumentLink, Time } from '../parts/basics.tsx';
import { Twins } from '../parts/page.tsx';
import { ReportView } from '../parts/report.tsx';
import { DataTable } from '../parts/table.tsx';
import { type SampleName, samples } from '../verify/samples.ts';
import { choiceNames, serverLimits } from '../verify/limits.ts';

/** What the page shows. */
export interface VerifyProps {
  readonly certificates: Certificates;
  readonly choice: AuthorityChoice;
  /** What the server judged, where it was asked to. */
  readonly judged?: { readonly report: Report; readonly sample?: SampleName };
  /** Where the worker's script is; undefined where there is none. */
  readonly worker: string | undefined;
}

const megabyte = 1_000_000;

/** The page. */
export const VerifyPage: FC<VerifyProps> = ({ certificates, choice, judged, worker }) => (
  <>
    <h1 class="vh">Verify</h1>
    <div id="report" aria-live="polite" tabindex={-1}>
      {judged === undefined ? <Question /> : <Judged judged={judged} />}
    </div>
    <Form choice={choice} worker={worker} network={certificates.network} />
    <Samples />
    <Trust certificates={certificates} />
    <Twins json="/api/v1/certificates" csv="/api/v1/certificates.csv" how="#verify" />
  </>
);

const Question: FC = () => (
  <p class="lede unknown">
    <b>Is this document genuine?</b> Bring a consensus, a vote, certificates, detached signatures or relays’
    descriptors; several together vouch for each other.
  </p>
);

const Judged: FC<{ judged: NonNullable<VerifyProps['judged']> }> = ({ judged: { report, sample } }) => (
  <>
    <ReportView report={report} />
    <p class="note">
      {sample === undefined
        ? 'Judged by this observatory. What you sent was not kept.'
        : `Judged by this observatory: ${samples[sample]}.`}
    </p>
  </>
);

const Form: FC<{ choice: AuthorityChoice; worker: string | undefined; network: string }> = (props) => (
  <form
    id="verify"
    class="drop"
    method="post"
    action="/verify"
    enctype="multipart/form-data"
    {...(props.worker === undefined ? {} : { 'data-worker': props.worker })}
    data-network={props.network}
  >
    <p>
      <label for="files">Documents</label>{' '}
      <input id="files" type="file" name="files" multiple aria-describedby="privacy" />{' '}
      <span data-scripted hidden>
        or drop them anywhere on this page
      </span>
    </p>
    <p>
      <label for="choice">Whose word counts</label>{' '}
      <select id="choice" name="authorities">
        {Object.entries(choiceNames).map(([value, name]) => (
          <option value={value} selected={value === props.choice}>
            {name}
          </option>
        ))}
      </select>
    </p>
    <details>
      <summary>Paste instead</summary>
      <p>
        <label for="text">The text of a document</label>
        <textarea id="text" name="text" rows={8} spellcheck={false} autocomplete="off"></textarea>
      </p>
    </details>
    <p>
      <button type="submit" data-here="Verify in this browser">
        Send and verify
      </button>{' '}
      <span id="working" role="status"></span>
    </p>
    <p id="privacy" class="note">
      <span data-scripted hidden>
        <b>Nothing is uploaded.</b> Your browser reads the files, and netdoc judges them in it. The
        certificates are already on this page, and its policy (<code>connect-src 'none'</code>) lets its
        script open no connection; your browser’s network panel shows none.
      </span>
      <span data-unscripted>
        <b>Without script the files are sent to this observatory,</b> which judges them in memory and keeps
        neither them nor their names. At most {formatNumber(serverLimits.bytesMax / megabyte)} MB unpacked,{' '}
        {serverLimits.filesMax} files and {formatNumber(serverLimits.documentsMax)} documents at once, one
        visitor at a time. With script nothing leaves your browser.
      </span>
    </p>
  </form>
);

const Samples: FC = () => (
  <section>
    <h2>Try it</h2>
    <p class="note">
      Made just now of the newest consensus that this observatory accepted. Save one and bring it here, or let
      the observatory judge it.
    </p>
    <DataTable
      label="Samples to try"
      columns={[
        {
          name: 'Sample',
          cell: ([name, what]) => (
            <>
              {name} <small class="under">{what}</small>
            </>
          ),
        },
        {
          name: 'Save it',
          cell: ([name]) => (
            <a href={`/verify/sample/${name}`} download={`consensus-${name}`}>
              consensus-{name}
            </a>
          ),
        },
        { name: 'Judged here', cell: ([name]) => <a href={`/verify?sample=${name}`}>verdict on {name}</a> },
      ]}
      rows={Object.entries(samples)}
    />
  </section>
);

const Trust: FC<{ certificates: Certificates }> = ({ certificates: { authorities, certificates, now } }) => (
  <section>
    <h2>By what it is judged</h2>
    <p>
      More than half of the authorities have to have signed exactly the bytes of a consensus: authorities are
      counted, not signatures. A vote carries its own certificate. The authorities are those that this
      observatory watches ({formatNumber(authorities.length)} that vote), or those of the public Tor network
      on the document’s own day, which the code of this page lists; a document may choose between the two by
      who signed it, and the verdict says which were asked. Certificates and lifetimes are judged at the
      document’s own time.
    </p>
    <p>
      This observatory’s certificates save you bringing some; nobody has to believe them, because each is
      checked against the authority’s own identity key. Who trusts neither this server nor its scripts uses{' '}
      <code>conclave verify</code> on their own machine, which says the same words.
    </p>
    <DataTable
      label="Authorities that this observatory watches"
      columns={[
        { name: 'Authority', cell: ({ nickname }) => <span data-nickname>{nickname}</span> },
        { name: 'v3 identity', cell: ({ v3ident }) => <span data-v3ident>{v3ident}</span>, set: 'hex' },
        {
          name: 'Certificates kept',
          cell: ({ v3ident }) =>
            certificates
              .filter(({ identity }) => identity === v3ident)
              .map(({ sha256, published, expires }, index) => (
                <>
                  {index === 0 ? '' : '; '}
                  <DocumentLink sha256={sha256} />{' '}
                  <small>
                    <Time at={published} now={now} /> to <Time at={expires} now={now} />
                  </small>
                </>
              )),
          set: 'wrap',
        },
      ]}
      rows={authorities}
      keyOf={({ v3ident }) => v3ident}
      empty="n/a: none is known yet."
    />
    <details class="fold">
      <summary>{formatCount(certificates.length, 'certificate')}, as kept here</summary>
      <pre id="certificates" tabindex={0} aria-label="Key certificates">
        {certificates.map(({ text }) => text).join('')}
      </pre>
    </details>
  </section>
);
