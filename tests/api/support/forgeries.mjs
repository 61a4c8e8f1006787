// Tokens that must not be taken, each wrong in one way, for a provider's key of any algorithm.

import { createHmac, createPublicKey } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { temporaryFolder } from './leftovers.mjs';
import { ADMIN_SCOPE, FAR_AHEAD, ProviderKey, makeToken } from './token.mjs';

export const ISSUER = 'https://id.example';
export const AUDIENCE = 'dibs';

const now = () => Math.floor(Date.now() / 1000);
export const bearer = (token) => ({ Authorization: `Bearer ${token}` });

/** A key of that algorithm, one of each other, the claims that are right, and the set's file. */
export function withKeySet(algorithm) {
  const key = new ProviderKey(algorithm, 'mine');
  const others = ['RS256', 'ES256', 'EdDSA'].filter((name) => name !== algorithm)
    .map((name) => new ProviderKey(name, name));
  const right = { iss: ISSUER, aud: AUDIENCE, exp: FAR_AHEAD };
  const file = join(temporaryFolder(), 'keys.json');
  writeFileSync(file, JSON.stringify({ keys: [key, ...others].map(({ published }) => published) }));
  return { key, others, right, file };
}

/** A token of ours with these claims changed, or this header. */
export const forger = ({ key, right }) => (changes, header = {}) => bearer(key.sign(
  { ...right, sub: 'mallory', scope: ADMIN_SCOPE, ...changes },
  { alg: key.algorithm, kid: key.keyId, typ: 'JWT', ...header }));

/** By what is wrong: the fields of a request. */
export function wrongTokens(set) {
  const { key, others, right } = set;
  const claims = { ...right, sub: 'mallory', scope: ADMIN_SCOPE };
  const sign = forger(set);
  const header = (alg, more) => ({ alg, kid: key.keyId, typ: 'JWT', ...more });
  const hmac = (secret, alg = 'HS256') => bearer(makeToken(header(alg), claims, (text) =>
    createHmac('sha256', secret).update(text).digest()));
  const stranger = new ProviderKey(key.algorithm, key.keyId);
  const good = key.sign(claims);
  const [head, payload, signature] = good.split('.');
  const otherClaims = Buffer.from(JSON.stringify({ ...claims, sub: 'root' })).toString('base64url');
  const der = createPublicKey(key.publicText).export({ type: 'spki', format: 'der' });
  const zeros = Buffer.alloc(Buffer.from(signature, 'base64url').length);
  return {
    none: {},
    'an empty field': { Authorization: '' },
    'no token': { Authorization: 'Bearer' },
    malformed: bearer('a.b'),
    'malformed claims': bearer(makeToken(header(key.algorithm), 'text', () => zeros)),
    'a token twice': bearer(`${good} ${good}`),
    "a gateway's fields": { 'X-User-Id': 'root', 'X-User-Scopes': ADMIN_SCOPE },
    expired: sign({ exp: now() - 1 }),
    'expired long ago': sign({ exp: 0 }),
    'without an end': sign({ exp: undefined }),
    'not yet valid': sign({ nbf: now() + 3600 }),
    'issued in the future': sign({ iat: now() + 3600 }),
    'wrong audience': sign({ aud: 'another' }),
    'wrong audiences': sign({ aud: ['another', 'dibs2'] }),
    'no audience': sign({ aud: undefined }),
    'wrong issuer': sign({ iss: 'https://evil.example' }),
    'no issuer': sign({ iss: undefined }),
    'alg none': bearer(makeToken(header('none'), claims, () => Buffer.alloc(0))),
    'alg None': bearer(makeToken(header('None'), claims, () => Buffer.alloc(0))),
    'alg none, signed': sign({}, { alg: 'none' }),
    'no alg': sign({}, { alg: undefined }),
    'the public key as a secret': hmac(key.publicText),
    'the public key as a secret, trimmed': hmac(key.publicText.trim()),
    'the public key as a secret, in DER': hmac(der),
    'the public key as a secret, as it is published': hmac(JSON.stringify(key.published)),
    'an empty secret': hmac(''),
    "the other algorithms' names": sign({}, { alg: others[0].algorithm }),
    'a key that nobody knows': sign({}, { kid: 'nobody' }),
    'a key by a path': sign({}, { kid: '../../../../dev/null' }),
    'a key by a query': sign({}, { kid: "x' UNION SELECT 'y" }),
    'no key named among several': sign({}, { kid: undefined }),
    "another of our keys' names": sign({}, { kid: others[0].keyId }),
    "another's key by our key's name": bearer(stranger.sign(claims, header(key.algorithm))),
    'a key that it brings along': bearer(stranger.sign(claims,
      header(key.algorithm, { jwk: stranger.published }))),
    'a key that it says where to find': bearer(stranger.sign(claims,
      header(key.algorithm, { jku: 'http://127.0.0.1:1/keys', x5u: 'http://127.0.0.1:1/keys' }))),
    'an extension that is critical': sign({}, { crit: ['exp'] }),
    'wrong signature': bearer(`${head}.${payload}.${Buffer.from(zeros).fill(1).toString('base64url')}`),
    'a signature of zeros': bearer(`${head}.${payload}.${zeros.toString('base64url')}`),
    'no signature': bearer(`${head}.${payload}.`),
    'a signature of other claims': bearer(`${head}.${otherClaims}.${signature}`),
    'no user': sign({ sub: undefined }),
    'an empty user': sign({ sub: '' }),
    'a user that is a number': sign({ sub: 1 }),
    'a user of 129 bytes': sign({ sub: 'x'.repeat(129) }),
    'a user with a control character': sign({ sub: 'root\0' }),
    'a scope that is a list': sign({ scope: [ADMIN_SCOPE] }),
  };
}
