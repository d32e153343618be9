/**
 * The keys of an authority: its relay identity, made here because the fingerprint is wanted before tor runs, and its
 * voting keys, made by tor-gencert.
 */
import { spawn } from 'node:child_process';
import { createPrivateKey, type KeyObject } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TorPrograms } from './find-tor.ts';
import { certificateExpires, writeKeyCertificate } from './key-certificate.ts';
import type { AuthorityPlan } from './plan.ts';
import { generateRsa, rsaFingerprint } from './rsa.ts';
import type { AuthorityIdentity } from './torrc.ts';

/** The identity key is encrypted because tor-gencert insists; a lab has nothing to protect. */
const passphrase = 'laboratory';

/** Makes all keys of one authority inside its directory. */
export async function makeAuthorityKeys(
  programs: TorPrograms,
  authority: AuthorityPlan,
  months: number,
): Promise<AuthorityIdentity> {
  const keys = keyDirectory(authority);
  mkdirSync(keys, { recursive: true, mode: 0o700 });
  const relayKey = await generateRsa(1024);
  writeFileSync(join(keys, 'secret_id_key'), pkcs1(relayKey), { mode: 0o600 });
  const options = {
    '--passphrase-fd': '0',
    '-a': `${authority.ipv4}:${authority.dirPort}`,
    '-m': `${months}`,
    '-i': join(keys, 'authority_identity_key'),
    '-s': join(keys, 'authority_signing_key'),
    '-c': join(keys, 'authority_certificate'),
  };
  await runGencert(programs.torGencert, ['--create-identity-key', ...Object.entries(options).flat()]);
  return {
    v3ident: hex(rsaFingerprint(identityKey(authority))),
    fingerprint: hex(rsaFingerprint(relayKey)),
  };
}

/** Replaces the signing key and its certificate by ones that live for so many seconds. tor must then be restarted. */
export async function renewCertificate(authority: AuthorityPlan, lifetimeSeconds: number): Promise<Date> {
  const keys = keyDirectory(authority);
  const signingKey = await generateRsa(2048);
  const published = new Date();
  const text = writeKeyCertificate({
    dirAddress: `${authority.ipv4}:${authority.dirPort}`,
    identityKey: identityKey(authority),
    signingKey,
    published,
    expires: new Date(published.getTime() + lifetimeSeconds * 1000),
  });
  replaceFile(join(keys, 'authority_signing_key'), pkcs1(signingKey));
  replaceFile(join(keys, 'authority_certificate'), text);
  return certificateExpires(text);
}

/** When the certificate on disk expires. */
export function currentCertificateExpires(authority: AuthorityPlan): Date {
  return certificateExpires(readFileSync(join(keyDirectory(authority), 'authority_certificate'), 'latin1'));
}

function runGencert(program: string, argv: readonly string[]): Promise<void> {
  const child = spawn(program, argv, { stdio: ['pipe', 'ignore', 'pipe'] });
  const said: Buffer[] = [];
  child.stderr.on('data', (part: Buffer) => said.push(part));
  child.stdin.end(`${passphrase}\n`);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve();
      else
        reject(
          new Error(
            `tor-gencert: expected to succeed, ended with ${code}: ${Buffer.concat(said).toString()}`,
          ),
        );
    });
  });
}

function identityKey(authority: AuthorityPlan): KeyObject {
  return createPrivateKey({
    key: readFileSync(join(keyDirectory(authority), 'authority_identity_key')),
    passphrase,
  });
}

function keyDirectory(authority: AuthorityPlan): string {
  return join(authority.directory, 'keys');
}

function pkcs1(key: KeyObject): string {
  return key.export({ format: 'pem', type: 'pkcs1' }).toString();
}

function replaceFile(path: string, text: string): void {
  writeFileSync(`${path}.new`, text, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

function hex(bytes: Buffer): string {
  return bytes.toString('hex').toUpperCase();
}
