/** `directory-signature` items, and the bytes that they sign (dir-spec 3.4.1, 3.8.1). */
import { parseFingerprint } from '../base/index.ts';
import type { Fingerprint, Span } from '../base/index.ts';
import { argumentsOf, complain, endOfLine, quoteText } from '../metaformat/index.ts';
import type { Item, ProblemList } from '../metaformat/index.ts';

/** One signature as it stands in a document. */
export interface DirectorySignature {
  /** `sha1` where the line names none; any other word as written. */
  readonly algorithm: string;
  /** SHA-1 of the signer's identity key. */
  readonly identity: Fingerprint;
  /** SHA-1 of the signing key. */
  readonly signingKeyDigest: Fingerprint;
  readonly signature: Uint8Array;
  readonly line: number;
  readonly offset: number;
}

/** tor reads signatures by keys of 1024 to 4096 bits, and refuses a document with any other. */
const signatureBytesMin = 128;
const signatureBytesMax = 512;

/** Reads a `directory-signature` item; a problem and undefined when it is none. */
export function readSignature(item: Item, problems: ProblemList): DirectorySignature | undefined {
  const words = argumentsOf(item);
  const [algorithm, identityText, keyText] = words.length === 2 ? ['sha1', ...words] : words;
  const identity = parseFingerprint(identityText ?? '');
  const signingKeyDigest = parseFingerprint(keyText ?? '');
  if (algorithm === undefined || !identity || !signingKeyDigest) {
    return complain(
      problems,
      item,
      'bad-argument',
      '[ALGORITHM] IDENTITY SIGNING-KEY-DIGEST',
      quoteText(item.rest),
    );
  }
  if (item.object?.label !== 'SIGNATURE') {
    return complain(problems, item, 'missing-object', 'an object SIGNATURE', item.object?.label ?? 'none');
  }
  const signature = item.object.bytes;
  if (!signature) return undefined;
  if (signature.length < signatureBytesMin || signature.length > signatureBytesMax) {
    const expected = `a signature of ${signatureBytesMin} to ${signatureBytesMax} bytes`;
    return complain(problems, item, 'bad-object', expected, `${signature.length} bytes`);
  }
  return { algorithm, identity, signingKeyDigest, signature, line: item.line, offset: item.start };
}

const keyword = 'directory-signature ';

/**
 * The bytes that the signatures of a consensus or vote are over: from `network-status-version` up to and including the
 * space after the first `directory-signature` that begins a line. Undefined when there is no such line.
 */
export function signedSpan(bytes: Uint8Array, start: number, signatureLine: number): Span | undefined {
  const end = endOfLine(bytes, signatureLine, bytes.length);
  return signatureLine + keyword.length <= end ? { start, end: signatureLine + keyword.length } : undefined;
}
