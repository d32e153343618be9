/**
 * The port between the API and whoever knows the answers.
 */
import type {
  Alerts,
  Authorities,
  AuthorityPage,
  DocumentPage,
  Documents,
  Events,
  LiveMessage,
  RoundPage,
  Rounds,
  Status,
} from './contract.ts';

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
  documents(query: {
    readonly before?: string;
    readonly kind?: string;
    readonly limit: number;
  }): Promise<Documents>;
  document(sha256: string): Promise<DocumentPage | undefined>;
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
