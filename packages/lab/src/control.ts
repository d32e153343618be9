/**
 * The control socket of a lab, DIR/control: one line of JSON asks, one line of JSON answers. It is a path, so it works
 * from outside the lab's network namespace.
 */
import { rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import type { Fault, Lab, LabStatus } from './model.ts';

/** What a lab can be asked. */
export type ControlRequest = Fault | { readonly status: true } | { readonly stop: true };

/** What it answers. */
export type ControlAnswer =
  | { readonly ok: true; readonly said: string; readonly status?: LabStatus }
  | { readonly ok: false; readonly error: string };

const pathBytesMax = 107;
const requestBytesMax = 65_536;

/** Sends one request to the lab whose directory that is. */
export async function sendToLab(directory: string, request: ControlRequest): Promise<ControlAnswer> {
  const socket = connect({ path: controlPath(directory) });
  return new Promise((resolve, reject) => {
    let text = '';
    socket.setEncoding('utf8');
    socket.once('error', (error: NodeJS.ErrnoException) =>
      reject(new Error(`${directory}: expected a running lab, found none (${error.code ?? error.message})`)),
    );
    socket.on('data', (part: string) => (text += part));
    socket.once('end', () => {
      try {
        resolve(readAnswer(text));
      } catch {
        reject(new Error(`${directory}: expected a line of JSON from the lab, found "${text.slice(0, 80)}"`));
      }
    });
    socket.write(`${JSON.stringify(request)}\n`);
  });
}

/** Listens on DIR/control. Returns what closes it again. */
export async function serveControl(
  lab: Lab,
  onFault: (fault: Fault) => Promise<string>,
): Promise<() => void> {
  const path = controlPath(lab.directory);
  const server = createServer((socket) => {
    readLine(socket)
      .then((line) => answer(lab, line, onFault))
      .catch((error: unknown): ControlAnswer => ({ ok: false, error: messageOf(error) }))
      .then((reply) => socket.end(`${JSON.stringify(reply)}\n`))
      .catch(() => socket.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  return () => {
    server.close();
    rmSync(path, { force: true });
  };
}

/** Reads a fault as it comes in from outside; throws an Error that names what is wrong with it. */
export function readFault(value: unknown): Fault {
  const fields = asRecord(value);
  const { fault } = fields;
  const authority = (): string => readText(fields, 'authority');
  const relay = (): string | number => readRelayName(fields);
  switch (fault) {
    case 'hang':
    case 'resume':
    case 'kill':
    case 'restart':
    case 'drop-vote':
    case 'freeze-bandwidth':
    case 'thaw-bandwidth':
    case 'deliver-vote':
      return { fault, authority: authority() };
    case 'renew-certificate':
      return { fault, authority: authority(), lifetimeSeconds: readNumber(fields, 'lifetimeSeconds') };
    case 'change-relay':
    case 'hibernate-relay':
      return { fault, relay: relay() };
    case 'add-relays':
    case 'tear-relays':
      return { fault, count: readNumber(fields, 'count') };
    case 'mend-relays':
      return { fault };
    case 'withhold-vote':
    case 'equivocate':
      return { fault, authority: authority(), others: readNames(fields, 'others') };
    case 'reject-relay':
    case 'accept-relay':
    case 'bad-exit':
      return { fault, authority: authority(), relay: relay() };
    default:
      throw new Error(`fault: expected one that the lab knows, found ${JSON.stringify(fault)}`);
  }
}

async function answer(
  lab: Lab,
  line: string,
  onFault: (fault: Fault) => Promise<string>,
): Promise<ControlAnswer> {
  const request = asRecord(JSON.parse(line));
  if (request['status'] === true) return { ok: true, said: 'running', status: lab.status() };
  if (request['stop'] === true) {
    await lab.stop();
    return { ok: true, said: 'stopped' };
  }
  return { ok: true, said: await onFault(readFault(request)) };
}

/** The lab that we speak to is our own, so its answers have the form they are written in. */
function readAnswer(text: string): ControlAnswer {
  const reply: ControlAnswer = JSON.parse(text);
  return reply;
}

function readLine(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    socket.setEncoding('utf8');
    socket.once('error', reject);
    socket.once('end', () => resolve(text));
    socket.on('data', (part: string) => {
      text += part;
      if (text.includes('\n')) resolve(text.slice(0, text.indexOf('\n')));
      else if (text.length > requestBytesMax) reject(new Error('request: expected one short line'));
    });
  });
}

function controlPath(directory: string): string {
  const path = join(directory, 'control');
  if (Buffer.byteLength(path) > pathBytesMax) {
    throw new RangeError(`directory: expected a path short enough for a socket, found ${path}`);
  }
  return path;
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Error('request: expected a JSON object');
  }
  return Object.fromEntries(Object.entries(value));
}

function readText(fields: Readonly<Record<string, unknown>>, name: string): string {
  const value = fields[name];
  if (typeof value !== 'string') throw new Error(`${name}: expected a text, found ${JSON.stringify(value)}`);
  return value;
}

function readNumber(fields: Readonly<Record<string, unknown>>, name: string): number {
  const value = fields[name];
  if (typeof value !== 'number' || !Number.isFinite(value))
    throw new Error(`${name}: expected a number, found ${JSON.stringify(value)}`);
  return value;
}

function readNames(fields: Readonly<Record<string, unknown>>, name: string): readonly string[] {
  const value = fields[name];
  if (!Array.isArray(value) || value.length === 0 || !value.every((one) => typeof one === 'string'))
    throw new Error(`${name}: expected a list of nicknames, found ${JSON.stringify(value)}`);
  return value;
}

function readRelayName(fields: Readonly<Record<string, unknown>>): string | number {
  const { relay } = fields;
  if (typeof relay !== 'string' && typeof relay !== 'number') {
    throw new Error(`relay: expected an index or a fingerprint, found ${JSON.stringify(relay)}`);
  }
  return relay;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
