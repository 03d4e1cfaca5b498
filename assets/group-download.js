// Downloads the files of a group in the page, one after the other, with the downloads of
// download.js. It survives a reload and a lost network, and waits for files that are not ready.
//
// window.comicGroups:
//   start(groupId), pause(groupId), forget(groupId)
//   startList(ids)      saves single downloads in the same way, as the group "list"
//   get(groupId)        a snapshot {groupId, state, done, failed, total, current, filename}; done,
//                       failed and current are ids of downloads
//   event "change"      detail is a snapshot; state is running | waiting | paused | saved |
//                       failed | none
"use strict";

(() => {
  const STORE = "comic-groups";
  const LIST = "list";
  const WAIT_MILLISECONDS = 3_000;
  // The browser still copies a saved file for a while. Then its room is needed for the next ones.
  const KEEP_MILLISECONDS = 60_000;
  const RUNNING = new Set(["running", "waiting"]);
  const UNFINISHED = new Set(["queued", "preparing", "paused"]);

  const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

  class Groups extends EventTarget {
    constructor() {
      super();
      this.active = new Set();
      this.transfers = window.comicTransfers;
      window.addEventListener("storage", ({ key }) => key === STORE && this.heard());
      if (!this.transfers.supported) return;
      if (this.get(LIST).state === "saved") this.forget(LIST);
      for (const [groupId, record] of Object.entries(this.records()))
        if (RUNNING.has(record.state)) this.run(groupId);
    }

    get supported() {
      return this.transfers.supported;
    }

    get(groupId) {
      const nothing = { groupId, state: "none", done: [], failed: [], total: 0, current: null };
      return { ...nothing, ...this.records()[groupId] };
    }

    // Begins, or continues with the files that are not saved yet.
    start(groupId) {
      if (!this.supported) return;
      const { state, done } = this.get(groupId);
      this.update(groupId, {
        state: "running",
        done: state === "saved" ? [] : done,
        failed: [],
      });
      this.run(groupId);
    }

    // A list that is under way gets longer.
    startList(ids) {
      const { state, done, ids: before = [] } = this.get(LIST);
      const goesOn = !["none", "saved"].includes(state);
      const all = [...new Set([...(goesOn ? before : []), ...ids])];
      this.update(LIST, { ids: all, done: goesOn ? done : [], total: all.length });
      this.start(LIST);
    }

    pause(groupId) {
      const { current } = this.get(groupId);
      this.update(groupId, { state: "paused" });
      if (current) this.transfers.pause(current);
    }

    forget(groupId) {
      const records = this.records();
      delete records[groupId];
      this.keep(records);
      this.announce(groupId);
    }

    // In one tab at a time: another one continues when that is closed.
    async run(groupId) {
      if (this.active.has(groupId)) return;
      this.active.add(groupId);
      try {
        await navigator.locks.request(`comic-group-${groupId}`, () => this.fetchAll(groupId));
      } finally {
        this.active.delete(groupId);
      }
    }

    async fetchAll(groupId) {
      while (RUNNING.has(this.get(groupId).state)) {
        const group = await this.ask(groupId);
        if (group === undefined) {
          await sleep(WAIT_MILLISECONDS);
        } else if (group === null) {
          this.forget(groupId);
        } else {
          await this.fetchNext(groupId, group);
        }
      }
    }

    async fetchNext(groupId, group) {
      const { done, failed } = this.get(groupId);
      const over = new Set([...done, ...failed]);
      const job = group.items.find(({ id, status }) => status === "ready" && !over.has(id));
      if (!RUNNING.has(this.get(groupId).state)) return;
      if (job === undefined) {
        const waits = group.items.some(({ status }) => UNFINISHED.has(status));
        this.update(groupId, {
          state: waits ? "waiting" : failed.length ? "failed" : "saved",
          total: group.total,
          current: null,
        });
        if (waits) await sleep(WAIT_MILLISECONDS);
        return;
      }
      this.update(groupId, {
        state: "running",
        total: group.total,
        current: job.id,
        filename: job.filename,
      });
      const state = await this.fetchOne(job.id);
      if (state === "saved") {
        this.update(groupId, { done: [...this.get(groupId).done, job.id] });
        setTimeout(() => this.transfers.discard(job.id), KEEP_MILLISECONDS);
      } else if (state === "failed") {
        this.update(groupId, { failed: [...this.get(groupId).failed, job.id] });
      } else if (RUNNING.has(this.get(groupId).state)) {
        this.update(groupId, { state: "paused" }); // The user paused the file itself.
      }
    }

    // Returns how the download of one file ended: saved, failed, paused or none.
    fetchOne(jobId) {
      return new Promise((resolve) => {
        const listener = ({ detail }) => {
          if (detail.jobId !== jobId) return;
          const notSaved = detail.state === "complete" && detail.reason;
          if (!notSaved && !["saved", "failed", "paused", "none"].includes(detail.state)) return;
          this.transfers.removeEventListener("change", listener);
          resolve(notSaved ? "failed" : detail.state);
        };
        this.transfers.addEventListener("change", listener);
        const { state } = this.transfers.get(jobId);
        if (state === "saved") listener({ detail: { jobId, state } });
        else if (state === "complete") this.transfers.save(jobId).catch(() => {});
        else this.transfers.start(jobId);
      });
    }

    // Returns the group, null if it is gone, or undefined if nobody answers now.
    async ask(groupId) {
      try {
        if (groupId === LIST) return await this.askForNext(this.get(LIST));
        const answer = await fetch(`/api/v1/groups/${encodeURIComponent(groupId)}`, {
          cache: "no-store",
        });
        if (answer.ok) return await answer.json();
        return [401, 404].includes(answer.status) ? null : undefined;
      } catch {
        return undefined;
      }
    }

    // Returns the list as a group that has only the download which is next.
    async askForNext({ ids = [], done, failed }) {
      const next = ids.find((id) => !done.includes(id) && !failed.includes(id));
      if (next === undefined) return { total: ids.length, items: [] };
      const answer = await fetch(`/api/v1/downloads/${encodeURIComponent(next)}`, {
        cache: "no-store",
      });
      if (answer.ok) {
        const job = await answer.json();
        if (job.status === "ready" || UNFINISHED.has(job.status))
          return { total: ids.length, items: [job] };
      } else if (answer.status === 401) return null;
      else if (answer.status !== 404) return undefined;
      this.update(LIST, { failed: [...failed, next] });
      return await this.askForNext(this.get(LIST));
    }

    update(groupId, facts) {
      this.keep({ ...this.records(), [groupId]: { ...this.get(groupId), ...facts } });
      this.announce(groupId);
    }

    // Another tab has changed something.
    heard() {
      this.dispatchEvent(new CustomEvent("change", { detail: {} }));
    }

    announce(groupId) {
      this.dispatchEvent(new CustomEvent("change", { detail: this.get(groupId) }));
    }

    // What is stored is the only record, so that every tab and the next visit know it.
    records() {
      try {
        return JSON.parse(localStorage.getItem(STORE)) ?? {};
      } catch {
        return {};
      }
    }

    keep(records) {
      localStorage.setItem(STORE, JSON.stringify(records));
    }
  }

  window.comicGroups = new Groups();
})();
