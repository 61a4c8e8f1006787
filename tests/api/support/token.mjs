// JSON Web Tokens, signed here and not by the program under test, so that both must agree on what a
// token is. Every way of signing that the service takes, and some that it must not.

import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';

/** 2100-01-01: past whatever time it is for the service. */
export const FAR_AHEAD = 4_102_444_800;

export const ADMIN_SCOPE = 'coupons:admin';

const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A token of this header and these claims; `signText` makes the signature of the text. */
export function makeToken(header, claims, signText) {
  const text = `${encode(header)}.${encode(claims)}`;
  return `${text}.${signText(text).toString('base64url')}`;
}

/** A token signed with a secret: what the service takes unless it is told otherwise. */
export function signWithSecret(secret, claims, header = { alg: 'HS256', typ: 'JWT' }) {
  return makeToken(header, claims, (text) => createHmac('sha256', secret).update(text).digest());
}

/** The secret that a service generated beside its database: the bytes without the newline. */
export function readSecret(file) {
  const bytes = readFileSync(file);
  return bytes.at(-1) === 0x0a ? bytes.subarray(0, -1) : bytes;
}

/** The permission bits of a file. */
export const modeOf = (file) => statSync(file).mode & 0o777;

const KEY_KINDS = {
  RS256: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
  ES256: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  EdDSA: () => generateKeyPairSync('ed25519'),
};

/** A key pair of an identity provider, with the form in which its key set publishes it. */
export class ProviderKey {
  #pair;

  constructor(algorithm, keyId) {
    this.algorithm = algorithm;
    this.keyId = keyId;
    this.#pair = KEY_KINDS[algorithm]();
  }

  get published() {
    return {
      ...this.#pair.publicKey.export({ format: 'jwk' }),
      kid: this.keyId,
      alg: this.algorithm,
      use: 'sig',
    };
  }

  /** The public key as text: what a forger would use as an HMAC secret. */
  get publicText() { return this.#pair.publicKey.export({ type: 'spki', format: 'pem' }); }

  sign(claims, header = { alg: this.algorithm, kid: this.keyId, typ: 'JWT' }) {
    return makeToken(header, claims, (text) => this.#signText(Buffer.from(text)));
  }

  #signText(bytes) {
    // JWS has ECDSA's two numbers side by side, not in DER (RFC 7518 section 3.4).
    const key = { key: this.#pair.privateKey, dsaEncoding: 'ieee-p1363' };
    return sign(this.algorithm === 'EdDSA' ? null : 'sha256', bytes, key);
  }
}
