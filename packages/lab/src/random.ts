/**
 * A seeded source of choices. Each stream is named (seed, purpose, index …), so a relay's looks do not depend on the
 * order in which relays are made, and two labs of one seed are alike. Not for keys that must be secret.
 */
import { createHash } from 'node:crypto';

/** A stream of choices; the same names give the same stream. */
export interface Random {
  /** A number in [0, 1). */
  next(): number;
  /** A whole number in [from, to], both ends included. */
  between(from: number, to: number): number;
  /** One of the items; the list must not be empty. */
  pick<T>(items: readonly T[]): T;
  /** True with the given probability. */
  chance(probability: number): boolean;
  /** A long-tailed positive number with that median; `spread` is the sigma of its logarithm. */
  logNormal(median: number, spread: number): number;
}

/** Opens the stream of these names. */
export function createRandom(...names: readonly (string | number)[]): Random {
  const label = names.join('\u0000');
  let words = Buffer.alloc(0);
  let block = 0;
  const next = (): number => {
    if (words.length < 4) words = hash(`${label}\u0001${block++}`);
    const value = words.readUInt32BE(0) / 2 ** 32;
    words = words.subarray(4);
    return value;
  };
  const between = (from: number, to: number): number => from + Math.floor(next() * (to - from + 1));
  return {
    next,
    between,
    pick<T>(items: readonly T[]): T {
      const item = items[between(0, items.length - 1)];
      if (item === undefined) throw new RangeError('pick: expected at least one item');
      return item;
    },
    chance: (probability) => next() < probability,
    logNormal: (median, spread) => median * Math.exp(spread * normal(next)),
  };
}

/** Thirty-two bytes that belong to these names: a seed for a key that need not be secret. */
export function seedBytes(...names: readonly (string | number)[]): Buffer {
  return hash(names.join('\u0000'));
}

function hash(text: string): Buffer<ArrayBuffer> {
  return Buffer.from(createHash('sha256').update(text).digest());
}

/** Box–Muller. */
function normal(next: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
}
