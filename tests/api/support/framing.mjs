// How requests can be framed, named and ended, rightly and wrongly (RFC 9112 sections 2 to 7, RFC
// 9110 sections 5 and 10): the table that http_framing_test.mjs plays.
//
// A row is `[what, bytes, statuses, after]`. `bytes` makes the request out of `at`: its first lines
// (`at.start`, `at.fields`: Host and credentials), the path, and a whole request, `at.next`, that
// someone else would have sent behind it. `statuses` are the answers that come, 'ok' being that of
// a request that succeeds. `after` is what becomes of the rest: `closed` by the service, `read` as
// the next request, or `open`, since the rest was the first one's body.

const ok = 'ok';
const repeat = (text, count) => Array(count).fill(text).join('');

/** A request with these field lines and this body; the next one is behind it unless it is in it. */
const withFields = (lines, body = '') => (at) => `${at.start}${lines}\r\n${body}${at.next}`;
const around = (lines) => (at) => `${at.start}${lines(at.next.length)}\r\n${at.next}`;
/** A request line of its own, with the usual fields. */
const withLine = (line) => (at) =>
  `${typeof line === 'function' ? line(at) : line}\r\n${at.fields}\r\n${at.next}`;

const refused = (status, rows) => rows.map(([what, bytes]) => [what, bytes, [status], 'closed']);
const read = (rows) => rows.map(([what, bytes]) => [what, bytes, [ok, ok], 'read']);

const CHUNKED = 'Transfer-Encoding: chunked\r\n';
const LAST = '0\r\n\r\n';  // The chunk that ends a body.

const lengths = [
  // RFC 9112 section 6.3 item 5: an invalid Content-Length is an unrecoverable error.
  ...refused(400, [
    ['two lengths that differ', withFields('Content-Length: 0\r\nContent-Length: 5\r\n', 'aaaaa')],
    ['two lengths that agree', withFields('Content-Length: 5\r\nContent-Length: 5\r\n', 'aaaaa')],
    ['a list of lengths that differ', withFields('Content-Length: 0, 5\r\n', 'aaaaa')],
    ['a list of lengths that agree', withFields('Content-Length: 5, 5\r\n', 'aaaaa')],
    ['a list of one length', withFields('Content-Length: 5,\r\n', 'aaaaa')],
    ['a length with a plus', withFields('Content-Length: +5\r\n', 'aaaaa')],
    ['a length with a minus', withFields('Content-Length: -5\r\n', 'aaaaa')],
    ['a length of minus nothing', withFields('Content-Length: -0\r\n')],
    ['a length in hexadecimal', withFields('Content-Length: 0x5\r\n', 'aaaaa')],
    ['a length with a letter', withFields('Content-Length: 5a\r\n', 'aaaaa')],
    ['a length with a space in it', withFields('Content-Length: 0 5\r\n', 'aaaaa')],
    ['a length with a comma behind thousands', withFields('Content-Length: 0,005\r\n', 'aaaaa')],
    ['a length with a dot', withFields('Content-Length: 5.0\r\n', 'aaaaa')],
    ['a length with an exponent', withFields('Content-Length: 5e0\r\n', 'aaaaa')],
    ['a length with an underscore', withFields('Content-Length: 0_5\r\n', 'aaaaa')],
    ['a length in quotes', withFields('Content-Length: "5"\r\n', 'aaaaa')],
    ['a length in full-width digits', withFields('Content-Length: \xef\xbc\x95\r\n', 'aaaaa')],
    ['a length that is empty', withFields('Content-Length:\r\n')],
    ['a length of 2^64 and 5', withFields('Content-Length: 18446744073709551621\r\n', 'aaaaa')],
    ['a length of a hundred digits', withFields(`Content-Length: ${repeat('9', 100)}\r\n`)],
    ['a length behind a vertical tab', withFields('Content-Length: \x0b5\r\n', 'aaaaa')],
    ['a length behind a form feed', withFields('Content-Length: \x0c5\r\n', 'aaaaa')],
    ['a length before a NUL', withFields('Content-Length: 5\0\r\n', 'aaaaa')],
    ['a space before the length\'s colon', withFields('Content-Length : 5\r\n', 'aaaaa')],
    ['a tab before the length\'s colon', withFields('Content-Length\t: 5\r\n', 'aaaaa')],
    ['a length in a folded line', withFields('X: y\r\n Content-Length: 5\r\n', 'aaaaa')],
    ['a length that is folded', withFields('Content-Length:\r\n 5\r\n', 'aaaaa')],
  ]),
  ...refused(413, [
    ['a body over the limit', withFields('Content-Length: 65537\r\n')],
    ['a body of eighteen digits', withFields(`Content-Length: ${repeat('9', 18)}\r\n`)],
  ]),
  ...read([
    ['a length of nothing', withFields('Content-Length: 0\r\n')],
    ['no length', withFields('')],
    ['a body of its length', withFields('Content-Length: 5\r\n', 'aaaaa')],
    ['a length with white space around it', withFields('Content-Length: \t5 \t\r\n', 'aaaaa')],
    ['a length with zeros in front', withFields('Content-Length: 0005\r\n', 'aaaaa')],
    ['a length\'s name in capitals', withFields('CONTENT-LENGTH:5\r\n', 'aaaaa')],
    ['a field that is nearly called so', withFields('Content_Length: 500\r\nXContent-Length: 5\r\n')],
  ]),
  ['the next one in the body', around((size) => `Content-Length: ${size}\r\n`), [ok], 'open'],
  ['the next one in the body, which Connection disowns',
    around((size) => `Content-Length: ${size}\r\nConnection: Content-Length\r\n`), [ok], 'open'],
  ['a length that is too small', withFields('Content-Length: 4\r\n', 'aaaa@'), [ok, 400], 'closed'],
];

const codings = [
  // RFC 9112 section 6.1: both is to be treated as an attempt at smuggling.
  ...refused(400, [
    ['a coding and a length', withFields(`${CHUNKED}Content-Length: 5\r\n`, LAST)],
    ['a length and a coding', withFields(`Content-Length: 5\r\n${CHUNKED}`, LAST)],
    ['a length of nothing and a coding', withFields(`Content-Length: 0\r\n${CHUNKED}`, LAST)],
    ['a length over all, and a coding that ends before it',
      around((size) => `Content-Length: ${size}\r\n${CHUNKED}`)],
    // Section 6.3 item 4: where chunked isn't the last coding, the body's end can't be known.
    ['a coding that isn\'t chunked', withFields('Transfer-Encoding: gzip\r\n')],
    ['identity', withFields('Transfer-Encoding: identity\r\n')],
    ['chunked that isn\'t last', withFields('Transfer-Encoding: chunked, identity\r\n', LAST)],
    ['chunked that isn\'t last, in two fields',
      withFields(`${CHUNKED}Transfer-Encoding: gzip\r\n`, LAST)],
    ['a coding that is nearly called so', withFields('Transfer-Encoding: xchunked\r\n', LAST)],
    ['chunked with something behind it', withFields('Transfer-Encoding: chunkedx\r\n', LAST)],
    ['chunked and a half', withFields('Transfer-Encoding: chunk\r\n', LAST)],
    ['chunked in quotes', withFields('Transfer-Encoding: "chunked"\r\n', LAST)],
    ['chunked with a parameter', withFields('Transfer-Encoding: chunked;q=1\r\n', LAST)],
    ['chunked and a space and more', withFields('Transfer-Encoding: chunked x\r\n', LAST)],
    ['a coding that is empty', withFields('Transfer-Encoding:\r\n', LAST)],
    // Section 6.1: chunked is not applied more than once.
    ['chunked twice', withFields(`${CHUNKED}${CHUNKED}`, LAST)],
    ['chunked twice in a list', withFields('Transfer-Encoding: chunked, chunked\r\n', LAST)],
    ['chunked behind a vertical tab', withFields('Transfer-Encoding: \x0bchunked\r\n', LAST)],
    ['chunked before a NUL', withFields('Transfer-Encoding: chunked\0\r\n', LAST)],
    ['a space before the coding\'s colon', withFields('Transfer-Encoding : chunked\r\n', LAST)],
    ['a coding in a folded line', withFields('X: y\r\n Transfer-Encoding: chunked\r\n', LAST)],
    ['a coding that is folded', withFields('Transfer-Encoding:\r\n chunked\r\n', LAST)],
    ['a coding behind a bare line feed', withFields('X: y\nTransfer-Encoding: chunked\r\n', LAST)],
    ['a coding behind a bare carriage return',
      withFields('X: y\rTransfer-Encoding: chunked\r\n', LAST)],
    ['a coding in HTTP/1.0', (at) =>
      `${at.method} ${at.path} HTTP/1.0\r\n${at.fields}${CHUNKED}\r\n${LAST}${at.next}`],
    ['a coding and a length in HTTP/1.0', (at) =>
      `${at.method} ${at.path} HTTP/1.0\r\n${at.fields}${CHUNKED}Content-Length: 5\r\n\r\n`
        + `${LAST}${at.next}`],
  ]),
  // Section 6.1: a coding that isn't understood. However the chunks are, none of them is read.
  ...refused(501, [
    ['chunked', withFields(CHUNKED, `5\r\naaaaa\r\n${LAST}`)],
    ['chunked in capitals', withFields('TRANSFER-ENCODING: CHUNKED\r\n', LAST)],
    ['chunked behind a tab', withFields('Transfer-Encoding:\tchunked\t\r\n', LAST)],
    ['chunked in a list with holes', withFields('Transfer-Encoding: , chunked\r\n', LAST)],
    ['a coding, chunked', withFields('Transfer-Encoding: gzip, chunked\r\n', LAST)],
    ['a coding, chunked, in two fields', withFields(`Transfer-Encoding: x\r\n${CHUNKED}`, LAST)],
    ['a chunk with an extension', withFields(CHUNKED, `5;a="b"\r\naaaaa\r\n${LAST}`)],
    ['a chunk with a bare line feed in its extension', withFields(CHUNKED, `0;\nx\r\n\r\n`)],
    ['chunks with a trailer', withFields(CHUNKED, '0\r\nContent-Length: 5\r\nHost: other\r\n\r\n')],
    ['a chunk\'s size that is none', withFields(CHUNKED, `z\r\n\r\n${LAST}`)],
    ['a chunk\'s size with a minus', withFields(CHUNKED, `-1\r\n\r\n${LAST}`)],
    ['a chunk\'s size with a prefix', withFields(CHUNKED, `0x0\r\n\r\n${LAST}`)],
    ['a chunk\'s size of 2^68', withFields(CHUNKED, `100000000000000000\r\n\r\n${LAST}`)],
    ['a chunk that ends in a bare line feed', withFields(CHUNKED, `0\n\n`)],
    ['a chunk longer than its size', withFields(CHUNKED, `1\r\naaaaa\r\n${LAST}`)],
    ['no chunk at all', withFields(CHUNKED)],
  ]),
  ...read([
    ['a field that is nearly called a coding', withFields(`Transfer_Encoding: chunked\r\n`)],
    ['what is accepted, not sent', withFields('TE: chunked, trailers\r\nTrailer: X\r\n')],
  ]),
];

const lineEnds = [
  ...refused(400, [
    // RFC 9112 section 2.2 lets a reader take a bare line feed. Not all do, so this one doesn't.
    ['a bare line feed behind the request line', (at) =>
      `${at.method} ${at.path} HTTP/1.1\n${at.fields}\r\n${at.next}`],
    ['bare line feeds everywhere', (at) => `${at.start}\r\n`.replaceAll('\r\n', '\n') + at.next],
    ['a bare line feed behind a field', withFields('X: y\nZ: z\r\n')],
    ['a bare line feed for the empty line', (at) => `${at.start}\n${at.next}`],
    ['a bare line feed behind a field, and the empty line', (at) => `${at.start}X: y\n\r\n${at.next}`],
    // A bare carriage return is invalid, or is replaced by a space before it is processed.
    ['a bare carriage return in a value', withFields('X: y\rz\r\n')],
    ['a bare carriage return for the empty line', (at) => `${at.start}\r${at.next}`],
    ['a bare carriage return behind the request line', (at) =>
      `${at.method} ${at.path} HTTP/1.1\r${at.fields}\r\n${at.next}`],
    ['two carriage returns and a line feed', withFields('X: y\r\r\n')],
    ['a carriage return in a name', withFields('X\r: y\r\n')],
    ['a NUL in a value', withFields('X: y\0z\r\n')],
    ['a NUL in a name', withFields('X\0: y\r\n')],
    ['a NUL in the target', withLine((at) => `${at.method} ${at.path}\0 HTTP/1.1`)],
    ['a NUL in the method', withLine((at) => `${at.method}\0 ${at.path} HTTP/1.1`)],
    ['a NUL before the request', (at) => `\0${at.start}\r\n${at.next}`],
    ['a delete in a value', withFields('X: y\x7f\r\n')],
    ['an escape in a value', withFields('X: \x1b[0m\r\n')],
    // Section 5.1: white space before the colon has led to smuggling.
    ['a space before the colon', withFields('X : y\r\n')],
    ['a tab before the colon', withFields('X\t: y\r\n')],
    ['a space within the name', withFields('X Y: z\r\n')],
    ['a space before the first field', (at) =>
      `${at.method} ${at.path} HTTP/1.1\r\n X: y\r\n${at.fields}\r\n${at.next}`],
    ['a fold with a space', withFields('X: y\r\n z\r\n')],
    ['a fold with a tab', withFields('X: y\r\n\tz\r\n')],
    ['a fold of nothing', withFields('X: y\r\n \r\n')],
    ['a fold right behind the name', withFields('X:\r\n y\r\n')],
    ['a line without a colon', withFields('nonsense\r\n')],
    ['a name of no letters', withFields(': y\r\n')],
    ['a name in brackets', withFields('(X): y\r\n')],
    ['a name that isn\'t ASCII', withFields('Zo\xeb: y\r\n')],
    ['two empty lines before the request', (at) => `\r\n\r\n${at.start}\r\n${at.next}`],
    ['a bare line feed before the request', (at) => `\n${at.start}\r\n${at.next}`],
    ['a space before the request', (at) => ` ${at.start}\r\n${at.next}`],
  ]),
  ...read([
    // Section 2.2: at least one empty line before a request is ignored.
    ['an empty line before the request', (at) => `\r\n${at.start}\r\n${at.next}`],
    ['an empty line before the next request', (at) => `${at.start}\r\n\r\n${at.next}`],
    ['a value that is empty', withFields('X:\r\nY: \t \r\n')],
    ['a value with letters beyond ASCII', withFields('X: zo\xeb\r\n')],
    ['a name of every character that a name may have', withFields('!#$%&\'*+-.^_`|~0aA: y\r\n')],
  ]),
];

const requestLines = [
  ...refused(400, [
    ['two spaces before the target', withLine((at) => `${at.method}  ${at.path} HTTP/1.1`)],
    ['two spaces before the version', withLine((at) => `${at.method} ${at.path}  HTTP/1.1`)],
    ['a tab before the target', withLine((at) => `${at.method}\t${at.path} HTTP/1.1`)],
    ['a tab before the version', withLine((at) => `${at.method} ${at.path}\tHTTP/1.1`)],
    ['a vertical tab in the target', withLine((at) => `${at.method} ${at.path}\x0b HTTP/1.1`)],
    ['a space behind the version', withLine((at) => `${at.method} ${at.path} HTTP/1.1 `)],
    ['a fourth word', withLine((at) => `${at.method} ${at.path} HTTP/1.1 x`)],
    ['a space within the target', withLine((at) => `${at.method} ${at.path}?a b HTTP/1.1`)],
    ['no version', withLine((at) => `${at.method} ${at.path}`)],
    ['no target', withLine((at) => `${at.method} HTTP/1.1`)],
    ['no method', withLine((at) => ` ${at.path} HTTP/1.1`)],
    ['a version in lower case', withLine((at) => `${at.method} ${at.path} http/1.1`)],
    ['a version of another protocol', withLine((at) => `${at.method} ${at.path} HTTPS/1.1`)],
    ['a version without a minor', withLine((at) => `${at.method} ${at.path} HTTP/1`)],
    ['a version of three digits', withLine((at) => `${at.method} ${at.path} HTTP/1.10`)],
    ['a version with a zero in front', withLine((at) => `${at.method} ${at.path} HTTP/01.1`)],
    ['a version with a comma', withLine((at) => `${at.method} ${at.path} HTTP/1,1`)],
    ['a version with a space', withLine((at) => `${at.method} ${at.path} HTTP/ 1.1`)],
    ['a version with a minus', withLine((at) => `${at.method} ${at.path} HTTP/-1.1`)],
    ['a method in brackets', withLine((at) => `(${at.method}) ${at.path} HTTP/1.1`)],
    ['a method with a colon', withLine((at) => `${at.method}: ${at.path} HTTP/1.1`)],
    ['HTTP/0.9', (at) => `GET ${at.path}\r\n${at.next}`],
    ['HTTP/0.9 with an empty line', (at) => `GET ${at.path}\r\n\r\n${at.next}`],
    ['the first bytes of TLS', (at) => `\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03\r\n\r\n${at.next}`],
    ['a line of another protocol', (at) => `PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n${at.start}\r\n${at.next}`],
    ['a target with a fragment', withLine((at) => `${at.method} ${at.path}#x HTTP/1.1`)],
    ['a target with a backslash', withLine((at) => `${at.method} \\x HTTP/1.1`)],
    ['a target in angle brackets', withLine((at) => `${at.method} </x> HTTP/1.1`)],
    ['a target that isn\'t ASCII', withLine((at) => `${at.method} /zo\xeb HTTP/1.1`)],
    ['a target without a slash', withLine((at) => `${at.method} x HTTP/1.1`)],
    ['a target of host and port', withLine((at) => `${at.method} dibs:80 HTTP/1.1`)],
    ['an asterisk for another method than OPTIONS', withLine((at) => `${at.method} * HTTP/1.1`)],
    ['a target with a user name', withLine((at) => `${at.method} http://a@dibs${at.path} HTTP/1.1`)],
    ['a target with an empty host', withLine((at) => `${at.method} http://${at.path} HTTP/1.1`)],
    ['a target of another scheme', withLine((at) => `${at.method} ftp://dibs${at.path} HTTP/1.1`)],
  ]),
  ...refused(505, [
    ['HTTP/2.0', withLine((at) => `${at.method} ${at.path} HTTP/2.0`)],
    ['HTTP/3.0', withLine((at) => `${at.method} ${at.path} HTTP/3.0`)],
    ['HTTP/0.9 by name', withLine((at) => `${at.method} ${at.path} HTTP/0.9`)],
    ['HTTP/1.2', withLine((at) => `${at.method} ${at.path} HTTP/1.2`)],
    ['the preface of HTTP/2', (at) => `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${at.next}`],
  ]),
  ...refused(501, [
    ['CONNECT', withLine(() => 'CONNECT dibs:443 HTTP/1.1')],
    ['CONNECT with a path', withLine((at) => `CONNECT ${at.path} HTTP/1.1`)],
  ]),
  ...refused(414, [
    ['a target of 8,001 bytes', withLine(() => `GET /${repeat('x', 8000)} HTTP/1.1`)],
    ['a target of 20,000 bytes', withLine(() => `GET /${repeat('x', 20_000)} HTTP/1.1`)],
    ['a method of 20,000 bytes', withLine((at) => `${repeat('G', 20_000)} ${at.path} HTTP/1.1`)],
  ]),
  ...read([
    ['a target with scheme and host', withLine((at) => `${at.method} http://dibs${at.path} HTTP/1.1`)],
    ['a target with another host than Host', withLine((at) =>
      `${at.method} http://other:81${at.path} HTTP/1.1`)],
    ['a scheme in capitals', withLine((at) => `${at.method} HTTP://dibs${at.path} HTTP/1.1`)],
    ['a target with escapes', withLine((at) =>
      `${at.method} ${at.path.replace('coupons', '%63oup%6Fns')} HTTP/1.1`)],
  ]),
  ['an asterisk for OPTIONS', withLine(() => 'OPTIONS * HTTP/1.1'), [204, ok], 'read'],
  ['a method in lower case', withLine((at) => `${at.method.toLowerCase()} ${at.path} HTTP/1.1`),
    [405, ok], 'read'],
  ['a method that nobody knows', withLine((at) => `BREW ${at.path} HTTP/1.1`), [405, ok], 'read'],
  ['a target of 8,000 bytes', withLine(() => `GET /${repeat('x', 7999)} HTTP/1.1`), [404, ok], 'read'],
  ['an escape that is none', withLine((at) => `${at.method} ${at.path}%zz HTTP/1.1`), [400, ok], 'read'],
];

/** The size of a header whose start is this, filled up by one field to exactly so many bytes. */
const filledTo = (size) => (at) => {
  const rest = size - `${at.start}X: \r\n\r\n`.length;
  return `${at.start}X: ${repeat('x', rest)}\r\n\r\n${at.next}`;
};
const hostOf = (host) => (at) =>
  `${at.method} ${at.path} HTTP/1.1\r\n${at.fields.replace('Host: dibs\r\n', host)}\r\n${at.next}`;

const fields = [
  // RFC 9112 section 3.2: none, more than one, or one that isn't valid is a 400.
  ...refused(400, [
    ['no Host', hostOf('')],
    ['two Hosts', hostOf('Host: dibs\r\nHost: other\r\n')],
    ['two Hosts that agree', hostOf('Host: dibs\r\nHost: dibs\r\n')],
    ['a Host that is empty', hostOf('Host:\r\n')],
    ['a Host with a path', hostOf('Host: dibs/x\r\n')],
    ['a Host with a user', hostOf('Host: a@dibs\r\n')],
    ['a Host with a scheme', hostOf('Host: http://dibs\r\n')],
    ['a Host of two words', hostOf('Host: dibs other\r\n')],
    ['a list of Hosts', hostOf('Host: dibs, other\r\n')],
    ['a Host whose port is none', hostOf('Host: dibs:eighty\r\n')],
    ['a Host with two ports', hostOf('Host: dibs:80:80\r\n')],
    ['a Host that is folded', hostOf('Host: dibs\r\n .example\r\n')],
    ['a Host in a bracket that stays open', hostOf('Host: [::1\r\n')],
    ['no Host though the target has one', (at) => `${at.method} http://dibs${at.path} HTTP/1.1\r\n`
      + `${at.fields.replace('Host: dibs\r\n', '')}\r\n${at.next}`],
  ]),
  ...refused(431, [
    ['a header one byte over the limit', filledTo(16_385)],
    ['a header far over the limit', filledTo(100_000)],
    ['a name of 20,000 bytes', withFields(`${repeat('x', 20_000)}: y\r\n`)],
    ['a hundred fields and one more', withFields(repeat('X: y\r\n', 99))],
    ['four thousand fields', withFields(repeat('X: y\r\n', 4000))],
  ]),
  ...refused(417, [
    ['an expectation that nobody knows', withFields('Expect: the-unexpected\r\n')],
    ['an expectation with a parameter', withFields('Expect: 100-continue;a=b\r\n')],
    ['two expectations', withFields('Expect: 100-continue\r\nExpect: another\r\n')],
  ]),
  ...read([
    ['a Host with a port', hostOf('Host: dibs:80\r\n')],
    ['a Host that is an address', hostOf('Host: [::1]:80\r\n')],
    ['a header of just the limit', filledTo(16_384)],
    ['a hundred fields', withFields(repeat('X: y\r\n', 98))],
    ['an upgrade to HTTP/2', withFields('Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n'
      + 'HTTP2-Settings: AAMAAABkAAQAAP__\r\n')],
    ['an upgrade to a web socket', withFields('Connection: Upgrade\r\nUpgrade: websocket\r\n')],
    ['an expectation with nothing to come', withFields('Expect: 100-continue\r\n')],
    ['another method in a field', withFields('X-HTTP-Method-Override: DELETE\r\n')],
    ['another address in a field', withFields('X-Original-URL: /nowhere\r\nX-Rewrite-URL: /nowhere\r\n')],
    ['HTTP/1.0 that wants to stay', (at) =>
      `${at.method} ${at.path} HTTP/1.0\r\n${at.fields}Connection: keep-alive\r\n\r\n${at.next}`],
  ]),
  ['HTTP/1.0', (at) => `${at.method} ${at.path} HTTP/1.0\r\n${at.fields}\r\n${at.next}`, [ok], 'closed'],
  ['HTTP/1.0 without a Host', (at) =>
    `${at.method} ${at.path} HTTP/1.0\r\n${at.fields.replace('Host: dibs\r\n', '')}\r\n${at.next}`,
  [ok], 'closed'],
  ['HTTP/1.0 with an expectation', (at) =>
    `${at.method} ${at.path} HTTP/1.0\r\n${at.fields}Expect: 100-continue\r\n\r\n${at.next}`,
  [ok], 'closed'],
  ['a request that is the last', withFields('Connection: close\r\n'), [ok], 'closed'],
  ['a request that is the last, in a list', withFields('Connection: keep-alive, CLOSE\r\n'), [ok], 'closed'],
  ['a request that is the last, in two fields',
    withFields('Connection: close\r\nConnection: keep-alive\r\n'), [ok], 'closed'],
];

/** By subject: `{ what, bytes, statuses, after }`. */
export const framings = Object.entries({
  'the length': lengths,
  'the transfer coding': codings,
  'the ends of lines': lineEnds,
  'the request line': requestLines,
  'the fields': fields,
}).map(([subject, rows]) => ({
  subject,
  rows: rows.map(([what, bytes, statuses, after]) => ({ what, bytes, statuses, after })),
}));
