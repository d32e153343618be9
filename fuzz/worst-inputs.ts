/** Inputs made to be as dear as possible, of any size. */
import {
  authorities,
  certificates,
  consensus,
  vote,
  type MadeAuthority,
} from '../packages/netdoc/test/support/make.ts';

/** Makes an input of about so many bytes. */
export type Worst = (size: number) => Uint8Array;

/** A part again and again. */
function repeated(part: string, head = '', tail = ''): Worst {
  return (size) => {
    const bytes = Buffer.alloc(
      head.length + Math.max(1, Math.floor(size / part.length)) * part.length + tail.length,
      part,
      'latin1',
    );
    // What `fill` began in front is shifted by the head.
    bytes.fill(part, head.length, bytes.length - tail.length, 'latin1');
    bytes.write(head, 0, 'latin1');
    bytes.write(tail, bytes.length - tail.length, 'latin1');
    return bytes;
  };
}

/** Lines that differ in a number. */
function counted(line: (at: number) => string, head = ''): Worst {
  return (size) => {
    const parts = [head];
    for (let at = 0, length = head.length; length < size; at += 1) {
      const part = line(at);
      parts.push(part);
      length += part.length;
    }
    return Buffer.from(parts.join(''), 'latin1');
  };
}

function headOf(bytes: Uint8Array): string {
  return `${Buffer.from(bytes).toString('latin1').split('\nr ', 1)[0] ?? ''}\n`;
}

/** Texts whose sum in a rolling hash of base 31 is one and the same: `Aa` and `BB` in every place. */
function colliding(at: number): string {
  return Array.from({ length: 20 }, (_, bit) => ((at >> bit) & 1 ? 'Aa' : 'BB')).join('');
}

const object = `-----BEGIN A-----\n${'A'.repeat(64)}\n-----END A-----\n`;

/** All of them by name. */
export function worstInputs(): Readonly<Record<string, Worst>> {
  return { ...linesOnly(), ...ofStatus(), ...ofOthers(), ...ofObjects() };
}

function linesOnly(): Record<string, Worst> {
  const letters = Object.fromEntries(
    ['A', '9', ' ', '=', '-', '#', '\0', '\r', '@', '\xff', 'a=1 ', '1,', '-----BEGIN '].map((part) => [
      `one line of ${JSON.stringify(part)}`,
      repeated(part),
    ]),
  );
  const entry = `${headOf(consensus({ relays: 1 }))}${router}`;
  return {
    ...letters,
    'one line in a header': repeated('A', 'network-status-version 3\nvote-status consensus\nknown-flags '),
    'one line in an entry': repeated('A', `${entry}s `),
    'blank lines': repeated('\n'),
    'lines of one letter': repeated('x\n'),
    annotations: repeated('@x\n'),
    'annotations and items in turn': repeated('@x\ny\n'),
  };
}

const router = `r nick ${'A'.repeat(27)} ${'A'.repeat(27)} 2024-01-01 00:00:00 1.2.3.4 9001 80\n`;

/** Consensuses and votes. */
function ofStatus(): Record<string, Worst> {
  const head = headOf(consensus({ relays: 1 }));
  const voteHead = headOf(vote(authority(), { relays: 1 }));
  const whole = Buffer.from(consensus({ relays: 1 })).toString('latin1');
  const signature = whole.slice(whole.lastIndexOf('\ndirectory-signature ') + 1);
  return {
    'empty entries': repeated('r x\n', head),
    'smallest entries': repeated(router, head),
    'entries in a vote': repeated(router, voteHead),
    'lines of an entry': repeated('x\n', `${head}${router}`),
    signatures: repeated(signature, whole),
    authorities: counted(
      (at) => `dir-source a${at} ${at.toString(16).toUpperCase().padStart(40, '0')} h 1.2.3.4 80 443\n`,
      'network-status-version 3\nvote-status consensus\n',
    ),
    'known flags': counted(
      (at) => ` Flag${at}`,
      'network-status-version 3\nvote-status consensus\nknown-flags',
    ),
    parameters: counted((at) => ` p${at}=1`, 'network-status-version 3\nvote-status consensus\nparams'),
    'flags, all different': counted((at) => `${router}s Flag${at}\n`, head),
    'versions, all different': counted((at) => `${router}v Tor ${at}\n`, head),
    'flags made to collide': counted((at) => `${router}v ${colliding(at)}\n`, head),
    'microdescriptors of a vote': counted(
      (at) => `m ${at} sha256=${'A'.repeat(43)}\n`,
      `${voteHead}${router}`,
    ),
  };
}

function authority(): MadeAuthority {
  const [first] = authorities();
  if (!first) throw new Error('no authority');
  return first;
}

/** Files of many documents. */
function ofOthers(): Record<string, Worst> {
  return {
    'certificates begun': repeated('dir-key-certificate-version 3\n'),
    certificates: repeated(Buffer.from(certificates([authority()])).toString('latin1')),
    'descriptors begun': repeated('router a 1.2.3.4 1 0 0\n'),
    'extra-infos begun': repeated(`extra-info a ${'A'.repeat(40)}\n`),
    'microdescriptors begun': repeated('onion-key\n'),
  };
}

function ofObjects(): Record<string, Worst> {
  return {
    objects: repeated(`x\n${object}`),
    'objects without end': repeated('x\n-----BEGIN A-----\n'),
    'objects without end, with lines': repeated(`x\n-----BEGIN A-----\n${'A\n'.repeat(300)}`),
    'padding in objects': repeated(`x\n-----BEGIN A-----\n${'=\n'.repeat(500)}-----END A-----\n`),
    problems: repeated('valid-after x\n', 'network-status-version 3\n'),
    'votes begun': repeated('network-status-version 3\n'),
    'shared random commits': repeated(
      'shared-rand-commit 1 sha3-256 x y\n',
      'network-status-version 3\nvote-status vote\n',
    ),
    'relays of a bandwidth file': counted(
      (at) => `node_id=$${at.toString(16).padStart(40, '0')} bw=1\n`,
      '1714564000\n',
    ),
    'one relay of a bandwidth file': repeated(`node_id=$${'A'.repeat(40)} bw=1\n`, '1714564000\n'),
    'keys of a bandwidth file': counted((at) => `k${at}=1\n`, '1714564000\nversion=1.4.0\n'),
    'commands of a diff': counted(
      (at) => `${99_999_999 - 2 * at}d\n`,
      `network-status-diff-version 1\nhash ${'A'.repeat(64)} ${'B'.repeat(64)}\n`,
    ),
    labels: repeated('a b\n', '', '\0'),
    'exit rules': repeated('reject 1.2.3.4:*\n', 'router a 1.2.3.4 1 0 0\n'),
    family: counted((at) => ` $${at.toString(16).padStart(40, '0')}`, 'router a 1.2.3.4 1 0 0\nfamily'),
    'ports of a policy': counted((at) => `,${at % 65_535}`, `onion-key\n${object}p accept 1`),
    statistics: counted((at) => `,c${at}=8`, `extra-info a ${'A'.repeat(40)}\ndirreq-v3-ips aa=8`),
  };
}
