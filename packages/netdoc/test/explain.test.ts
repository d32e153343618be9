/** Explanations of computed lines: one for each, with the same text, and true to the votes. */
import { afterAll, describe, expect, test } from 'vitest';
import {
  computeConsensus,
  explain,
  explainer,
  parseVote,
  type Explanation,
  type ExplainSubject,
  type Vote,
} from '../src/index.ts';
import { ballot, ballots, digest, entry } from './support/ballots.ts';
import { authorities, behind, both, instead } from './support/make.ts';
import { hasRecording, openRecording, withRecording, type Recording } from './support/recordings.ts';

/** Every line that is not explained, or by another text, or with a vote that counts and gives nothing. */
function unexplained(votes: readonly Vote[], count: number, flavor: 'ns' | 'microdesc'): readonly string[] {
  const options = { authorities: count, supportedMethods: [32, 33, 34, 35] };
  const computation = computeConsensus(votes, { ...options, flavors: [flavor] });
  if (computation.outcome !== 'computed') throw new Error(JSON.stringify(computation));
  const text = Buffer.from(computation[flavor]?.bytes ?? []).toString();
  const ask = explainer(votes, options);
  return text
    .split('\n')
    .slice(0, -1)
    .flatMap((line, index) => {
      const [first, ...parts] = ask({ flavor, line: index + 1 });
      const wrong = (why: string): string[] => [`${index + 1}: ${line}: ${why}`];
      if (!first) return wrong('no explanation');
      if (first.text !== line || first.line !== index + 1)
        return wrong(`explains ${first.line} ${first.text}`);
      if (first.rule === '' || first.clause === '') return wrong('no rule');
      const all = [first, ...parts].flatMap(({ given }) => given);
      if (all.some(({ counted, value, note }) => (counted ? value === undefined : note === undefined)))
        return wrong('a vote counts without a value, or does not count without a reason');
      const made = parts.flatMap(({ text: part }) => part ?? []).join(' ');
      if (/^(params|s) /.test(line) && made !== line.replace(/^\w+ /, '')) return wrong(`parts: ${made}`);
      return [];
    });
}

describe('explain() on recorded rounds', () => {
  const opened: Recording[] = [];
  afterAll(() => {
    for (const recording of opened) recording.remove();
  });
  const open = (name: 'forged-rounds' | 'divergent-rounds', ...patterns: readonly string[]): Recording => {
    const recording = openRecording(name, ...patterns);
    opened.push(recording);
    return recording;
  };
  const rounds = (recording: Recording): readonly (readonly Vote[])[] => {
    const votes = new Map<string, Vote[]>();
    for (const file of recording.files.filter((name) => /\/vote\d$/.test(name))) {
      const [round = ''] = file.split('/');
      votes.set(round, [
        ...(votes.get(round) ?? []),
        ...[parseVote(recording.read(file)).document ?? []].flat(),
      ]);
    }
    return [...votes.values()];
  };

  test.skipIf(!hasRecording('forged-rounds'))(
    withRecording('forged-rounds', 'forged votes: every line of both flavours'),
    { timeout: 60_000 },
    () => {
      const all = rounds(open('forged-rounds'));
      expect(all).toHaveLength(16);
      const wrong = all.flatMap((votes) => [
        ...unexplained(votes, 8, 'ns'),
        ...unexplained(votes, 8, 'microdesc'),
      ]);
      expect(wrong).toEqual([]);
    },
  );

  test.skipIf(!hasRecording('divergent-rounds'))(
    withRecording('divergent-rounds', 'a network at odds: every line of both flavours'),
    { timeout: 60_000 },
    () => {
      const [votes = []] = rounds(open('divergent-rounds', '*/1795341220/*'));
      expect(unexplained(votes, 4, 'ns')).toEqual([]);
      expect(unexplained(votes, 4, 'microdesc')).toEqual([]);
    },
  );
});

describe('explain()', () => {
  const relay = Buffer.from(digest('relay'), 'base64').toString('hex').toUpperCase();
  const other = `ed25519 ${digest('other', 'sha256')}`;
  const votes = [
    ballot(0, {
      edit: both(instead('params', 'params a=1 b=7'), instead('client-versions', 'client-versions 0.4.8.9')),
      entries: [entry('relay', { w: 'Bandwidth=5 Measured=7', s: 'Exit Fast Running Valid' })],
    }),
    ballot(1, {
      edit: instead('params', 'params a=3 b=7'),
      entries: [entry('relay', { w: 'Bandwidth=5 Measured=9', s: 'Exit Fast Running Valid' })],
    }),
    ballot(2, {
      edit: instead('params', 'params a=3'),
      entries: [entry('relay', { w: 'Bandwidth=6 Measured=8', v: undefined, descriptor: 'two' })],
    }),
    ballot(3, { entries: [entry('relay', { id: other, w: 'Bandwidth=1 Measured=1' })] }),
    ballot(4, { entries: [] }),
  ];
  const ask = (subject: ExplainSubject): readonly Explanation[] =>
    explain(votes, { authorities: 5 }, subject);
  const brief = (explanation: Explanation | undefined): readonly string[] =>
    (explanation?.given ?? []).map(
      ({ value, counted, note }) => `${value} ${counted}${note ? ` ${note}` : ''}`,
    );
  const nicknames = authorities()
    .slice(0, 5)
    .map(({ nickname }) => nickname);

  test('a parameter: who gave what', () => {
    const [a] = ask({ flavor: 'ns', keyword: 'params a' });
    expect(a?.text).toBe('a=3');
    expect(a?.rule).toBe('the low median; 3 votes have it, more than 2');
    expect(a?.given.map(({ nickname }) => nickname)).toEqual(nicknames);
    expect(brief(a)).toEqual([
      'a=1 true',
      'a=3 true',
      'a=3 true',
      'undefined false its vote does not have it',
      'undefined false its vote does not have it',
    ]);
    const [b] = ask({ flavor: 'ns', keyword: 'params b' });
    expect(b).toMatchObject({ text: undefined, rule: '2 votes have it; it needs more than 2, or three' });
  });

  test('of a keyword, a section or a relay: which line of the text each is', () => {
    for (const flavor of ['ns', 'microdesc'] as const) {
      const computed = computeConsensus(votes, { authorities: 5, flavors: [flavor] });
      const bytes = computed.outcome === 'computed' ? computed[flavor]?.bytes : undefined;
      const lines = Buffer.from(bytes ?? [])
        .toString('latin1')
        .split('\n');
      const start = lines.findIndex((line) => line.startsWith('r '));
      const source = lines.findIndex((line) => line.startsWith('dir-source '));
      const identity = lines[source]?.split(' ')[2] ?? '';
      const places = (subject: ExplainSubject): readonly (number | undefined)[] =>
        ask(subject).map(({ line, text }) => {
          if (line !== undefined) expect(lines[line - 1]).toBe(text);
          return line;
        });
      const [params, ...each] = places({ flavor, keyword: 'params' });
      expect(params).toBe(lines.findIndex((line) => line.startsWith('params ')) + 1);
      expect(each.every((line) => line === undefined)).toBe(true);
      expect(places({ flavor, fingerprint: identity, keyword: 'contact' })).toEqual([source + 2]);
      const entry = places({ flavor, fingerprint: relay }).filter((line) => line !== undefined);
      expect(entry[0]).toBe(start + 1);
      expect(entry.length).toBeGreaterThan(2);
      expect(places({ flavor, keyword: 'directory-footer' })).toEqual([
        lines.indexOf('directory-footer') + 1,
      ]);
    }
    expect(ask({ flavor: 'ns', fingerprint: relay, keyword: 'a' })[0]).not.toHaveProperty('line');
  });

  test('a line of a relay: who counted and why not', () => {
    const [w] = ask({ flavor: 'ns', fingerprint: relay, keyword: 'w' });
    expect(w?.text).toBe('w Bandwidth=8');
    expect(brief(w)).toEqual([
      'Bandwidth=5 Measured=7 true',
      'Bandwidth=5 Measured=9 true',
      'Bandwidth=6 Measured=8 true',
      'Bandwidth=1 Measured=1 false its entry has another ed25519 identity than more than half agree on',
      'undefined false its vote does not list the relay',
    ]);
    const [r] = ask({ flavor: 'ns', fingerprint: relay, keyword: 'r' });
    expect(r?.given.map(({ counted }) => counted)).toEqual([true, true, false, false, false]);
    expect(r?.given[2]?.note).toBe('its entry is not like the chosen one');
    const [v] = ask({ flavor: 'ns', fingerprint: relay, keyword: 'v' });
    expect(v?.given[2]?.note).toBe('its entry has no such line');
    const [line, ...flags] = ask({ flavor: 'ns', fingerprint: relay, keyword: 's' });
    expect(line?.text).toBe('s Fast Running Valid');
    expect(flags.map(({ text }) => text)).toEqual([undefined, 'Fast', 'Running', 'Valid']);
    expect(flags[0]?.rule).toBe('2 of the 5 votes that know the flag give it; more than 2 are needed');
  });

  test('a whole relay, and lines that it has not', () => {
    const lines = ask({ flavor: 'microdesc', fingerprint: relay.toLowerCase() });
    expect(lines.flatMap(({ text }) => text?.split(' ')[0] ?? [])).toEqual([
      'r',
      'm',
      's',
      'Fast',
      'Running',
      'Valid',
      'v',
      'pr',
      'w',
    ]);
    expect(ask({ flavor: 'microdesc', fingerprint: relay, keyword: 'p' })[0]).toMatchObject({
      text: undefined,
      rule: 'the microdesc flavour has no p lines',
    });
    expect(ask({ flavor: 'ns', fingerprint: relay, keyword: 'a' })[0]?.text).toBeUndefined();
  });

  test('a relay that is not listed, and one that nobody knows', () => {
    const few = ballots({}, { entries: [] }, { entries: [] });
    const [why] = explain(few, { authorities: 3 }, { flavor: 'ns', fingerprint: relay });
    expect(why).toMatchObject({
      text: undefined,
      rule: 'not listed: votes that list the relay: 1; more than 1 are needed',
    });
    const down = ballots(
      ...['Running Valid', 'Valid', 'Valid'].map((s) => ({ entries: [entry('relay', { s })] })),
    );
    expect(explain(down, { authorities: 3 }, { flavor: 'ns', fingerprint: relay })[0]?.rule).toBe(
      'not listed: it did not get both Running and Valid',
    );
    const bare = ballots({ entries: [entry('relay', { m: [] })] });
    expect(explain(bare, { authorities: 1 }, { flavor: 'microdesc', fingerprint: relay })[0]?.rule).toBe(
      'not listed: no microdescriptor for it was agreed on',
    );
    expect(ask({ flavor: 'ns', fingerprint: 'A'.repeat(40) })[0]?.text).toBeUndefined();
    expect(ask({ flavor: 'ns', fingerprint: 'no fingerprint' })).toEqual([]);
  });

  test('an authority, its lines, and a legacy one', () => {
    const [first] = authorities();
    const legacy = 'F'.repeat(40);
    const two = ballots({ edit: behind('contact', `legacy-dir-key ${legacy}`) }, {});
    const asked = (subject: ExplainSubject): readonly (string | undefined)[] =>
      explain(two, { authorities: 2 }, subject).map(({ text }) => text);
    const fingerprint = first?.identity ?? '';
    expect(asked({ flavor: 'ns', fingerprint, keyword: 'contact' })).toEqual([
      `contact ${first?.nickname} AT example`,
    ]);
    expect(asked({ flavor: 'ns', fingerprint: legacy, keyword: 'dir-source' })[0]).toMatch(/-legacy F{40} /);
    expect(asked({ flavor: 'ns', fingerprint: legacy, keyword: 'contact' })).toEqual([]);
  });

  test('no line, no explanation; no consensus, no explanation', () => {
    expect(ask({ flavor: 'ns', line: 0 })).toEqual([]);
    expect(ask({ flavor: 'ns', line: 9999 })).toEqual([]);
    expect(ask({ flavor: 'ns', keyword: 'directory-signature' })).toEqual([]);
    expect(explain(votes, { authorities: 20 }, { flavor: 'ns', line: 1 })).toEqual([]);
  });

  test('package lines, and what follows from MiddleOnly', () => {
    const line = 'package a 1 http://example.com/ sha256=x';
    const flags = instead(
      'known-flags',
      'known-flags BadExit Exit Fast Guard MiddleOnly Named Running Unnamed Valid',
    );
    const edit = both(
      instead('consensus-methods', 'consensus-methods 33'),
      behind('server-versions', line, line.replace('a 1', 'b 1'), line),
      flags,
    );
    const s = 'Exit Fast Guard MiddleOnly Named Running Valid';
    const three = [0, 1, 2].map((index) => ballot(index, { edit, entries: [entry('relay', { s })] }));
    expect(unexplained(three, 3, 'ns')).toEqual([]);
    const parts = explain(three, { authorities: 3 }, { flavor: 'ns', fingerprint: relay, keyword: 's' });
    const rules = new Map(parts.slice(1).map(({ text, given, rule }) => [text ?? given[0]?.value, rule]));
    expect(rules.get('BadExit')).toBe('a relay with MiddleOnly is a BadExit');
    expect(rules.get('Exit')).toBe('a relay with MiddleOnly has none of Exit, Guard, HSDir, V2Dir');
    expect(rules.get('Named')).toBe(
      'by whether the nickname belongs to this relay, to another, or is disputed',
    );
  });
});
