// The whole API in one table: on which listener, which method, which path, and who may ask. It is
// read from docs/reference/openapi.yaml; the tests of identity and of HTTP walk over it.

import { readRoutes } from './openapi.mjs';

export const routes = readRoutes();

/** A path of the pattern, with these values for its names. */
export function pathOf({ pattern }, values) {
  return pattern.replace(/\{(\w+)\}/g, (_, name) => {
    if (!(name in values)) throw new Error(`${pattern}: the test has no value for ${name}`);
    return values[name];
  });
}

/** The paths of a listener, each with its methods. */
export function methodsByPattern(listener) {
  const methods = new Map();
  for (const route of routes) {
    if (route.listener !== listener) continue;
    methods.set(route.pattern, [...(methods.get(route.pattern) ?? []), route.method]);
  }
  return methods;
}
