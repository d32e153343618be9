import { describe, expect, test } from 'vitest';
import { badDay, readFault, sendToLab } from '../src/index.ts';

describe('readFault()', () => {
  test('reads what a bad day is made of', () => {
    for (const step of badDay(30)) expect(readFault(JSON.parse(JSON.stringify(step.do)))).toEqual(step.do);
  });

  test.each([
    { fault: 'accept-relay', authority: 'tor26', relay: 3 },
    { fault: 'withhold-vote', authority: 'tor26', others: ['moria1', 'dizum'] },
    { fault: 'deliver-vote', authority: 'tor26' },
    { fault: 'equivocate', authority: 'tor26', others: ['dizum'] },
    { fault: 'tear-relays', count: 5 },
    { fault: 'mend-relays' },
  ])('reads how authorities are made to disagree: $fault', (fault) => {
    expect(readFault(fault)).toEqual(fault);
  });

  test('drops fields it does not know', () => {
    expect(readFault({ fault: 'hang', authority: 'moria1', why: 'x' })).toEqual({
      fault: 'hang',
      authority: 'moria1',
    });
  });

  test.each([
    [undefined, 'request: expected a JSON object'],
    [['hang'], 'request: expected a JSON object'],
    [{}, 'fault: expected one that the lab knows, found undefined'],
    [{ fault: 'explode' }, 'fault: expected one that the lab knows, found "explode"'],
    [{ fault: 'hang' }, 'authority: expected a text, found undefined'],
    [{ fault: 'add-relays', count: '4' }, 'count: expected a number, found "4"'],
    [{ fault: 'change-relay', relay: true }, 'relay: expected an index or a fingerprint, found true'],
    [{ fault: 'equivocate', authority: 'x', others: [] }, 'others: expected a list of nicknames, found []'],
    [
      { fault: 'withhold-vote', authority: 'x', others: 'y' },
      'others: expected a list of nicknames, found "y"',
    ],
    [{ fault: 'renew-certificate', authority: 'x' }, 'lifetimeSeconds: expected a number, found undefined'],
  ])('refuses %j', (value, problem) => {
    expect(() => readFault(value)).toThrow(problem);
  });
});

describe('sendToLab()', () => {
  test('says when no lab is running', async () => {
    await expect(sendToLab('/nonexistent', { status: true })).rejects.toThrow(
      'expected a running lab, found none (ENOENT)',
    );
  });

  test('says when the path is too long for a socket', async () => {
    await expect(sendToLab(`/${'x'.repeat(120)}`, { status: true })).rejects.toThrow(
      'short enough for a socket',
    );
  });
});
