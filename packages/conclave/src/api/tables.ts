/**
 * Which columns each answer has as CSV: the flat part of the same JSON, under the same names, nothing computed here.
 */
import type {
  AlertView,
  AuthorityPage,
  AuthorityRow,
  Certificates,
  ChurnSeries,
  DiffAnswer,
  DocumentPage,
  Documents,
  EventView,
  ExplainAnswer,
  Health,
  NextRound,
  RelayHistory,
  Relays,
  RoundPage,
  Rounds,
  Trends,
  Sources,
  Series,
  WhatIfAnswer,
} from './contract.ts';
import type { Cell, Table } from './csv.ts';

type Columns<T> = readonly (readonly [name: string, value: (item: T) => Cell])[];

/** The authority table of the status page, one row an authority. */
export function authorityTable(rows: readonly AuthorityRow[]): Table {
  return table(authorityColumns, rows);
}

/** One authority: its probes, newest first. */
export function probeTable(page: AuthorityPage): Table {
  return table(probeColumns, page.probes);
}

/** The list of rounds. */
export function roundTable(rounds: Rounds): Table {
  return table(roundColumns, rounds.rounds);
}

/** One round: what became of it at each authority. */
export function roundAuthorityTable(page: RoundPage): Table {
  return table(roundAuthorityColumns, page.authorities);
}

/** The list of documents. */
export function documentTable(documents: Documents): Table {
  return table(documentColumns, documents.documents);
}

/** One document: its problems, in the order of the document. */
export function problemTable(page: DocumentPage): Table {
  return table(problemColumns, page.problems);
}

/** The key certificates, without their text. */
export function certificateTable(certificates: Certificates['certificates']): Table {
  return table(certificateColumns, certificates);
}

/** The sources: what each is asked for. */
export function sourceTable({ sources }: Sources): Table {
  const rows = sources.flatMap(({ source, questions }) => questions.map((one) => ({ source, ...one })));
  return table(sourceColumns, rows);
}

/** The alerts. */
export function alertTable(alerts: readonly AlertView[]): Table {
  return table(alertColumns, alerts);
}

/** The events, newest first. */
export function eventTable(events: readonly EventView[]): Table {
  return table(eventColumns, events);
}

/** The coming round: whose vote was seen, and where. */
export function nextTable(answer: NextRound): Table {
  return table(nextColumns, answer.votes);
}

/** The health of a round: its flags, then its classes of relays. */
export function healthTable({ flags, classes }: Health): Table {
  const rest = { weight: null, weightShare: null, bitsPerSecond: null, described: null };
  return table(healthColumns, [
    ...flags.map(({ flag, relays, share }) => ({ kind: 'flag', name: flag, relays, share, ...rest })),
    ...classes.map(({ capacity, ...row }) => ({
      kind: 'class',
      ...row,
      bitsPerSecond: capacity.value?.bitsPerSecond ?? null,
      described: capacity.value?.described ?? null,
    })),
  ]);
}

/** The trends: each figure with each span. */
export function trendTable({ rows, validAfter }: Trends): Table {
  return table(
    trendColumns,
    rows.flatMap(({ before, now, ...row }) =>
      before.map((past) => ({ ...row, past, now: now.value, at: validAfter })),
    ),
  );
}

/** Who came and went. */
export function churnTable({ rows }: ChurnSeries): Table {
  return table(churnColumns, rows);
}

/** The relays that would come or go. */
export function whatIfTable({ added, removed }: WhatIfAnswer): Table {
  return table(
    [['change', ({ change }) => change], ...relayColumns],
    [...marked('added', added.first), ...marked('removed', removed.first)],
  );
}

/** The relays that two consensuses differ in. */
export function diffTable({ added, removed, changed }: DiffAnswer): Table {
  const rest = { gained: [], lost: [], fields: [], flags: [] };
  return table(diffColumns, [
    ...marked('added', added).map((one) => ({ ...rest, ...one })),
    ...marked('removed', removed).map((one) => ({ ...rest, ...one })),
    ...marked('changed', changed).map((one) => ({ ...rest, ...one })),
  ]);
}

/** Figures over time, one below the other; a gap is an empty cell. */
export function seriesTable({ times, rounds, series }: Series): Table {
  const steps = series.flatMap(({ figure, values, least, most }) =>
    times.map((at, index) => ({
      figure,
      at,
      rounds: rounds[index] ?? 0,
      value: values[index] ?? null,
      least: least?.[index] ?? null,
      most: most?.[index] ?? null,
    })),
  );
  return table(stepColumns, steps);
}

/** Relays that were looked for. */
export function relayTable(relays: Relays['relays']): Table {
  return table(foundColumns, relays);
}

/** One relay: the intervals in which it was listed the same way. */
export function relayHistoryTable({ intervals }: RelayHistory): Table {
  return table(intervalColumns, intervals);
}

/** Each line with what each vote gave to it. */
export function explainTable({ lines }: ExplainAnswer): Table {
  return table(
    explainColumns,
    lines.flatMap((line) => line.given.map((given) => ({ ...line, ...given }))),
  );
}

function marked<T extends object>(change: string, items: readonly T[]): (T & { readonly change: string })[] {
  return items.map((item) => ({ ...item, change }));
}

function table<T>(columns: Columns<T>, items: readonly T[]): Table {
  return {
    columns: columns.map(([name]) => name),
    rows: items.map((item) => columns.map(([, value]) => value(item))),
  };
}

const authorityColumns: Columns<AuthorityRow> = [
  ['nickname', (a) => a.nickname],
  ['votes', (a) => a.votes],
  ['v3ident', (a) => a.v3ident],
  ['fingerprint', (a) => a.fingerprint],
  ['address', (a) => a.address],
  ['dir_port', (a) => a.dirPort],
  ['or_port', (a) => a.orPort],
  ['ipv6', (a) => a.ipv6],
  ['state', (a) => a.state],
  ['state_text', (a) => a.stateText],
  ['state_since', (a) => a.stateSince],
  ['level', (a) => a.level],
  ['last_probe', (a) => a.lastProbe],
  ['vote_in_consensus', (a) => a.vote.inConsensus.value],
  ['vote_retrievable', (a) => a.vote.retrievable.value],
  ['signed', (a) => a.vote.signed.value],
  ['newest_vote', (a) => a.newestVote],
  ['scan_state', (a) => a.scan.state],
  ['scan_text', (a) => a.scan.text],
  ['measured', (a) => a.scan.measured],
  ['running', (a) => a.scan.running],
  ['bandwidth_file_age_seconds', (a) => a.scan.fileAgeSeconds],
  ['agreement', (a) => a.agreement.value],
  ['agreement_reason', (a) => a.agreement.reason ?? null],
  ['connect_ms', (a) => a.latency.connectMs],
  ['first_byte_ms', (a) => a.latency.firstByteMs],
  ['total_ms', (a) => a.latency.totalMs],
  ['latency_probes', (a) => a.latency.probes],
  ['latency_bytes', (a) => a.latency.bytes],
  ['baseline_first_byte_ms', (a) => a.latency.baselineFirstByteMs],
  ['first_byte_limit_ms', (a) => a.latency.limitMs],
  ['slow', (a) => a.latency.slow],
  ['clock_skew_seconds', (a) => a.clockSkewSeconds.value],
  ['certificate_expires', (a) => a.certificate.expires],
  ['certificate_remaining_seconds', (a) => a.certificate.remainingSeconds],
  ['version', (a) => a.version.value],
  ['or_port_ipv4', (a) => a.orPortIpv4.value],
  ['or_port_ipv6', (a) => a.orPortIpv6.value],
  ['differences', (a) => a.differences.join('; ')],
];

const probeColumns: Columns<AuthorityPage['probes'][number]> = [
  ['at', (p) => p.at],
  ['subject', (p) => p.subject],
  ['outcome', (p) => p.outcome],
  ['detail', (p) => p.detail],
  ['status', (p) => p.status],
  ['connect_ms', (p) => p.connectMs],
  ['first_byte_ms', (p) => p.firstByteMs],
  ['total_ms', (p) => p.totalMs],
  ['clock_skew_seconds', (p) => p.clockSkewSeconds],
  ['sha256', (p) => p.sha256],
  ['bytes', (p) => p.bytes],
  ['wire_bytes', (p) => p.wireBytes],
];

const roundColumns: Columns<Rounds['rounds'][number]> = [
  ['valid_after', (r) => r.validAfter],
  ['level', (r) => r.level],
  ['text', (r) => r.text],
  ['relays', (r) => r.relays],
  ['votes', (r) => r.votes],
  ['signatures', (r) => r.signatures],
  ['agreement', (r) => r.agreement],
  ['digests', (r) => r.digests],
];

const roundAuthorityColumns: Columns<RoundPage['authorities'][number]> = [
  ['nickname', (a) => a.nickname],
  ['mark', (a) => a.mark],
  ['text', (a) => a.text],
  ['vote_sha256', (a) => a.voteSha256],
  ['vote_digest', (a) => a.voteDigest],
  ['vote_published', (a) => a.votePublished],
  ['vote_first_seen', (a) => a.voteFirstSeen],
  ['vote_seen_at', (a) => a.voteSeenAt.join(' ')],
  ['vote_bytes', (a) => a.voteBytes],
  ['vote_verdict', (a) => a.voteVerdict],
  ['in_consensus', (a) => a.inConsensus],
  ['relays', (a) => a.relays],
  ['running', (a) => a.running],
  ['measured', (a) => a.measured],
  ['agreement', (a) => a.agreement],
  ['signature_first_seen', (a) => a.signatureFirstSeen],
  ['signed_ns', (a) => a.signed.ns],
  ['signed_microdesc', (a) => a.signed.microdesc],
  ['consensus_first_served', (a) => a.consensusFirstServed],
];

const documentColumns: Columns<Documents['documents'][number]> = [
  ['sha256', (d) => d.sha256],
  ['kind', (d) => d.kind],
  ['bytes', (d) => d.bytes],
  ['first_seen', (d) => d.firstSeen],
  ['last_seen', (d) => d.lastSeen],
  ['imported', (d) => d.imported],
  ['valid_after', (d) => d.validAfter],
  ['authority', (d) => d.authority],
  ['verdict', (d) => d.verdict],
];

const sourceColumns: Columns<Sources['sources'][number]['questions'][number] & { readonly source: string }> =
  [
    ['source', (row) => row.source],
    ['subject', (row) => row.subject],
    ['level', (row) => row.level],
    ['outcome', (row) => row.outcome],
    ['detail', (row) => row.detail],
    ['status', (row) => row.status],
    ['last_try', (row) => row.lastTry],
    ['last_success', (row) => row.lastSuccess],
    ['age_seconds', (row) => row.ageSeconds],
    ['failures', (row) => row.failures],
    ['failing_since', (row) => row.failingSince],
    ['as_of', (row) => row.asOf],
    ['file', (row) => row.file],
    ['sha256', (row) => row.sha256],
    ['bytes', (row) => row.bytes],
    ['wire_bytes', (row) => row.wireBytes],
    ['total_ms', (row) => row.totalMs],
  ];

const certificateColumns: Columns<Certificates['certificates'][number]> = [
  ['authority', (c) => c.authority],
  ['identity', (c) => c.identity],
  ['signing_key_digest', (c) => c.signingKeyDigest],
  ['published', (c) => c.published],
  ['expires', (c) => c.expires],
  ['sha256', (c) => c.sha256],
];

const problemColumns: Columns<DocumentPage['problems'][number]> = [
  ['severity', (p) => p.severity],
  ['code', (p) => p.code],
  ['line', (p) => p.line],
  ['offset', (p) => p.offset],
  ['keyword', (p) => p.keyword],
  ['expected', (p) => p.expected],
  ['found', (p) => p.found],
];

const alertColumns: Columns<AlertView> = [
  ['id', (a) => a.id],
  ['check', (a) => a.check],
  ['category', (a) => a.category],
  ['severity', (a) => a.severity],
  ['state', (a) => a.state],
  ['title', (a) => a.title],
  ['message', (a) => a.message],
  ['authority', (a) => a.authority],
  ['since', (a) => a.since],
  ['last_seen', (a) => a.lastSeen],
  ['resolved_at', (a) => a.resolvedAt],
  ['link', (a) => a.link],
];

const eventColumns: Columns<EventView> = [
  ['id', (e) => e.id],
  ['at', (e) => e.at],
  ['rule', (e) => e.rule],
  ['level', (e) => e.level],
  ['text', (e) => e.text],
  ['authority', (e) => e.authority],
  ['valid_after', (e) => e.validAfter],
  ['link', (e) => e.link],
];

const nextColumns: Columns<NextRound['votes'][number]> = [
  ['authority', (v) => v.authority],
  ['state', (v) => v.state],
  ['sha256', (v) => v.sha256],
  ['digest', (v) => v.digest],
  ['published', (v) => v.published],
  ['first_seen', (v) => v.firstSeen],
  ['seen_at', (v) => v.seenAt.join(' ')],
  ['relays', (v) => v.relays],
  ['text', (v) => v.text],
];

interface HealthLine {
  readonly kind: string;
  readonly name: string;
  readonly relays: number;
  readonly share: number | null;
  readonly weight: number | null;
  readonly weightShare: number | null;
  readonly bitsPerSecond: number | null;
  readonly described: number | null;
}

const healthColumns: Columns<HealthLine> = [
  ['kind', (line) => line.kind],
  ['name', (line) => line.name],
  ['relays', (line) => line.relays],
  ['share', (line) => line.share],
  ['weight', (line) => line.weight],
  ['weight_share', (line) => line.weightShare],
  ['bits_per_second', (line) => line.bitsPerSecond],
  ['described', (line) => line.described],
];

type TrendLine = Pick<Trends['rows'][number], 'figure' | 'unit'> & {
  readonly at: string;
  readonly now: number | null;
  readonly past: Trends['rows'][number]['before'][number];
};

const trendColumns: Columns<TrendLine> = [
  ['figure', (line) => line.figure],
  ['unit', (line) => line.unit],
  ['valid_after', (line) => line.at],
  ['now', (line) => line.now],
  ['span', (line) => line.past.span],
  ['then', (line) => line.past.validAfter],
  ['value', (line) => line.past.value],
  ['difference', (line) => line.past.difference],
  ['reason', (line) => line.past.reason ?? null],
];

const churnColumns: Columns<ChurnSeries['rows'][number]> = [
  ['valid_after', (row) => row.validAfter],
  ['held', (row) => row.held],
  ['relays', (row) => row.relays],
  ['added', (row) => row.added],
  ['removed', (row) => row.removed],
  ['gained', (row) => row.gained],
  ['lost', (row) => row.lost],
  ['moved', (row) => row.moved],
  ['renamed', (row) => row.renamed],
  ['rekeyed', (row) => row.rekeyed],
];

interface MarkedRelay {
  readonly change: string;
  readonly fingerprint: string;
  readonly nickname: string;
}

const relayColumns: Columns<MarkedRelay> = [
  ['fingerprint', (r) => r.fingerprint],
  ['nickname', (r) => r.nickname],
];

type DiffRelay = MarkedRelay & {
  readonly address?: string;
  readonly flags: readonly string[];
} & Pick<DiffAnswer['changed'][number], 'gained' | 'lost' | 'fields'>;

const diffColumns: Columns<DiffRelay> = [
  ['change', (r) => r.change],
  ...relayColumns,
  ['address', (r) => r.address ?? null],
  ['flags', (r) => r.flags.join(' ')],
  ['gained', (r) => r.gained.join(' ')],
  ['lost', (r) => r.lost.join(' ')],
  [
    'fields',
    (r) =>
      r.fields.map(({ field, before, after }) => `${field}: ${before ?? ''} > ${after ?? ''}`).join('; '),
  ],
];

interface Step {
  readonly figure: string;
  readonly at: string;
  readonly rounds: number;
  readonly value: number | null;
  readonly least: number | null;
  readonly most: number | null;
}

const stepColumns: Columns<Step> = [
  ['figure', (s) => s.figure],
  ['at', (s) => s.at],
  ['rounds', (s) => s.rounds],
  ['value', (s) => s.value],
  ['least', (s) => s.least],
  ['most', (s) => s.most],
];

const foundColumns: Columns<Relays['relays'][number]> = [
  ['fingerprint', (r) => r.fingerprint],
  ['nickname', (r) => r.nickname],
  ['address', (r) => r.address],
  ['flags', (r) => r.flags?.join(' ') ?? null],
  ['last_listed', (r) => r.lastListed],
];

const intervalColumns: Columns<RelayHistory['intervals'][number]> = [
  ['first', (i) => i.first],
  ['last', (i) => i.last],
  ['rounds', (i) => i.rounds],
  ['flags', (i) => i.flags.join(' ')],
  ['version', (i) => i.version],
  ['policy', (i) => i.policy],
  ['address', (i) => i.address],
  ['least_weight', (i) => i.weight?.least ?? null],
  ['mean_weight', (i) => i.weight?.mean ?? null],
  ['most_weight', (i) => i.weight?.most ?? null],
  ['unmeasured', (i) => i.unmeasured],
];

type ExplainedLine = ExplainAnswer['lines'][number];

const explainColumns: Columns<ExplainedLine & ExplainedLine['given'][number]> = [
  ['line', (e) => e.line],
  ['text', (e) => e.text],
  ['rule', (e) => e.rule],
  ['clause', (e) => e.clause],
  ['authority', (e) => e.authority],
  ['identity', (e) => e.identity],
  ['value', (e) => e.value],
  ['counted', (e) => e.counted],
  ['note', (e) => e.note],
];
