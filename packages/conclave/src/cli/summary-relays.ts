/** What relays say of themselves, one document at a time: server descriptors, extra-infos, microdescriptors. */
import {
  descriptorDigests,
  formatTime,
  toBase64,
  type ExtraInfo,
  type ExtraInfoStatistics,
  type Microdescriptor,
  type PolicyRule,
  type PortPolicy,
  type ServerDescriptor,
  type UnixSeconds,
} from '@conclave/netdoc';
import { microdescriptorDigestText } from '../judge/index.ts';
import { count, plural, timeText } from './output.ts';

function row(name: string, value: string | undefined): string[][] {
  return value === undefined ? [] : [[name, value]];
}

/** A key or digest of 32 bytes as documents write it. */
export function keyText(key: Uint8Array | undefined): string | undefined {
  return key && toBase64(key);
}

/** `203.0.113.7, ORPort 9001, DirPort 9030`; further addresses behind. */
export function addressText({ router, orAddresses }: Partial<ServerDescriptor>): string {
  if (!router) return 'unreadable';
  const dir = router.dirPort === 0 ? '' : `, DirPort ${router.dirPort}`;
  const more = (orAddresses ?? []).map((address) => `, ${address}`).join('');
  return `${router.address}, ORPort ${router.orPort}${dir}${more}`;
}

/** The rows of a server descriptor. */
export function descriptorRows(descriptor: Partial<ServerDescriptor>): string[][] {
  const { bandwidth, uptimeSeconds, family, familyCertificates } = descriptor;
  const ed25519 = descriptor.masterKeyEd25519 ?? descriptor.identityEd25519?.signerKey;
  const certificates = familyCertificates?.length ?? 0;
  const families = [
    ...(family ? [plural(family.length, 'member')] : []),
    ...(certificates > 0 ? [plural(certificates, 'certificate')] : []),
  ];
  return [
    ['fingerprint', descriptor.fingerprint ?? descriptor.routerDigest ?? 'not stated'],
    ...row('ed25519', keyText(ed25519)),
    ['address', addressText(descriptor)],
    ['published', timeText(descriptor.published)],
    ...row('platform', descriptor.platform),
    ...row('uptime', uptimeSeconds === undefined ? undefined : durationText(uptimeSeconds)),
    ...row(
      'bandwidth',
      bandwidth &&
        `${count(bandwidth.observed)} B/s seen; its limits: ${count(bandwidth.rate)}, in bursts ${count(bandwidth.burst)}`,
    ),
    ['exit policy', policyText(descriptor)],
    ...row('ipv6 policy', portsText(descriptor.ipv6Policy)),
    ...row('family', families.length > 0 ? families.join(', ') : undefined),
    ...row('contact', descriptor.contact),
    ...row('says that it', saysOfItself(descriptor)),
    ...row('extra-info', descriptor.extraInfoDigest?.sha1),
    ...row('digest', digestOf(descriptor)),
    ['signatures', signaturesText(descriptor)],
  ];
}

/** What bears on its flags, and what it complains of. */
function saysOfItself(descriptor: Partial<ServerDescriptor>): string | undefined {
  const { overloadGeneral } = descriptor;
  const list = [
    ...(descriptor.hibernating === true ? ['hibernates'] : []),
    ...(descriptor.hiddenServiceDir === true ? ['is an HSDir'] : []),
    ...(descriptor.tunnelledDirServer === true ? ['serves the directory through its ORPort'] : []),
    ...(descriptor.cachesExtraInfo === true ? ['caches extra-infos'] : []),
    ...(descriptor.allowSingleHopExits === true ? ['allows single-hop exits'] : []),
    ...(overloadGeneral ? [`was overloaded at ${formatTime(overloadGeneral.time)}`] : []),
  ];
  return list.length === 0 ? undefined : list.join(', ');
}

/** Which signatures a descriptor or extra-info has. */
function signaturesText(document: {
  readonly signature?: Uint8Array | undefined;
  readonly signatureEd25519?: Uint8Array | undefined;
}): string {
  const list = [...(document.signatureEd25519 ? ['ed25519'] : []), ...(document.signature ? ['RSA'] : [])];
  return list.length === 0 ? 'none (taken away)' : `${list.join(' and ')} (not verified)`;
}

function digestOf(partial: Partial<ServerDescriptor> | Partial<ExtraInfo>): string | undefined {
  if (!partial.bytes || !partial.span || !partial.signed) return partial.routerDigest;
  return descriptorDigests(partial as ServerDescriptor).sha1;
}

/** `3 d 4 h`. */
function durationText(seconds: number): string {
  const hours = Math.floor(seconds / 3600);
  return hours < 1 ? `${Math.floor(seconds / 60)} min` : `${count(Math.floor(hours / 24))} d ${hours % 24} h`;
}

/** Whether anything at all may leave through this relay. */
export function isExit({ policy, ipv6Policy }: Partial<ServerDescriptor>): boolean {
  return policy?.some(({ verdict }) => verdict === 'accept') === true || ipv6Policy?.verdict === 'accept';
}

function policyText(descriptor: Partial<ServerDescriptor>): string {
  const { policy = [] } = descriptor;
  const [only] = policy;
  if (policy.length === 0) return 'none';
  return policy.length === 1 && only
    ? ruleText(only)
    : `${plural(policy.length, 'rule')}, ${exitText(descriptor)}`;
}

function exitText(descriptor: Partial<ServerDescriptor>): string {
  return isExit(descriptor) ? 'something may leave' : 'nothing may leave';
}

function ruleText({ keyword, address, bits, mask, ports: [low, high] }: PolicyRule): string {
  const network = mask ?? (bits === undefined ? undefined : String(bits));
  const ports = low === 1 && high === 65_535 ? '*' : low === high ? String(low) : `${low}-${high}`;
  return `${keyword} ${address}${network === undefined ? '' : `/${network}`}:${ports}`;
}

/** `accept 80,443`, with at most some of the ports. */
export function portsText(policy: PortPolicy | undefined): string | undefined {
  if (!policy) return undefined;
  const list = policy.ports.map(([low, high]) => (low === high ? String(low) : `${low}-${high}`));
  const more = list.length > portsShown ? ` and ${plural(list.length - portsShown, 'range')} more` : '';
  return `${policy.verdict} ${list.slice(0, portsShown).join(',')}${more}`;
}

const portsShown = 12;

/** The rows of an extra-info: which statistics it has, over which time. */
export function extraInfoRows(extraInfo: Partial<ExtraInfo>): string[][] {
  const statistics = statisticsOf(extraInfo);
  return [
    ['fingerprint', extraInfo.fingerprint ?? 'unreadable'],
    ...row('ed25519', keyText(extraInfo.masterKeyEd25519 ?? extraInfo.identityEd25519?.signerKey)),
    ['published', timeText(extraInfo.published)],
    ...row('digest', digestOf(extraInfo)),
    ['signatures', signaturesText(extraInfo)],
    ['statistics', statistics.length === 0 ? 'none' : plural(statistics.length, 'keyword')],
    ...statistics.map(([keyword, value]) => [`  ${keyword}`, statisticText(value)]),
  ];
}

/** The statistics that an extra-info has, by keyword, in the library's order. */
export function statisticsOf({ statistics }: Partial<ExtraInfo>): [keyword: string, value: unknown][] {
  return Object.entries(statistics ?? {})
    .filter(([, value]) => value !== undefined && !(Array.isArray(value) && value.length === 0))
    .map(([name, value]) => [keywordOf(name as keyof ExtraInfoStatistics), value]);
}

/** The spec's word for a field: `dirreqV3Ips` is `dirreq-v3-ips`. */
function keywordOf(name: keyof ExtraInfoStatistics): string {
  if (name === 'transports') return 'transport';
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** What one statistic holds, without its figures: its interval, how many values, how many keys. */
function statisticText(value: unknown): string {
  if (value instanceof Map) return plural(value.size, 'key');
  if (Array.isArray(value)) return plural(value.length, 'value');
  if (typeof value === 'string') return value;
  if (typeof value === 'number')
    return value > 1_000_000_000 ? formatTime(value as UnixSeconds) : String(value);
  if (typeof value !== 'object' || value === null) return '';
  const parts = value as Readonly<Record<string, unknown>>;
  const { end, intervalSeconds, values, counts, time: since, value: figure } = parts;
  const until = typeof end === 'number' ? [`until ${formatTime(end as UnixSeconds)}`] : [];
  const every = typeof intervalSeconds === 'number' ? [`${count(intervalSeconds)} s`] : [];
  const list = Array.isArray(values) ? [plural(values.length, 'value')] : [];
  const keys = counts instanceof Map ? [plural(counts.size, 'key')] : [];
  const mark = typeof since === 'number' ? [`since ${formatTime(since as UnixSeconds)}`] : [];
  const number = typeof figure === 'number' ? [String(figure)] : [];
  return [...until, ...every, ...list, ...keys, ...mark, ...number].join(', ');
}

/** The ed25519 identity of a microdescriptor. */
export function microdescriptorIdentity({ ids }: Partial<Microdescriptor>): string | undefined {
  return keyText(ids?.find(({ type }) => type === 'ed25519')?.identity);
}

/** The rows of a microdescriptor. */
export function microdescriptorRows(microdescriptor: Partial<Microdescriptor>): string[][] {
  const { onionKey, ntorOnionKey, addresses, family, familyIds, annotations } = microdescriptor;
  const keys = [...(ntorOnionKey ? ['ntor'] : []), ...(onionKey ? ['RSA'] : [])];
  const listed = annotations?.find(({ keyword }) => keyword === 'last-listed')?.value;
  return [
    ['digest', microdescriptorDigestText(microdescriptor) ?? 'unreadable'],
    ...row('ed25519', microdescriptorIdentity(microdescriptor)),
    ['onion keys', keys.join(' and ') || 'none'],
    ...row('addresses', addresses?.length ? addresses.join(', ') : undefined),
    ...row('family', family && plural(family.length, 'member')),
    ...row('family ids', familyIds?.join(', ')),
    ...row('exit policy', portsText(microdescriptor.policy)),
    ...row('ipv6 policy', portsText(microdescriptor.ipv6Policy)),
    ...row('last listed', listed),
  ];
}
