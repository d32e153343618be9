/** One journal in which nearly everything goes wrong once; rows of it must not depend on how it is read. */
import { createHash } from 'node:crypto';
import { certificate, instead } from '../../../netdoc/test/support/make.ts';
import { descriptor, madeRelay } from '../../../netdoc/test/support/make-relay.ts';
import { onionoo } from './feeds.ts';
import type { FeedObservation } from '../../src/feeds/index.ts';
import { makeJournal } from './journal.ts';
import type { Journal } from './journal.ts';
import { madeNetwork, noon, specTime, voteDigest } from './network.ts';
import type { MadeNetwork, MadeRound } from './network.ts';
import { bandwidthFile } from './own-documents.ts';

const hour = 3600;

/** Another consensus of the same round, signed by everybody: what a split looks like. */
export function otherParams(value: number): (lines: string[]) => string[] {
  return instead('params', `params CircuitPriorityHalflifeMsec=${value}`);
}

/** A consensus in which one digit was changed after it was signed. */
export function tampered(bytes: Uint8Array): Uint8Array {
  return Buffer.from(Buffer.from(bytes).toString('latin1').replace('bwauthpid=1', 'bwauthpid=2'), 'latin1');
}

/** The journal and the network it is about: rounds from noon to five. */
export function badDay(): { readonly network: MadeNetwork; readonly journal: Journal } {
  const network = madeNetwork(9, true);
  const [a = '', b = '', c = '', d = ''] = network.names;
  const of = network.member(a).identity;
  const journal = makeJournal(network, noon - 1200);
  // 12:00: all is well but for odd documents.
  const first = network.round({ validAfter: noon });
  journal.play(first);
  for (const [index, junk] of [
    '',
    '<html><body>hello</body></html>\n',
    '\0\xff\x01'.repeat(99),
    `${'x'.repeat(70_000)} 1\n`,
  ].entries()) {
    journal.got(noon + 300 + index, b, { kind: 'consensus', flavor: 'ns' }, junk);
    journal.got(noon + 310 + index, c, { kind: 'certificates', of: 'all' }, junk);
    journal.got(noon + 320 + index, d, { kind: 'vote', period: 'current', of }, junk);
    journal.got(noon + 330 + index, d, { kind: 'signatures' }, junk);
  }
  journal.cycle(noon + 400);
  journal.got(noon + 460, b, { kind: 'consensus', flavor: 'ns' }, first.ns);
  journal.cycle(noon + 500);
  // 13:00: one is down, one equivocates, one serves something tampered with.
  const second = network.round({ validAfter: noon + hour, voters: network.names.slice(1) });
  journal.play(second, { down: [a], serves: { [c]: tampered(second.ns) }, withoutVotes: [d] });
  const equivocal = network.round({ validAfter: noon + hour, voters: [b], relays: 19 });
  const ofB = network.member(b).identity;
  journal.got(
    noon + hour + 200,
    c,
    { kind: 'vote', period: 'current', of: ofB },
    equivocal.votes.get(b) ?? '',
  );
  journal.cycle(noon + hour + 300);
  journal.observe({
    at: noon + hour + 400,
    authority: c,
    subject: { kind: 'consensus', flavor: 'ns' },
    outcome: 'not-modified',
  });
  journal.cycle(noon + hour + 500);
  // Somebody fills in hours of the past meanwhile, one of which was watched; and observations wait for their tick.
  const past = network.round({ validAfter: noon - 2 * hour });
  const certificates = network.members.map((one) => ['certificate', certificate(one)] as const);
  journal.probe(noon + hour + 600, b);
  journal.archived(noon + hour + 601, noon - 2 * hour, [
    ...certificates,
    ...[...past.votes.values()].map((vote) => ['vote', vote] as const),
    ['consensus', past.ns],
    ['microdesc', past.microdesc],
  ]);
  const next = network.round({ validAfter: noon - hour });
  journal.archived(noon + hour + 610, noon - hour, [['consensus', next.ns]]);
  journal.archived(noon + hour + 620, noon, [['consensus', first.ns]]);
  journal.cycle(noon + hour + 660);
  journal.archived(noon + hour + 670, noon - hour, [['microdesc', next.microdesc]]);
  // 14:00: two consensuses; we are blind for a while.
  const third = network.round({ validAfter: noon + 2 * hour });
  const split = network.round({ validAfter: noon + 2 * hour, edit: otherParams(7) });
  journal.play(third, {
    serves: { [b]: split.ns, [c]: split.ns },
    shows: { [a]: third.detached, [b]: split.detached, [c]: split.detached, [d]: third.detached },
  });
  const dark = Object.fromEntries(
    network.set.authorities.map(({ nickname }) => [nickname, { outcome: 'unreachable' as const }]),
  );
  for (let at = 0; at < 5; at += 1)
    journal.cycle(noon + 2 * hour + 300 + at * 60, { probes: dark, blind: true });
  journal.cycle(noon + 2 * hour + 700);
  // 15:00: a lagging authority, one that signs late, the same documents once more.
  const early = network.round({ validAfter: noon + 3 * hour, signers: network.names.slice(2) });
  journal.play(early, { serves: { [d]: third.ns } });
  const late = network.round({ validAfter: noon + 3 * hour });
  journal.got(noon + 3 * hour + 600, a, { kind: 'consensus', flavor: 'ns' }, late.ns);
  journal.got(noon + 3 * hour + 601, b, { kind: 'certificates', of: 'all' }, network.certificates);
  journal.cycle(noon + 3 * hour + 660);
  // 16:00: nothing is published; 17:00 all is well again.
  for (let at = 0; at < 6; at += 1) journal.cycle(noon + 4 * hour + 60 + at * 300);
  // Another source begins to be asked: it has a vote that nobody gave us, is down for a while, and tells of relays.
  journal.watching(noon + 4 * hour + 2000, network.set, sources);
  journal.cycle(noon + 4 * hour + 2010);
  feedCollector(journal, second, d);
  feedOnionoo(journal);
  journal.play(network.round({ validAfter: noon + 5 * hour, voteEdit: () => naming(described) }));
  // Descriptors that authorities are asked for: one is new, one is held, one nobody asked for; another has none of them.
  const others = [8, 9].map((index) => descriptor(madeRelay(index)));
  const digests = [described, others[0] as Uint8Array].map(descriptorDigest).sort();
  const subject = { kind: 'relay-descriptors', digests } as const;
  journal.got(noon + 5 * hour + 300, a, subject, Buffer.concat([described, ...others]));
  journal.observe({ at: noon + 5 * hour + 301, authority: b, subject, outcome: 'absent', status: 404 });
  journal.cycle(noon + 5 * hour + 310);
  return { network, journal };
}

/** The sources of the bad day. */
export const sources = [
  { feed: 'collector', url: 'https://collector.example/', periodSeconds: 1800 },
  { feed: 'onionoo', url: 'https://onionoo.example/', periodSeconds: 3600 },
] as const;

/** A server descriptor that advertises the burst of its three numbers. */
export const described: Uint8Array = descriptor(madeRelay(7), {
  edit: instead('bandwidth', 'bandwidth 3000 1000 2000'),
});

/** The digest by which a consensus names a descriptor: SHA-1 of its signed part, upper-case hexadecimal. */
export function descriptorDigest(bytes: Uint8Array): string {
  const text = Buffer.from(bytes);
  const signed = text.subarray(0, text.indexOf('\nrouter-signature\n') + '\nrouter-signature\n'.length);
  return createHash('sha1').update(signed).digest('hex').toUpperCase();
}

/** Puts the digests of descriptors in the place of those of the first relays. */
export function naming(...descriptors: readonly Uint8Array[]): (lines: string[]) => string[] {
  const digests = descriptors.map((bytes) =>
    Buffer.from(descriptorDigest(bytes), 'hex').toString('base64').replace(/=+$/, ''),
  );
  return (lines) =>
    lines.map((line) => {
      const digest = digests[Number(/^r relay(\d+) /.exec(line)?.[1] ?? -1)];
      if (digest === undefined) return line;
      return line
        .split(' ')
        .map((word, index) => (index === 3 ? digest : word))
        .join(' ');
    });
}

/** `2024-05-01-12-00-00` of a time in seconds: how files of an archive are named. */
export function fileTime(seconds: number): string {
  return specTime(seconds).replace(/[ :]/g, '-');
}

function feedCollector(journal: Journal, round: MadeRound, author: string): void {
  const at = noon + 4 * hour + 2100;
  const collector = (
    seconds: number,
    subject: FeedObservation['subject'],
    more: Partial<FeedObservation>,
    bytes?: Uint8Array,
  ): void => void journal.fed({ at: at + seconds, feed: 'collector', subject, ...more }, bytes);
  const stamp = fileTime(round.validAfter);
  const listed = { name: `${stamp}-consensus`, at: round.validAfter, modified: round.validAfter + 300 };
  const index = {
    created: at - 60,
    files: 11,
    newest: { consensus: listed },
    rounds: [{ validAfter: round.validAfter, modified: round.validAfter + 300, votes: 8 }],
  };
  collector(0, 'index', { etag: '"1"', index });
  collector(
    1,
    'consensus',
    { file: listed.name, annotation: '@type network-status-consensus-3 1.0' },
    round.ns,
  );
  const vote = round.votes.get(author) ?? Buffer.alloc(0);
  const name = `${stamp}-vote-${'0'.repeat(40)}-${voteDigest(vote)}`;
  collector(2, 'vote', { file: name, annotation: '@type network-status-vote-3 1.0' }, vote);
  const file = bandwidthFile();
  collector(3, 'bandwidth-file', { file: `${stamp}-bandwidth-0` }, file);
  const descriptors = `${fileTime(at)}-server-descriptors`;
  collector(4, 'server-descriptors', { file: descriptors }, described);
  journal.cycle(at + 10);
  collector(20, 'index', { outcome: 'not-modified', status: 304, index });
  collector(21, 'vote', { outcome: 'malformed', detail: 'its SHA-256 is not the one in the index' });
  journal.cycle(at + 30);
  for (let time = 0; time < 3; time += 1)
    collector(100 + time * 60, 'index', { outcome: 'timed-out', detail: 'not done after 300000 ms' });
  collector(300, 'index', { outcome: 'not-asked', detail: 'we have no IPv4 address of our own' });
  journal.cycle(at + 310);
}

function feedOnionoo(journal: Journal): void {
  const at = noon + 4 * hour + 2500;
  const fingerprint = 'AB'.repeat(20);
  const history = {
    first: '2024-04-01 00:00:00',
    last: '2024-05-01 00:00:00',
    factor: 0.001,
    values: [999, null, 1],
  };
  const answers = {
    details: onionoo([{ fingerprint, nickname: 'maple', running: true, version: '0.4.8.11' }]),
    uptime: onionoo([{ fingerprint, uptime: { '1_month': history } }]),
    bandwidth: onionoo([{ fingerprint, write_history: { '1_month': history } }]),
    relays: onionoo([], { relays_truncated: 9000 }),
    running: onionoo([], { relays_truncated: 8000 }),
  } as const;
  for (const [subject, text] of Object.entries(answers))
    journal.fed({ at, feed: 'onionoo', subject: subject as keyof typeof answers }, text);
  journal.fed({ at: at + 1, feed: 'onionoo', subject: 'details' }, onionoo([], { version: '9.0' }));
  journal.cycle(at + 10);
}
