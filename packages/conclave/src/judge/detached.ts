/** The judgement of detached signatures, flavour by flavour: would they make a consensus, and of which? */
import { formatTime, verifyDetachedSignatures, type FlavorVerdict } from '@conclave/netdoc';
import { nicknameIn, type Judges } from './judges.ts';
import type { FileDocumentOf } from './documents.ts';
import { timeText } from './words.ts';
import { certificatesLine, doubts, signatureTable, signedBy, withoutJudges } from './answer.ts';
import type { Trust, Ways } from './judge.ts';
import { isMalformed, jsonHead, jsonProblems, malformedText, type Outcome, type Told } from './told.ts';

/** Judges a document of detached signatures. */
export function judgeDetached(document: FileDocumentOf<'detached-signatures'>, trust: Trust): Told {
  const { partial } = document.parsed;
  const judges = trust.findJudges(
    partial.validAfter,
    partial.signatures?.map(({ identity }) => identity),
  );
  const { verdict } = verifyDetachedSignatures(document.parsed, {
    authorities: judges?.identities ?? new Set(),
    certificates: trust.ring,
    consensuses: ofRound(document, trust),
    ...(trust.at === undefined ? {} : { at: trust.at }),
  });
  const differs = verdict.flavors.some(({ consensus }) => consensus === 'different');
  const outcome = judges || isMalformed(document) || differs ? verdict.outcome : 'undecided';
  const sentence = sentenceOf(document, outcome, verdict.flavors, judges, trust.ways);
  const own = trust.at === undefined ? "the document's own valid-after" : '--at';
  return {
    document,
    outcome,
    sentence,
    tables: verdict.flavors.map((flavor) => ({
      title: `${flavor.flavor}: ${flavor.digest ?? 'no digest'}`,
      ...signatureTable(
        flavor.signatures,
        (identity) => nicknameIn(judges, identity) ?? identity.slice(0, 16),
      ),
    })),
    basis: [
      `Judged at ${timeText(verdict.at)} (${own}).`,
      judges
        ? `Authorities: ${judges.identities.size}, ${judges.from}.`
        : 'Authorities: no list for this time.',
      certificatesLine(trust.ring, trust.ways),
      ...verdict.flavors.flatMap(consensusLine),
    ],
    json: () => [
      {
        ...jsonHead(document, outcome, sentence),
        flavors: verdict.flavors,
        at: verdict.at === undefined ? undefined : formatTime(verdict.at),
        authorities: judges && { from: judges.from, identities: [...judges.identities] },
        ...jsonProblems(document),
      },
    ],
  };
}

/** The consensuses given, those of its round first: each flavour is compared with one. */
function ofRound(
  { parsed }: FileDocumentOf<'detached-signatures'>,
  { backing }: Trust,
): NonNullable<FileDocumentOf<'consensus'>['parsed']['document']>[] {
  const all = backing.consensuses.flatMap(({ parsed: { document } }) => document ?? []);
  return all.sort(
    (a, b) =>
      Number(b.validAfter === parsed.partial.validAfter) - Number(a.validAfter === parsed.partial.validAfter),
  );
}

function sentenceOf(
  document: FileDocumentOf<'detached-signatures'>,
  outcome: Outcome,
  flavors: readonly FlavorVerdict[],
  judges: Judges | undefined,
  ways: Ways,
): string {
  const each = flavors.map((one) => flavorText(one, judges)).join('; ');
  const time = `valid-after ${timeText(document.parsed.partial.validAfter)}`;
  if (outcome === 'accepted') return `Genuine: ${each}; ${time}`;
  if (isMalformed(document)) return `Not genuine: ${malformedText(document)}`;
  const others = flavors.filter(({ consensus }) => consensus === 'different');
  const other = others.map(({ flavor }) => `; the ${flavor} consensus given is not the one that is signed`);
  if (outcome === 'rejected') return `Not genuine: ${each}${other.join('')}`;
  return judges ? `Undecided: ${each}; ${time}` : `Undecided: ${withoutJudges(ways)}`;
}

function flavorText(one: FlavorVerdict, judges: Judges | undefined): string {
  const number = judges?.identities.size ?? 0;
  return `${one.flavor} ${signedBy(one.signers.length, number, one.needed)}${doubts(one.signatures)}`;
}

function consensusLine({ flavor, consensus }: FlavorVerdict): string[] {
  if (consensus === 'not-given') return [];
  const is = consensus === 'same' ? 'is the one that is signed' : 'is another than the one that is signed';
  return [`The ${flavor} consensus given ${is}.`];
}
