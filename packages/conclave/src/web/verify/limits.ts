/** How much is judged at once: on the server, where others wait, and in a browser, which is the visitor's own. */
import type { AuthorityChoice, ReportLimits } from '../../judge/index.ts';

/** On the server. A consensus of the public network has 3 MB, a vote 5 MB. */
export const serverLimits: ReportLimits & { readonly bodyBytesMax: number; readonly judgeMs: number } = {
  bodyBytesMax: 12_000_000,
  bytesMax: 12_000_000,
  filesMax: 20,
  documentsMax: 200,
  judgeMs: 5_000,
};

/** In a browser: a whole round with its nine votes and both consensuses has about 52 MB. */
export const browserLimits: ReportLimits = {
  bytesMax: 256_000_000,
  filesMax: 100,
  documentsMax: 100_000,
};

/** The choices of whose word counts, as they are offered. */
export const choiceNames: Readonly<Record<AuthorityChoice, string>> = {
  named: 'either list below: whichever signed it',
  observatory: 'the authorities that this observatory watches',
  public: 'those of the public Tor network on the document’s day',
};

/** Reads a choice; what is none of them is the first. */
export function readChoice(text: unknown): AuthorityChoice {
  return text === 'observatory' || text === 'public' ? text : 'named';
}
