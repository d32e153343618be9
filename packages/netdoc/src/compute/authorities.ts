/** The authority sections: who voted, from where, and which vote (dir-spec 3.8). */
import { fromHex } from '../base/index.ts';
import { formatIpv4, parseIpv4 } from '../routers/index.ts';
import { compareByteTexts } from './byte-text.ts';
import type { Ballot } from './ballot.ts';

/** A section of an authority; a legacy one repeats an authority under its former identity. */
export interface AuthoritySection {
  readonly ballot: Ballot;
  readonly legacy: boolean;
  readonly identity: string;
  readonly lines: readonly { readonly keyword: string; readonly text: string }[];
}

/** One section for each vote and one for each legacy key, in order of identity. */
export function authoritySections(ballots: readonly Ballot[]): readonly AuthoritySection[] {
  const sections = ballots.flatMap((ballot) => {
    const { legacyDirKey } = ballot.vote;
    const own = sectionOf(ballot, ballot.identity, false);
    // A key that is no digest is passed over, as in tor.
    return legacyDirKey === undefined || !fromHex(legacyDirKey)
      ? [own]
      : [own, sectionOf(ballot, legacyDirKey, true)];
  });
  return sections.sort((a, b) => compareByteTexts(a.identity, b.identity));
}

function sectionOf(ballot: Ballot, identity: string, legacy: boolean): AuthoritySection {
  const { source } = ballot.vote;
  const ipv4 = parseIpv4(source.address);
  const words = [
    `${source.nickname}${legacy ? '-legacy' : ''}`,
    identity,
    ballot.header.hostname,
    ipv4 === undefined ? source.address : formatIpv4(ipv4),
    source.dirPort,
    source.orPort,
  ];
  const line = (keyword: string, text: string): { keyword: string; text: string } => ({
    keyword,
    text: `${keyword} ${text}`,
  });
  const lines = [
    line('dir-source', words.join(' ')),
    ...(legacy ? [] : [line('contact', ballot.header.contact), line('vote-digest', ballot.digest)]),
  ];
  return { ballot, legacy, identity, lines };
}
