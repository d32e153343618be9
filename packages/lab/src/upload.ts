/**
 * Brings relays' descriptors to authorities and makes sure they arrived: the reply to a POST proves nothing, so each
 * authority is asked for what it holds.
 */
import { writeDescriptor, type SharedKeys } from './descriptor.ts';
import { getFrom, postTo, type DirPort } from './dir-client.ts';
import type { Relay } from './relay.ts';
import { directoryTime } from './schedule.ts';

/** What one authority holds after an upload. */
export interface UploadResult {
  /** How many of the relays it holds in the version that was sent, or a newer one. */
  readonly heldCount: number;
  /** Fingerprints it does not hold. */
  readonly missing: readonly string[];
  /** Reasons from refusing replies, each once. */
  readonly refusals: readonly string[];
}

const postBatch = 100;
const askBatch = 90;

/** Writes the documents of these relays as bodies of POSTs. */
export function uploadBodies(relays: readonly Relay[], keys: SharedKeys): readonly string[] {
  return batches(relays, postBatch).map((batch) => {
    const pairs = batch.map((relay) => writeDescriptor(relay, keys));
    return pairs.map((pair) => pair.descriptor + pair.extraInfo).join('');
  });
}

/** Posts bodies made by uploadBodies() to one authority; true when it answered each. */
export async function postDescriptors(
  port: DirPort,
  bodies: readonly string[],
): Promise<readonly string[] | undefined> {
  const refusals = new Set<string>();
  for (const body of bodies) {
    const answer = await postTo(port, '/tor/', body);
    if (answer.outcome === 'unreachable') return undefined;
    if (answer.status !== 200) refusals.add(`${answer.status} ${answer.reason}`);
  }
  return [...refusals];
}

/** Asks one authority which of these relays it holds, at least as new as given. */
export async function missingRelays(port: DirPort, relays: readonly Relay[]): Promise<readonly string[]> {
  const missing: string[] = [];
  for (const batch of batches(relays, askBatch)) {
    const fingerprints = batch.map((relay) => relay.fingerprint).join('+');
    const answer = await getFrom(port, `/tor/server/fp/${fingerprints}`);
    const held =
      answer.outcome === 'answered' && answer.status === 200 ? publishedTimes(answer.body) : new Map();
    for (const relay of batch) {
      const published = held.get(relay.fingerprint);
      if (published === undefined || published < directoryTime(relay.published))
        missing.push(relay.fingerprint);
    }
  }
  return missing;
}

/** Posts relays to one authority and asks until it holds them, at most `attempts` times. */
export async function uploadRelays(
  port: DirPort,
  relays: readonly Relay[],
  bodies: readonly string[],
  attempts = 3,
): Promise<UploadResult> {
  let refusals: readonly string[] = [];
  let missing: readonly string[] = relays.map((relay) => relay.fingerprint);
  for (let attempt = 0; attempt < attempts && missing.length > 0; attempt++) {
    refusals = (await postDescriptors(port, bodies)) ?? ['no answer'];
    missing = await missingRelays(port, relays);
  }
  return { heldCount: relays.length - missing.length, missing, refusals };
}

function publishedTimes(text: string): ReadonlyMap<string, string> {
  const times = new Map<string, string>();
  let published = '';
  for (const line of text.split('\n')) {
    if (line.startsWith('published ')) published = line.slice('published '.length);
    if (line.startsWith('fingerprint '))
      times.set(line.slice('fingerprint '.length).replaceAll(' ', ''), published);
  }
  return times;
}

function batches<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) =>
    items.slice(i * size, (i + 1) * size),
  );
}
