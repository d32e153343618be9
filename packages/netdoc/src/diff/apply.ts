/** Applying consensus diffs (dir-spec 3.4.2): as strictly as tor, and believed only when the digests hold. */
import { parseConsensusDiff } from '../documents/index.ts';
import type { ConsensusDiff, DiffCommand } from '../documents/index.ts';
import { digestOfSigned, digestOfWhole } from './digests.ts';
import { splitLines } from './lines.ts';
import type { Lines } from './lines.ts';
import { refuse } from './refusal.ts';
import type { DiffRefusal } from './refusal.ts';

/**
 * Applies a diff to the consensus that it was made for. The base may carry other signatures than it had there; what comes
 * out is the target byte for byte, signatures included, or a refusal. Whether the target is genuine, its signatures tell,
 * not the diff: `verifyConsensus`.
 */
export function applyDiff(
  base: Uint8Array,
  diff: Uint8Array,
): { readonly ok: true; readonly target: Uint8Array } | DiffRefusal {
  const { document, problems } = parseConsensusDiff(diff);
  if (!document) {
    const { line, expected, found } = problems.find(({ severity }) => severity === 'error') ?? {
      line: 1,
      expected: 'a consensus diff',
      found: 'none',
    };
    return refuse('diff', line, expected, found);
  }
  const lines = splitLines(base);
  if (!('starts' in lines)) return refuse('base', lines.line, lines.expected, lines.found);
  const digest = digestOfSigned(lines);
  if (digest !== document.fromDigest)
    return refuse('base', undefined, `the SHA3-256 ${document.fromDigest} as signed`, digest);
  const misfit = findMisfit(document, lines.count);
  if (misfit) return misfit;
  // tor's texts end at a NUL byte. One that ends labels stands before the first command.
  if (diff.indexOf(0, document.commands[0]?.text.start) >= 0)
    return refuse('diff', undefined, 'no NUL byte', 'one');
  const target = rewrite(lines, document);
  const whole = digestOfWhole(target);
  if (whole !== document.toDigest)
    return refuse('diff', undefined, `a target with the SHA3-256 ${document.toDigest}`, whole);
  return { ok: true, target };
}

/** That commands stand in order is known from parsing; that the base has the lines which they name is not. */
function findMisfit({ commands }: ConsensusDiff, baseLines: number): DiffRefusal | undefined {
  // Every later command is about earlier lines.
  const [first] = commands;
  if (!first) return undefined;
  const { from, to, line } = first;
  if (to === 'end' && from < baseLines) return undefined;
  if (to !== 'end' && to <= baseLines) return undefined;
  const fits = `lines of a base of ${baseLines}`;
  return refuse('diff', line, to === 'end' ? `${fits}, more than the last` : fits, `${from} to ${to}`);
}

/** The base with all commands carried out: first its size, then its bytes from the beginning. */
function rewrite({ bytes, starts, count }: Lines, diff: ConsensusDiff): Uint8Array {
  const { commands, bytes: source } = diff;
  const cut = ({ action, from, to }: DiffCommand): readonly [start: number, end: number] =>
    action === 'append'
      ? [starts[from] as number, starts[from] as number]
      : [starts[from - 1] as number, starts[to === 'end' ? count : to] as number];
  let size = bytes.length;
  for (const command of commands) {
    const [start, end] = cut(command);
    size += command.text.end - command.text.start - (end - start);
  }
  const target = new Uint8Array(size);
  let read = 0;
  let at = 0;
  for (let index = commands.length - 1; index >= 0; index -= 1) {
    const command = commands[index] as DiffCommand;
    const [start, end] = cut(command);
    target.set(bytes.subarray(read, start), at);
    at += start - read;
    const { text } = command;
    target.set(source.subarray(text.start, text.end), at);
    at += text.end - text.start;
    read = end;
  }
  target.set(bytes.subarray(read), at);
  return target;
}
