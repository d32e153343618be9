/** What reading the bytes of a kept document again tells: its facts, its problems, what is signed. Nothing is judged here. */
import {
  bandwidthColumn,
  descriptorDigests,
  formatTime,
  parseBandwidthFile,
  parseConsensus,
  parseDetachedSignatures,
  parseExtraInfos,
  parseKeyCertificates,
  parseServerDescriptors,
  parseVote,
  toBase64,
} from '@conclave/netdoc';
import type {
  Consensus,
  ExtraInfo,
  Parsed,
  Problem,
  ServerDescriptor,
  Span,
  UnixSeconds,
  UnrecognizedLine,
  Vote,
} from '@conclave/netdoc';

interface Fact {
  readonly name: string;
  readonly value: string;
}

/** What one document says. */
export interface Reading {
  readonly problems: readonly Problem[];
  readonly unrecognized: readonly UnrecognizedLine[];
  /** What its signatures are over, where it is one span. */
  readonly signed: Span | undefined;
  readonly facts: readonly Fact[];
  /** Of detached signatures: what each is on, and whose it is. */
  readonly detached: readonly {
    readonly flavor: string;
    readonly digest: string;
    readonly identity: string;
  }[];
}

type Read = (bytes: Uint8Array) => Omit<Reading, 'detached'> & Partial<Pick<Reading, 'detached'>>;

const readers: Readonly<Record<string, Read>> = {
  consensus: (bytes) => consensusReading(parseConsensus(bytes, { profile: 'tor-0.4.9' })),
  vote: (bytes) => voteReading(parseVote(bytes, { profile: 'tor-0.4.9' })),
  certificates: certificatesReading,
  signatures: signaturesReading,
  'server-descriptor': (bytes) =>
    ofAll(parseServerDescriptors(bytes, { profile: 'tor-0.4.9' }), descriptorFacts),
  'extra-info': (bytes) => ofAll(parseExtraInfos(bytes, { profile: 'tor-0.4.9' }), extraInfoFacts),
  'bandwidth-file': bandwidthReading,
};

/** Reads a document of a kind that is kept. */
export function readAgain(kind: string, bytes: Uint8Array): Reading {
  const read = Object.hasOwn(readers, kind) ? readers[kind] : undefined;
  return {
    detached: [],
    ...(read?.(bytes) ?? { problems: [], unrecognized: [], signed: undefined, facts: [] }),
  };
}

function fact(name: string, value: string | number | undefined): Fact[] {
  return value === undefined ? [] : [{ name, value: String(value) }];
}

function timeFact(name: string, time: UnixSeconds | undefined): Fact[] {
  return fact(name, time === undefined ? undefined : formatTime(time));
}

function statusFacts({ partial }: Parsed<Consensus> | Parsed<Vote>): Fact[] {
  const { validAfter, freshUntil, validUntil, routers, knownFlags } = partial;
  return [
    ...timeFact('valid-after', validAfter),
    ...timeFact('fresh-until', freshUntil),
    ...timeFact('valid-until', validUntil),
    ...fact('relays', routers?.count),
    ...fact('known-flags', knownFlags?.join(' ')),
  ];
}

function consensusReading(parsed: Parsed<Consensus>): ReturnType<Read> {
  const { partial, problems, unrecognized } = parsed;
  const facts = [
    ...fact('flavour', partial.flavor),
    ...fact('consensus-method', partial.consensusMethod),
    ...statusFacts(parsed),
    ...fact('voters', partial.authorities?.map(({ nickname }) => nickname).join(', ')),
    ...fact('shared random', partial.sharedRandomCurrent?.value),
  ];
  return { problems, unrecognized, signed: partial.signed, facts };
}

function voteReading(parsed: Parsed<Vote>): ReturnType<Read> {
  const { partial, problems, unrecognized } = parsed;
  const facts = [
    ...fact('voter', partial.source?.nickname),
    ...fact('contact', partial.contact),
    ...timeFact('published', partial.published),
    ...statusFacts(parsed),
    ...fact('consensus-methods', partial.consensusMethods?.join(' ')),
    ...fact('bandwidth file', partial.bandwidthFileDigest),
  ];
  return { problems, unrecognized, signed: partial.signed, facts };
}

function certificatesReading(bytes: Uint8Array): ReturnType<Read> {
  return ofAll(parseKeyCertificates(bytes), ({ fingerprint, published, expires }) =>
    published === undefined || expires === undefined
      ? []
      : fact(fingerprint ?? 'unreadable', `${formatTime(published)} to ${formatTime(expires)}`),
  );
}

/** All documents of a file; what is signed is shown where there is one. */
function ofAll<D extends { readonly signed: Span | undefined }>(
  all: readonly Parsed<D>[],
  facts: (partial: Partial<D>) => Fact[],
): ReturnType<Read> {
  return {
    problems: all.flatMap(({ problems }) => problems),
    unrecognized: all.flatMap(({ unrecognized }) => unrecognized),
    signed: all.length === 1 ? all[0]?.partial.signed : undefined,
    facts: all.slice(0, documentsMax).flatMap(({ partial }) => facts(partial)),
  };
}

/** An authority is asked for its own; more than some would be a page that nobody reads. */
const documentsMax = 50;

function signaturesReading(bytes: Uint8Array): ReturnType<Read> {
  const { partial, problems, unrecognized } = parseDetachedSignatures(bytes);
  const flavors = new Map<string, number>();
  for (const { flavor } of partial.signatures ?? []) flavors.set(flavor, (flavors.get(flavor) ?? 0) + 1);
  return {
    problems,
    unrecognized,
    signed: undefined,
    facts: [
      ...timeFact('valid-after', partial.validAfter),
      ...fact('consensus digest', partial.consensusDigest),
      ...[...(partial.additionalDigests ?? [])].flatMap(([name, digest]) => fact(`${name} digest`, digest)),
      ...fact('signatures', partial.signatures?.length),
      ...[...flavors].flatMap(([flavor, count]) => fact(`signatures on ${flavor}`, count)),
    ],
    detached: (partial.signatures ?? []).flatMap(({ flavor, algorithm, identity }) => {
      const digest =
        flavor === 'ns' ? partial.consensusDigest : partial.additionalDigests?.get(`${flavor} ${algorithm}`);
      return digest === undefined ? [] : [{ flavor, digest, identity }];
    }),
  };
}

function descriptorFacts(partial: Partial<ServerDescriptor>): Fact[] {
  const { router, bandwidth, bytes, span } = partial;
  const ports = router && `${router.address}, ORPort ${router.orPort}, DirPort ${router.dirPort}`;
  return [
    ...fact('nickname', router?.nickname),
    ...fact('fingerprint', partial.fingerprint),
    ...fact('ed25519 identity', base64(partial.identityEd25519?.signerKey)),
    ...fact('address', ports),
    ...fact('further addresses', partial.orAddresses?.join(', ')),
    ...timeFact('published', partial.published),
    ...fact('platform', partial.platform),
    ...fact('contact', partial.contact),
    ...fact('uptime', partial.uptimeSeconds === undefined ? undefined : `${partial.uptimeSeconds} s`),
    ...fact('bandwidth seen', bandwidth && `${bandwidth.observed} B/s`),
    ...timeFact('overloaded', partial.overloadGeneral?.time),
    ...fact('extra-info', partial.extraInfoDigest?.sha1),
    ...fact('digest', bytes && span ? descriptorDigests(partial as ServerDescriptor).sha1 : undefined),
  ];
}

function extraInfoFacts(partial: Partial<ExtraInfo>): Fact[] {
  const { bytes, span, statistics = {} } = partial;
  const keywords = Object.entries(statistics)
    .filter(([, value]) => value !== undefined && !(Array.isArray(value) && value.length === 0))
    .map(([name]) =>
      name === 'transports' ? 'transport' : name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`),
    );
  return [
    ...fact('nickname', partial.nickname),
    ...fact('fingerprint', partial.fingerprint),
    ...fact('ed25519 identity', base64(partial.identityEd25519?.signerKey)),
    ...timeFact('published', partial.published),
    ...fact('statistics', keywords.join(', ')),
    ...timeFact('directory requests until', statistics.dirreqStatsEnd?.end),
    ...timeFact('bytes written until', statistics.writeHistory?.end),
    ...fact('digest', bytes && span ? descriptorDigests(partial as ExtraInfo).sha1 : undefined),
  ];
}

/** Header keys that tell how a scan went. */
const scanKeys =
  /^(?:scanner_country|destinations_countries|file_created|latest_bandwidth|number_eligible_relays|number_consensus_relays|recent_measurements_excluded_.*)$/;

function bandwidthReading(bytes: Uint8Array): ReturnType<Read> {
  const { partial, problems, unrecognized } = parseBandwidthFile(bytes, { profile: 'tor-0.4.9' });
  const { header, relays } = partial;
  const software = [partial.software, header?.get('software_version')].filter((word) => word !== undefined);
  const voted = relays?.voted.reduce((sum, one) => sum + one, 0);
  const failed = relays && bandwidthColumn(relays, 'error_circ').filter((errors) => errors > 0).length;
  return {
    problems,
    unrecognized,
    signed: undefined,
    facts: [
      ...timeFact('timestamp', partial.timestamp),
      ...fact('version', partial.version),
      ...fact('software', software.join(' ')),
      ...fact('relay lines', relays?.count),
      ...fact('to be voted for', voted),
      ...fact('with failed circuits', failed),
      ...[...(header ?? [])].flatMap(([key, value]) => (scanKeys.test(key) ? fact(key, value) : [])),
    ],
  };
}

function base64(bytes: Uint8Array | undefined): string | undefined {
  return bytes && toBase64(bytes);
}
