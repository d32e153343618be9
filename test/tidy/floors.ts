/**
 * Which room may lean on which: the floors of ARCHITECTURE.md as a table. A room may use its own floor's neighbours only
 * where the table says so. `types` means that nothing of it is left at run time.
 */
import type { SourceFile } from './sources.ts';
import { importsOf, targetOf } from './sources.ts';

/** What one room may import. */
export interface Room {
  readonly floor: number;
  /** Rooms of the same package, values and types. */
  readonly uses: readonly string[];
  /** Rooms of the same package, types only. */
  readonly types?: readonly string[];
  /** Packages by name; `node:*` is any module of Node. */
  readonly packages?: readonly string[];
  /** Packages of which types only. */
  readonly packageTypes?: readonly string[];
  /** Packages that may be loaded only when they are needed. */
  readonly latePackages?: readonly string[];
}

/** Rooms by name. The empty name is the package's own door. */
export type House = Readonly<Record<string, Room>>;

/** The library: no I/O, no clock, and no Node but in one file of `crypto`, which a browser replaces. */
export const netdocHouse: House = {
  base: { floor: 0, uses: [] },
  metaformat: { floor: 1, uses: ['base'] },
  crypto: {
    floor: 1,
    uses: ['base'],
    packages: ['#crypto', '@noble/curves', '@noble/hashes', 'node:crypto'],
  },
  ed25519: { floor: 1, uses: ['base'] },
  routers: { floor: 2, uses: ['base', 'metaformat'] },
  // A status document is its frame and its entries: the frame's parser hands the entries to the scanner and keeps its table.
  documents: { floor: 2, uses: ['base', 'metaformat', 'ed25519', 'routers'] },
  verify: { floor: 3, uses: ['base', 'metaformat', 'crypto', 'ed25519', 'documents', 'routers'] },
  compute: { floor: 3, uses: ['base', 'metaformat', 'crypto', 'documents', 'routers'] },
  diff: { floor: 3, uses: ['base', 'crypto', 'documents'] },
  compare: { floor: 3, uses: ['base', 'routers', 'documents'] },
  prove: { floor: 4, uses: ['base', 'crypto', 'documents', 'verify', 'compute', 'compare'] },
  '': {
    floor: 5,
    uses: [
      'base',
      'metaformat',
      'crypto',
      'ed25519',
      'documents',
      'routers',
      'verify',
      'compute',
      'diff',
      'compare',
      'prove',
    ],
  },
};

const below = [
  'network',
  'geo',
  'collect',
  'feeds',
  'archive',
  'analysis',
  'checks',
  'store',
  'alert',
  'pipeline',
];

/** The observatory. */
export const conclaveHouse: House = {
  network: { floor: 0, uses: [], packages: ['@conclave/netdoc'] },
  geo: { floor: 0, uses: [] },
  // The command line, the server and the visitor's browser judge a document in the same words, so it is pure and leans on nothing.
  judge: { floor: 1, uses: ['network'], packages: ['@conclave/netdoc'] },
  collect: { floor: 1, uses: ['network'], packages: ['node:*'] },
  // Sources beside the authorities are asked with the same bounds, clock and words for what came of it.
  feeds: { floor: 1, uses: ['collect'], packages: ['node:*', 'xz-decompress'] },
  // The journal is made of what the collector saw and of whom it watched; their types are what it writes down.
  archive: {
    floor: 1,
    uses: [],
    types: ['collect', 'feeds', 'network'],
    packages: ['node:*', 'tar-stream', 'xz-decompress'],
  },
  // Where a relay is, is a pure look into a table that is handed in; how a probe ended is the collector's word.
  analysis: { floor: 2, uses: ['network', 'geo'], types: ['collect'], packages: ['@conclave/netdoc'] },
  // A finding names the authority that it is about and the majority that it is held against.
  checks: { floor: 3, uses: ['analysis', 'network'] },
  // Its tables have an edition: a digest of their description, so that an old store is made anew.
  store: {
    floor: 3,
    uses: [],
    types: ['analysis', 'checks'],
    packages: ['@duckdb/node-api', 'node:crypto'],
  },
  alert: { floor: 4, uses: ['store'], types: ['checks'] },
  pipeline: {
    floor: 4,
    uses: ['network', 'geo', 'collect', 'feeds', 'archive', 'analysis', 'checks', 'store', 'alert'],
    packages: ['@conclave/netdoc'],
  },
  // Archives are read at the rim like everything else, and what comes of it takes the pipeline's way: threads judge, nobody writes but it.
  backfill: {
    floor: 5,
    uses: ['network', 'feeds', 'archive', 'pipeline', 'store'],
    types: ['analysis', 'geo'],
    packages: ['node:*', '@conclave/netdoc', 'tar-stream', 'xz-decompress'],
  },
  api: {
    floor: 5,
    uses: [],
    types: ['store', 'alert'],
    // A live feed looks at Node's own response, so that a reader who does not read is noticed.
    packages: ['hono', '@hono/zod-openapi', '@hono/node-server', 'node:http'],
  },
  // Answers the questions of the contract out of the store: it knows what the API asks, and nothing of how it serves.
  answers: { floor: 5, uses: below, types: ['api'], packages: ['@conclave/netdoc'] },
  // What a visitor drops is judged where it is dropped, and by the same room on the server where there is no script.
  web: { floor: 6, uses: ['api', 'judge'], packages: ['node:*', 'hono', '@hono/node-server'] },
  daemon: { floor: 7, uses: [...below, 'answers', 'api', 'web'], packages: ['node:*', '@conclave/netdoc'] },
  cli: {
    floor: 7,
    uses: [...below, 'judge', 'backfill', 'answers', 'api', 'web', 'daemon'],
    packages: [
      'node:*',
      '@conclave/netdoc',
      'cli-progress',
      'cli-table3',
      'commander',
      'smol-toml',
      'xz-decompress',
      'zod',
      'zstddec',
    ],
    packageTypes: ['@conclave/lab'],
    // Whoever only watches never loads the lab.
    latePackages: ['@conclave/lab'],
  },
};

/** The room of a file below `packages/NAME/src`. */
export function roomOf(path: string): string {
  const parts = path.split('/').slice(3);
  return parts.length > 1 ? (parts[0] ?? '') : '';
}

/** Every import that the table does not allow, in words. */
export function breaches(house: House, files: readonly SourceFile[]): readonly string[] {
  return files.flatMap((file) => {
    const name = roomOf(file.path);
    const room = house[name];
    if (room === undefined) return [`${file.path}: the room ${name} has no floor yet; give it one`];
    return importsOf(file.text).flatMap(({ from, typesOnly, late }) => {
      const refuse = (why: string): string[] => [`${file.path}: ${from}: ${why}`];
      if (!from.startsWith('.')) {
        const listed = [
          ...(room.packages ?? []),
          ...(typesOnly ? (room.packageTypes ?? []) : []),
          ...(late ? (room.latePackages ?? []) : []),
        ];
        return listed.some((one) => covers(one, from))
          ? []
          : refuse(`not a package for ${name || 'the door'}`);
      }
      const target = targetOf(file, from);
      const other = roomOf(target);
      if (other === name) return [];
      if (other === '') return refuse('nobody inside imports the door of the package');
      if (!target.endsWith(`/src/${other}/index.ts`)) return refuse(`not the door of ${other}`);
      if (room.uses.includes(other) || (typesOnly && room.types?.includes(other))) return [];
      return refuse(
        room.types?.includes(other) ? `only types of ${other}` : `${name} may not lean on ${other}`,
      );
    });
  });
}

function covers(listed: string, asked: string): boolean {
  if (listed === 'node:*') return asked.startsWith('node:');
  return asked === listed || asked.startsWith(`${listed}/`);
}

/** A way from a room back to itself over what is left at run time, or undefined. */
export function cycleIn(house: House): readonly string[] | undefined {
  const search = (path: readonly string[]): readonly string[] | undefined => {
    const [last = ''] = path.slice(-1);
    for (const next of house[last]?.uses ?? []) {
      const found = path.includes(next) ? [...path, next] : search([...path, next]);
      if (found) return found;
    }
    return undefined;
  };
  for (const name of Object.keys(house)) {
    const found = search([name]);
    if (found) return found;
  }
  return undefined;
}

/** A way from a file of a room back to itself, over types too: such files are one, written in several places. */
export function circleOfFiles(files: readonly SourceFile[]): readonly string[] | undefined {
  const texts = new Map(files.map((file) => [file.path, file]));
  const done = new Set<string>();
  const search = (path: readonly string[]): readonly string[] | undefined => {
    const [last = ''] = path.slice(-1);
    const file = texts.get(last);
    if (!file || done.has(last)) return undefined;
    for (const { from } of importsOf(file.text)) {
      if (!from.startsWith('.')) continue;
      const next = targetOf(file, from);
      const found = path.includes(next) ? [...path.slice(path.indexOf(next)), next] : search([...path, next]);
      if (found) return found;
    }
    done.add(last);
    return undefined;
  };
  for (const { path } of files) {
    const found = search([path]);
    if (found) return found;
  }
  return undefined;
}
