import type { NetworkInterfaceInfo } from 'node:os';
import { expect, test } from 'vitest';
import { haveAddressFor, outcomeOfError } from '../../src/collect/network-errors.ts';

const address = (family: 'IPv4' | 'IPv6', text: string, internal = false): NetworkInterfaceInfo => ({
  address: text,
  netmask: '',
  mac: '',
  internal,
  cidr: null,
  family,
  scopeid: 0,
});

const lo = [address('IPv4', '127.0.0.1', true), address('IPv6', '::1', true)];
const both = { lo, eth0: [address('IPv4', '192.0.2.1'), address('IPv6', '2001:db8::2')] };
const only4 = { lo, eth0: [address('IPv4', '192.0.2.1'), address('IPv6', 'fe80::1')] };
const none = { lo };

test.each([
  ['192.0.2.9', both, true],
  ['2001:db8::9', both, true],
  ['2001:db8::9', only4, false],
  ['192.0.2.9', only4, true],
  ['192.0.2.9', none, false],
  ['127.0.0.9', none, true],
  ['::1', none, true],
])('haveAddressFor(%s) with %j is %s', (host, interfaces, expected) => {
  expect(haveAddressFor(host, interfaces)).toBe(expected);
});

test.each([
  ['ECONNREFUSED', '192.0.2.9', both, 'refused'],
  ['ECONNRESET', '192.0.2.9', both, 'refused'],
  ['ETIMEDOUT', '192.0.2.9', both, 'timed-out'],
  ['ENETUNREACH', '192.0.2.9', both, 'unreachable'],
  ['EHOSTUNREACH', '192.0.2.9', both, 'unreachable'],
  ['EADDRNOTAVAIL', '2001:db8::9', both, 'unreachable'],
  ['ENETUNREACH', '2001:db8::9', only4, 'not-asked'],
  ['EADDRNOTAVAIL', '2001:db8::9', only4, 'not-asked'],
  ['ENETUNREACH', '192.0.2.9', none, 'not-asked'],
  ['EMFILE', '192.0.2.9', both, 'not-asked'],
  ['HPE_INVALID_CONSTANT', '192.0.2.9', both, 'malformed'],
])('outcomeOfError(%s) at %s with %j is %s', (code, host, interfaces, outcome) => {
  expect(outcomeOfError(Object.assign(new Error(code), { code }), host, interfaces).outcome).toBe(outcome);
});
