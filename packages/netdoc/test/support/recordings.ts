/** Recorded rounds of private networks of real tor: two in the repository, others beside it. Each test unpacks for itself. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { dataRoot } from './data.ts';

/** An archive of rounds, unpacked. */
export interface Recording {
  /** Paths of all files below the archive's own folder, sorted. */
  readonly files: readonly string[];
  read(path: string): Uint8Array;
  /** Deletes what was unpacked. */
  remove(): void;
}

/** The recordings that there are; `bad-day` and `forged` are in the repository. */
export type RecordingName = 'bad-day' | 'forged' | 'divergent-rounds' | 'forged-rounds' | 'lab-rounds';

const archiveOf = (name: RecordingName): string =>
  name === 'bad-day' || name === 'forged'
    ? resolve(import.meta.dirname, `../../../../testdata/${name}.tar.xz`)
    : resolve(dataRoot, `../${name}.tar.xz`);

const hasXz = spawnSync('xz', ['--version']).status === 0;

/** A title for a test on a recording: it says what is missing where it is skipped. */
export function withRecording(name: RecordingName, title: string): string {
  if (!hasXz) return `${title} (needs xz)`;
  return hasRecording(name) ? title : `${title} (needs ../shared/data)`;
}

/** Whether the recording is there and can be unpacked. */
export function hasRecording(name: RecordingName): boolean {
  return hasXz && existsSync(archiveOf(name));
}

/** Unpacks a recording, or those of its files that fit a pattern of tar's. */
export function openRecording(name: RecordingName, ...patterns: readonly string[]): Recording {
  const directory = mkdtempSync(join(tmpdir(), `netdoc-${name}-`));
  const only = patterns.length === 0 ? [] : ['--wildcards', ...patterns];
  const { status, stderr } = spawnSync('tar', [
    'xJf',
    archiveOf(name),
    '-C',
    directory,
    '--strip-components=1',
    ...only,
  ]);
  if (status !== 0) throw new Error(`${name}: tar: ${stderr.toString()}`);
  const files = readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1))
    .sort();
  return {
    files,
    read: (path) => new Uint8Array(readFileSync(join(directory, path))),
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}
