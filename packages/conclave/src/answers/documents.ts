/** The list of documents, and one document with its bytes, its verdict, its problems. */
import type { DocumentPage, Documents, Sentence } from '../api/index.ts';
import type { Row } from '../store/index.ts';
import { cursorText, isoMsOrNull, isoOfMs, isoOrNull, metaOf, readCursor } from './context.ts';
import type { AnswerSources } from './context.ts';
import { excerptsOf } from './excerpts.ts';
import { fromArchivesAlone, namesEver, readAuthorities } from './past.ts';
import { readAgain } from './readings.ts';
import type { Reading } from './readings.ts';

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
  const names = namesEver(await readAuthorities(store));
  const shown = rows.slice(0, query.limit);
  const came = await fromArchivesAlone(
    store,
    shown.map(({ sha256 }) => sha256),
  );
  const last = shown.at(-1);
  const kind = query.kind === undefined ? '' : `&kind=${encodeURIComponent(query.kind)}`;
  return {
    network: meta.network,
    now: isoOfMs(sources.now()),
    revision: sources.revision(),
    documents: shown.map((row) => summary(row, names, came)),
    older:
      rows.length > query.limit && last
        ? `/documents?before=${cursorText(last.first_seen, last.sha256)}${kind}`
        : null,
  };
}

/** `came`: when archives brought those of which nobody is known to have served them, in ms. */
function summary(
  row: Row<'documents'>,
  names: ReadonlyMap<string, string>,
  came: ReadonlyMap<string, number>,
): Documents['documents'][number] {
  const imported = came.get(row.sha256 ?? '');
  const seen = (at: number | null): string | null => (imported === undefined ? isoMsOrNull(at) : null);
  return {
    sha256: row.sha256 ?? '',
    kind: row.flavor === null ? (row.kind ?? '') : `${row.kind} (${row.flavor})`,
    bytes: row.bytes ?? 0,
    firstSeen: seen(row.first_seen),
    lastSeen: seen(row.last_seen),
    imported: isoMsOrNull(imported),
    validAfter: isoOrNull(row.valid_after),
    authority: row.identity === null ? null : (names.get(row.identity) ?? null),
    verdict: row.verdict ?? '',
  };
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
  const names = namesEver(await readAuthorities(store));
  const came = await fromArchivesAlone(store, [sha256]);
  const reading = readAgain(row.kind ?? '', bytes);
  const signatures =
    row.valid_after === null ? [] : await store.query('signaturesOf', { valid_after: row.valid_after });
  return {
    ...summary(row, names, came),
    network: meta.network,
    now: isoOfMs(sources.now()),
    revision: sources.revision(),
    sentence: sentenceOf(row),
    raw: `/documents/${sha256}/raw`,
    facts: [...reading.facts, ...(await namingFacts(sources, row))],
    signatures: signatures
      .filter((one) => isOn(one, row, reading))
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

/** Whether a signature is on this consensus, or is one of these detached signatures. */
function isOn(
  { digest, flavor, identity }: Row<'signatures'>,
  row: Row<'documents'>,
  { detached }: Reading,
): boolean {
  if (row.kind === 'consensus') return digest === row.digest && flavor === row.flavor;
  return detached.some((one) => one.digest === digest && one.flavor === flavor && one.identity === identity);
}

/** Whether the consensus of its round names a vote. */
async function namingFacts(
  { store }: AnswerSources,
  { kind, valid_after, identity, digest }: Row<'documents'>,
): Promise<DocumentPage['facts']> {
  if (kind !== 'vote' || valid_after === null) return [];
  const named = await store.query('sourcesOf', { valid_after });
  const own = named.find((one) => one.identity === identity);
  const value =
    named.length === 0
      ? 'no consensus of its round is known'
      : !own
        ? 'the consensus of its round does not name its voter'
        : own.vote_digest === digest
          ? 'the consensus of its round was made from it'
          : `the consensus of its round was made from another vote, ${own.vote_digest}`;
  return [{ name: 'consensus', value }];
}

function sentenceOf(row: Row<'documents'>): Sentence {
  const level = row.outcome === 'accepted' ? 'ok' : row.outcome === 'rejected' ? 'bad' : 'unknown';
  const [headline = '', detail = ''] = (row.verdict ?? '').split(/(?<=^[^:.]+)[:.]\s*/, 2);
  return { level, headline: `${headline}.`, detail: detail.charAt(0).toUpperCase() + detail.slice(1) };
}
