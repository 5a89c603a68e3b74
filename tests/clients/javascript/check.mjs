// Runs the checks of a program: each is a function, its name is what it shows, and a line says how it went.
// `../run` adds the lines up, as it does with the lines of the Python programs.

import { basename } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";

const checks = [];

/** Adds a check. Checks run in the order in which they stand. */
export function check(name, body) {
  checks.push({ name, body });
}

/** Runs every check, whatever became of those before it: a later one may well show something of its own. */
export async function run() {
  const program = `javascript ${basename(process.argv[1], ".mjs")}`;
  let failed = 0;
  for (const { name, body } of checks) {
    const begun = performance.now();
    try {
      await body();
      console.log(`ok    ${program}: ${name} (${((performance.now() - begun) / 1000).toFixed(1)} s)`);
    } catch (error) {
      failed += 1;
      console.log(`FAIL  ${program}: ${name}: ${error.name}: ${String(error.message).trim().split("\n")[0]}`);
      console.error(error.stack);
    }
  }
  process.exitCode = failed ? 1 : 0;
}

/** Fails, with both values, unless they are equal. */
export function equal(found, wanted) {
  if (!isDeepStrictEqual(found, wanted)) {
    throw new Error(`found ${JSON.stringify(found)}, wanted ${JSON.stringify(wanted)}`);
  }
}

/** Calls, and fails unless it is refused with this status and code. */
export async function refused(call, status, code) {
  let answer;
  try {
    answer = await call();
  } catch (error) {
    const details = error.details?.error ?? error.body ?? {};
    equal([error.statusCode, error.code === "REQUEST_SEND_ERROR" ? error.code : details.code ?? error.code], [status, code]);
    return error;
  }
  throw new Error(`it was not refused with ${status} ${code}: ${JSON.stringify(answer)}`);
}

/** Reads again until the condition holds, and gives what was read last. */
export async function eventually(read, condition, patience = 30) {
  const end = performance.now() + patience * 1000;
  for (;;) {
    const found = await read();
    if (condition(found)) return found;
    if (performance.now() > end) throw new Error(`after ${patience} s still ${JSON.stringify(found)}`);
    await sleep(50);
  }
}

/** Every entry of a list, page by page. */
export async function all(pages) {
  const found = [];
  for await (const entry of pages) found.push(entry);
  return found;
}
