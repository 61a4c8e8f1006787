// The whole API in one table: on which listener, which method, which path, and who may ask. The
// tests of identity and of HTTP walk over it, and the reference in docs/ must have the same rows.

export const routes = [
  ['public', 'POST', '/api/v1/coupons/{couponId}/me', 'user'],
  ['public', 'GET', '/api/v1/coupons/me', 'user'],
  ['public', 'GET', '/api/v1/coupons/me/{id}', 'user'],
  ['public', 'GET', '/api/v1/coupons', 'anybody'],
  ['public', 'GET', '/api/v1/coupons/{couponId}', 'anybody'],
  ['public', 'GET', '/problems/{code}', 'anybody'],
  ['public', 'GET', '/', 'anybody'],
  ['operators', 'POST', '/admin/v1/coupons', 'operator'],
  ['operators', 'GET', '/admin/v1/coupons', 'operator'],
  ['operators', 'GET', '/admin/v1/coupons/{couponId}', 'operator'],
  ['operators', 'PATCH', '/admin/v1/coupons/{couponId}', 'operator'],
  ['operators', 'POST', '/admin/v1/coupons/{couponId}/inventory', 'operator'],
  ['operators', 'GET', '/admin/v1/coupons/{couponId}/inventory', 'operator'],
  ['operators', 'GET', '/admin/v1/coupons/{couponId}/history', 'operator'],
  ['operators', 'GET', '/admin/v1/coupons/{couponId}/history/{sequence}', 'operator'],
  ['operators', 'GET', '/admin/v1/coupons/{couponId}/stock', 'operator'],
  ['operators', 'GET', '/admin/v1/coupons/{couponId}/registrations', 'operator'],
  ['operators', 'POST', '/admin/v1/registrations/{id}/return', 'operator'],
  ['operators', 'POST', '/admin/v1/compactions', 'operator'],
  ['operators', 'GET', '/admin/v1/compactions', 'operator'],
  ['operators', 'GET', '/admin/v1/compactions/{run}', 'operator'],
  ['operators', 'GET', '/livez', 'anybody'],
  ['operators', 'GET', '/healthz', 'anybody'],
  ['operators', 'GET', '/readyz', 'anybody'],
  ['operators', 'GET', '/metrics', 'anybody'],
  ['operators', 'GET', '/problems/{code}', 'anybody'],
].map(([listener, method, pattern, who]) => ({ listener, method, pattern, who }));

/** A path of the pattern, with these values for its names. */
export function pathOf({ pattern }, values) {
  return pattern.replace(/\{(\w+)\}/g, (_, name) => values[name]);
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
