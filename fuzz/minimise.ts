/** Makes an input that shows a fault as small as it goes: lines first, then bytes. */

/** The smallest input found, after at most `attempts` trials, that still shows what `shows` looks for. */
export function minimise(bytes: Buffer, shows: (bytes: Buffer) => boolean, attempts = 600): Buffer {
  const trials = { left: attempts };
  const lines = shrink(
    bytes.toString('latin1').split('\n'),
    (some) => shows(Buffer.from(some.join('\n'), 'latin1')),
    trials,
  );
  const text = lines.join('\n');
  if (text.length > 4000) return Buffer.from(text, 'latin1');
  const letters = shrink(Array.from(text), (some) => shows(Buffer.from(some.join(''), 'latin1')), trials);
  return Buffer.from(letters.join(''), 'latin1');
}

/** Leaves out ever smaller runs of parts. */
function shrink(
  parts: readonly string[],
  shows: (parts: readonly string[]) => boolean,
  trials: { left: number },
): readonly string[] {
  let kept = parts;
  for (let size = Math.ceil(kept.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < kept.length && trials.left > 0;) {
      const fewer = kept.toSpliced(at, size);
      trials.left -= 1;
      if (shows(fewer)) kept = fewer;
      else at += size;
    }
  }
  return kept;
}
