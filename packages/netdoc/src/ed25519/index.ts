/** Floor 1: Tor's ed25519 certificates, read from bytes (cert-spec). */
export { ed25519CertificateType, readEd25519Certificate } from './certificate.ts';
export type { Ed25519Certificate, Ed25519Extension } from './certificate.ts';
