/** Where the programs of tor are. The lab never installs anything; without them tests skip and say so. */
import { execFileSync } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** The programs of tor that the lab runs. */
export interface TorPrograms {
  readonly tor: string;
  readonly torGencert: string;
  /** What `tor --version` calls itself, such as `0.4.9.11`. */
  readonly version: string;
}

/** Looks on PATH (and in the sbin directories) for tor and tor-gencert; undefined when either is missing. */
export function findTor(): TorPrograms | undefined {
  const tor = findProgram('tor');
  const torGencert = findProgram('tor-gencert');
  if (tor === undefined || torGencert === undefined) return undefined;
  const answer = execFileSync(tor, ['--version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  return { tor, torGencert, version: /Tor version ([^\s]+?)\.?\s/.exec(answer)?.[1] ?? 'unknown' };
}

/** The full path of a program, or undefined. */
export function findProgram(name: string): string | undefined {
  const directories = (process.env['PATH'] ?? '')
    .split(delimiter)
    .concat('/usr/sbin', '/sbin', '/usr/local/sbin');
  return directories.map((directory) => join(directory, name)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
