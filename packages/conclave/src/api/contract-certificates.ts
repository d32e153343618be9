/** The contract on key certificates: those that the observatory keeps, as they came, for whoever verifies by themselves. */
import { z } from '@hono/zod-openapi';
import { fingerprint, nickname, sha256, time } from './contract-basics.ts';

/** Whose word counts here, and the certificates with which to check it. */
export const certificatesSchema = z
  .object({
    network: z.string().describe('Name of the network'),
    now: time.describe('The time all ages count from'),
    revision: z.number().int().describe('Grows with every change'),
    authorities: z
      .array(z.object({ nickname, v3ident: fingerprint }))
      .describe('The authorities that vote, in their fixed order'),
    certificates: z
      .array(
        z.object({
          authority: nickname.nullable().describe('null where its identity is not of an authority of today'),
          identity: fingerprint,
          signingKeyDigest: fingerprint,
          published: time,
          expires: time,
          sha256: sha256.describe('The document that it came in'),
          text: z.string().describe('The certificate as it came'),
        }),
      )
      .describe(
        'By identity and by when they were published; nobody has to believe them: the identity key signs them',
      ),
  })
  .openapi('Certificates');
/** The answer about key certificates. */
export type Certificates = z.infer<typeof certificatesSchema>;
