/**
 * What is different between two consensuses, in parts that several pages share: lines of the header, flags gained and
 * lost, relays that come and go. A relay leads to the explanation of its lines.
 */
import type { Child, FC } from 'hono/jsx';
import type { PreviewView } from '../../api/index.ts';
import { formatCount, formatNumber, formatSigned } from '../format.ts';
import { Missing, relayPath, roundPath } from './basics.tsx';
import { DataTable } from './table.tsx';

/** The address at which the lines of a relay are explained. */
export function explainPath(validAfter: string, relay: string): string {
  return `${roundPath(validAfter)}/explain?relay=${encodeURIComponent(relay)}`;
}

/** A relay by name, linked to its history; of a round, also to why that says so. */
export const RelayLink: FC<{
  relay: { readonly fingerprint: string; readonly nickname: string };
  validAfter?: string;
}> = ({ relay: { fingerprint, nickname }, validAfter }) => (
  <>
    <a href={relayPath(fingerprint)}>{nickname}</a> <small class="hex">{fingerprint}</small>
    {validAfter === undefined ? null : (
      <small>
        {' '}
        <a href={explainPath(validAfter, fingerprint)} aria-label={`Why the round says so of ${nickname}`}>
          why
        </a>
      </small>
    )}
  </>
);

/** A value of a document, or that it does not have one. */
export function valueOf(value: string | null): Child {
  return value === null ? <Missing reason="not there" /> : <code>{value}</code>;
}

type Header = PreviewView['header'];

/** These change from round to round, whatever happens: times, digests of votes, weights that follow from the relays. */
const everyRound: ReadonlySet<string> = new Set([
  'valid-after',
  'fresh-until',
  'valid-until',
  'vote-digest',
  'bandwidth-weights',
]);

/** Lines of the header that are different: in sight those that tell something, on demand those that always change. */
export const HeaderTable: FC<{ header: Header; before: string; after: string }> = (props) => {
  const isUsual = ({ name }: Header[number]): boolean => everyRound.has(name.split(' ', 1)[0] ?? '');
  const usual = props.header.filter(isUsual);
  const telling = props.header.filter((one) => !isUsual(one));
  return (
    <>
      <HeaderLines
        {...props}
        header={telling}
        empty={
          usual.length === 0 ? 'No line of the header changes.' : 'No line that says more than the round.'
        }
      />
      {usual.length === 0 ? null : (
        <details>
          <summary>{formatCount(usual.length, 'value')} of times, digests of votes and weights</summary>
          <HeaderLines {...props} header={usual} empty="" />
        </details>
      )}
    </>
  );
};

const HeaderLines: FC<{ header: Header; before: string; after: string; empty: string }> = (props) => (
  <DataTable
    label="Lines of the header that change"
    columns={[
      { name: 'Line', cell: ({ name }) => name },
      { name: props.before, cell: ({ before }) => valueOf(before), set: 'wrap' },
      { name: props.after, cell: ({ after }) => valueOf(after), set: 'wrap' },
    ]}
    rows={props.header}
    keyOf={({ name }) => name}
    empty={props.empty}
  />
);

/** Flags gained and lost by relays in both. */
export const FlagChanges: FC<{ flags: PreviewView['flags'] }> = ({ flags }) => (
  <DataTable
    label="Flags gained and lost by relays in both"
    columns={[
      { name: 'Flag', cell: ({ flag }) => flag },
      { name: 'Gained by', cell: ({ gained }) => formatNumber(gained), set: 'num' },
      { name: 'Lost by', cell: ({ lost }) => formatNumber(lost), set: 'num' },
      { name: 'Balance', cell: ({ gained, lost }) => formatSigned(gained - lost), set: 'num' },
    ]}
    rows={flags}
    keyOf={({ flag }) => flag}
    empty="No relay in both gains or loses a flag."
  />
);

/** Relays that come or go: how many, and on demand the first of them. */
export const RelayFold: FC<{
  relays: PreviewView['added'];
  words: string;
  validAfter: string;
  live: string;
}> = ({ relays, words, validAfter, live }) =>
  relays.count === 0 ? null : (
    <details>
      <summary>
        {formatCount(relays.count, 'relay')} {words}
        {relays.count > relays.first.length ? `; the first ${relays.first.length}` : ''}
      </summary>
      <ul class="lines" data-live={live}>
        {relays.first.map((relay) => (
          <li data-key={relay.fingerprint}>
            <RelayLink validAfter={validAfter} relay={relay} />
          </li>
        ))}
      </ul>
    </details>
  );
