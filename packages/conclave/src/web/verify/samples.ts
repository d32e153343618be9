/**
 * Documents to try the verification with, made of a genuine consensus: as it is, with one bit turned, cut off, and with
 * too few signatures.
 */

/** What each sample is, in words. */
export const samples = {
  genuine: 'the newest accepted consensus, as it came',
  tampered: 'the same with one bit turned: a relay’s weight by one',
  truncated: 'the same, cut off after three fifths of its bytes',
  'under-signed': 'the same with one signature fewer than are needed',
} as const;

/** One of the samples. */
export type SampleName = keyof typeof samples;

/** Reads the name of a sample. */
export function readSample(text: string | undefined): SampleName | undefined {
  return text !== undefined && Object.hasOwn(samples, text) ? (text as SampleName) : undefined;
}

const signatureWord = '\ndirectory-signature ';

/** Makes a sample of the bytes of a consensus of which so many signatures are needed. */
export function makeSample(name: SampleName, consensus: Uint8Array, needed: number): Uint8Array {
  switch (name) {
    case 'genuine':
      return consensus;
    case 'tampered':
      return tampered(consensus);
    case 'truncated':
      return consensus.subarray(0, Math.floor((consensus.length * 3) / 5));
    case 'under-signed': {
      const [first = consensus.length, ...further] = offsetsOf(consensus, signatureWord);
      const end = [first, ...further][Math.max(0, needed - 1)] ?? consensus.length;
      return consensus.subarray(0, Math.min(consensus.length, end + 1));
    }
  }
}

/** The lowest bit of the last digit of the middle relay's weight: it stays a number, and only signatures notice. */
function tampered(consensus: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(consensus);
  const weights = offsetsOf(consensus, '\nw Bandwidth=');
  let at = (weights[weights.length >> 1] ?? Math.floor(copy.length / 3)) + '\nw Bandwidth='.length;
  while (isDigit(copy[at + 1])) at += 1;
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}

function offsetsOf(bytes: Uint8Array, word: string): number[] {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const offsets: number[] = [];
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) offsets.push(at);
  return offsets;
}
