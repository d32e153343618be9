/**
 * What an error of the network means for an observation. The hard part is honesty: when our own machine has no way out,
 * that is `not-asked`, and says nothing about the authority.
 */
import { isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { Outcome } from './observation.ts';

/** An outcome other than a document, with the reason for people. */
export interface NoAnswer {
  readonly outcome: Outcome;
  readonly detail: string;
}

/** What `error`, met while talking to `host`, says about the authority or about us. */
export function outcomeOfError(
  error: unknown,
  host: string,
  interfaces: ReturnType<typeof networkInterfaces> = networkInterfaces(),
): NoAnswer {
  const code = codeOf(error);
  const detail = error instanceof Error ? error.message || code : String(error);
  switch (code) {
    case 'ECONNREFUSED':
    case 'ECONNRESET':
    case 'EPIPE':
      return { outcome: 'refused', detail };
    case 'ETIMEDOUT':
    case 'ABORT_ERR':
      return { outcome: 'timed-out', detail };
    case 'ENETUNREACH':
    case 'EHOSTUNREACH':
    case 'EADDRNOTAVAIL':
    case 'ENETDOWN':
    case 'EAFNOSUPPORT':
      return haveAddressFor(host, interfaces)
        ? { outcome: 'unreachable', detail }
        : {
            outcome: 'not-asked',
            detail: `we have no ${isIPv6(host) ? 'IPv6' : 'IPv4'} address of our own (${code})`,
          };
    // We ran out of something ourselves.
    case 'EMFILE':
    case 'ENFILE':
    case 'ENOBUFS':
    case 'ENOMEM':
    case 'EACCES':
    case 'EPERM':
      return { outcome: 'not-asked', detail };
    default:
      return { outcome: 'malformed', detail };
  }
}

/** Whether this machine has an address from which `host` could be reached: one of its family that is not only local. */
export function haveAddressFor(
  host: string,
  interfaces: ReturnType<typeof networkInterfaces> = networkInterfaces(),
): boolean {
  if (host.startsWith('127.') || host === '::1' || host === 'localhost') return true;
  const family = isIPv6(host) ? 'IPv6' : 'IPv4';
  return Object.values(interfaces).some((addresses) =>
    (addresses ?? []).some(
      (own) => own.family === family && !own.internal && !/^fe[89ab]/i.test(own.address),
    ),
  );
}

/** The code of a Node error, or an empty string. */
export function codeOf(error: unknown): string {
  const code: unknown = typeof error === 'object' && error !== null && 'code' in error ? error.code : '';
  return typeof code === 'string' ? code : '';
}
