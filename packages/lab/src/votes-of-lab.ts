/** Votes of a lab's own authorities, made anew: with the times of another round, with fewer relays, signed by their key. */
import { createHash, createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Authority } from './authority.ts';
import { rsaFingerprint, signBare, writeObject } from './rsa.ts';
import { directoryTime, type VotingTiming } from './schedule.ts';

/** What is different about the new vote. */
export interface Revision {
  readonly validAfter: Date;
  readonly timing: VotingTiming;
  /** Says of the n-th relay whether it stays. */
  readonly keeps: (relay: number) => boolean;
}

/** The authority's old vote as one of another round, signed anew. Everything that is not said to change stays. */
export function reviseVote(authority: Authority, vote: string, revision: Revision): Buffer {
  const { validAfter, timing, keeps } = revision;
  const later = (intervals: number): string =>
    directoryTime(new Date(validAfter.getTime() + intervals * timing.intervalSeconds * 1000));
  const unsigned = vote.slice(0, vote.indexOf('\ndirectory-signature ') + 1);
  const [header = '', ...entries] = unsigned.split(/^(?=r |directory-footer$)/m);
  const text = Buffer.from(
    [
      header
        .replace(/^published .*$/m, `published ${directoryTime(new Date())}`)
        .replace(/^valid-after .*$/m, `valid-after ${later(0)}`)
        .replace(/^fresh-until .*$/m, `fresh-until ${later(1)}`)
        .replace(/^valid-until .*$/m, `valid-until ${later(3)}`),
      ...entries.filter((entry, i) => entry.startsWith('directory-footer') || keeps(i)),
      'directory-signature ',
    ].join(''),
    'latin1',
  );
  const path = join(authority.plan.directory, 'keys', 'authority_signing_key');
  const key = createPrivateKey(readFileSync(path));
  const signature = signBare(key, createHash('sha1').update(text).digest());
  const keyName = rsaFingerprint(key).toString('hex').toUpperCase();
  const end = `${authority.identity.v3ident} ${keyName}\n${writeObject('SIGNATURE', signature)}`;
  return Buffer.concat([text, Buffer.from(end)]);
}
