/** A vote made ready for counting: what it says, as bytes tor would compare, and its entries as words. */
import { toHex } from '../base/index.ts';
import type { Fingerprint } from '../base/index.ts';
import { sha1 } from '../crypto/index.ts';
import type { Vote } from '../documents/index.ts';
import { compareIdentity, present } from '../routers/index.ts';
import type { RouterTable } from '../routers/index.ts';
import { byteText, headerTexts } from './byte-text.ts';
import { splitVersions } from './versions.ts';

/** The four protocol lines in the order of a consensus, which is not that of a vote. */
export const protocolLines = [
  { keyword: 'recommended-client-protocols', field: 'recommendedClientProtocols' },
  { keyword: 'recommended-relay-protocols', field: 'recommendedRelayProtocols' },
  { keyword: 'required-client-protocols', field: 'requiredClientProtocols' },
  { keyword: 'required-relay-protocols', field: 'requiredRelayProtocols' },
] as const;

/** What the header of a vote says, in texts of one character for each byte. */
export interface BallotHeader {
  readonly clientVersions: readonly string[] | undefined;
  readonly serverVersions: readonly string[] | undefined;
  readonly packages: readonly string[];
  readonly params: readonly string[];
  readonly knownFlags: readonly string[];
  readonly contact: string;
  readonly hostname: string;
}

/** The entries of a vote, in ascending order of identity, and their columns as words that are compared at once. */
export interface Entries {
  readonly table: RouterTable;
  readonly count: number;
  /** Rows in ascending order, each identity once; undefined where the table stands so already. */
  readonly order: Uint32Array | undefined;
  readonly descriptors: Uint32Array;
  readonly ed25519: Uint32Array;
  readonly microdescs: Uint32Array;
  /** The first `m` line of each entry; entry `count` is behind the last. */
  readonly firstMicrodesc: Uint32Array;
}

/** A vote made ready. */
export interface Ballot {
  readonly vote: Vote;
  readonly identity: Fingerprint;
  /** SHA-1 of what its authority signed. */
  readonly digest: string;
  readonly header: BallotHeader;
  readonly entries: Entries;
  /** Some entry of it has a measured bandwidth. */
  readonly measures: boolean;
}

/** Makes a vote ready. */
export function ballotOf(vote: Vote): Ballot {
  const { bytes, signed, routers } = vote;
  return {
    vote,
    identity: vote.source.identity,
    digest: toHex(sha1(bytes.subarray(signed.start, signed.end))),
    header: headerOf(vote),
    entries: entriesOf(routers),
    measures: routers.present.some((bits) => (bits & present.measured) !== 0),
  };
}

function headerOf(vote: Vote): BallotHeader {
  const versions = (keyword: string, list: readonly string[] | undefined): readonly string[] | undefined => {
    if (!list) return undefined;
    const [line = ''] = headerTexts(vote, keyword, [list.join(',')]);
    return splitVersions(line);
  };
  const words = (keyword: string, list: readonly string[]): readonly string[] => {
    const [line = ''] = headerTexts(vote, keyword, [list.join(' ')]);
    return line.split(/[ \t\r#]+/).filter((word) => word !== '');
  };
  const [contact = ''] = headerTexts(vote, 'contact', [vote.contact]);
  return {
    clientVersions: versions('client-versions', vote.clientVersions),
    serverVersions: versions('server-versions', vote.serverVersions),
    packages: headerTexts(vote, 'package', vote.packages),
    params: words('params', vote.paramTexts ?? []),
    knownFlags: words('known-flags', vote.knownFlags),
    contact,
    hostname: byteText(vote.source.hostname),
  };
}

/** The same memory as words where it stands at a word's boundary, else a copy. Only equality is asked of them. */
function wordsOf(column: Uint8Array): Uint32Array {
  const aligned = column.byteOffset % 4 === 0 ? column : column.slice();
  return new Uint32Array(aligned.buffer, aligned.byteOffset, aligned.byteLength >> 2);
}

function entriesOf(table: RouterTable): Entries {
  const { count, votedMicrodescs } = table;
  const firstMicrodesc = new Uint32Array(count + 1);
  let line = 0;
  for (let row = 0; row <= count; row += 1) {
    while (line < votedMicrodescs.count && (votedMicrodescs.router[line] as number) < row) line += 1;
    firstMicrodesc[row] = line;
  }
  const order = ascending(table) ? undefined : sortedRows(table);
  return {
    table,
    count: order?.length ?? count,
    order,
    descriptors: wordsOf(table.descriptorDigest),
    ed25519: wordsOf(table.ed25519),
    microdescs: wordsOf(votedMicrodescs.sha256),
    firstMicrodesc,
  };
}

function ascending({ identity, count }: RouterTable): boolean {
  for (let row = 1; row < count; row += 1) {
    if (compareIdentity(identity, (row - 1) * 20, identity, row * 20) >= 0) return false;
  }
  return true;
}

/** tor refuses a vote whose entries are out of order; here the first entry of each relay counts. */
function sortedRows({ identity, count }: RouterTable): Uint32Array {
  const rows = Uint32Array.from({ length: count }, (_, row) => row);
  rows.sort((a, b) => compareIdentity(identity, a * 20, identity, b * 20) || a - b);
  return rows.filter(
    (row, index) =>
      index === 0 || compareIdentity(identity, (rows[index - 1] as number) * 20, identity, row * 20) !== 0,
  );
}
