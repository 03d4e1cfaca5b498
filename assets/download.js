// Downloads in the page, which resume after a reload, a closed tab, a lost network and an expired
// link.
//
// window.comicTransfers:
//   supported                 whether this browser can (needs HTTPS or localhost, and a private
//                             file system)
//   start(jobId, {pick})      starts or resumes; with pick the user first chooses the file, if the
//                             browser can
//   startPicked(jobId, suggestedName)
//   pause(jobId), discard(jobId), save(jobId)
//   get(jobId), list()        snapshots {jobId, state, filename, sizeBytes, receivedBytes,
//                             speedBytesPerSecond, etaSeconds, reason, retryInSeconds}
//   event "change"            detail is a snapshot; state is starting | preparing | fetching |
//                             waiting | checking | paused | complete | saved | failed | none
"use strict";

(() => {
  const STORE = "comic-transfers";
  const REVOKE_MILLISECONDS = 60_000;
  const SPEED_WEIGHT = 0.2; // The weight of the newest measurement in the running mean.
  const ENDED = new Set(["paused", "complete", "saved", "failed", "none"]);
  const REMEMBERED = [
    "jobId",
    "state",
    "filename",
    "mediaType",
    "sizeBytes",
    "receivedBytes",
    "sha256",
    "reason",
  ];

  class Transfers extends EventTarget {
    constructor() {
      super();
      this.workers = new Map();
      // Files that the user picked. A reload forgets them; the browser then saves in its usual way.
      this.targets = new Map();
      this.meters = new Map();
      this.records = this.supported ? this.remembered() : {};
      if (!this.supported) return;
      this.channel = new BroadcastChannel(STORE);
      this.channel.onmessage = ({ data }) => this.heard(data);
      for (const record of Object.values(this.records)) {
        if (record.state === "saved") this.discard(record.jobId);
        else if (!ENDED.has(record.state)) this.start(record.jobId);
      }
    }

    get supported() {
      return Boolean(
        window.isSecureContext &&
        navigator.storage?.getDirectory &&
        navigator.locks &&
        window.Worker &&
        window.FileSystemFileHandle,
      );
    }

    get(jobId) {
      return { jobId, state: "none", ...this.records[jobId] };
    }

    list() {
      return Object.keys(this.records).map((jobId) => this.get(jobId));
    }

    async start(jobId, { pick = false, suggestedName } = {}) {
      if (!this.supported || this.workers.has(jobId)) return;
      if (pick && window.showSaveFilePicker) {
        const target = await window.showSaveFilePicker({ suggestedName }).catch(() => null);
        if (target === null) return; // The user closed the dialog.
        this.targets.set(jobId, target);
      }
      navigator.storage.persist?.(); // Asks the browser to keep the file when storage is short.
      const worker = new Worker("/download-worker.js");
      this.workers.set(jobId, worker);
      worker.onmessage = ({ data }) => this.tell(jobId, data);
      worker.onerror = () =>
        this.tell(jobId, {
          state: "failed",
          reason: "The page's downloader could not start. Reload the page.",
        });
      const { sizeBytes, sha256 } = this.records[jobId] ?? {};
      this.update(jobId, { state: "starting", reason: "" });
      worker.postMessage({ run: { jobId, sizeBytes, sha256 } });
    }

    startPicked(jobId, suggestedName) {
      return this.start(jobId, { pick: true, suggestedName });
    }

    pause(jobId) {
      this.channel.postMessage({ pause: jobId }); // Another tab may be fetching the file.
      this.stop(jobId);
    }

    // A worker itself reports that it has stopped, and its progress.
    stop(jobId) {
      const { state } = this.get(jobId);
      if (state === "starting") this.end(jobId); // It waits for another tab, which stops itself.
      const worker = this.workers.get(jobId);
      if (worker) worker.postMessage({ stop: true });
      else if (!ENDED.has(state)) this.update(jobId, { state: "paused" });
    }

    async discard(jobId) {
      this.channel.postMessage({ gone: jobId });
      this.forget(jobId);
      const folder = await this.folder();
      // It may not exist, or another tab is closing it.
      await folder.removeEntry(jobId).catch(() => {});
    }

    forget(jobId) {
      this.end(jobId);
      this.targets.delete(jobId);
      delete this.records[jobId];
      this.remember();
      this.announce(this.get(jobId));
    }

    // Saves the finished file from disk for the user without reading it into memory.
    async save(jobId) {
      const record = this.get(jobId);
      const kept = await (await (await this.folder()).getFileHandle(jobId)).getFile();
      const target = this.targets.get(jobId);
      if (kept.size !== record.sizeBytes)
        throw new Error("the browser lost a part of the file. Use the Download button instead.");
      if (target) {
        await kept.stream().pipeTo(await target.createWritable());
      } else {
        const link = document.createElement("a");
        link.href = URL.createObjectURL(kept.slice(0, kept.size, record.mediaType));
        link.download = record.filename;
        link.click();
        setTimeout(() => URL.revokeObjectURL(link.href), REVOKE_MILLISECONDS);
      }
      this.update(jobId, { state: "saved", reason: "" });
    }

    tell(jobId, { state, ...facts }) {
      if (state === "known") return this.update(jobId, facts);
      this.update(jobId, {
        reason: "",
        retryInSeconds: null,
        ...facts,
        state,
        ...this.measured(jobId, state, facts.receivedBytes),
      });
      if (ENDED.has(state)) this.end(jobId);
      if (state === "complete") {
        this.save(jobId).catch((error) =>
          this.update(jobId, { reason: `Saving failed: ${error.message}` }),
        );
      }
    }

    // Returns speed and time left, measured over recent progress.
    measured(jobId, state, receivedBytes) {
      if (state !== "fetching") {
        this.meters.delete(jobId);
        return { speedBytesPerSecond: null, etaSeconds: null };
      }
      const now = performance.now();
      const last = this.meters.get(jobId);
      const meter = { at: now, receivedBytes, speed: last?.speed ?? null };
      if (last && now > last.at) {
        const speed = ((receivedBytes - last.receivedBytes) * 1000) / (now - last.at);
        meter.speed =
          last.speed === null ? speed : last.speed + SPEED_WEIGHT * (speed - last.speed);
      }
      this.meters.set(jobId, meter);
      const left = (this.records[jobId]?.sizeBytes ?? 0) - receivedBytes;
      return {
        speedBytesPerSecond: meter.speed,
        etaSeconds: meter.speed > 0 ? left / meter.speed : null,
      };
    }

    update(jobId, facts) {
      this.records[jobId] = { ...this.get(jobId), ...facts };
      this.remember();
      this.channel.postMessage({ record: this.records[jobId] });
      this.announce(this.get(jobId));
    }

    heard({ record, pause, gone }) {
      if (pause) {
        if (this.workers.has(pause)) this.stop(pause);
        return;
      }
      if (gone) return this.forget(gone);
      if (ENDED.has(record.state)) this.end(record.jobId);
      this.records[record.jobId] = record;
      this.announce(record);
    }

    announce(record) {
      this.dispatchEvent(new CustomEvent("change", { detail: record }));
    }

    // A worker ends itself when it is done; this ends one that waits for its turn.
    end(jobId) {
      const worker = this.workers.get(jobId);
      this.workers.delete(jobId);
      this.meters.delete(jobId);
      worker?.terminate();
    }

    async folder() {
      return (await navigator.storage.getDirectory()).getDirectoryHandle("downloads", {
        create: true,
      });
    }

    remembered() {
      try {
        return JSON.parse(localStorage.getItem(STORE)) ?? {};
      } catch {
        // Malformed or from an older version; stored files are found when they are requested.
        return {};
      }
    }

    remember() {
      const kept = Object.entries(this.records).map(([jobId, record]) => [
        jobId,
        Object.fromEntries(REMEMBERED.map((name) => [name, record[name]])),
      ]);
      localStorage.setItem(STORE, JSON.stringify(Object.fromEntries(kept)));
    }
  }

  window.comicTransfers = new Transfers();
})();
