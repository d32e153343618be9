/**
 * Can we see at all? When no authority answers, the likeliest cause is our own connection, and an observatory must not
 * blame others for that.
 */
import { connect } from 'node:net';
import { answered, type UnixMs } from './observation.ts';
import type { PlannedRequest } from './plan.ts';
import type { Answer, Target } from './transport.ts';

/** What the newest answers say about our own eyes. */
export interface Sight {
  /** By nickname: when the newest liveness question was put, and whether it was answered. */
  readonly liveness: ReadonlyMap<string, { readonly at: UnixMs; readonly answered: boolean }>;
  /** When any authority last answered anything. */
  readonly answeredMs: UnixMs;
}

/** Before the first look. */
export const nothingSeen: Sight = { liveness: new Map(), answeredMs: 0 };

/** The sight after a question that was put at `at` and answered, or not, at `doneMs`. */
export function seen(
  sight: Sight,
  request: PlannedRequest,
  answer: Answer,
  times: { readonly at: UnixMs; readonly doneMs: UnixMs },
): Sight {
  const isAnswer = answered.has(answer.outcome);
  const answeredMs = isAnswer ? Math.max(sight.answeredMs, times.doneMs) : sight.answeredMs;
  if (request.subject.kind !== 'liveness') return { liveness: sight.liveness, answeredMs };
  const before = sight.liveness.get(request.authority);
  if (before !== undefined && before.at > times.at) return { liveness: sight.liveness, answeredMs };
  const newest = { at: times.at, answered: isAnswer };
  return { liveness: new Map(sight.liveness).set(request.authority, newest), answeredMs };
}

/**
 * Whether nobody answers: each of several authorities failed its newest liveness question, and since the first of these
 * questions was put, nothing else was answered either. With one authority there is nothing to compare.
 */
export function looksBlind(sight: Sight, authorities: readonly string[]): boolean {
  if (authorities.length < 2) return false;
  const newest = authorities.map((nickname) => sight.liveness.get(nickname));
  if (!newest.every((one) => one !== undefined && !one.answered)) return false;
  const since = Math.min(...newest.map((one) => one?.at ?? 0));
  return sight.answeredMs < since;
}

/** Whether a TCP connection to one of these places can be made within a second and a half. */
export async function anyConnects(places: readonly Target[], signal: AbortSignal): Promise<boolean> {
  const tries = places.map((place) => connects(place, signal));
  return Promise.any(tries).then(
    () => true,
    () => false,
  );
}

function connects({ host, port }: Target, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, timeout: 1500 });
    const end = (error?: Error): void => {
      signal.removeEventListener('abort', onAbort);
      socket.destroy();
      if (error === undefined) resolve();
      else reject(error);
    };
    const onAbort = (): void => end(new Error('we stopped'));
    signal.addEventListener('abort', onAbort, { once: true });
    socket.once('connect', () => end());
    socket.once('timeout', () => end(new Error('no connection')));
    socket.on('error', end);
  });
}
