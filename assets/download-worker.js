// Fetches one prepared file in pieces into the browser's private file system; resumes after every
// interruption.
//
// Pieces are written in order, so the length of the stored file is the only record of progress. A
// worker can write in place without blocking the page. Memory holds one network chunk, whatever
// the size of the file.
// In:  {run: {jobId, sizeBytes?, sha256?}}, {stop: true}.   Out: {state, …}, see report().
"use strict";

importScripts("/answers.js");

// The most that a lost connection costs; also keeps each request below the time limit of proxies.
const PIECE_BYTES = 16 * 1024 * 1024;
const STALLED_MILLISECONDS = 30_000;
const REPORT_MILLISECONDS = 200;
const LONGEST_WAIT_SECONDS = 30;
const PREPARING_POLL_SECONDS = 2;
const REFUSALS_BEFORE_GIVING_UP = 5;

const NO_ROOM =
  "The browser has too little storage for this file. Use the Download button instead.";

class Stopped extends Error {}
class GaveUp extends Error {}
class NoRoom extends Error {}
class TryLater extends Error {
  constructor(message, seconds = 0) {
    super(message);
    this.seconds = seconds;
  }
}

let stopping = false;
let abortNow = () => {};
let wakeUp = () => {};

self.onmessage = ({ data }) => {
  if (data.stop) {
    stopping = true;
    abortNow();
    wakeUp();
  } else {
    runAlone(data.run);
  }
};
self.ononline = () => wakeUp();

function report(state, facts = {}) {
  self.postMessage({ state, ...facts });
}

// If several tabs want the same file, the first one fetches it. When it is closed, another resumes.
async function runAlone(job) {
  await navigator.locks.request(`comic-download-${job.jobId}`, async () => {
    const fetching = new Fetching(job);
    try {
      await fetching.run();
      report("complete");
    } catch (error) {
      if (error instanceof Stopped) {
        report("paused", fetching.position === undefined ? {} : fetching.progress());
      } else {
        report("failed", {
          reason:
            error instanceof GaveUp
              ? error.message
              : `The browser could not store the file: ${error.message}`,
        });
      }
    }
  });
  self.close();
}

class Fetching {
  constructor({ jobId, sizeBytes = null, sha256 = null }) {
    this.address = `/api/v1/downloads/${encodeURIComponent(jobId)}`;
    this.jobId = jobId;
    this.sizeBytes = sizeBytes;
    this.sha256 = sha256;
    this.link = null;
    this.failures = 0; // Consecutive failures without a byte between them.
    this.refusals = 0;
    this.reportedAt = 0;
  }

  async run() {
    const folder = await (
      await navigator.storage.getDirectory()
    ).getDirectoryHandle("downloads", { create: true });
    const handle = await folder.getFileHandle(this.jobId, { create: true });
    this.file = await handle.createSyncAccessHandle();
    try {
      if (this.sha256 === null) await this.persistently(() => this.learn());
      this.readBack();
      for (let attempt = 1; ; attempt += 1) {
        await this.persistently(() => this.fetchAll());
        report("checking", this.progress());
        if (this.hash.hex() === this.sha256 && this.file.getSize() === this.sizeBytes) return;
        if (attempt === 2)
          throw new GaveUp("The received file is damaged. Use the Download button instead.");
        this.startOver();
      }
    } finally {
      this.file.flush();
      this.file.close();
    }
  }

  // Repeats the work after temporary errors, with growing waits, until it succeeds.
  async persistently(work) {
    for (;;) {
      try {
        return await work();
      } catch (error) {
        if (stopping) throw new Stopped();
        if (!(error instanceof TryLater)) throw error;
        const seconds = error.seconds || Math.min(2 ** this.failures, LONGEST_WAIT_SECONDS);
        this.failures += 1;
        report("waiting", { reason: error.message, retryInSeconds: seconds, ...this.progress() });
        await pause(seconds);
      }
    }
  }

  // Asks the server for name, size and hash of the file.
  async learn() {
    const job = await this.ask("GET", "");
    if (job.status !== "ready") await this.untilPrepared();
    else this.know(job);
  }

  know(job) {
    const changed = this.sha256 !== null && this.sha256 !== job.sha256;
    this.sha256 = job.sha256;
    this.sizeBytes = job.file_size_bytes;
    report("known", {
      filename: job.filename,
      mediaType: job.media_type,
      sizeBytes: this.sizeBytes,
      sha256: this.sha256,
    });
    if (changed) this.startOver();
  }

  // Hashes what an earlier run has written, because the check needs the hash of the whole file.
  readBack() {
    if (this.file.getSize() > this.sizeBytes) this.file.truncate(0);
    this.position = this.file.getSize();
    this.hash = new Sha256();
    const buffer = new Uint8Array(1024 * 1024);
    for (let at = 0; at < this.position; at += buffer.length) {
      const read = this.file.read(buffer, { at });
      this.hash.update(buffer.subarray(0, read));
    }
  }

  startOver() {
    this.file.truncate(0);
    this.position = 0;
    this.hash = new Sha256();
  }

  async fetchAll() {
    while (this.position < this.sizeBytes) {
      if (stopping) throw new Stopped();
      this.link ??= await this.freshLink();
      await this.fetchPiece();
    }
  }

  async freshLink() {
    const answer = await this.ask("POST", "/link");
    if (answer !== null) return answer.url;
    await this.untilPrepared();
    return this.freshLink();
  }

  // Prepares a file that has expired again, with the same bytes, so that the transfer can resume.
  async untilPrepared() {
    for (;;) {
      if (stopping) throw new Stopped();
      const job = await this.ask("GET", "");
      if (job.status === "ready") return this.know(job);
      if (job.status === "failed" || job.status === "cancelled") {
        throw new GaveUp(job.error?.message || `The download was ${job.status}. Retry it first.`);
      }
      if (job.status === "expired") await this.ask("POST", "/retry");
      report("preparing", this.progress());
      await pause(PREPARING_POLL_SECONDS);
    }
  }

  // Calls the API; returns null for 409, whose meaning depends on the request.
  async ask(method, path) {
    const response = await this.request(this.address + path, {
      method,
      credentials: "same-origin",
    });
    const { body, isForeign } = await this.answerOf(response);
    if (isForeign) throw refusal(response, isForeign);
    if (response.ok) return body;
    if (response.status === 409) return null;
    if (response.status === 401) throw new GaveUp("You are signed out. Sign in, then resume.");
    if (response.status === 404) throw new GaveUp("This download was removed.");
    throw refusal(response);
  }

  async answerOf(response) {
    try {
      return await serverAnswers.read(response);
    } catch {
      throw new TryLater("The connection was lost.");
    }
  }

  async request(address, options) {
    const aborter = new AbortController();
    abortNow = () => aborter.abort();
    this.watch(aborter);
    try {
      return await fetch(address, { cache: "no-store", signal: aborter.signal, ...options });
    } catch {
      throw new TryLater(navigator.onLine ? "The server does not respond." : "You are offline.");
    } finally {
      clearTimeout(this.timer);
    }
  }

  watch(aborter) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => aborter.abort(), STALLED_MILLISECONDS);
  }

  async fetchPiece() {
    const end = Math.min(this.position + PIECE_BYTES, this.sizeBytes);
    const headers = { Range: `bytes=${this.position}-${end - 1}` };
    const response = await this.request(this.link, { headers, credentials: "omit" });
    if (serverAnswers.isPage(response)) {
      this.link = null;
      throw refusal(response);
    }
    if (response.status === 200)
      this.startOver(); // A proxy without ranges sent the whole file.
    else if (response.status !== 206) return this.refused(response);
    const before = this.position;
    await this.write(response.body.getReader());
    if (this.position === before) throw new TryLater("The server sent nothing.");
    // A private window keeps its files in memory. Once that is full, Chromium drops writes without
    // an error.
    if (this.file.getSize() !== this.position) throw new GaveUp(NO_ROOM);
    this.refusals = 0;
  }

  // Links expire; a new one leads to the same bytes.
  async refused(response) {
    this.link = null;
    this.refusals += 1;
    if (this.refusals >= REFUSALS_BEFORE_GIVING_UP) {
      throw new GaveUp(
        `The storage refuses the file (${response.status}). Use the Download button instead.`,
      );
    }
    if (response.status >= 500 || response.status === 429) throw refusal(response);
  }

  async write(reader) {
    const aborter = new AbortController();
    aborter.signal.addEventListener("abort", () => reader.cancel());
    abortNow = () => aborter.abort();
    try {
      for (;;) {
        this.watch(aborter);
        const { done, value } = await reader.read();
        if (done) break;
        const chunk = value.subarray(0, this.sizeBytes - this.position);
        if (this.file.write(chunk, { at: this.position }) < chunk.length) throw new NoRoom();
        this.hash.update(chunk);
        this.position += chunk.length;
        this.failures = 0;
        this.reportProgress();
      }
    } catch (error) {
      if (error instanceof NoRoom || error.name === "QuotaExceededError") throw new GaveUp(NO_ROOM);
      throw new TryLater("The connection was lost.");
    } finally {
      clearTimeout(this.timer);
      this.file.flush();
    }
    if (aborter.signal.aborted)
      throw stopping ? new Stopped() : new TryLater("The connection stalled.");
  }

  reportProgress() {
    const now = performance.now();
    if (now - this.reportedAt < REPORT_MILLISECONDS && this.position < this.sizeBytes) return;
    this.reportedAt = now;
    report("fetching", this.progress());
  }

  progress() {
    return { receivedBytes: this.position ?? 0, sizeBytes: this.sizeBytes };
  }
}

function refusal(response, isForeign = serverAnswers.isPage(response)) {
  const seconds = Number(response.headers.get("Retry-After")) || 0;
  const reason = isForeign
    ? serverAnswers.explain(response.status)
    : `The server is busy (${response.status}).`;
  return new TryLater(reason, seconds);
}

// Waits; a network that returns or a stop ends the wait early.
function pause(seconds) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, seconds * 1000);
    wakeUp = () => {
      clearTimeout(timer);
      resolve();
    };
  });
}

// SHA-256 (FIPS 180-4) over pieces, because the browser's own needs the whole file in memory.
const ROUND_CONSTANTS = new Int32Array(64);
const FIRST_STATE = new Int32Array(8);
{
  const fraction = (number) => ((number - Math.floor(number)) * 2 ** 32) | 0;
  for (let candidate = 2, count = 0; count < 64; candidate += 1) {
    let prime = true;
    for (let divisor = 2; divisor * divisor <= candidate; divisor += 1)
      prime &&= candidate % divisor !== 0;
    if (!prime) continue;
    if (count < 8) FIRST_STATE[count] = fraction(Math.sqrt(candidate));
    ROUND_CONSTANTS[count] = fraction(Math.cbrt(candidate));
    count += 1;
  }
}

class Sha256 {
  constructor() {
    this.state = FIRST_STATE.slice();
    this.schedule = new Int32Array(64);
    this.block = new Uint8Array(64);
    this.filled = 0;
    this.length = 0;
  }

  update(data) {
    this.length += data.length;
    let at = 0;
    if (this.filled) {
      at = Math.min(64 - this.filled, data.length);
      this.block.set(data.subarray(0, at), this.filled);
      this.filled += at;
      if (this.filled < 64) return;
      this.compress(this.block, 0);
    }
    for (; at + 64 <= data.length; at += 64) this.compress(data, at);
    this.block.set(data.subarray(at));
    this.filled = data.length - at;
  }

  hex() {
    const bits = this.length * 8;
    const padding = new Uint8Array((this.filled < 56 ? 56 : 120) - this.filled + 8);
    padding[0] = 0x80;
    const view = new DataView(padding.buffer);
    view.setUint32(padding.length - 8, Math.floor(bits / 2 ** 32));
    view.setUint32(padding.length - 4, bits >>> 0);
    this.update(padding);
    return Array.from(this.state, (word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
  }

  compress(data, at) {
    const w = this.schedule;
    const k = ROUND_CONSTANTS;
    for (let i = 0; i < 16; i += 1, at += 4) {
      w[i] = (data[at] << 24) | (data[at + 1] << 16) | (data[at + 2] << 8) | data[at + 3];
    }
    for (let i = 16; i < 64; i += 1) {
      const x = w[i - 15];
      const y = w[i - 2];
      const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
      const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
      w[i] = (w[i - 16] + s0 + w[i - 7] + s1) | 0;
    }
    const s = this.state;
    let a = s[0];
    let b = s[1];
    let c = s[2];
    let d = s[3];
    let e = s[4];
    let f = s[5];
    let g = s[6];
    let h = s[7];
    for (let i = 0; i < 64; i += 1) {
      const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
      const t1 = (h + s1 + ((e & f) ^ (~e & g)) + k[i] + w[i]) | 0;
      const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
      const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      h = g;
      g = f;
      f = e;
      e = (d + t1) | 0;
      d = c;
      c = b;
      b = a;
      a = (t1 + t2) | 0;
    }
    s[0] += a;
    s[1] += b;
    s[2] += c;
    s[3] += d;
    s[4] += e;
    s[5] += f;
    s[6] += g;
    s[7] += h;
  }
}
