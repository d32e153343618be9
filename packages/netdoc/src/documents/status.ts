/** What a consensus and a vote have in common: they are network status documents (dir-spec 3.4.1). */
import { parseFingerprint } from '../base/index.ts';
import type { Fingerprint, Span, UnixSeconds } from '../base/index.ts';
import {
  argument,
  argumentList,
  argumentsOf,
  atMostOnce,
  exactlyOnce,
  lexer,
  lexItems,
  parseInteger,
  quoteText,
  readParams,
  readProtocols,
  readTime,
  refuseObject,
} from '../metaformat/index.ts';
import type { Item, Lexer, Multiplicity, ProblemList, Profile, Read, Row } from '../metaformat/index.ts';
import { scanRouters } from '../routers/index.ts';
import type { RoutersOf, RouterTable } from '../routers/index.ts';
import { skipAnnotations } from './annotations.ts';
import type { Beginning } from './annotations.ts';
import { readSignature, signedSpan } from './signature.ts';
import type { DirectorySignature } from './signature.ts';

/** Seconds allotted to voting and to distributing signatures before valid-after (`voting-delay`). */
export interface VotingDelay {
  readonly voteSeconds: number;
  readonly distSeconds: number;
}

/** A shared random value: how many reveals went into it, and the value, base64 with padding (srv-spec). */
export interface SharedRandomValue {
  readonly reveals: number;
  readonly value: string;
}

/** `dir-source`: who voted, from where. */
export interface DirSource {
  readonly nickname: string;
  readonly identity: Fingerprint;
  readonly hostname: string;
  readonly address: string;
  readonly dirPort: number;
  readonly orPort: number;
}

const readVotingDelay: Read<VotingDelay> = (item, wrong) => {
  const [vote, dist] = argumentsOf(item).map((text) => parseInteger(text, 2, 2 ** 31 - 1));
  if (vote === undefined || dist === undefined) return wrong('two delays of at least 2 seconds');
  return { voteSeconds: vote, distSeconds: dist };
};

/** Reads `NUM VALUE` of a shared-random line. */
const readSharedRandom: Read<SharedRandomValue> = (item, wrong) => {
  const [count, value] = argumentsOf(item);
  const reveals = parseInteger(count ?? '', 0, 2 ** 31 - 1);
  if (reveals === undefined || value === undefined || !/^[A-Za-z0-9+/]{43}=?$/.test(value))
    return wrong('a count and 32 bytes in base64');
  return { reveals, value };
};

/** Reads a `dir-source` line. */
export const readDirSource: Read<DirSource> = (item, wrong) => {
  const [nickname = '', id = '', hostname = '', address = '', dir = '', or = ''] = argumentsOf(item);
  const identity = parseFingerprint(id);
  const dirPort = parseInteger(dir, 0, 65_535);
  const orPort = parseInteger(or, 0, 65_535);
  if (
    !identity ||
    dirPort === undefined ||
    orPort === undefined ||
    !/^[A-Za-z0-9]{1,19}(-legacy)?$/.test(nickname)
  ) {
    return wrong('NICKNAME IDENTITY HOSTNAME ADDRESS DIRPORT ORPORT');
  }
  return { nickname, identity, hostname, address, dirPort, orPort };
};

/** The rows that both documents have. */
export const commonRows = {
  validAfter: exactlyOnce('valid-after', readTime),
  freshUntil: exactlyOnce('fresh-until', readTime),
  validUntil: exactlyOnce('valid-until', readTime),
  votingDelay: exactlyOnce('voting-delay', readVotingDelay),
  clientVersions: atMostOnce('client-versions', commaList),
  serverVersions: atMostOnce('server-versions', commaList),
  recommendedClientProtocols: atMostOnce('recommended-client-protocols', readProtocols),
  recommendedRelayProtocols: atMostOnce('recommended-relay-protocols', readProtocols),
  requiredClientProtocols: atMostOnce('required-client-protocols', readProtocols),
  requiredRelayProtocols: atMostOnce('required-relay-protocols', readProtocols),
  knownFlags: exactlyOnce('known-flags', argumentList),
  params: atMostOnce('params', readParams),
  sharedRandomPrevious: atMostOnce('shared-rand-previous-value', readSharedRandom),
  sharedRandomCurrent: atMostOnce('shared-rand-current-value', readSharedRandom),
} satisfies Readonly<Record<string, Row<unknown, Multiplicity>>>;

/** The row of `vote-status` with the one word it must have. */
export function statusRow<Word extends string>(word: Word): Row<Word, 'exactlyOnce'> {
  return exactlyOnce(
    'vote-status',
    argument(`"${word}"`, (text) => (text === word ? word : undefined)),
  );
}

function commaList(item: Item): readonly string[] {
  return item.rest === ''
    ? []
    : item.rest
        .split(',')
        .map((text) => text.trim())
        .filter((text) => text !== '');
}

/** A network status document taken apart: header items, router entries, footer items, signatures. */
export interface StatusParts {
  readonly header: readonly Item[];
  readonly routers: RouterTable;
  readonly footer: readonly Item[];
  readonly signatures: readonly DirectorySignature[];
  /** What the signatures are over. */
  readonly signed: Span | undefined;
  /** It ends in its footer, unsigned, and may. */
  readonly draft: boolean;
  /** Where `network-status-version` begins. */
  readonly start: number;
  /** The words after `network-status-version`. */
  readonly version: readonly string[];
}

const signatureKeyword = 'directory-signature';

/** Takes a document apart in one pass; `known` gives the kind of entries and the flags once the header is read. */
export function takeApart(
  bytes: Uint8Array,
  profile: Profile,
  problems: ProblemList,
  known: (header: readonly Item[]) => { readonly kind: RoutersOf; readonly knownFlags: readonly string[] },
): StatusParts {
  const begin = profile === 'archive' ? skipAnnotations(bytes) : { at: 0, line: 1 };
  const lex = lexer(bytes, problems, begin.at, bytes.length, begin.line);
  checkNul(bytes, problems);
  const header = lexItems(lex, endsHeader);
  const { kind, knownFlags } = known(header);
  checkFirst(header[0], begin, kind === 'vote' ? ['ns'] : ['ns', 'microdesc'], problems);
  const scanned = scanRouters(bytes, lex.at, lex.line, { kind, knownFlags, profile, problems });
  lex.at = scanned.at;
  lex.line = scanned.line;
  const footer = lexItems(lex, (keyword) => keyword === signatureKeyword);
  const signatureLine = lex.at;
  // tor keeps what it computed as an unsigned text that ends in its footer (`my-consensus-ns`); no authority serves one.
  const draft =
    profile === 'archive' && kind !== 'vote' && footer.some(({ keyword }) => keyword === 'directory-footer');
  const signatures = readSignatures(lex, problems, draft);
  const start = header[0]?.start ?? begin.at;
  const signed = signatureLine < bytes.length ? signedSpan(bytes, start, signatureLine) : undefined;
  const version = header[0]?.keyword === 'network-status-version' ? argumentsOf(header[0]) : [];
  return {
    header: header.slice(1),
    routers: scanned.table,
    footer,
    signatures,
    signed,
    draft: draft && signed === undefined,
    start,
    version,
  };
}

/** A NUL byte anywhere is fatal in tor (dir-spec 1.2). */
function checkNul(bytes: Uint8Array, problems: ProblemList): void {
  const offset = bytes.indexOf(0);
  if (offset < 0) return;
  let line = 1;
  for (let at = bytes.indexOf(10); at >= 0 && at < offset; at = bytes.indexOf(10, at + 1)) line += 1;
  problems.add({ severity: 'error', code: 'nul-byte', line, offset, expected: 'no NUL byte', found: 'one' });
}

function endsHeader(keyword: string): boolean {
  return keyword === 'r' || keyword === 'directory-footer' || keyword === signatureKeyword;
}

/** The first item, with the version, and the flavor that only a consensus of microdescriptors has (dir-spec 3.4.1, 3.9). */
function checkFirst(
  item: Item | undefined,
  begin: Beginning,
  flavors: readonly string[],
  problems: ProblemList,
): void {
  const keyword = 'network-status-version';
  const wrong = (expected: string, found: string): void => {
    const place = { line: item?.line ?? begin.line, offset: item?.start ?? begin.at };
    problems.add({ severity: 'error', code: 'not-this-document', ...place, keyword, expected, found });
  };
  if (item?.keyword !== keyword) {
    wrong(`${keyword} as the first item`, item ? quoteText(item.keyword) : 'nothing');
    return;
  }
  refuseObject(item, problems);
  const [version, flavor] = argumentsOf(item);
  if (version !== '3') wrong('version 3', quoteText(item.rest));
  else if (flavor !== undefined && !flavors.includes(flavor))
    wrong(`flavor ${flavors.join(' or ')}`, quoteText(flavor));
}

/** Everything from the first `directory-signature` on; anything else there is a problem. */
function readSignatures(lex: Lexer, problems: ProblemList, mayLack: boolean): DirectorySignature[] {
  const { end } = lex;
  const signatures: DirectorySignature[] = [];
  if (lex.at >= end && !mayLack) {
    problems.add({
      severity: 'error',
      code: 'truncated',
      line: lex.line,
      offset: lex.at,
      keyword: signatureKeyword,
      expected: `at least one ${signatureKeyword}`,
      found: 'the end of the document',
    });
  }
  for (const item of lexItems(lex)) {
    if (item.keyword === signatureKeyword) {
      const signature = readSignature(item, problems);
      if (signature) signatures.push(signature);
    } else {
      problems.add({
        severity: 'error',
        code: 'misplaced-item',
        line: item.line,
        offset: item.start,
        keyword: item.keyword.slice(0, 64),
        expected: `nothing but ${signatureKeyword} behind the first one`,
        found: quoteText(`${item.keyword} ${item.rest}`.trimEnd()),
      });
    }
  }
  return signatures;
}

/** The flags of a `known-flags` item among header items; the proper reading, with problems, comes later by the table. */
export function knownFlagsOf(header: readonly Item[]): readonly string[] {
  const item = header.find(({ keyword }) => keyword === 'known-flags');
  return item ? argumentsOf(item) : [];
}

/** The rules between times (dir-spec 3.4.1): in order, and far enough apart that voting fits between them. */
export function checkTimes(
  times: {
    readonly validAfter?: UnixSeconds;
    readonly freshUntil?: UnixSeconds;
    readonly validUntil?: UnixSeconds;
  },
  problems: ProblemList,
): void {
  const { validAfter, freshUntil, validUntil } = times;
  if (validAfter === undefined || freshUntil === undefined || validUntil === undefined) return;
  const wrong = (keyword: string, expected: string): void =>
    problems.add({
      severity: 'error',
      code: 'contradiction',
      line: 1,
      offset: 0,
      keyword,
      expected,
      found: 'an earlier time',
    });
  // The least intervals of a testing network; the public ones (300 s and 600 s) depend on tor's configuration.
  if (freshUntil < validAfter + 10) wrong('fresh-until', 'a time at least 10 s after valid-after');
  if (validUntil < validAfter + 20) wrong('valid-until', 'a time at least 20 s after valid-after');
  if (validUntil < freshUntil) wrong('valid-until', 'a time not before fresh-until');
}

/** known-flags must be strictly ascending bytewise and at most 64 (dir-spec 3.4.1; tor's limit). */
export function checkKnownFlags(flags: readonly string[] | undefined, problems: ProblemList): void {
  if (!flags) return;
  const add = (expected: string, found: string): void =>
    problems.add({
      severity: 'error',
      code: 'bad-order',
      line: 1,
      offset: 0,
      keyword: 'known-flags',
      expected,
      found,
    });
  if (flags.length > 64) add('at most 64 flags', String(flags.length));
  const unsorted = flags.findIndex((flag, index) => index > 0 && flag <= (flags[index - 1] as string));
  if (unsorted > 0) add('flags in ascending order, each once', flags[unsorted] as string);
}
