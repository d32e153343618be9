/**
 * What an authority's bandwidth scanner measured, in the format of sbws (bandwidth-file-spec). Scanners see the same
 * relays from different places: each has a bias, an error of its own per relay, and a little noise per round.
 */
import { createRandom } from './random.ts';
import type { Relay } from './relay.ts';

/** Whose file, of what, when. */
export interface ScannerRun {
  readonly seed: string;
  /** Nickname of the authority whose scanner it is. */
  readonly scanner: string;
  readonly relays: readonly Relay[];
  readonly now: Date;
}

const day = 86_400_000;
const countries = ['US', 'AT', 'NL', 'DE', 'SE', 'FR', 'CA', 'FI'] as const;

/** Writes the whole file. */
export function writeBandwidthFile(run: ScannerRun): string {
  const { seed, scanner, relays, now } = run;
  const random = createRandom(seed, 'scanner', scanner);
  const bias = 0.85 + 0.35 * random.next();
  const spread = 0.06 + 0.1 * random.next();
  const country = random.pick(countries);
  const lines = relays.flatMap((relay) => {
    // Whom one scanner cannot measure the others can hardly measure either.
    const elusive = createRandom(seed, 'elusive', relay.fingerprint).chance(0.05);
    const eligible = createRandom(seed, 'eligible', scanner, relay.fingerprint).chance(elusive ? 0.4 : 0.996);
    return eligible ? [measurement(run, relay, { bias, spread })] : [];
  });
  const started = new Date(now.getTime() - 31 * day - random.between(0, 4 * 86_400) * 1000);
  const head = [
    `${Math.floor(now.getTime() / 1000)}`,
    'version=1.5.0',
    'destinations_countries=US,DE,NL',
    `earliest_bandwidth=${isoTime(new Date(now.getTime() - 5 * day))}`,
    `file_created=${isoTime(now)}`,
    `generator_started=${isoTime(started)}`,
    `latest_bandwidth=${isoTime(new Date(now.getTime() - 1000))}`,
    `minimum_number_eligible_relays=${Math.ceil(relays.length * 0.6)}`,
    'minimum_percent_eligible_relays=60',
    `number_consensus_relays=${relays.length}`,
    `number_eligible_relays=${lines.length}`,
    `percent_eligible_relays=${relays.length === 0 ? 0 : Math.round((100 * lines.length) / relays.length)}`,
    `scanner_country=${country}`,
    'software=sbws',
    'software_version=1.9.0',
    `tor_version=0.4.9.11`,
    '=====',
  ];
  return `${[...head, ...lines].join('\n')}\n`;
}

function measurement(
  run: ScannerRun,
  relay: Relay,
  lens: { readonly bias: number; readonly spread: number },
): string {
  const { seed, scanner, now } = run;
  const truth = createRandom(seed, 'capacity', relay.fingerprint).logNormal(0.8, 0.35);
  const own = createRandom(seed, 'measures', scanner, relay.fingerprint);
  const error = own.logNormal(1, lens.spread);
  const noise = createRandom(seed, 'noise', scanner, relay.fingerprint, Math.floor(now.getTime() / 10_000));
  const kilobytes = (relay.bandwidth.observed / 1000) * truth * lens.bias * error * noise.logNormal(1, 0.015);
  // bandwidth-file-spec: rounded to two significant digits, so that small noise does not show.
  const rounded = Math.max(1, Number(kilobytes.toPrecision(2)));
  const fields = {
    bw: rounded,
    error_circ: own.between(0, 2),
    error_misc: 0,
    error_stream: own.between(0, 3),
    master_key_ed25519: relay.ed25519Identity.publicKey.toString('base64').replace(/=+$/, ''),
    nick: relay.nickname,
    node_id: `$${relay.fingerprint}`,
    rtt: own.between(60, 900),
    success: own.between(3, 14),
    time: isoTime(new Date(now.getTime() - noise.between(60, 4 * 86_400) * 1000)),
  };
  return Object.entries(fields)
    .map(([key, value]) => `${key}=${value}`)
    .join(' ');
}

function isoTime(moment: Date): string {
  return moment.toISOString().slice(0, 19);
}
