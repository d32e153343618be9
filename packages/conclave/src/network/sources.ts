/**
 * Authorities from a file: `DirAuthority` lines of a torrc, or our JSON. What is wrong with a file is data: every
 * complaint names the line, what was expected and what was found; a file with one complaint gives no set.
 */
import { parseFingerprint, type Fingerprint } from '@conclave/netdoc';
import type { Authority, AuthoritySet } from './authority.ts';
import { scheduleOfTorrc } from './torrc-schedule.ts';
import { torrcLines } from './torrc.ts';

/** One thing that is wrong with a list of authorities. */
export interface SourceProblem {
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  readonly expected: string;
  readonly found: string;
}

/** A set, or everything that was wrong. */
export type SourceResult =
  | { readonly ok: true; readonly set: AuthoritySet }
  | { readonly ok: false; readonly problems: readonly SourceProblem[] };

/** Reads a torrc or our JSON, whichever it is. `file` is for the messages, and names the network unless the file does. */
export function parseAuthorities(text: string, file: string): SourceResult {
  return /^\s*[[{]/.test(text) ? parseAuthoritiesJson(text, file) : parseAuthoritiesTorrc(text, file);
}

/**
 * Reads `DirAuthority` and `DirServer` lines (tor.1; `parse_dir_authority_line`), and the options that say when a private
 * network votes; every other line of the torrc is left alone.
 */
export function parseAuthoritiesTorrc(text: string, file: string): SourceResult {
  const lines = [...torrcLines(text)];
  const read = lines
    .filter(({ keyword }) => /^(dirauthority|dirserver|alternatedirauthority)$/i.test(keyword))
    .map(({ line, value }) => readDirAuthority(value, line));
  const result = assemble(read, file, file);
  const { schedule, problems } = scheduleOfTorrc(lines);
  if (problems.length > 0)
    return {
      ok: false,
      problems: [...(result.ok ? [] : result.problems), ...problems.map((one) => ({ file, ...one }))],
    };
  return result.ok && schedule ? { ok: true, set: { ...result.set, schedule } } : result;
}

/** Reads `[{"nickname", "v3ident", …}]`, or the same under `authorities` beside a `network` name. */
export function parseAuthoritiesJson(text: string, file: string): SourceResult {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return failure(file, {
      line: lineOfJsonError(text, String(error)),
      expected: 'JSON',
      found: String(error),
    });
  }
  const object = isRecord(json) ? json : { authorities: json };
  const rows = object['authorities'];
  if (!Array.isArray(rows)) {
    return failure(file, { line: 1, expected: 'an array of authorities', found: kindOf(rows) });
  }
  const lines = linesOfElements(text, Array.isArray(json) ? 1 : 2);
  const network = typeof object['network'] === 'string' ? object['network'] : file;
  return assemble(
    rows.map((row: unknown, index) => readJsonAuthority(row, lines[index] ?? 1)),
    file,
    network,
  );
}

type Complaint = Omit<SourceProblem, 'file'>;
interface Read {
  readonly line: number;
  readonly authority?: Authority;
  readonly complaints: readonly Complaint[];
}

function assemble(read: readonly Read[], file: string, network: string): SourceResult {
  const complaints = [...read.flatMap((one) => one.complaints), ...duplicates(read)];
  const authorities = read.flatMap(({ authority }) => (authority === undefined ? [] : [authority]));
  if (read.length === 0)
    complaints.push({ line: 1, expected: 'at least one authority', found: 'none in the file' });
  if (complaints.length > 0)
    return { ok: false, problems: complaints.map((complaint) => ({ file, ...complaint })) };
  return { ok: true, set: { network, authorities } };
}

function duplicates(read: readonly Read[]): readonly Complaint[] {
  const complaints: Complaint[] = [];
  const seen = new Set<string>();
  for (const { authority, line } of read) {
    if (authority === undefined) continue;
    for (const [what, value] of [
      ['nickname', authority.nickname.toLowerCase()],
      ['v3ident', authority.v3ident],
    ]) {
      if (value === undefined) continue;
      if (seen.has(`${what} ${value}`))
        complaints.push({ line, expected: `a ${what} of its own`, found: `${value} again` });
      seen.add(`${what} ${value}`);
    }
  }
  return complaints;
}

function failure(file: string, complaint: Complaint): SourceResult {
  return { ok: false, problems: [{ file, ...complaint }] };
}

/** What is gathered about one authority while its words are read. */
type Draft = { -readonly [K in keyof Authority]?: Authority[K] };

/** `[nickname] [flag …] address:dirport fingerprint…`, the flags in any order. */
function readDirAuthority(value: string, line: number): Read {
  const words = value.split(/\s+/).filter((word) => word !== '');
  const complaints: Complaint[] = [];
  const draft: Draft = {};
  const complain = (expected: string, found: string): void => void complaints.push({ line, expected, found });

  const first = words[0] ?? '';
  if (/^[A-Za-z0-9]{1,19}$/.test(first) && !/^(bridge|hs|v1|v2)$/i.test(first)) {
    draft.nickname = first;
    words.shift();
  }
  while (words[0] !== undefined && !/^[0-9]+\./.test(words[0])) {
    readFlag(words.shift() ?? '', draft, complain);
  }
  const address = readAddress(words.shift() ?? '');
  if (address === undefined) complain('ADDRESS:DIRPORT', quoted(value));
  else [draft.ipv4, draft.dirPort] = address;
  const digits = words.join('');
  const fingerprint = atom(digits);
  if (fingerprint === undefined) complain('a fingerprint of 40 hex digits', quoted(digits));
  else draft.fingerprint = fingerprint;

  const nickname = draft.nickname ?? draft.fingerprint;
  if (nickname === undefined || complaints.length > 0) return { line, complaints };
  return { line, complaints, authority: { ...draft, nickname } };
}

function readFlag(flag: string, draft: Draft, complain: (expected: string, found: string) => void): void {
  const [name = '', value = ''] = splitOnce(flag, '=');
  switch (name.toLowerCase()) {
    case 'orport': {
      const port = readPort(value);
      if (port === undefined) complain('orport=PORT', quoted(flag));
      else draft.orPort = port;
      return;
    }
    case 'v3ident': {
      const v3ident = atom(value);
      if (v3ident === undefined) complain('v3ident= with 40 hex digits', quoted(flag));
      else draft.v3ident = v3ident;
      return;
    }
    case 'ipv6': {
      const ipv6 = readIpv6(value);
      if (ipv6 === undefined) complain('ipv6=[ADDRESS]:PORT', quoted(flag));
      else draft.ipv6 = ipv6;
      return;
    }
    case 'weight':
    case 'upload':
    case 'download':
    case 'vote':
    case 'bridge':
    case 'hs':
    case 'no-hs':
    case 'v1':
    case 'v2':
    case 'no-v2':
      return;
    default:
      complain('a flag of DirAuthority, or ADDRESS:DIRPORT', quoted(flag));
  }
}

function readJsonAuthority(row: unknown, line: number): Read {
  if (!isRecord(row))
    return { line, complaints: [{ line, expected: 'an object for each authority', found: kindOf(row) }] };
  const complaints: Complaint[] = [];
  const field = <T>(
    name: string,
    expected: string,
    read: (value: unknown) => T | undefined,
  ): T | undefined => {
    const value = row[name];
    if (value === undefined) return undefined;
    const got = read(value);
    if (got === undefined)
      complaints.push({ line, expected: `${name}: ${expected}`, found: JSON.stringify(value) });
    return got;
  };
  const port = (value: unknown): number | undefined => readPort(String(value));
  const nickname = field('nickname', '1 to 19 letters or digits', (v) =>
    typeof v === 'string' && /^[A-Za-z0-9]{1,19}$/.test(v) ? v : undefined,
  );
  if (row['nickname'] === undefined) complaints.push({ line, expected: 'a nickname', found: 'none' });
  const fields = {
    v3ident: field('v3ident', '40 hex digits', atom),
    fingerprint: field('fingerprint', '40 hex digits', atom),
    ipv4: field('ipv4', 'a dotted IPv4 address', (v) => (typeof v === 'string' && isIpv4(v) ? v : undefined)),
    dirPort: field('dirPort', 'a port', port),
    orPort: field('orPort', 'a port', port),
    ipv6: field('ipv6', '"[ADDRESS]:PORT"', (v) => (typeof v === 'string' ? readIpv6(v) : undefined)),
    scanner: field('scanner', 'true or false', (v) => (typeof v === 'boolean' ? v : undefined)),
  };
  if (nickname === undefined || complaints.length > 0) return { line, complaints };
  return { line, complaints, authority: { nickname, ...present(fields) } };
}

/** The fields that are there: with exact optional properties, an absent one must not be undefined. */
function present<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

/** The line of each element of the array at this depth of the JSON text. */
function linesOfElements(text: string, arrayDepth: number): readonly number[] {
  const lines: number[] = [];
  let depth = 0;
  let line = 1;
  let inString = false;
  let expecting = false;
  for (let i = 0; i < text.length; i += 1) {
    const character = text[i] ?? '';
    if (character === '\n') line += 1;
    if (inString) {
      if (character === '\\') i += 1;
      else if (character === '"') inString = false;
      continue;
    }
    if (/\s/.test(character)) continue;
    if (expecting && depth === arrayDepth && character !== ']') lines.push(line);
    expecting = false;
    if (character === '"') inString = true;
    if (character === '[' || character === '{') depth += 1;
    if (character === ']' || character === '}') depth -= 1;
    if (depth === arrayDepth && (character === '[' || character === ',')) {
      // In an object of the same depth, a comma comes before a key, which is no element.
      expecting = character === '[' || lines.length > 0;
    }
  }
  return lines;
}

function lineOfJsonError(text: string, message: string): number {
  const position = /position (\d+)/.exec(message)?.[1];
  const before = position === undefined ? text.trimEnd() : text.slice(0, Number(position));
  return before.split('\n').length;
}

function readAddress(text: string): readonly [ipv4: string, dirPort: number] | undefined {
  const [host = '', digits = ''] = splitOnce(text, ':');
  const port = readPort(digits);
  return isIpv4(host) && port !== undefined ? [host, port] : undefined;
}

function readIpv6(text: string): { readonly address: string; readonly orPort: number } | undefined {
  const match = /^\[([0-9A-Fa-f:.]{2,45})\]:(\d{1,5})$/.exec(text);
  const address = match?.[1];
  const orPort = readPort(match?.[2] ?? '');
  return address !== undefined && address.includes(':') && orPort !== undefined
    ? { address, orPort }
    : undefined;
}

function readPort(text: string): number | undefined {
  const port = Number(text);
  return /^\d{1,5}$/.test(text) && port >= 1 && port <= 65_535 ? port : undefined;
}

function isIpv4(text: string): boolean {
  const parts = text.split('.');
  return parts.length === 4 && parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) <= 255);
}

function atom(value: unknown): Fingerprint | undefined {
  return typeof value === 'string' ? parseFingerprint(value.replaceAll(' ', '').toUpperCase()) : undefined;
}

function splitOnce(text: string, separator: string): readonly string[] {
  const at = text.indexOf(separator);
  return at === -1 ? [text] : [text.slice(0, at), text.slice(at + separator.length)];
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function kindOf(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  return Array.isArray(value) ? 'an array' : `a ${typeof value}`;
}

function quoted(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}
