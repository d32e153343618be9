/** What the verifier needs of cryptography. Two providers exist: Node's own, and portable code for browsers. */

/** A public RSA key that can undo a signature. */
export interface RsaKey {
  /** Size of the modulus in bits. */
  readonly bits: number;
  /**
   * The bytes that were signed: the signature raised to the public exponent, with PKCS#1 v1.5 type 1 padding removed
   * (dir-spec 1.3: the bare digest, no DigestInfo). Undefined when the padding is wrong.
   */
  recover(signature: Uint8Array): Uint8Array | undefined;
}

/** The numbers of a public RSA key, most significant byte first. */
export interface RsaNumbers {
  /** Size of the modulus in bits. */
  readonly bits: number;
  readonly modulus: Uint8Array;
  readonly exponent: Uint8Array;
}

/** A set of primitives; all pure functions of their arguments. */
export interface CryptoProvider {
  sha1(bytes: Uint8Array): Uint8Array;
  sha256(bytes: Uint8Array): Uint8Array;
  sha3_256(bytes: Uint8Array): Uint8Array;
  /** A key from its numbers; undefined when the platform takes none of them. */
  rsaKey(numbers: RsaNumbers): RsaKey | undefined;
  /**
   * Whether an Ed25519 signature of 64 bytes is good for this public key of 32 bytes (RFC 8032, without cofactor, as
   * OpenSSL and tor check it). False for anything of another size.
   */
  ed25519Verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean;
}
