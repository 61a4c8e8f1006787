// How the tests prove to a service who is asking: with tokens, or as the gateway in front does.

import { ADMIN_SCOPE, FAR_AHEAD, readSecret, signWithSecret } from './token.mjs';

/** Bearer tokens, signed with the secret in a file that may be there only once the service runs. */
export class SecretIdentity {
  #secretFile;
  #secret;
  #tokens = new Map();

  constructor(secretFile) { this.#secretFile = secretFile; }

  get secret() { return (this.#secret ??= readSecret(this.#secretFile)); }

  /** A token for the user; `claims` stand beside what is needed, or in its place. */
  token(user, { scope, ...claims } = {}) {
    return signWithSecret(this.secret, { sub: user, exp: FAR_AHEAD, scope, ...claims });
  }

  /** The header fields of the user's requests. */
  fieldsOf(user, { isOperator = false } = {}) {
    const name = `${isOperator} ${user}`;
    if (!this.#tokens.has(name)) {
      this.#tokens.set(name, this.token(user, { scope: isOperator ? ADMIN_SCOPE : undefined }));
    }
    return { Authorization: `Bearer ${this.#tokens.get(name)}` };
  }
}

/** Bearer tokens, signed by an identity provider whose public keys the service has in a file. */
export class ProviderIdentity {
  constructor(key) { this.key = key; }

  fieldsOf(user, { isOperator = false } = {}) {
    const scope = isOperator ? ADMIN_SCOPE : undefined;
    return { Authorization: `Bearer ${this.key.sign({ sub: user, exp: FAR_AHEAD, scope })}` };
  }
}

/** The fields that a gateway sets, which has authenticated already. */
export const gatewayIdentity = {
  fieldsOf(user, { isOperator = false } = {}) {
    return { 'X-User-Id': user, ...(isOperator ? { 'X-User-Scopes': ADMIN_SCOPE } : {}) };
  },
};
