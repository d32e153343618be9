/** What server descriptors and extra-infos share: a relay signs them itself, by RSA and by ed25519 (dir-spec 2.1.1). */
import type { Span } from '../base/index.ts';
import { complain } from '../metaformat/index.ts';
import type { Item, ProblemList, Profile } from '../metaformat/index.ts';

const rsa = 'router-signature';
const ed25519 = 'router-sig-ed25519';

/** The spans that the signatures are over; each is undefined where there is no such item. */
export function signedSpans(items: readonly Item[]): {
  readonly signed: Span | undefined;
  readonly signedEd25519: Span | undefined;
} {
  const start = items[0]?.start ?? 0;
  const rsaItem = items.find(({ keyword }) => keyword === rsa);
  const edItem = items.find(({ keyword }) => keyword === ed25519);
  return {
    // To the LF behind the keyword …
    signed: rsaItem && { start, end: rsaItem.lineEnd },
    // … and to the space behind it.
    signedEd25519: edItem && { start, end: edItem.start + ed25519.length + 1 },
  };
}

/**
 * Whether these are the items of a draft: all that a relay writes before it signs by RSA, so they end in the signature by
 * ed25519. tor makes no such document known; under `archive` it is read, and its verdict says that it is unsigned.
 */
export function isDraft(items: readonly Item[], profile: Profile): boolean {
  const signed = items.some(({ keyword }) => keyword === rsa);
  return profile === 'archive' && !signed && items.at(-1)?.keyword === ed25519;
}

/** Where the items of ed25519 must stand: its certificate second, its signature last but one (dir-spec 2.1.1). */
export function checkSignatureItems(items: readonly Item[], problems: ProblemList): void {
  const certificate = items.findIndex(({ keyword }) => keyword === 'identity-ed25519');
  const signature = items.findIndex(({ keyword }) => keyword === ed25519);
  const misplaced = (at: number, expected: string): void => {
    const item = items[at];
    if (item) complain(problems, item, 'misplaced-item', expected, `item ${at + 1} of ${items.length}`);
  };
  if (certificate >= 0 && certificate !== 1) misplaced(certificate, 'identity-ed25519 as the second item');
  if (signature >= 0 && signature !== items.length - 2)
    misplaced(signature, `${ed25519} as the last item but one`);
}
