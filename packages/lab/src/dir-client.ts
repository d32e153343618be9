/** Speaks to an authority's DirPort over loopback: one request, one answer, as dir-spec 6.1 has it. */
import { request } from 'node:http';

/** Where a directory port is. */
export interface DirPort {
  readonly ipv4: string;
  readonly dirPort: number;
}

/** What came back. */
export type DirAnswer =
  | { readonly outcome: 'answered'; readonly status: number; readonly reason: string; readonly body: string }
  /** Refused, reset, or silent for too long. */
  | { readonly outcome: 'unreachable'; readonly why: string };

/** Fetches one path, such as `/tor/keys/authority`. */
export function getFrom(port: DirPort, path: string, timeoutMs = 5000): Promise<DirAnswer> {
  return ask(port, { method: 'GET', path, timeoutMs });
}

/** Posts descriptors or votes. Beware: 200 does not mean that descriptors were accepted. */
export function postTo(
  port: DirPort,
  path: string,
  body: string | Uint8Array,
  timeoutMs = 15_000,
): Promise<DirAnswer> {
  return ask(port, { method: 'POST', path, timeoutMs, body });
}

interface Question {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly timeoutMs: number;
  readonly body?: string | Uint8Array;
}

function ask(port: DirPort, { method, path, timeoutMs, body }: Question): Promise<DirAnswer> {
  const headers = body === undefined ? {} : { 'Content-Length': Buffer.byteLength(body) };
  return new Promise((resolve) => {
    const fail = (error: Error): void => resolve({ outcome: 'unreachable', why: error.message });
    const signal = AbortSignal.timeout(timeoutMs);
    const question = request(
      { host: port.ipv4, port: port.dirPort, method, path, headers, agent: false, signal },
      (answer) => {
        const parts: Buffer[] = [];
        answer.on('data', (part: Buffer) => parts.push(part));
        answer.once('error', fail);
        answer.once('end', () =>
          resolve({
            outcome: 'answered',
            status: answer.statusCode ?? 0,
            reason: answer.statusMessage ?? '',
            body: Buffer.concat(parts).toString('latin1'),
          }),
        );
      },
    );
    question.once('error', fail);
    question.end(body);
  });
}
