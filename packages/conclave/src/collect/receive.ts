/** The body of an answer, gathered within its bound; whatever breaks it off is said once. */
import type { IncomingMessage } from 'node:http';

/** Who is told of a body as it comes. */
export interface Receiver {
  readonly onPiece: () => void;
  readonly onBody: (body: Buffer) => void;
  readonly onBroken: (detail: string) => void;
}

/** Gathers the body, at most `wireBytes` of it; returns what to call when the connection breaks. */
export function receive(
  message: IncomingMessage,
  limits: { readonly wireBytes: number },
  receiver: Receiver,
): (reason: string) => void {
  const pieces: Buffer[] = [];
  let length = 0;
  const broken = (reason: string): void => receiver.onBroken(`broke off after ${length} bytes: ${reason}`);
  message.on('data', (piece: Buffer) => {
    length += piece.length;
    if (length > limits.wireBytes) receiver.onBroken(`larger than ${limits.wireBytes} bytes on the wire`);
    else pieces.push(piece);
    receiver.onPiece();
  });
  message.on('end', () => receiver.onBody(Buffer.concat(pieces)));
  message.on('error', (error) => broken(error.message));
  message.on('aborted', () => broken('the connection was closed'));
  return broken;
}
