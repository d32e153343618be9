/** Runs the command line in this process with streams of its own, and as a process of its own. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { main } from '../../src/cli/main.ts';
import type { Io, Sink } from '../../src/cli/output.ts';

/** What a run left behind. */
export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs `conclave ARGUMENTS` in this process; `input` is its standard input. */
export async function conclave(
  argv: readonly string[],
  options: {
    readonly input?: Uint8Array;
    readonly terminal?: boolean;
    readonly env?: Record<string, string>;
  } = {},
): Promise<Ran> {
  const out = sink(options.terminal ?? false);
  const err = sink(options.terminal ?? false);
  const io: Io = {
    stdin: once(options.input ?? new Uint8Array()),
    stdout: out.sink,
    stderr: err.sink,
    env: options.env ?? {},
  };
  const code = await main(argv, io);
  return { code, out: out.text(), err: err.text() };
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

function sink(isTTY: boolean): { sink: Sink; text: () => string } {
  const parts: Buffer[] = [];
  return {
    sink: {
      isTTY,
      write: (text) => parts.push(Buffer.from(text as string)) > 0,
      once: () => undefined,
      removeListener: () => undefined,
    },
    text: () => Buffer.concat(parts).toString(),
  };
}

/** The built command. */
export const conclaveBin: string = resolve(import.meta.dirname, '../../bin/conclave.js');

/** Runs the built command as a process; `readBytes` closes its output after so many bytes. */
export function conclaveProcess(
  argv: readonly string[],
  options: { readonly input?: Uint8Array; readonly readBytes?: number } = {},
): Promise<Ran> {
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, [conclaveBin, ...argv], { stdio: ['pipe', 'pipe', 'pipe'] });
    let out = '';
    let err = '';
    child.stdout.on('data', (part: Buffer) => {
      out += part.toString();
      if (options.readBytes !== undefined && out.length >= options.readBytes) child.stdout.destroy();
    });
    child.stderr.on('data', (part: Buffer) => (err += part.toString()));
    child.on('error', fail);
    child.on('close', (code) => done({ code: code ?? -1, out, err }));
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.input);
  });
}

/** A directory for the files of one test file, with a way to put files there and to take it away. */
export function workshop(): {
  readonly put: (name: string, bytes: Uint8Array | string) => string;
  readonly clear: () => void;
} {
  const directory = mkdtempSync(join(tmpdir(), 'conclave-cli-'));
  return {
    put(name, bytes) {
      const path = join(directory, name);
      writeFileSync(path, bytes);
      return path;
    },
    clear: () => rmSync(directory, { recursive: true, force: true }),
  };
}
