/** One journal in which nearly everything goes wrong once; rows of it must not depend on how it is read. */
import { instead } from '../../../netdoc/test/support/make.ts';
import { makeJournal } from './journal.ts';
import type { Journal } from './journal.ts';
import { madeNetwork, noon } from './network.ts';
import type { MadeNetwork } from './network.ts';

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
  journal.play(network.round({ validAfter: noon + 5 * hour }));
  return { network, journal };
}
