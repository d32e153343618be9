/**
 * The tables, described once: DDL, inserts and row types follow from here. Times are milliseconds since the epoch, except
 * those of documents (`valid_after`, `published` …), which are seconds as the documents have them. Integers throughout:
 * engines bucket and compress them best.
 */

/** A column's type, the same in both engines. `integer32` is unsigned: half the room, where there are millions of rows. */
export type ColumnType = 'text' | 'integer' | 'integer32' | 'double' | 'boolean';

/**
 * A table: its columns in order, and the key that makes a row replace an earlier one (none: rows are only added). Rows of a
 * table with a slice come by columns, all those with one value of that column at once, and replace those that had it.
 */
export interface Table {
  readonly columns: Readonly<Record<string, ColumnType>>;
  readonly key: readonly string[];
  readonly slice?: string;
}

const optional = <T extends Readonly<Record<string, Table>>>(tables: T): T => tables;

/** All tables. */
export const tables = optional({
  /** One row: where the store stands in the journal, and what it was made by. */
  meta: { key: ['name'], columns: { name: 'text', value: 'text' } },
  authorities: {
    key: ['nickname'],
    columns: {
      nickname: 'text',
      position: 'integer',
      v3ident: 'text',
      fingerprint: 'text',
      ipv4: 'text',
      dir_port: 'integer',
      or_port: 'integer',
      ipv6: 'text',
      ipv6_port: 'integer',
      scanner: 'boolean',
    },
  },
  observations: {
    key: [],
    columns: {
      at: 'integer',
      vantage: 'text',
      authority: 'text',
      kind: 'text',
      subject: 'text',
      outcome: 'text',
      detail: 'text',
      status: 'integer',
      connect_ms: 'double',
      tls_ms: 'double',
      first_byte_ms: 'double',
      total_ms: 'double',
      clock_skew: 'double',
      sha256: 'text',
      bytes: 'integer',
      wire_bytes: 'integer',
    },
  },
  ticks: { key: [], columns: { at: 'integer', blind: 'boolean' } },
  /** One row for each distinct document; the bytes are in the archive. */
  documents: {
    key: ['sha256'],
    columns: {
      sha256: 'text',
      kind: 'text',
      flavor: 'text',
      valid_after: 'integer',
      identity: 'text',
      bytes: 'integer',
      first_seen: 'integer',
      last_seen: 'integer',
      digest: 'text',
      outcome: 'text',
      signers: 'integer',
      needed: 'integer',
      problems: 'integer',
      verdict: 'text',
    },
  },
  /**
   * Who served which document, when first and last. `via` is empty where the authority itself did; a copy that came by another
   * way has the name of that way there and no authority, so that it is never taken for one that an authority served.
   */
  copies: {
    key: ['sha256', 'authority', 'via'],
    columns: { sha256: 'text', authority: 'text', via: 'text', first_seen: 'integer', last_seen: 'integer' },
  },
  certificates: {
    key: ['identity', 'signing_key_digest', 'published'],
    columns: {
      identity: 'text',
      signing_key_digest: 'text',
      published: 'integer',
      expires: 'integer',
      identity_key_bits: 'integer',
      signing_key_bits: 'integer',
      faults: 'text',
      sha256: 'text',
      first_seen: 'integer',
    },
  },
  /** One row for each valid-after of which a consensus was seen; the figures are those of the accepted ns consensus. */
  rounds: {
    key: ['valid_after'],
    columns: {
      valid_after: 'integer',
      fresh_until: 'integer',
      valid_until: 'integer',
      vote_seconds: 'integer',
      dist_seconds: 'integer',
      ns_sha256: 'text',
      microdesc_sha256: 'text',
      first_seen: 'integer',
      method: 'integer',
      relays: 'integer',
      guards: 'integer',
      exits: 'integer',
      exits_without_bad_exit: 'integer',
      guard_exits: 'integer',
      weight_sum: 'double',
      votes: 'integer',
      signatures: 'integer',
      valid_signatures: 'integer',
      needed: 'integer',
      outcome: 'text',
      digests: 'integer',
      agreement: 'double',
      flags: 'text',
      versions: 'text',
      countries: 'text',
      scanners: 'text',
      ns_bytes: 'integer',
      microdesc_bytes: 'integer',
      /** Sums of consensus weights by class, without a unit; exits without BadExit. */
      guard_weight: 'double',
      exit_weight: 'double',
      guard_exit_weight: 'double',
      middle_weight: 'double',
      unmeasured: 'integer',
      /** Different `p` summaries. */
      policies: 'integer',
      /** Relays on a recommended version; null where none is recommended. */
      recommended: 'integer',
      /** Against the round directly before; null where that is not held. */
      added: 'integer',
      removed: 'integer',
      gained: 'integer',
      lost: 'integer',
      moved: 'integer',
      renamed: 'integer',
      rekeyed: 'integer',
      /** How often the consensus and its votes break a rule that always holds. */
      violations: 'integer',
      /** What these figures were made from: the same again is not computed again. */
      health_inputs: 'text',
      /** What descriptors advertise, in bits a second; null while they are held of too few relays of the class. */
      capacity_total: 'integer',
      capacity_guard: 'integer',
      capacity_exit: 'integer',
      capacity_guard_exit: 'integer',
      capacity_middle: 'integer',
    },
  },
  /** The health of a round in lists, as JSON; its numbers are in `rounds`. `against`: the round that it is compared with. */
  health: {
    key: ['valid_after'],
    columns: {
      valid_after: 'integer',
      against: 'integer',
      facts: 'text',
      methods: 'text',
      places: 'text',
      networks: 'text',
      invariants: 'text',
      churn: 'text',
      withdrawals: 'text',
      growth: 'text',
    },
  },
  /** Which authorities a consensus names as voters, with the digests of their votes. */
  sources: {
    key: ['valid_after', 'identity'],
    columns: {
      valid_after: 'integer',
      identity: 'text',
      vote_digest: 'text',
      differences: 'text',
      version: 'text',
    },
  },
  votes: {
    key: ['valid_after', 'identity', 'sha256'],
    columns: {
      valid_after: 'integer',
      identity: 'text',
      sha256: 'text',
      digest: 'text',
      published: 'integer',
      first_seen: 'integer',
      bytes: 'integer',
      outcome: 'text',
      verdict: 'text',
      relays: 'integer',
      running: 'integer',
      measured: 'integer',
      scanner: 'boolean',
      bandwidth_file_time: 'integer',
      usual_file_age: 'double',
      contact: 'text',
      flags: 'text',
      thresholds: 'text',
      equal: 'integer',
      decisions: 'integer',
      per_flag: 'text',
      /** The way by which it came, where no authority was seen to serve it; else null. */
      via: 'text',
    },
  },
  /** Signatures seen, detached or on a consensus; the earliest sight counts. */
  signatures: {
    key: ['valid_after', 'flavor', 'digest', 'identity'],
    columns: {
      valid_after: 'integer',
      flavor: 'text',
      digest: 'text',
      identity: 'text',
      algorithm: 'text',
      signing_key_digest: 'text',
      fate: 'text',
      first_seen: 'integer',
    },
  },
  /** The published consensus of each flavour held against what the votes that it names give; one row a flavour. */
  proofs: {
    key: ['valid_after', 'flavor'],
    columns: {
      valid_after: 'integer',
      flavor: 'text',
      /** The tick at which this verdict was first reached. */
      judged_at: 'integer',
      sha256: 'text',
      digest: 'text',
      recomputed_digest: 'text',
      verdict: 'text',
      cause: 'text',
      explanation: 'text',
      method: 'integer',
      votes_named: 'integer',
      votes_used: 'integer',
      missing: 'text',
      assumptions: 'text',
      differences: 'text',
      difference_count: 'integer',
      /** What it was judged by: the same again is not judged again. */
      inputs: 'text',
    },
  },
  /** What the votes held at a tick before publication make of the round. */
  previews: {
    key: ['valid_after', 'taken_at'],
    columns: {
      valid_after: 'integer',
      taken_at: 'integer',
      outcome: 'text',
      explanation: 'text',
      votes: 'text',
      missing: 'text',
      needed: 'integer',
      method: 'integer',
      relays: 'integer',
      ns_digest: 'text',
      microdesc_digest: 'text',
      against: 'integer',
      relays_before: 'integer',
      header: 'text',
      flags: 'text',
      added_count: 'integer',
      added: 'text',
      removed_count: 'integer',
      removed: 'text',
      published_ns: 'boolean',
      published_microdesc: 'boolean',
      same_votes: 'boolean',
      published_text: 'text',
    },
  },
  /** Which consensus an authority shows the detached signatures of before publication. */
  pending: {
    key: ['valid_after', 'authority', 'ns_digest'],
    columns: {
      valid_after: 'integer',
      authority: 'text',
      ns_digest: 'text',
      microdesc_digest: 'text',
      sha256: 'text',
      first_seen: 'integer',
      last_seen: 'integer',
      ns_signatures: 'integer',
      microdesc_signatures: 'integer',
      ns_good: 'integer',
      microdesc_good: 'integer',
      /** Fates of its own signatures; null where it shows none. */
      own_ns: 'text',
      own_microdesc: 'text',
      /** Of which votes this digest comes, where that was found. */
      explanation: 'text',
    },
  },
  /** Every relay ever listed, numbered in the order of first sight in the store; first and last among the rounds held. */
  relays: {
    key: ['relay'],
    columns: { relay: 'integer', fingerprint: 'text', first_round: 'integer', last_round: 'integer' },
  },
  /** The bit of `entries.flags` that each flag has. */
  flag_names: { key: ['flag'], columns: { flag: 'integer', name: 'text' } },
  /** Texts that repeat in `entries`, numbered from 1 in the order of first sight. */
  texts: { key: ['id'], columns: { id: 'integer', text: 'text' } },
  /** One row for each relay that the accepted ns consensus of a round lists. */
  entries: {
    key: [],
    slice: 'valid_after',
    columns: {
      valid_after: 'integer32',
      relay: 'integer32',
      /** Bits over `flag_names`. */
      flags: 'integer',
      weight: 'integer',
      unmeasured: 'boolean',
      /** Rows of `texts`; 0 where the entry has no such line. */
      version: 'integer32',
      policy: 'integer32',
      ipv4: 'integer32',
      or_port: 'integer32',
    },
  },
  /** The figures of each round, one row each: the numbers of `rounds`, capacities as `capacity:CLASS`, and `flag:NAME` with how many relays have that flag. */
  figures: {
    key: [],
    slice: 'valid_after',
    columns: { valid_after: 'integer32', figure: 'text', value: 'double' },
  },
  /** The figures of each UTC day, over the rounds held of it. */
  days: {
    key: [],
    slice: 'day',
    columns: {
      day: 'integer32',
      figure: 'text',
      least: 'double',
      mean: 'double',
      most: 'double',
      rounds: 'integer32',
    },
  },
  /** Sources beside the authorities: of each thing that one is asked for, the last try and what the last success gave. */
  feeds: {
    key: ['feed', 'subject'],
    columns: {
      feed: 'text',
      subject: 'text',
      url: 'text',
      period_seconds: 'integer',
      /** Whether it is configured now. */
      watched: 'boolean',
      last_try: 'integer',
      outcome: 'text',
      detail: 'text',
      status: 'integer',
      total_ms: 'double',
      /** Failed tries in a row, and the first of them. */
      failures: 'integer',
      failing_since: 'integer',
      last_success: 'integer',
      etag: 'text',
      last_modified: 'text',
      sha256: 'text',
      file: 'text',
      bytes: 'integer',
      wire_bytes: 'integer',
      /** Of when what it serves is, in seconds. */
      as_of: 'integer',
      facts: 'text',
    },
  },
  /** When a source had a round: how far an archive lags behind the authorities is a figure of its own. */
  feed_rounds: {
    key: ['feed', 'valid_after'],
    columns: {
      feed: 'text',
      valid_after: 'integer',
      /** When the source says that it wrote it, in seconds; null where it does not say. */
      stated_at: 'integer',
      /** When we first saw that it has it, in ms. */
      seen_at: 'integer',
      votes: 'integer',
    },
  },
  /** What a source says of relays that are authorities; who is not listed any more keeps what was said last. */
  feed_relays: {
    key: ['feed', 'fingerprint'],
    columns: {
      feed: 'text',
      fingerprint: 'text',
      nickname: 'text',
      /** When it was last listed: the answer's own time in seconds, and when it was asked, in ms. */
      published: 'integer',
      listed_at: 'integer',
      details: 'text',
      uptime: 'text',
      bandwidth: 'text',
    },
  },
  /** What server descriptors say, one row each, as many as there are places: each takes that of the one taken longest ago. */
  advertised: {
    key: ['place'],
    columns: {
      place: 'integer',
      /** Which in the order of arrival, from 0. */
      number: 'integer',
      digest: 'text',
      bytes_per_second: 'integer',
      platform: 'text',
      contact: 'text',
      /** Names of its families, with spaces between them. */
      families: 'text',
      /** Whence it came first: `authorities`, or a source. */
      via: 'text',
    },
  },
  /** Platforms and operators of the relays of a round, by the descriptors held that its consensus names. Weights have no unit. */
  described: {
    key: ['valid_after'],
    columns: {
      valid_after: 'integer',
      relays: 'integer',
      weight: 'double',
      described: 'integer',
      described_weight: 'double',
      /** Whence the descriptors came. */
      source: 'text',
      platforms: 'text',
      operators: 'text',
    },
  },
  /** How much the relays of a round could carry by the descriptors held, in bits a second, by class (`analysis/capacity.ts`). */
  capacities: {
    key: ['valid_after', 'class'],
    columns: {
      valid_after: 'integer',
      class: 'text',
      relays: 'integer',
      described: 'integer',
      bits_per_second: 'integer',
      source: 'text',
    },
  },
  /** Every document that came out of an archive: from where, under which name, and of which round it is. */
  archived: {
    key: ['sha256', 'source', 'name'],
    columns: {
      sha256: 'text',
      source: 'text',
      name: 'text',
      kind: 'text',
      valid_after: 'integer',
      /** When it was imported, in ms. */
      at: 'integer',
    },
  },
  /** Rounds out of archives: when each was judged last, and what came of it. */
  archived_rounds: {
    key: ['valid_after'],
    columns: { valid_after: 'integer', judged_at: 'integer', outcome: 'text' },
  },
  /** Files of archives that were read to their end, for documents of a span. */
  archived_files: {
    key: ['source', 'name', 'sha256', 'since', 'until'],
    columns: {
      source: 'text',
      name: 'text',
      sha256: 'text',
      since: 'integer',
      until: 'integer',
      documents: 'integer',
      at: 'integer',
    },
  },
  /** Key certificates out of archives, by which documents out of archives are judged. */
  archived_certificates: {
    key: ['sha256'],
    columns: { sha256: 'text', identity: 'text', published: 'integer', expires: 'integer', at: 'integer' },
  },
  /**
   * Rounds as they were seen, as JSON, where archives brought more of them: the live line goes on from these, the other tables
   * have the whole.
   */
  seen_rounds: { key: ['valid_after'], columns: { valid_after: 'integer', seen: 'text' } },
  /** Lines of the journal that named authorities, where they say something new: what they say, as JSON. */
  authority_lines: { key: ['kind', 'said_at'], columns: { kind: 'text', said_at: 'integer', said: 'text' } },
  states: {
    key: ['nickname'],
    columns: { nickname: 'text', condition: 'text', since: 'integer', text: 'text', state: 'text' },
  },
  /** Every finding when it began to be found and each time its severity changed. */
  findings: {
    key: [],
    columns: {
      at: 'integer',
      check: 'text',
      authority: 'text',
      severity: 'text',
      title: 'text',
      message: 'text',
      link: 'text',
    },
  },
  alerts: {
    key: ['id'],
    columns: {
      id: 'text',
      check: 'text',
      category: 'text',
      severity: 'text',
      title: 'text',
      message: 'text',
      authority: 'text',
      since: 'integer',
      last_seen: 'integer',
      resolved_at: 'integer',
      link: 'text',
    },
  },
  events: {
    key: ['id'],
    columns: {
      id: 'text',
      at: 'integer',
      rule: 'text',
      level: 'text',
      text: 'text',
      authority: 'text',
      valid_after: 'integer',
      link: 'text',
    },
  },
} as const satisfies Readonly<Record<string, Table>>);

/** The name of a table. */
export type TableName = keyof typeof tables;

interface ValueOf {
  readonly text: string;
  readonly integer: number;
  readonly integer32: number;
  readonly double: number;
  readonly boolean: boolean;
}

/** A row of a table; null where the value is absent. */
export type Row<Name extends TableName> = {
  readonly [Column in keyof (typeof tables)[Name]['columns']]:
    | ((typeof tables)[Name]['columns'][Column] extends ColumnType
        ? ValueOf[(typeof tables)[Name]['columns'][Column]]
        : never)
    | null;
};

/** Rows of a table by column, all columns of one length; null where the value is absent. */
export type Columns<Name extends TableName> = {
  readonly [Column in keyof Row<Name>]: ArrayLike<Row<Name>[Column]>;
};

type Sliced<Name extends TableName> = Name extends unknown
  ? (typeof tables)[Name] extends { readonly slice: string }
    ? Name
    : never
  : never;

/** The name of a table whose rows come by slices. */
export type SlicedName = Sliced<TableName>;
