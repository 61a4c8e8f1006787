// What the kernel says of a running process: memory, processor time, open files.

import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

// Linux has had 100 ticks a second in /proc on every architecture since 2.6 (USER_HZ).
const TICK_MS = 10;

/** Memory that is in use, in bytes. */
export function residentBytes(pid) {
  const [, kib] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(kib) * 1024;
}

/** Processor time that all of its threads have used so far, in milliseconds. */
export function processorMs(pid) {
  // The name, in brackets, may hold anything; the numbers follow it (proc(5)).
  const words = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').pop().split(' ');
  return (Number(words[11]) + Number(words[12])) * TICK_MS;
}

/** Which part of a processor it takes, seen over so long. */
export async function busyPart(pid, durationMs) {
  const before = processorMs(pid);
  // Time itself has to pass: it is measured against.
  await pause(durationMs);
  return (processorMs(pid) - before) / durationMs;
}

/** The numbers of its open files. */
export const openFiles = (pid) => readdirSync(`/proc/${pid}/fd`).map(Number);

/** How many of them are sockets. */
export const openSockets = (pid) => openFiles(pid).filter((file) => {
  try {
    return readlinkSync(`/proc/${pid}/fd/${file}`).startsWith('socket:');
  } catch {
    return false;  // It was closed meanwhile.
  }
}).length;

/** The most files that this process may open; Node raises its own limit as far as it goes. */
export function openFilesMax() {
  const limits = readFileSync('/proc/self/limits', 'utf8');
  return Number(/^Max open files\s+(\d+)/m.exec(limits)[1]);
}

export const MIB = 1024 * 1024;
