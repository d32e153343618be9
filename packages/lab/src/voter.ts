/** An authority that does not run and can vote all the same: its keys are made here. */
import { writeKeyCertificate } from './key-certificate.ts';
import { generateRsa, rsaFingerprint } from './rsa.ts';
import type { Voter } from './vote.ts';

const dayMs = 86_400_000;

/** Makes keys and a certificate, valid from the day before `now` for a year, for an authority of that name and place. */
export async function makeVoter(
  place: Pick<Voter, 'nickname' | 'ipv4' | 'dirPort' | 'orPort'>,
  now: Date = new Date(),
): Promise<Voter> {
  const { nickname, ipv4, dirPort, orPort } = place;
  const [identityKey, signingKey] = await Promise.all([generateRsa(2048), generateRsa(2048)]);
  const certificate = writeKeyCertificate({
    dirAddress: `${ipv4}:${dirPort}`,
    identityKey,
    signingKey,
    published: new Date(now.getTime() - dayMs),
    expires: new Date(now.getTime() + 365 * dayMs),
  });
  const v3ident = rsaFingerprint(identityKey).toString('hex').toUpperCase();
  const hostname = `${nickname}.example`;
  return { nickname, ipv4, dirPort, orPort, hostname, v3ident, certificate, signingKey };
}
