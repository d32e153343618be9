/** For tests of the backfill: documents in CollecTor's shape, as plain files, tarballs and an index, made by the system's tar and xz. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseKeyCertificates } from '@conclave/netdoc';
import { openRecording } from '../../src/archive/index.ts';
import type { ArchivedDocumentKind } from '../../src/archive/index.ts';
import type { AuthoritySet } from '../../src/network/index.ts';
import { voteDigest } from './network.ts';
import type { MadeNetwork, MadeRound } from './network.ts';

/** Whether this machine has what packs tarballs. */
export const canPack: boolean = ['tar', 'xz'].every((name) => spawnSync(name, ['--version']).status === 0);

/** A document, and where CollecTor has it: in which tarball and under which name. */
export interface Placed {
  readonly kind: ArchivedDocumentKind;
  /** In seconds: valid-after, or when it was published. */
  readonly at: number;
  readonly name: string;
  readonly bytes: Uint8Array;
}

const types: Readonly<Record<ArchivedDocumentKind, string>> = {
  consensus: 'network-status-consensus-3 1.0',
  microdesc: 'network-status-microdesc-consensus-3 1.0',
  vote: 'network-status-vote-3 1.0',
  certificate: 'dir-key-certificate-3 1.0',
  bandwidth: 'bandwidth-file 1.0',
  'server-descriptor': 'server-descriptor 1.0',
};

/** `2024-05-01-12-00-00` of a time in seconds. */
export function nameTime(at: number): string {
  return new Date(at * 1000).toISOString().slice(0, 19).replaceAll(/[T:]/g, '-');
}

/** Both consensuses and the votes of made rounds. */
export function roundsPlaced(network: MadeNetwork, rounds: readonly MadeRound[]): Placed[] {
  return rounds.flatMap(({ validAfter, ns, microdesc, votes }) => [
    consensusPlaced('consensus', validAfter, ns),
    consensusPlaced('microdesc', validAfter, microdesc),
    ...[...votes].map(([name, bytes]) => votePlaced(validAfter, network.member(name).identity, bytes)),
  ]);
}

/** A consensus under its name. */
export function consensusPlaced(kind: 'consensus' | 'microdesc', at: number, bytes: Uint8Array): Placed {
  return { kind, at, name: `${nameTime(at)}-consensus${kind === 'microdesc' ? '-microdesc' : ''}`, bytes };
}

/** A vote under its name. */
export function votePlaced(at: number, identity: string, bytes: Uint8Array): Placed {
  return { kind: 'vote', at, name: `${nameTime(at)}-vote-${identity}-${voteDigest(bytes)}`, bytes };
}

/** Every certificate of a file under its name. */
export function certificatesPlaced(bytes: Uint8Array): Placed[] {
  return parseKeyCertificates(bytes).flatMap(({ document }) => {
    if (!document) return [];
    const { fingerprint, published, span } = document;
    const name = `${fingerprint}-${nameTime(published)}`;
    return [{ kind: 'certificate' as const, at: published, name, bytes: bytes.slice(span.start, span.end) }];
  });
}

/** A bandwidth file under its name, which has its SHA-256. */
export function bandwidthPlaced(at: number, bytes: Uint8Array): Placed {
  const digest = createHash('sha256').update(bytes).digest('hex').toUpperCase();
  return { kind: 'bandwidth', at, name: `${nameTime(at)}-bandwidth-${digest}`, bytes };
}

/** A server descriptor under its name, which is its digest. */
export function descriptorPlaced(at: number, bytes: Uint8Array): Placed {
  const mark = '\nrouter-signature\n';
  const signed = bytes.subarray(0, Buffer.from(bytes).indexOf(mark) + mark.length);
  return { kind: 'server-descriptor', at, name: createHash('sha1').update(signed).digest('hex'), bytes };
}

/** A document as CollecTor writes it. */
export function annotated({ kind, bytes }: Placed): Buffer {
  return Buffer.concat([Buffer.from(`@type ${types[kind]}\n`), bytes]);
}

/** The path of a document in its tarball, and of the tarball. */
function pathsOf({ kind, at, name }: Placed): { readonly tarball: string; readonly path: string } {
  const [month, day] = [nameTime(at).slice(0, 7), nameTime(at).slice(8, 10)];
  switch (kind) {
    case 'certificate':
      return { tarball: 'certs', path: `certs/${name}` };
    case 'microdesc':
      return {
        tarball: `microdescs/microdescs-${month}`,
        path: `microdescs-${month}/consensus-microdesc/${day}/${name}`,
      };
    case 'consensus':
      return { tarball: `consensuses/consensuses-${month}`, path: `consensuses-${month}/${day}/${name}` };
    case 'vote':
      return { tarball: `votes/votes-${month}`, path: `votes-${month}/${day}/${name}` };
    case 'bandwidth':
      return { tarball: `bandwidths/bandwidths-${month}`, path: `bandwidths-${month}/${day}/${name}` };
    case 'server-descriptor': {
      const tarball = `server-descriptors-${month}`;
      return {
        tarball: `server-descriptors/${tarball}`,
        path: `${tarball}/${name.slice(0, 1)}/${name.slice(1, 2)}/${name}`,
      };
    }
  }
}

/** Writes documents as the tarballs of `archive/relay-descriptors` below a folder; `more` are further files by path in tarball. */
export function writeTarballs(
  folder: string,
  documents: readonly Placed[],
  more: Readonly<Record<string, Readonly<Record<string, Uint8Array | string>>>> = {},
): void {
  const scratch = join(folder, '.scratch');
  const tarballs = new Map<string, Map<string, Uint8Array | string>>();
  for (const document of documents) {
    const { tarball, path } = pathsOf(document);
    const entries = tarballs.get(tarball) ?? new Map<string, Uint8Array | string>();
    tarballs.set(tarball, entries.set(path, annotated(document)));
  }
  for (const [tarball, entries] of Object.entries(more)) {
    for (const [path, bytes] of Object.entries(entries)) tarballs.get(tarball)?.set(path, bytes);
  }
  for (const [tarball, entries] of tarballs) {
    rmSync(scratch, { recursive: true, force: true });
    for (const [path, bytes] of entries) {
      mkdirSync(dirname(join(scratch, path)), { recursive: true });
      writeFileSync(join(scratch, path), bytes);
    }
    const out = join(folder, 'archive/relay-descriptors', `${tarball}.tar.xz`);
    mkdirSync(dirname(out), { recursive: true });
    const [first = '', ...others] = [...new Set([...entries.keys()].map((path) => path.split('/')[0] ?? ''))];
    const packed = spawnSync('tar', ['-c', '-C', scratch, '-I', 'xz -1', '-f', out, first, ...others]);
    if (packed.status !== 0) throw new Error(String(packed.stderr));
  }
  rmSync(scratch, { recursive: true, force: true });
}

interface Directory {
  path?: string;
  files?: { path: string; size: number; last_modified: string; sha256: string }[];
  directories?: Directory[];
}

/** The index of a folder, as CollecTor writes it; `sha256Of` may lie. */
export function writeIndex(folder: string, sha256Of = sha256Base64): void {
  const visit = (path: string): Directory => {
    const made: Directory = {};
    for (const entry of readdirSync(join(folder, path), { withFileTypes: true })) {
      const below = join(path, entry.name);
      if (entry.isDirectory()) (made.directories ??= []).push({ path: entry.name, ...visit(below) });
      else {
        const { size } = statSync(join(folder, below));
        const sha256 = sha256Of(readFileSync(join(folder, below)), below);
        (made.files ??= []).push({ path: entry.name, size, last_modified: '2024-06-01 00:00', sha256 });
      }
    }
    return made;
  };
  const tree = { index_created: '2024-06-01 00:00', path: 'https://collector.torproject.org', ...visit('.') };
  mkdirSync(join(folder, 'index'), { recursive: true });
  writeFileSync(join(folder, 'index/index.json'), JSON.stringify(tree));
}

/** As the index has it. */
export function sha256Base64(bytes: Uint8Array, _path: string): string {
  return createHash('sha256').update(bytes).digest('base64');
}

/** The authorities and the documents of the recorded bad day: of its first rounds, so many as are asked for. */
export async function badDayPlaced(
  rounds: number,
): Promise<{ readonly set: AuthoritySet; readonly documents: Placed[] }> {
  const recording = await openRecording(resolve(import.meta.dirname, '../../../../testdata/bad-day.tar.xz'));
  try {
    let set: AuthoritySet = { network: '', authorities: [] };
    const placed = new Map<string, Placed>();
    for await (const { entry } of recording.entries(0)) {
      if (entry.type === 'watching') set = { network: entry.network, authorities: entry.authorities };
      if (entry.type !== 'observation' || !entry.document) continue;
      const { kind } = entry.subject;
      if (kind !== 'consensus' && kind !== 'vote' && kind !== 'certificates') continue;
      const bytes = await recording.read(entry.document.sha256);
      if (!bytes) continue;
      const found = Buffer.from(bytes.subarray(0, 2000)).toString('latin1');
      const at = Date.parse(`${/^valid-after (.*)$/m.exec(found)?.[1]}Z`) / 1000;
      const some =
        kind === 'certificates'
          ? certificatesPlaced(bytes)
          : kind === 'vote'
            ? [votePlaced(at, /^dir-source \S+ (\S+)/m.exec(found)?.[1] ?? '', bytes)]
            : [
                consensusPlaced(
                  entry.subject.kind === 'consensus' && entry.subject.flavor === 'microdesc'
                    ? 'microdesc'
                    : 'consensus',
                  at,
                  bytes,
                ),
              ];
      // CollecTor keeps one file of a name, the one that came first.
      for (const one of some) if (!placed.has(one.name)) placed.set(one.name, one);
    }
    const times = [
      ...new Set([...placed.values()].flatMap(({ kind, at }) => (kind === 'consensus' ? at : []))),
    ];
    const last = times.sort((a, b) => a - b)[rounds - 1] ?? Infinity;
    const documents = [...placed.values()].filter(({ kind, at }) => kind === 'certificate' || at <= last);
    return { set, documents };
  } finally {
    await recording.close();
  }
}
