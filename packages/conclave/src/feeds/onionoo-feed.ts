/** Onionoo's worker: what it says of the authorities, and how many relays it knows. Each question on its own, conditional. */
import { readOnionoo } from './onionoo.ts';
import type { Validators } from './http.ts';
import type { OnionooSubject } from './observation.ts';
import {
  below,
  limitsOf,
  runFeed,
  unavailable,
  watchedFeed,
  type FeedOptions,
  type FeedPorts,
  type Visit,
} from './worker.ts';

/** The fields of details documents that are read. */
const fields = [
  'fingerprint',
  'nickname',
  'running',
  'first_seen',
  'last_seen',
  'last_restarted',
  'last_changed_address_or_port',
  'country',
  'country_name',
  'as',
  'as_name',
  'contact',
  'version',
  'version_status',
  'recommended_version',
  'advertised_bandwidth',
  'consensus_weight',
  'verified_host_names',
  'overload_general_timestamp',
] as const;

/** What is asked, in this order. */
export const onionooQuestions: readonly { readonly subject: OnionooSubject; readonly path: string }[] = [
  { subject: 'details', path: `details?type=relay&flag=Authority&fields=${fields.join(',')}` },
  { subject: 'uptime', path: 'uptime?type=relay&flag=Authority' },
  { subject: 'bandwidth', path: 'bandwidth?type=relay&flag=Authority' },
  // With no entries at all, the answer says how many it left out.
  { subject: 'relays', path: 'summary?type=relay&limit=0' },
  { subject: 'running', path: 'summary?type=relay&running=true&limit=0' },
];

/** Watches Onionoo until the signal aborts. Never rejects. */
export async function watchOnionoo(
  options: FeedOptions & { readonly vantage: string },
  ports: FeedPorts,
  signal: AbortSignal,
): Promise<void> {
  const validators = new Map<OnionooSubject, Validators>();
  const feed = { ...watchedFeed('onionoo', options), vantage: options.vantage, limits: limitsOf(options) };
  await runFeed(feed, (visit) => visitOnionoo(options.url, validators, visit), ports, signal);
}

/** One question that fails does not keep the others from being asked, unless nobody is there. */
async function visitOnionoo(
  base: string,
  held: Map<OnionooSubject, Validators>,
  visit: Visit,
): Promise<boolean> {
  let well = true;
  for (const { subject, path } of onionooQuestions) {
    if (visit.signal.aborted) return true;
    const url = below(base, path);
    const answered = await visit.ask(url, { validators: held.get(subject) ?? {} });
    const { outcome, body, etag, lastModified } = answered.answer;
    const reading = body && readOnionoo(body);
    const fault = reading?.ok === false ? reading.detail : undefined;
    await visit.note(subject, url, answered, {
      ...(fault === undefined ? {} : { fault }),
      ...(body === undefined ? {} : { document: body }),
    });
    if (outcome === 'not-modified') continue;
    if (reading?.ok === true) {
      held.set(subject, {
        ...(etag === undefined ? {} : { etag }),
        ...(lastModified === undefined ? {} : { lastModified }),
      });
      continue;
    }
    held.delete(subject);
    well = false;
    if (unavailable.has(outcome)) return false;
  }
  return well;
}
