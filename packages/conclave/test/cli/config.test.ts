/** What a configuration says about descriptors of relays: whether they are asked for, and how long they are kept. */
import { describe, expect, test } from 'vitest';
import { readConfig, retentionOf } from '../../src/cli/config.ts';
import { wantedRelaysOf } from '../../src/cli/run.ts';

describe('wantedRelaysOf()', () => {
  test.each([
    ['', 'all'],
    ['[descriptors]', 'all'],
    ['[descriptors]\nfrom_authorities = true', 'all'],
    ['[descriptors]\nfrom_authorities = false', 'none'],
    ['[sources.collector]', 'rest'],
    ['[sources.collector]\ndescriptors = false', 'all'],
    ['[sources.collector]\n[descriptors]\nfrom_authorities = false', 'none'],
    ['[sources.onionoo]', 'all'],
  ])('of %j is %s', (text, wanted) => {
    expect(wantedRelaysOf(readConfig(text, 'conclave.toml'))).toBe(wanted);
  });
});

describe('retentionOf()', () => {
  test('keeps descriptors of relays for ever unless told otherwise', () => {
    expect(retentionOf(readConfig('', 'conclave.toml'))).toEqual({});
    expect(retentionOf(readConfig('[retention]\nfeeds_days = 3', 'conclave.toml'))).toEqual({ feed: 3 });
  });

  test('names them as they are asked for', () => {
    const config = readConfig('[retention]\ndescriptors_days = 30', 'conclave.toml');
    expect(retentionOf(config)).toEqual({ 'relay-descriptors': 30 });
  });
});

test('readConfig() refuses what is no setting, with its line', () => {
  expect(() => readConfig('[descriptors]\nfrom_caches = true', 'conclave.toml')).toThrow(
    'conclave.toml:2: descriptors.from_caches: there is no such setting',
  );
});
