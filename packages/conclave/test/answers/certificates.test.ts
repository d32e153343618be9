/** The key certificates that are served, so that anybody can verify by themselves. */
import { describe, expect, test } from 'vitest';
import { bytesOf, checkCertificate, parseKeyCertificates } from '@conclave/netdoc';
import { certificatesSchema, type Certificates } from '../../src/api/index.ts';
import { makeJournal, run, type Journal } from '../support/journal.ts';
import { noon } from '../support/network.ts';
import { network } from './asking.ts';

const [a = '', b = ''] = network.names;
const round = network.round({ validAfter: noon });

/** The answer after what was played, to begin with after a file of these certificates. */
async function answerAfter(
  play: (journal: Journal) => void,
  certificates: Uint8Array = network.certificates,
): Promise<Certificates> {
  const journal = makeJournal({ ...network, certificates }, noon - 1200);
  play(journal);
  journal.cycle(noon + 110);
  const fed = await run(journal);
  const answer = certificatesSchema.parse(await fed.answers(noon + 200).certificates());
  await fed.close();
  return answer;
}

/** Whether a text is one certificate that holds. */
function holds(text: string): boolean {
  const [first, ...more] = parseKeyCertificates(bytesOf(text));
  const document = first?.document;
  return more.length === 0 && document !== undefined && checkCertificate(document).faults.length === 0;
}

describe('certificates()', () => {
  test('gives one of each authority, whole, with the authorities in their order', async () => {
    const answer = await answerAfter((journal) => journal.play(round));
    expect(answer.authorities.map(({ nickname }) => nickname)).toEqual(
      network.names.filter((name) => answer.authorities.some(({ nickname }) => nickname === name)),
    );
    expect(answer.certificates).toHaveLength(9);
    expect(new Set(answer.certificates.map(({ authority }) => authority))).toEqual(
      new Set(answer.authorities.map(({ nickname }) => nickname)),
    );
    for (const { text } of answer.certificates) expect(holds(text)).toBe(true);
  });

  test('gives those that came in votes by themselves, without the vote around them', async () => {
    const answer = await answerAfter((journal) => {
      for (const name of [a, b]) {
        const subject = { kind: 'vote', period: 'next', of: network.member(name).identity } as const;
        journal.got(noon - 500, name, subject, round.votes.get(name) ?? '');
      }
    }, new Uint8Array());
    expect(new Set(answer.certificates.map(({ authority }) => authority))).toEqual(new Set([a, b]));
    expect(answer.certificates).toHaveLength(2);
    for (const { text } of answer.certificates) {
      expect(text).toMatch(/^dir-key-certificate-version 3\n/);
      expect(holds(text)).toBe(true);
    }
  });

  test('is empty, and not an error, while nothing is known', async () => {
    const answer = await answerAfter(() => undefined, new Uint8Array());
    expect(answer.certificates).toEqual([]);
  });
});
