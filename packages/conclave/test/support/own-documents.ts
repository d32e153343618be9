/** For tests: what an authority publishes of itself, made here, and a journal in which all of it comes in odd orders. */
import { createHash } from 'node:crypto';
import { instead, sha1, type Edit } from '../../../netdoc/test/support/make.ts';
import { descriptor, extraInfo, madeRelay, type MadeRelay } from '../../../netdoc/test/support/make-relay.ts';
import { makeJournal } from './journal.ts';
import type { Journal } from './journal.ts';
import { madeNetwork, noon } from './network.ts';
import type { MadeNetwork } from './network.ts';

/** A descriptor and the extra-info that it names. */
export interface MadePair {
  readonly descriptor: Uint8Array;
  readonly extraInfo: Uint8Array;
}

const published = (time: string): Edit => instead('published', `published ${time}`);

/** A pair of this publication. */
export function madePair(relay: MadeRelay, time = '2024-05-01 10:00:00'): MadePair {
  const extra = extraInfo(relay, { edit: published(time) });
  const text = Buffer.from(extra);
  const signed = text.subarray(0, text.indexOf('\nrouter-signature\n') + '\nrouter-signature\n'.length);
  const named = `extra-info-digest ${sha1(signed).toString('hex').toUpperCase()}`;
  const edit: Edit = (lines) => instead('extra-info-digest', named)(published(time)(lines));
  return { descriptor: descriptor(relay, { edit }), extraInfo: extra };
}

/** A bandwidth file. */
export function bandwidthFile(seconds = noon): Uint8Array {
  return Buffer.from(
    [
      String(seconds),
      'version=1.4.0',
      'software=sbws',
      'software_version=1.9.0',
      'scanner_country=US',
      'recent_measurements_excluded_few_count=7',
      '=====',
      `bw=120 node_id=$${'A'.repeat(40)} nick=maple error_circ=2`,
      `bw=7 node_id=$${'B'.repeat(40)} nick=birch error_circ=0 vote=0`,
      '',
    ].join('\n'),
  );
}

/** How a vote names a bandwidth file. */
export function naming(file: Uint8Array): Edit {
  const digest = createHash('sha256').update(file).digest('base64').replace(/=+$/, '');
  return instead('bandwidth-file-digest', `bandwidth-file-digest sha256=${digest}`);
}

/** One bit of the signed part turned: a letter of the contact or platform line. */
export function spoilt(bytes: Uint8Array): Uint8Array {
  return Buffer.from(Buffer.from(bytes).toString('latin1').replace('2024-05-01', '2024-05-02'), 'latin1');
}

/** Nine voters, the first two of which have a relay with a configured fingerprint. */
export function ownNetwork(): MadeNetwork & { readonly relays: readonly [MadeRelay, MadeRelay] } {
  const network = madeNetwork(9);
  const relays = [madeRelay(0), madeRelay(1)] as const;
  const authorities = network.set.authorities.map((one, index) => {
    const relay = relays[index];
    return relay ? { ...one, fingerprint: relay.identity.digest } : one;
  });
  return { ...network, relays, set: { ...network.set, authorities } };
}

/** A journal in which own documents come before, between and after what they are judged by. */
export function ownJournal(): Journal {
  const network = ownNetwork();
  const [a = '', b = '', c = ''] = network.names;
  const [relay, other] = network.relays;
  const journal = makeJournal(network, noon - 1200);
  const [first, second] = [madePair(relay), madePair(relay, '2024-05-01 11:00:00')];
  const [file, later] = [bandwidthFile(), bandwidthFile(noon + 60)];
  journal.got(noon - 1100, a, { kind: 'extra-info' }, first.extraInfo);
  journal.got(noon - 1099, a, { kind: 'bandwidth-file' }, file);
  journal.cycle(noon - 1090);
  // Another serves it first, as its own.
  journal.got(noon - 1080, b, { kind: 'server-descriptor' }, first.descriptor);
  journal.got(noon - 1079, c, { kind: 'server-descriptor' }, descriptor(other));
  journal.got(noon - 1078, a, { kind: 'server-descriptor' }, spoilt(first.descriptor));
  journal.cycle(noon - 1070);
  journal.play(
    network.round({ validAfter: noon, voteEdit: (name) => (name === a ? naming(file) : (lines) => lines) }),
  );
  journal.got(noon + 300, a, { kind: 'bandwidth-file' }, later);
  journal.got(noon + 301, a, { kind: 'extra-info' }, second.extraInfo);
  journal.cycle(noon + 310);
  journal.got(noon + 320, a, { kind: 'server-descriptor' }, second.descriptor);
  journal.got(noon + 321, b, { kind: 'extra-info' }, spoilt(second.extraInfo));
  journal.cycle(noon + 330);
  return journal;
}
