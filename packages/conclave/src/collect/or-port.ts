/**
 * Can a relay connect to an authority's ORPort: TCP, then TLS. Its certificate is its own making and changes often, so
 * it is not judged; the link protocol behind it is not spoken.
 */
import { connect } from 'node:tls';
import { codeOf, haveAddressFor, outcomeOfError, type NoAnswer } from './network-errors.ts';
import type { Answer, Target } from './transport.ts';
import { stopwatch } from './transport.ts';

/** How long the two handshakes may take. */
export interface OrPortLimits {
  readonly connectMs: number;
  readonly tlsMs: number;
}

/** The limits that are used unless others are given. */
export const orPortLimits: OrPortLimits = { connectMs: 5_000, tlsMs: 5_000 };

/** Connects, shakes hands and hangs up. Never throws and never rejects. */
export function reachOrPort(target: Target, limits: OrPortLimits, signal?: AbortSignal): Promise<Answer> {
  const watch = stopwatch();
  if (!haveAddressFor(target.host)) {
    const family = target.host.includes(':') ? 'IPv6' : 'IPv4';
    const detail = `we have no ${family} address of our own`;
    return Promise.resolve({ outcome: 'not-asked', detail, timings: watch.timings() });
  }
  return new Promise((resolve) => {
    // One socket for both handshakes: tearing down a TCP socket under a TLS one can crash Node.
    const socket = connect({ host: target.host, port: target.port, rejectUnauthorized: false });
    let isConnected = false;
    let timer = setTimeout(
      () => fail({ outcome: 'timed-out', detail: `no connection after ${limits.connectMs} ms` }),
      limits.connectMs,
    );
    const finish = (answer: Omit<Answer, 'timings'>): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      const timings = watch.timings();
      socket.destroy();
      resolve({ ...answer, timings });
    };
    const fail = (why: NoAnswer): void => finish(why);
    const onAbort = (): void => fail({ outcome: 'not-asked', detail: 'we stopped' });
    socket.on('error', (error) => fail(isConnected ? tlsFailure(error) : outcomeOfError(error, target.host)));
    socket.once('connect', () => {
      isConnected = true;
      watch.mark('connectMs');
      clearTimeout(timer);
      timer = setTimeout(
        () => fail({ outcome: 'timed-out', detail: `no TLS after ${limits.tlsMs} ms` }),
        limits.tlsMs,
      );
    });
    socket.once('secureConnect', () => {
      watch.mark('tlsMs');
      finish({ outcome: 'connected' });
    });
    signal?.addEventListener('abort', onAbort, { once: true });
    if (signal?.aborted === true) onAbort();
  });
}

/** The port is open, but what answers is not TLS, or breaks off. */
function tlsFailure(error: Error): NoAnswer {
  return codeOf(error) === 'ECONNRESET'
    ? { outcome: 'refused', detail: `TLS: ${error.message}` }
    : { outcome: 'malformed', detail: `TLS: ${error.message}` };
}
