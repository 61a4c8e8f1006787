// Many who ask at the same moment: their connections are open before the first request is sent.

import { Connection, requestText } from './wire.mjs';

// choice: connections that are being opened at one time, within what a listener's queue holds.
const OPENING_AT_ONCE = 500;

/** So many open connections. */
export async function openConnections(url, count, options) {
  const connections = [];
  while (connections.length < count) {
    const more = Math.min(OPENING_AT_ONCE, count - connections.length);
    const opened = Array.from({ length: more }, () => Connection.open(url, options));
    connections.push(...(await Promise.all(opened)));
  }
  return connections;
}

/**
 * Sends all requests at once, each `{ method, path, headers, body }`, over so many connections; the
 * answers, in the order of the requests. `whenAnswered` is called for each as it comes.
 */
export async function sendAtOnce(url, requests, { connections = Infinity, whenAnswered } = {}) {
  const opened = await openConnections(url, Math.min(connections, requests.length));
  const answers = new Array(requests.length);
  const texts = requests.map(({ method, path, ...rest }) => requestText(method, path, rest));
  await Promise.all(opened.map(async (connection, first) => {
    for (let at = first; at < texts.length; at += opened.length) {
      answers[at] = await connection.ask(texts[at]);
      whenAnswered?.(answers[at], at);
    }
  }));
  for (const connection of opened) connection.close();
  return answers;
}

/** How many answers there are of each status. */
export function countByStatus(answers) {
  const counts = {};
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}
