/** The patient reading of an `r` line: whatever tor takes, with words for what it does not (dir-spec 3.4.1). */
import { fromBase64, parseTime } from '../base/index.ts';
import { parseInteger, quoteText } from '../metaformat/index.ts';
import { parseIpv4 } from './address.ts';
import { splitArguments } from './odd.ts';

/** The values of an `r` line. */
export interface EntryLine {
  readonly nickname: string;
  /** Offset of the nickname in the line. */
  readonly nicknameAt: number;
  readonly identity: Uint8Array;
  readonly descriptorDigest: Uint8Array;
  readonly published: number;
  readonly ipv4: number;
  readonly orPort: number;
  readonly dirPort: number;
}

/** Why a line is not an `r` line. */
export interface EntryFault {
  readonly expected: string;
  readonly found: string;
}

function digest(text: string | undefined): Uint8Array | undefined {
  const bytes = text !== undefined && text.length === 27 ? fromBase64(text) : undefined;
  return bytes?.length === 20 ? bytes : undefined;
}

/** A port; tor reads what is no port as 0. */
function port(text: string | undefined): number {
  return parseInteger(text ?? '', 0, 65_535) ?? 0;
}

/** Reads an `r` line without its LF; in a microdesc consensus it has no descriptor digest (dir-spec 3.9.1). */
export function parseEntryLine(line: string, microdesc: boolean): EntryLine | EntryFault {
  const words = splitArguments(line);
  const [, nickname = '', identityText, ...others] = words;
  if (!/^[A-Za-z0-9]{1,19}$/.test(nickname)) {
    return { expected: 'a nickname of 1 to 19 letters and digits', found: quoteText(nickname) };
  }
  const identity = digest(identityText);
  if (!identity) return { expected: 'an identity digest in base64', found: quoteText(identityText ?? '') };
  const rest = microdesc ? others : others.slice(1);
  const descriptorDigest = microdesc ? new Uint8Array(20) : digest(others[0]);
  if (!descriptorDigest)
    return { expected: 'a descriptor digest in base64', found: quoteText(others[0] ?? '') };
  const [day = '', clock = '', address = '', orPort, dirPort] = rest;
  const published = parseTime(`${day} ${clock}`);
  if (published === undefined)
    return { expected: 'a time YYYY-MM-DD HH:MM:SS', found: quoteText(`${day} ${clock}`) };
  const ipv4 = parseIpv4(address);
  if (ipv4 === undefined) return { expected: 'an IPv4 address', found: quoteText(address) };
  if (dirPort === undefined)
    return { expected: 'an ORPort and a DirPort', found: quoteText(rest.slice(3).join(' ')) };
  const nicknameAt = line.indexOf(nickname, 1);
  return {
    nickname,
    nicknameAt,
    identity,
    descriptorDigest,
    published,
    ipv4,
    orPort: port(orPort),
    dirPort: port(dirPort),
  };
}
