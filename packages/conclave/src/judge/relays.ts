/** The judgement of what relays sign themselves: server descriptors and extra-infos, one or a file full of them. */
import {
  formatTime,
  sha1,
  toHex,
  verifyExtraInfo,
  verifyServerDescriptor,
  type CheckOutcome,
  type DescriptorVerdict,
  type DocumentCheck,
  type ExtraInfo,
  type ServerDescriptor,
  type UnixSeconds,
} from '@conclave/netdoc';
import { kindNames, type FileDocumentOf } from './documents.ts';
import { count, plural, timeText, type Tone } from './words.ts';
import {
  exitOf,
  isMalformed,
  jsonHead,
  jsonProblems,
  malformedText,
  worstOutcome,
  type Cell,
  type Told,
} from './told.ts';
import type { Backing } from './backing.ts';
import type { Trust, Ways } from './judge.ts';

/** A document that a relay signed itself. */
export type RelayDocument = FileDocumentOf<'server-descriptor'> | FileDocumentOf<'extra-info'>;

/** What became of one of them. */
interface Checked {
  readonly document: RelayDocument;
  readonly verdict: DescriptorVerdict;
  readonly nickname: string;
  readonly fingerprint: string;
  /** An extra-info whose relay's descriptor was not given. */
  readonly alone: boolean;
  readonly ways: Ways;
}

const words: Readonly<Record<CheckOutcome, readonly [tone: Tone, words: string]>> = {
  good: ['good', 'good'],
  wrong: ['bad', 'wrong'],
  expired: ['bad', 'expired'],
  absent: ['faint', 'nothing there to check'],
  unchecked: ['open', 'open'],
};

/** Judges one, check by check, or many, of which those are shown that are not genuine. */
export function judgeRelayDocuments(documents: readonly RelayDocument[], { backing, at, ways }: Trust): Told {
  const all = documents.map((document) => ({ ...check(document, backing, at), ways }));
  const [first] = all;
  if (first && all.length === 1) return toldOfOne(first, at);
  return toldOfMany(all, at);
}

function check(
  document: RelayDocument,
  backing: Backing,
  at: UnixSeconds | undefined,
): Omit<Checked, 'ways'> {
  const time = at === undefined ? {} : { at };
  if (document.kind === 'server-descriptor') {
    const { partial } = document.parsed;
    const key = partial.signingKey;
    const { verdict } = verifyServerDescriptor(document.parsed, time);
    const fingerprint = partial.fingerprint ?? partial.routerDigest ?? (key ? toHex(sha1(key)) : '–');
    return { document, verdict, nickname: partial.router?.nickname ?? '–', fingerprint, alone: false };
  }
  const { partial } = document.parsed;
  const descriptor = descriptorOf(partial, backing);
  const { verdict } = verifyExtraInfo(document.parsed, { ...time, ...(descriptor ? { descriptor } : {}) });
  const { nickname = '–', fingerprint = '–' } = partial;
  return { document, verdict, nickname, fingerprint, alone: !descriptor };
}

/** The descriptor that names this extra-info; otherwise the one of the same time, or the last that was given. */
function descriptorOf(extraInfo: Partial<ExtraInfo>, backing: Backing): ServerDescriptor | undefined {
  const { bytes, signed, fingerprint, published } = extraInfo;
  const list = fingerprint === undefined ? [] : (backing.descriptors.get(fingerprint) ?? []);
  const digest = bytes && signed && toHex(sha1(bytes.subarray(signed.start, signed.end)));
  return (
    list.find(({ extraInfoDigest }) => extraInfoDigest?.sha1 === digest) ??
    list.find((descriptor) => descriptor.published === published) ??
    list.at(-1)
  );
}

function toldOfOne(checked: Checked, at: UnixSeconds | undefined): Told {
  const { document, verdict } = checked;
  const own = at === undefined ? "the document's own published" : '--at';
  return {
    document: document,
    outcome: verdict.outcome,
    sentence: sentenceOf(checked),
    tables: [{ head: ['check', 'outcome'], rows: verdict.checks.map(checkRow) }],
    basis: [
      `Judged at ${timeText(verdict.at)} (${own}).`,
      ...(verdict.digest === undefined ? [] : [`Digest of the signed part: ${verdict.digest}.`]),
    ],
    json: () => [jsonOf(checked, at)],
  };
}

function checkRow({ name, outcome, detail }: DocumentCheck): Cell[] {
  const [tone, word] = words[outcome];
  return [name, [tone, detail === '' ? word : `${word}: ${detail}`]];
}

function sentenceOf(checked: Checked): string {
  const { document, verdict, nickname, fingerprint } = checked;
  switch (verdict.outcome) {
    case 'accepted': {
      const whose =
        document.kind === 'server-descriptor' ? 'signed by its own keys' : 'as its descriptor names it';
      const published = document.parsed.partial.published;
      return `Genuine: the ${kindNames[document.kind][0]} of ${nickname} (${fingerprint}), ${whose}; published ${timeText(published)}`;
    }
    case 'rejected':
      return `Not genuine: ${whyNot(checked)}`;
    case 'undecided':
      return `Undecided: ${whyNot(checked)}`;
  }
}

/** Why one is not accepted: the checks that failed, or those that could not be made. */
function whyNot({ document, verdict, alone, ways }: Checked): string {
  if (isMalformed(document)) return malformedText(document);
  const failed = verdict.checks.filter(({ outcome }) => outcome === 'wrong' || outcome === 'expired');
  if (failed.length > 0) return listed(failed);
  if (alone) return `no server descriptor of this relay was given (${ways.backing})`;
  return listed(verdict.checks.filter(({ outcome }) => outcome === 'unchecked'));
}

function listed(checks: readonly DocumentCheck[]): string {
  return checks
    .map(({ name, outcome, detail }) => `${name} ${words[outcome][1]}${detail === '' ? '' : ` (${detail})`}`)
    .join('; ');
}

/** How many of those that are not genuine get a line of their own. */
const shownMax = 50;

function toldOfMany(all: readonly Checked[], at: UnixSeconds | undefined): Told {
  const [first] = all as readonly [Checked];
  const kind = first.document.kind;
  const rest = all.filter(({ verdict }) => verdict.outcome !== 'accepted');
  const [shown, open] = [rest.slice(0, shownMax), rest.filter((one) => one.verdict.outcome === 'undecided')];
  const outcome = worstOutcome(all.map(({ verdict }) => verdict.outcome));
  const [, many] = kindNames[kind];
  const judgedAt = at === undefined ? 'the time at which it was published' : `${formatTime(at)} (--at)`;
  return {
    document: first.document,
    outcome,
    sentence: sentenceOfMany(all.length, rest.length - open.length, open.length, many),
    tables:
      rest.length === 0
        ? []
        : [
            {
              head: ['line', 'nickname', 'fingerprint', 'verdict'],
              rows: shown.map(manyRow),
              of: rest.length,
            },
          ],
    basis: [
      `${count(all.length - rest.length)} of ${plural(all.length, 'document')} genuine; each judged at ${judgedAt}.`,
    ],
    *json() {
      for (const checked of all) yield jsonOf(checked, at);
    },
  };
}

function sentenceOfMany(all: number, refused: number, open: number, many: string): string {
  const undecided = open === 0 ? '' : `; ${count(open)} undecided`;
  if (refused > 0) return `Not genuine: ${count(refused)} of ${count(all)} ${many}${undecided}`;
  if (open > 0) return `Undecided: ${count(open)} of ${count(all)} ${many}`;
  return `Genuine: all ${count(all)} ${many}, each by the keys of its relay`;
}

function manyRow(checked: Checked): Cell[] {
  const { document, nickname, fingerprint, verdict } = checked;
  const tone = verdict.outcome === 'rejected' ? 'bad' : 'open';
  const word = verdict.outcome === 'rejected' ? 'not genuine' : 'undecided';
  return [String(document.line), nickname, fingerprint, [tone, `${word}: ${whyNot(checked)}`]];
}

function jsonOf(checked: Checked, at: UnixSeconds | undefined): object {
  const { verdict, nickname, fingerprint } = checked;
  const document = checked.document;
  return {
    ...jsonHead(document, verdict.outcome, sentenceOf(checked)),
    exitCode: exitOf[verdict.outcome],
    nickname,
    fingerprint,
    checks: verdict.checks,
    at: verdict.at === undefined ? undefined : formatTime(verdict.at),
    atFrom: at === undefined ? 'published' : '--at',
    digest: verdict.digest,
    ...jsonProblems(document),
  };
}
