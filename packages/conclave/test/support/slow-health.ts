/** A second reader of consensuses for tests of health: slow, by lines, sharing nothing with the library. */

/** One entry as its lines say. */
export interface SlowRelay {
  readonly nickname: string;
  readonly identity: string;
  readonly address: string;
  readonly flags: ReadonlySet<string>;
  readonly version: string;
  readonly protocols: string;
  readonly policy: string;
  readonly weight: number;
  readonly unmeasured: boolean;
}

/** A document as its lines say. */
export interface SlowDocument {
  readonly text: string;
  readonly relays: ReadonlyMap<string, SlowRelay>;
  /** The rest of the first line that begins with this keyword; undefined where there is none. */
  readonly line: (keyword: string) => string | undefined;
}

/** Reads a consensus or a vote by its lines. */
export function slowDocument(text: string): SlowDocument {
  const relays = new Map<string, SlowRelay>();
  const header = text.slice(0, text.indexOf('\nr '));
  for (const part of text.split('\nr ').slice(1)) {
    const [first = '', ...lines] = part.split('\n');
    const words = first.split(' ');
    const rest = (keyword: string): string =>
      lines.find((one) => one.startsWith(`${keyword} `))?.slice(keyword.length + 1) ?? '';
    const [nickname = '', id = ''] = words;
    const at = words.length - 3;
    const identity = Buffer.from(id, 'base64').toString('hex').toUpperCase();
    relays.set(identity, {
      nickname,
      identity,
      address: `${words[at]}:${words[at + 1]}`,
      flags: new Set(rest('s').split(' ').filter(Boolean)),
      version: rest('v'),
      protocols: rest('pr'),
      policy: rest('p'),
      weight: Number(/Bandwidth=(\d+)/.exec(rest('w'))?.[1] ?? 0),
      unmeasured: rest('w').includes('Unmeasured=1'),
    });
  }
  return {
    text,
    relays,
    line: (keyword) =>
      header
        .split('\n')
        .find((one) => one === keyword || one.startsWith(`${keyword} `))
        ?.slice(keyword.length + 1),
  };
}

/** Digest of the text that is signed: SHA-1 up to and with the space behind the first `directory-signature`. */
export function signedPart(text: string): string {
  const mark = '\ndirectory-signature ';
  return text.slice(0, text.indexOf(mark) + mark.length);
}

/** Relays of a class: with all of these flags and none of those. */
export function having(
  { relays }: SlowDocument,
  wanted: readonly string[],
  not: readonly string[] = [],
): SlowRelay[] {
  return [...relays.values()].filter(
    ({ flags }) => wanted.every((flag) => flags.has(flag)) && !not.some((flag) => flags.has(flag)),
  );
}

/** Sum of weights. */
export function weightOf(relays: Iterable<SlowRelay>): number {
  let sum = 0;
  for (const { weight } of relays) sum += weight;
  return sum;
}

/** What changed between two documents, relay by relay. */
export function slowChurn(
  before: SlowDocument,
  after: SlowDocument,
): Readonly<Record<'added' | 'removed' | 'gained' | 'lost' | 'moved' | 'renamed' | 'rekeyed', number>> & {
  /** Identity and flag of everything that was lost. */
  readonly losses: readonly (readonly [identity: string, flag: string])[];
} {
  const added = [...after.relays.values()].filter(({ identity }) => !before.relays.has(identity));
  const removed = [...before.relays.values()].filter(({ identity }) => !after.relays.has(identity));
  const losses: [string, string][] = [];
  let [gained, moved, renamed] = [0, 0, 0];
  for (const now of after.relays.values()) {
    const old = before.relays.get(now.identity);
    if (!old) continue;
    for (const flag of now.flags) if (!old.flags.has(flag)) gained += 1;
    for (const flag of old.flags) if (!now.flags.has(flag)) losses.push([now.identity, flag]);
    if (old.address !== now.address) moved += 1;
    if (old.nickname !== now.nickname) renamed += 1;
  }
  const rekeyed = added.filter((one) =>
    removed.some((old) => old.nickname === one.nickname && old.address === one.address),
  ).length;
  const counts = { added: added.length, removed: removed.length, lost: losses.length };
  return { ...counts, gained, moved, renamed, rekeyed, losses };
}

/** `Link=4-5 Relay=2` as `Link4 Link5 Relay2`. */
export function protocolsOf(list: string): Set<string> {
  const all = new Set<string>();
  for (const [name = '', values = ''] of list.split(' ').map((entry) => entry.split('='))) {
    for (const part of values.split(',').filter(Boolean)) {
      const [from = 0, to = from] = part.split('-').map(Number);
      for (let value = from; value <= to; value += 1) all.add(`${name}${value}`);
    }
  }
  return all;
}

/** Whether `accept 80,443` or `reject 1-79` lets a port through. */
export function lets(policy: string, port: number): boolean {
  const [word, list = ''] = policy.split(' ');
  const inList = list.split(',').some((part) => {
    const [from = 0, to = from] = part.split('-').map(Number);
    return port >= from && port <= to;
  });
  return word === 'accept' ? inList : word === 'reject' && !inList;
}
