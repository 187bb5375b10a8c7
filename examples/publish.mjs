#!/usr/bin/env node
// Publishes events to oncelog so that each of them is stored exactly once. Needs Node 18.
//
//   publish.mjs [--url URL] [FILE]     one event a line (NDJSON); without FILE, from standard input
//
// It may be stopped and run again on the same events at any time: what is stored already counts as a
// duplicate. Exit code 0: every event is stored. 1: some are not, and stderr says which and why.

import { createReadStream } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";

const batchEvents = 500; // in one request: oncelog takes 10,000
const batchBytes = 8 << 20; // and 32 MiB
const tryMs = 60_000; // to wait for an answer
const firstWaitMs = 100; // before the first retry, at most; twice as long before each further one
const waitMsMax = 10_000;
const retryMs = 300_000; // for one batch in all

// Lines with their ends, as bytes. (readline would also cut at U+2028, which JSON may contain.)
async function* linesOf(stream) {
  let begun = [];
  for await (let chunk of stream) {
    for (let end; (end = chunk.indexOf("\n")) >= 0; chunk = chunk.subarray(end + 1)) {
      yield Buffer.concat([...begun, chunk.subarray(0, end + 1)]);
      begun = [];
    }
    begun.push(chunk);
  }
  yield Buffer.concat(begun);
}

// Arrays of {number, line}. oncelog does not count empty lines, so they stay out.
async function* batchesOf(stream) {
  let [number, bytes, batch] = [0, 0, []];
  for await (const line of linesOf(stream)) {
    number += 1;
    if (line.every((byte) => [32, 9, 13, 10].includes(byte))) continue;
    if (batch.length === batchEvents || (batch.length > 0 && bytes + line.length > batchBytes)) {
      yield batch;
      [bytes, batch] = [0, []];
    }
    batch.push({ number, line });
    bytes += line.length;
  }
  if (batch.length > 0) yield batch;
}

// Whether the same bytes may be taken later: the table in docs/publishing.md.
function mayMend(status, error) {
  if (status === 501 || status === 505 || error === "too_many_topics") return false;
  return status === 408 || status === 429 || status >= 500;
}

async function tryOnce(target, body) {
  try {
    const headers = { "Content-Type": "application/x-ndjson" };
    const signal = AbortSignal.timeout(tryMs);
    const response = await fetch(target, { method: "POST", headers, body, signal });
    const text = await response.text();
    const retryAfter = Number.parseInt(response.headers.get("Retry-After"), 10) || 0; // seconds
    return { status: response.status, retryAfter, text };
  } catch (error) {
    return { status: 0, retryAfter: 0, text: "", trouble: error.cause?.message ?? error.message };
  }
}

function parse(text) {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {}; // not from oncelog: perhaps from a proxy before it
  }
}

// The verdicts on a batch. Until there are some, the same bytes are sent again and again: if they
// were stored and only the answer was lost, oncelog calls them duplicates.
async function send(target, body) {
  const giveUp = Date.now() + retryMs;
  for (let longest = firstWaitMs; ; longest = Math.min(2 * longest, waitMsMax)) {
    const { status, retryAfter, text, trouble } = await tryOnce(target, body);
    const answer = parse(text);
    if (status === 200) return answer.results ?? [];
    const why = trouble ? `no answer: ${trouble}` : `${status} ${answer.error}: ${answer.detail}`;
    if (status !== 0 && !mayMend(status, answer.error)) throw new Error(why);
    const wait = 1000 * retryAfter + Math.random() * longest; // so that not all come at once
    if (Date.now() + wait > giveUp) throw new Error(`${why}; gave up`);
    console.error(`${why}; trying again in ${(wait / 1000).toFixed(2)} s`);
    await sleep(wait);
  }
}

async function publish(stream, target, counts) {
  for await (const batch of batchesOf(stream)) {
    const results = await send(target, Buffer.concat(batch.map(({ line }) => line)));
    if (results.length !== batch.length) {
      throw new Error("the answer does not fit the request; is that an oncelog server?");
    }
    results.forEach((result, i) => {
      counts[result.status] += 1;
      const place = `line ${batch[i].number}: ${result.status}: `;
      if (result.status === "conflict") {
        console.error(`${place}event_id ${result.event_id} is stored with other content, ` +
            `as sequence ${result.sequence}`);
      } else if (result.status === "invalid") {
        console.error(`${place}${result.field}: ${result.detail}`);
      }
    });
  }
}

const { values, positionals } = parseArgs({
  options: { url: { type: "string", default: "http://127.0.0.1:8080" } },
  allowPositionals: true,
});
const counts = { accepted: 0, duplicate: 0, conflict: 0, invalid: 0 };
try {
  const stream = positionals.length > 0 ? createReadStream(positionals[0]) : process.stdin;
  await publish(stream, `${values.url.replace(/\/$/, "")}/publish?on_invalid=skip`, counts);
} catch (error) {
  console.error(`${error.message}\nnot all was sent; it is safe to run this again`);
  process.exitCode = 1;
}
console.log(Object.entries(counts).map(([verdict, count]) => `${count} ${verdict}`).join(", "));
if (counts.conflict > 0 || counts.invalid > 0) process.exitCode = 1;
