/** Writes the entry of a relay in each flavour (dir-spec 3.8, 3.9.1); what both have alike is written once. */
import { formatIpv6 } from '../routers/index.ts';
import type { RouterTable } from '../routers/index.ts';
import type { Ballot } from './ballot.ts';
import type { EntrySet } from './collate.ts';
import type { Decision } from './decide.ts';
import type { Round } from './round.ts';
import type { ByteWriter } from './writer.ts';

const LF = 10;
const SPACE = 32;
/** The time that every relay has in the microdesc flavour since method 33. */
const hiddenTime = '2038-01-01 00:00:00';

/** The documents that are being written; `shared` has what both flavours repeat of the current relay. */
export interface Outputs {
  readonly ns: ByteWriter | undefined;
  readonly microdesc: ByteWriter | undefined;
  readonly shared: ByteWriter;
}

function tableOf({ ballots }: Round, vote: number): RouterTable {
  return (ballots[vote] as Ballot).entries.table;
}

/** Writes a relay. Without a microdescriptor it is not in the microdesc flavour; that is settled after its weight counts. */
export function writeEntry(round: Round, set: EntrySet, decision: Decision, outputs: Outputs): void {
  const { ns, microdesc, shared } = outputs;
  shared.length = 0;
  writeShared(round, decision, shared);
  if (ns) {
    writeRouter(round, set, decision, 'ns', ns);
    ns.copy(shared, 0);
    if (decision.policy >= 0) ns.line(round.policies.lines[decision.policy] as Uint8Array);
  }
  if (microdesc && decision.microdesc) {
    const { vote, row } = decision.microdesc;
    writeRouter(round, set, decision, 'microdesc', microdesc);
    microdesc.text('m ');
    microdesc.base64(tableOf(round, vote).votedMicrodescs.sha256, row * 32, 32);
    microdesc.byte(LF);
    microdesc.copy(shared, 0);
  }
}

/** The `r` and `a` lines. */
function writeRouter(
  round: Round,
  set: EntrySet,
  { chosen, nickname, ipv6 }: Decision,
  flavor: 'ns' | 'microdesc',
  out: ByteWriter,
): void {
  const table = tableOf(round, set.votes[chosen] as number);
  const row = set.rows[chosen] as number;
  const named = tableOf(round, nickname.vote);
  out.text('r ');
  out.span(
    named.bytes,
    named.nicknameStart[nickname.row] as number,
    named.nicknameEnd[nickname.row] as number,
  );
  out.byte(SPACE);
  out.base64(table.identity, row * 20, 20);
  out.byte(SPACE);
  if (flavor === 'ns') {
    out.base64(table.descriptorDigest, row * 20, 20);
    out.byte(SPACE);
  }
  if (flavor === 'microdesc' && round.rules.publishedHidden) out.text(hiddenTime);
  else out.time(table.published[row] as number);
  out.byte(SPACE);
  out.ipv4(table.ipv4[row] as number);
  out.byte(SPACE);
  out.number(table.orPort[row] as number);
  out.byte(SPACE);
  out.number(table.dirPort[row] as number);
  out.byte(LF);
  if (!ipv6) return;
  const addressed = tableOf(round, ipv6.vote);
  out.text(`a [${formatIpv6(addressed.ipv6, ipv6.row * 16)}]:`);
  out.number(addressed.ipv6Port[ipv6.row] as number);
  out.byte(LF);
}

/** The `s`, `v`, `pr` and `w` lines. */
function writeShared(round: Round, decision: Decision, out: ByteWriter): void {
  const { flags, versions, protocols } = round;
  out.byte(0x73);
  for (const flag of flags.attainable) {
    if (decision.has[flag] !== 1) continue;
    out.byte(SPACE);
    out.text(flags.names[flag] as string);
  }
  out.byte(LF);
  if (decision.version >= 0) out.line(versions.lines[decision.version] as Uint8Array);
  if (decision.protocols >= 0) out.line(protocols.lines[decision.protocols] as Uint8Array);
  if (decision.bandwidth < 0) return;
  out.text('w Bandwidth=');
  // tor prints it with a sign: from 2^31 on it is negative, and the document then no document.
  out.number(decision.bandwidth | 0);
  if (decision.unmeasured) out.text(' Unmeasured=1');
  if (decision.guardFraction >= 0) {
    out.text(' GuardFraction=');
    out.number(decision.guardFraction);
  }
  out.byte(LF);
}
