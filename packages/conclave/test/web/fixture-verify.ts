/**
 * A made-up network whose documents are really signed: what a visitor can verify, and what the observatory vouches with.
 */
import { computeConsensus, parseKeyCertificates, parseVote, sha1, toHex } from '@conclave/netdoc';
import {
  authorities,
  certificate,
  certificates,
  consensus,
  instead,
  signatureBlock,
  validAfter,
  vote,
  type MadeAuthority,
} from '../../../netdoc/test/support/make.ts';
import type { Certificates } from '../../src/api/index.ts';
import { answersFor, consensusSha, type TestAnswers } from './fixtures.ts';
import { digest, now } from './fixture-rows.ts';

/** The nine made authorities. */
export const made: readonly MadeAuthority[] = authorities();

/** Their documents. */
export const documents = {
  consensus: consensus({ relays: 60 }),
  microdesc: consensus({ flavor: 'microdesc', relays: 60 }),
  certificates: certificates(made),
  vote: vote(made[0] as MadeAuthority, { relays: 60 }),
  round: `${validAfter.replace(' ', 'T')}Z`,
} as const;

/** A whole round: the votes of all, and the consensus that they give, signed by all. */
export function madeRound(): {
  readonly consensus: Uint8Array;
  readonly votes: Readonly<Record<string, Uint8Array>>;
} {
  const edit = instead('consensus-methods', 'consensus-methods 32 33 34');
  const votes = made.map((one) => [`vote-${one.nickname}`, vote(one, { relays: 30, edit })] as const);
  const parsed = votes.flatMap(([, bytes]) => parseVote(bytes).document ?? []);
  const computation = computeConsensus(parsed, { authorities: made.length, flavors: ['ns'] });
  if (computation.outcome !== 'computed' || computation.ns === undefined)
    throw new Error(`nothing computed: ${computation.outcome}`);
  const signed = `${Buffer.from(computation.ns.bytes).toString('latin1')}directory-signature `;
  const blocks = made.map((authority, at) => signatureBlock({ authority }, 'sha1', signed, at === 0));
  return {
    consensus: Buffer.from(signed + blocks.join(''), 'latin1'),
    votes: Object.fromEntries(votes),
  };
}

/** The answer about certificates, of these authorities. */
export function certificatesOf(of: readonly MadeAuthority[], network: string): Certificates {
  return {
    network,
    now,
    revision: 41,
    authorities: of.map(({ nickname, identity }) => ({ nickname, v3ident: identity })),
    certificates: of.flatMap((one) => {
      const [parsed] = parseKeyCertificates(certificate(one));
      const document = parsed?.document;
      if (document === undefined) throw new Error('a made certificate does not parse');
      return {
        authority: one.nickname,
        identity: document.fingerprint,
        signingKeyDigest: toHex(sha1(document.signingKey)),
        published: '2024-01-01T00:00:00Z',
        expires: '2025-01-01T00:00:00Z',
        sha256: digest(9),
        text: Buffer.from(document.bytes).toString('latin1'),
      };
    }),
  };
}

/** Answers of an observatory that watches the made network and keeps its newest consensus. */
export function madeAnswers(): TestAnswers {
  const answers = answersFor('three');
  return {
    ...answers,
    certificates: async () => certificatesOf(made, 'private test network'),
    status: async () => {
      const status = await answers.status();
      return {
        ...status,
        consensus: { ...status.consensus, signatures: { present: 9, valid: 9, needed: 5 } },
        voting: { ...status.voting, configured: 9, needed: 5 },
      };
    },
    raw: async (sha256) => (sha256 === consensusSha ? documents.consensus : undefined),
  };
}
