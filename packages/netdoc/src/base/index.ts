/** Floor 0: atoms, bytes and numbers of the directory protocol. */
export { bytesOf, compareBytes, compareText, concatBytes, sameBytes, startsAt, textOf } from './bytes.ts';
export type { Span } from './bytes.ts';
export { fromHex, toHex } from './hex.ts';
export { base64Values, decodeBase64Into, fromBase64, fromBase64Bytes, toBase64 } from './base64.ts';
export { readRsaPublicKey } from './der.ts';
export type { RsaPublicKey } from './der.ts';
export { parseFingerprint, unixSeconds } from './atoms.ts';
export type { Fingerprint, UnixSeconds } from './atoms.ts';
export { daysInMonth, daysSinceEpoch, formatTime, parseTime } from './time.ts';
