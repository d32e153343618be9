/**
 * The port between the API and whoever knows the answers.
 */
import type {
  Alerts,
  Authorities,
  AuthorityPage,
  Certificates,
  ChurnSeries,
  DiffAnswer,
  DocumentPage,
  Documents,
  ErrorCode,
  Events,
  ExplainAnswer,
  Health,
  LiveMessage,
  NextRound,
  RelayHistory,
  Relays,
  Series,
  RoundPage,
  Rounds,
  Sources,
  Status,
  Trends,
  WhatIfAnswer,
} from './contract.ts';

/** A question that is not answered although it is well formed: it asks for what cannot be, or it comes at a bad moment. */
export interface Declined {
  readonly declined: Extract<ErrorCode, 'bad-request' | 'not-yet' | 'busy'>;
  readonly message: string;
}

/** What a consensus would be without these. */
export interface WhatIfQuery {
  /** The round; the newest unless given. */
  readonly at?: string;
  /** Nicknames of authorities. */
  readonly without: readonly string[];
  /** Two letters: without the authorities there. */
  readonly country?: string;
  /** The number of an AS, with or without `AS` before it: without the authorities in that network. */
  readonly as?: string;
}

/** Which lines of which consensus are asked about: those of a relay, or those that begin with a keyword, or both. */
export interface ExplainQuery {
  readonly validAfter: string;
  readonly flavor: 'ns' | 'microdesc';
  readonly relay?: string;
  readonly keyword?: string;
}

/** Which figures over which time; a span and a step are chosen where none is given. */
export interface SeriesQuery {
  /** Their names in the store. */
  readonly figures: readonly string[];
  readonly from?: string;
  readonly until?: string;
  readonly step?: 'hour' | 'round' | 'day';
}

/** A file for allium, made when it is read. */
export interface AlliumFile {
  readonly etag: string;
  /** When the newest vote in it was learned, in ms. */
  readonly modifiedAt: number;
  /** The round, in seconds. */
  readonly validAfter: number;
  readonly pieces: () => AsyncGenerator<string>;
}

/** Whether a question was declined. */
export function isDeclined(answer: object | undefined): answer is Declined {
  return answer !== undefined && 'declined' in answer;
}

/**
 * What the API is made of: one question, one answer. The daemon supplies it from the store; tests supply fixtures. A
 * question about something unknown is answered with undefined (404).
 */
export interface Answers {
  status(): Promise<Status>;
  authorities(): Promise<Authorities>;
  authority(nickname: string): Promise<AuthorityPage | undefined>;
  rounds(query: { readonly before?: string; readonly limit: number }): Promise<Rounds>;
  round(validAfter: string): Promise<RoundPage | undefined>;
  /** One round's consensus against the rules and the round before: the newest, or that of this valid-after. */
  health(query: { readonly at?: string }): Promise<Health | Declined | undefined>;
  /** The newest round against the same hour some time before. */
  trends(): Promise<Trends | Declined>;
  /** Who came and went, round by round. */
  churn(query: { readonly from?: string; readonly until?: string }): Promise<ChurnSeries | Declined>;
  /** The coming round. */
  next(): Promise<NextRound>;
  whatIf(query: WhatIfQuery): Promise<WhatIfAnswer | Declined | undefined>;
  /** Two rounds' consensuses, relay by relay. */
  diff(query: { readonly from?: string; readonly to?: string }): Promise<DiffAnswer | Declined | undefined>;
  /** Figures over time. */
  series(query: SeriesQuery): Promise<Series | Declined | undefined>;
  /** Relays by part of a nickname or the beginning of a fingerprint. */
  relays(query: { readonly search: string; readonly limit: number }): Promise<Relays | Declined>;
  /** One relay over time; the span is the year up to the newest round unless given. */
  relayHistory(query: {
    readonly fingerprint: string;
    readonly from?: string;
    readonly until?: string;
  }): Promise<RelayHistory | Declined | undefined>;
  explain(query: ExplainQuery): Promise<ExplainAnswer | Declined | undefined>;
  documents(query: {
    readonly before?: string;
    readonly kind?: string;
    readonly limit: number;
  }): Promise<Documents>;
  document(sha256: string): Promise<DocumentPage | undefined>;
  /** The key certificates that are kept. */
  certificates(): Promise<Certificates>;
  /** Everything that is asked, and how fresh it is. */
  sources(): Promise<Sources>;
  /** The votes of a round as allium keeps them; of the newest unless a time is given. */
  allium(at?: string): Promise<AlliumFile | undefined>;
  /** The raw bytes, as they came. */
  raw(sha256: string): Promise<Uint8Array | undefined>;
  alerts(): Promise<Alerts>;
  events(query: {
    readonly before?: string;
    readonly rule?: string;
    readonly authority?: string;
    readonly limit: number;
  }): Promise<Events>;
  /** Grows with every change. */
  revision(): number;
  /** Calls back at each change until the returned function is called. */
  onChange(listener: (message: Omit<LiveMessage, 'sentAt'>) => void): () => void;
}
