// The routes as docs/reference/openapi.yaml has them. scripts/check_docs.py holds that file against
// the table in src/controller/routes.cc, both ways: so a new route is in the tests' tables by
// itself, or the checks of the documents fail.
//
// The file is read by its form, not as YAML in general: two spaces a level, paths and methods on
// lines of their own. Where the form is another, this fails.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { projectFolder } from './binary.mjs';

const FILE = 'docs/reference/openapi.yaml';
const LISTENERS = { 8080: 'public', 8081: 'operators' };
const METHODS = ['get', 'post', 'put', 'patch', 'delete'];

/** Who may ask, by the tag of an operation that wants credentials. */
const CALLERS = { customers: 'user', operators: 'operator' };

/** The lines between a line at the margin and the next one there. */
function sectionOf(lines, heading) {
  const start = lines.indexOf(heading);
  if (start < 0) throw new Error(`${FILE} has no line "${heading}"`);
  const length = lines.slice(start + 1).findIndex((line) => /^\S/.test(line));
  return lines.slice(start + 1, length < 0 ? undefined : start + 1 + length);
}

/** Splits lines at those that `pattern` fits; `[what it caught, the lines below]` for each. */
function partsOf(lines, pattern) {
  const parts = [];
  for (const line of lines) {
    const found = pattern.exec(line);
    if (found) parts.push([found[1], []]);
    else parts.at(-1)?.[1].push(line);
  }
  return parts;
}

const portsIn = (lines) => lines.flatMap((line) =>
  [...line.matchAll(/^ *- url: http:\/\/127\.0\.0\.1:(\d+)$/g)].map(([, port]) => port));

/** The listeners that a list of servers names; `&name` keeps it, `*name` has one that was kept. */
function listenersOf(servers, kept, otherwise) {
  if (servers.length === 0) return otherwise;
  const [, how, name] = /^ *servers:(?: ([&*])(\w+))?$/.exec(servers[0]) ?? [];
  if (how === '*') return kept.get(name);
  const listeners = portsIn(servers).map((port) => LISTENERS[port]);
  if (how === '&') kept.set(name, listeners);
  return listeners;
}

function readOperation(path, [method, lines]) {
  const tag = /^ {6}tags: \[(\w+)\]$/.exec(lines.find((line) => line.startsWith('      tags:')))?.[1];
  const asksNobody = lines.includes('      security: []');
  const who = asksNobody ? 'anybody' : CALLERS[tag];
  if (!who) throw new Error(`${FILE}: ${method} ${path}: who may ask? Its tag is ${tag}`);
  return { method: method.toUpperCase(), pattern: path, who };
}

/** `[{ listener, method, pattern, who }]`; `who` is `anybody`, `user` or `operator`. */
export function readRoutes() {
  const lines = readFileSync(join(projectFolder, FILE), 'utf8').split('\n');
  const usual = listenersOf(['servers:', ...sectionOf(lines, 'servers:')], new Map(), []);
  const kept = new Map();
  const routes = [];
  for (const [path, below] of partsOf(sectionOf(lines, 'paths:'), /^ {2}(\/\S*):$/)) {
    const parts = partsOf(below, /^ {4}(\w+):.*$/);
    const start = below.findIndex((line) => /^ {4}servers:/.test(line));
    const length = below.slice(start + 1).findIndex((line) => /^ {4}\S/.test(line));
    const servers = start < 0 ? [] : below.slice(start, start + 1 + length);
    for (const listener of listenersOf(servers, kept, usual)) {
      for (const part of parts.filter(([name]) => METHODS.includes(name))) {
        routes.push({ listener, ...readOperation(path, part) });
      }
    }
  }
  if (routes.length === 0) throw new Error(`${FILE} has no routes`);
  return routes;
}
