/** The list of documents, and one document with its bytes, its verdict, its problems. */
import {
  formatTime,
  parseConsensus,
  parseDetachedSignatures,
  parseKeyCertificates,
  parseVote,
} from '@conclave/netdoc';
import type { Consensus, Parsed, Problem, Span, UnrecognizedLine, Vote } from '@conclave/netdoc';
import type { DocumentPage, Documents, Sentence } from '../api/index.ts';
import type { Row } from '../store/index.ts';
import { cursorText, isoOfMs, isoOrNull, metaOf, readCursor } from './context.ts';
import type { AnswerSources } from './context.ts';
import { excerptsOf } from './excerpts.ts';

/** Answers `/api/v1/documents`. */
export async function documentsAnswer(
  sources: AnswerSources,
  query: { readonly before?: string; readonly kind?: string; readonly limit: number },
): Promise<Documents> {
  const { store } = sources;
  const meta = await metaOf(sources);
  const { before, name } = readCursor(query.before, '~');
  const rows = await store.query('olderDocuments', {
    before,
    sha256: name,
    kind: query.kind ?? '',
    limit: query.limit + 1,
  });
  const names = await nicknames(sources);
  const shown = rows.slice(0, query.limit);
  const last = shown.at(-1);
  const kind = query.kind === undefined ? '' : `&kind=${encodeURIComponent(query.kind)}`;
  return {
    network: meta.network,
    now: isoOfMs(sources.now()),
    revision: sources.revision(),
    documents: shown.map((row) => summary(row, names)),
    older:
      rows.length > query.limit && last
        ? `/documents?before=${cursorText(last.first_seen, last.sha256)}${kind}`
        : null,
  };
}

async function nicknames({ store }: AnswerSources): Promise<ReadonlyMap<string, string>> {
  return new Map(
    (await store.query('authorities')).map(({ v3ident, nickname }) => [v3ident ?? '', nickname ?? '']),
  );
}

function summary(row: Row<'documents'>, names: ReadonlyMap<string, string>): Documents['documents'][number] {
  return {
    sha256: row.sha256 ?? '',
    kind: row.flavor === null ? (row.kind ?? '') : `${row.kind} (${row.flavor})`,
    bytes: row.bytes ?? 0,
    firstSeen: isoOfMs(row.first_seen ?? 0),
    lastSeen: isoOfMs(row.last_seen ?? 0),
    validAfter: isoOrNull(row.valid_after),
    authority: row.identity === null ? null : (names.get(row.identity) ?? null),
    verdict: row.verdict ?? '',
  };
}

/** What reading the bytes again tells. */
interface Reading {
  readonly problems: readonly Problem[];
  readonly unrecognized: readonly UnrecognizedLine[];
  /** What its signatures are over, where it is one span. */
  readonly signed: Span | undefined;
  readonly facts: readonly { readonly name: string; readonly value: string }[];
}

/** Answers `/api/v1/documents/{sha256}`. */
export async function documentAnswer(
  sources: AnswerSources,
  sha256: string,
): Promise<DocumentPage | undefined> {
  const { store, archive } = sources;
  const [row] = await store.query('document', { sha256 });
  const bytes = row && (await archive.read(sha256));
  if (!row || !bytes) return undefined;
  const meta = await metaOf(sources);
  const names = await nicknames(sources);
  const reading = read(row, bytes);
  const signatures =
    row.valid_after === null ? [] : await store.query('signaturesOf', { valid_after: row.valid_after });
  return {
    ...summary(row, names),
    network: meta.network,
    now: isoOfMs(sources.now()),
    revision: sources.revision(),
    sentence: sentenceOf(row),
    raw: `/documents/${sha256}/raw`,
    facts: [...reading.facts],
    signatures: signatures
      .filter(
        ({ digest, flavor }) => row.kind === 'consensus' && digest === row.digest && flavor === row.flavor,
      )
      .map(({ identity, algorithm, fate }) => ({
        authority: names.get(identity ?? '') ?? identity ?? '',
        algorithm: algorithm ?? '',
        fate: fate ?? '',
        good: fate === 'good',
      })),
    problems: reading.problems.map(({ severity, code, line, offset, keyword, expected, found }) => ({
      severity,
      code,
      line,
      offset,
      keyword: keyword ?? null,
      expected,
      found,
    })),
    unrecognized: reading.unrecognized.slice(0, 100).map(({ line, text }) => ({ line, text })),
    servedBy: (await store.query('copiesOf', { sha256 })).map((copy) => ({
      authority: copy.authority ?? '',
      firstSeen: isoOfMs(copy.first_seen ?? 0),
      lastSeen: isoOfMs(copy.last_seen ?? 0),
    })),
    excerpts: excerptsOf(bytes, reading),
  };
}

function sentenceOf(row: Row<'documents'>): Sentence {
  const level = row.outcome === 'accepted' ? 'ok' : row.outcome === 'rejected' ? 'bad' : 'unknown';
  const [headline = '', detail = ''] = (row.verdict ?? '').split(/(?<=^[^:.]+)[:.]\s*/, 2);
  return { level, headline: `${headline}.`, detail: detail.charAt(0).toUpperCase() + detail.slice(1) };
}

function fact(name: string, value: string | number | undefined): { name: string; value: string }[] {
  return value === undefined ? [] : [{ name, value: String(value) }];
}

function read(row: Row<'documents'>, bytes: Uint8Array): Reading {
  switch (row.kind) {
    case 'consensus':
      return consensusReading(parseConsensus(bytes, { profile: 'tor-0.4.9' }));
    case 'vote':
      return voteReading(parseVote(bytes, { profile: 'tor-0.4.9' }));
    case 'certificates':
      return certificatesReading(bytes);
    case 'signatures': {
      const { document, problems, unrecognized } = parseDetachedSignatures(bytes);
      return {
        problems,
        unrecognized,
        signed: undefined,
        facts: [
          ...fact('consensus digest', document?.consensusDigest),
          ...fact('signatures', document?.signatures.length),
        ],
      };
    }
    default:
      return { problems: [], unrecognized: [], signed: undefined, facts: [] };
  }
}

function statusFacts({ partial }: Parsed<Consensus> | Parsed<Vote>): { name: string; value: string }[] {
  const { validAfter, freshUntil, validUntil, routers, knownFlags } = partial;
  return [
    ...fact('valid-after', validAfter === undefined ? undefined : formatTime(validAfter)),
    ...fact('fresh-until', freshUntil === undefined ? undefined : formatTime(freshUntil)),
    ...fact('valid-until', validUntil === undefined ? undefined : formatTime(validUntil)),
    ...fact('relays', routers?.count),
    ...fact('known-flags', knownFlags?.join(' ')),
  ];
}

function consensusReading(parsed: Parsed<Consensus>): Reading {
  const { partial, problems, unrecognized } = parsed;
  const facts = [
    ...fact('flavour', partial.flavor),
    ...fact('consensus-method', partial.consensusMethod),
    ...statusFacts(parsed),
    ...fact('voters', partial.authorities?.map(({ nickname }) => nickname).join(', ')),
    ...fact('shared random', partial.sharedRandomCurrent?.value),
  ];
  return { problems, unrecognized, signed: partial.signed, facts };
}

function voteReading(parsed: Parsed<Vote>): Reading {
  const { partial, problems, unrecognized } = parsed;
  const facts = [
    ...fact('voter', partial.source?.nickname),
    ...fact('contact', partial.contact),
    ...fact('published', partial.published === undefined ? undefined : formatTime(partial.published)),
    ...statusFacts(parsed),
    ...fact('consensus-methods', partial.consensusMethods?.join(' ')),
    ...fact('bandwidth file', partial.bandwidthFileDigest),
  ];
  return { problems, unrecognized, signed: partial.signed, facts };
}

function certificatesReading(bytes: Uint8Array): Reading {
  const certificates = parseKeyCertificates(bytes);
  return {
    problems: certificates.flatMap(({ problems }) => problems),
    unrecognized: certificates.flatMap(({ unrecognized }) => unrecognized),
    signed: certificates.length === 1 ? certificates[0]?.partial.signed : undefined,
    facts: certificates.flatMap(({ document }) =>
      document
        ? fact(document.fingerprint, `${formatTime(document.published)} to ${formatTime(document.expires)}`)
        : [],
    ),
  };
}
