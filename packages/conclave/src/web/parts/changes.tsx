/**
 * What is different between two consensuses, in parts that several pages share: lines of the header, flags gained and
 * lost, relays that come and go. A relay leads to the explanation of its lines.
 */
import type { Child, FC } from 'hono/jsx';
import type { PreviewView } from '../../api/index.ts';
import { formatCount, formatNumber, formatSigned } from '../format.ts';
import { Missing, roundPath } from './basics.tsx';
import { DataTable } from './table.tsx';

/** The address at which the lines of a relay are explained. */
export function explainPath(validAfter: string, relay: string): string {
  return `${roundPath(validAfter)}/explain?relay=${encodeURIComponent(relay)}`;
}

/** A relay by name, linked to the explanation of its lines in a round. */
export const RelayLink: FC<{ validAfter: string; relay: { fingerprint: string; nickname: string } }> = ({
  validAfter,
  relay,
}) => (
  <>
    <a href={explainPath(validAfter, relay.fingerprint)}>{relay.nickname}</a>{' '}
    <small class="hex">{relay.fingerprint}</small>
  </>
);

/** A value of a document, or that it does not have one. */
export function valueOf(value: string | null): Child {
  return value === null ? <Missing reason="not there" /> : <code>{value}</code>;
}

/** Lines of the header that are different. */
export const HeaderTable: FC<{ header: PreviewView['header']; before: string; after: string }> = (props) => (
  <DataTable
    label="Lines of the header that change"
    columns={[
      { name: 'Line', cell: ({ name }) => name },
      { name: props.before, cell: ({ before }) => valueOf(before), set: 'wrap' },
      { name: props.after, cell: ({ after }) => valueOf(after), set: 'wrap' },
    ]}
    rows={props.header}
    keyOf={({ name }) => name}
    empty="No line of the header changes."
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
