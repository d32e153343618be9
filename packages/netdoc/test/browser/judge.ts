/** From bytes to verdict, as JSON: the same file runs in Node and, bundled, in a browser. */
import {
  certificateRing,
  detectKind,
  parseConsensus,
  parseDetachedSignatures,
  parseKeyCertificates,
  parseVote,
  routerAt,
  sha3_256,
  toHex,
  verifyConsensus,
  verifyKeyCertificate,
  verifyVote,
  type CertificateRing,
  type Consensus,
} from '@conclave/netdoc';

/** What is compared: everything that the library says of a document. */
export function judge(given: Uint8Array, certificates: Uint8Array): string {
  // Never Node's Buffer, which has a JSON of its own.
  const bytes = Uint8Array.from(given);
  const ring = ringOf(certificates);
  const kind = detectKind(bytes);
  if (kind === 'consensus') {
    const parsed = parseConsensus(bytes);
    const authorities = new Set(parsed.partial.authorities?.map(({ identity }) => identity));
    const { verdict, verified } = verifyConsensus(parsed, { authorities, certificates: ring });
    return plain({ kind, ...told(parsed), verdict, verified: verified !== undefined });
  }
  if (kind === 'vote') {
    const parsed = parseVote(bytes);
    const { verdict, verified } = verifyVote(parsed);
    return plain({ kind, ...told(parsed), verdict, verified: verified !== undefined });
  }
  if (kind === 'key-certificate') {
    const all = parseKeyCertificates(bytes).map((parsed) => {
      const { verdict, verified } = verifyKeyCertificate(parsed);
      return { problems: parsed.problems, verdict, verified: verified !== undefined };
    });
    return plain({ kind, all });
  }
  return plain({ kind: String(kind), detached: parseDetachedSignatures(bytes) });
}

/** Milliseconds of parsing and of verifying a consensus, the median of so many runs. */
export function timed(
  bytes: Uint8Array,
  certificates: Uint8Array,
  runs: number,
): { readonly parseMs: number; readonly verifyMs: number } {
  const ring = ringOf(certificates);
  const [parse, verify]: [number[], number[]] = [[], []];
  for (let run = 0; run < runs; run += 1) {
    const begin = performance.now();
    const parsed = parseConsensus(bytes);
    const middle = performance.now();
    const authorities = new Set(parsed.partial.authorities?.map(({ identity }) => identity));
    verifyConsensus(parsed, { authorities, certificates: ring });
    parse.push(middle - begin);
    verify.push(performance.now() - middle);
  }
  const median = (all: number[]): number => all.sort((a, b) => a - b)[runs >> 1] ?? 0;
  return { parseMs: median(parse), verifyMs: median(verify) };
}

function ringOf(bytes: Uint8Array): CertificateRing {
  return certificateRing(parseKeyCertificates(bytes).flatMap(({ document }) => document ?? []));
}

function told(parsed: ReturnType<typeof parseConsensus> | ReturnType<typeof parseVote>): object {
  const { bytes, routers, ...rest } = parsed.partial as Partial<Omit<Consensus, 'kind' | 'voteDigest'>>;
  const entries = Array.from({ length: routers?.count ?? 0 }, (_, row) => routers && routerAt(routers, row));
  const { problems, errors, unrecognized } = parsed;
  const digest = bytes && toHex(sha3_256(bytes));
  return {
    rest,
    entries: toHex(sha3_256(new TextEncoder().encode(plain(entries)))),
    digest,
    problems,
    errors,
    unrecognized,
  };
}

/** JSON of everything: bytes as hexadecimal, maps and sets as lists. */
function plain(value: unknown): string {
  return JSON.stringify(value, (_, one: unknown) => {
    if (one instanceof Map || one instanceof Set) return [...(one as Iterable<unknown>)];
    if (one instanceof Uint8Array) return toHex(one);
    if (ArrayBuffer.isView(one)) return Array.from(one as unknown as Iterable<number>, String);
    return typeof one === 'bigint' ? String(one) : one;
  });
}
