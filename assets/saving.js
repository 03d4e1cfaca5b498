// Saves what this tab asked for by itself: at once if the file is there, otherwise as soon as it is
// ready, also after a reload. Each file is saved once, however many tabs are open.
//
// window.comicSaves:
//   enabled                   whether files are saved when they become ready; a setting of this
//                             browser
//   take(kind, id, status)    this tab asked for a download ("job") or a "group": saves it now if
//                             it is ready, else remembers it and saves it then
//   isAsked(id)               whether this browser waits to save it
//   ready(kind, id)           the server says that it is ready
//   save(kind, id)            saves it now, and does not wait for it any longer
//   forget(id)
//   left()                    resolves to what closed tabs asked for: [{kind, id, status, name}]
//   saveAll(ids)              saves these downloads one after the other; the ids are one text
//   event "change"
"use strict";

(() => {
  const STORE = "comic-saves";
  const SETTING = "comic-save-when-ready";
  const TAB = "comic-tab";
  const LOOK_MILLISECONDS = 5_000;
  const ANSWER_MILLISECONDS = 400; // Other tabs answer at once, also in the background.
  const BETWEEN_MILLISECONDS = 1_000; // Browsers drop a download that follows too closely.
  const MOST = 200;
  const API = { job: "/api/v1/downloads", group: "/api/v1/groups" };
  const GONE = new Set(["cancelled", "expired", "failed"]);

  const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

  class Saves extends EventTarget {
    constructor() {
      super();
      this.tab = sessionStorage.getItem(TAB) ?? this.newTab();
      this.channel = new BroadcastChannel(STORE);
      this.channel.onmessage = ({ data }) => this.heard(data);
      // A duplicated tab has the name of the first one, which then objects.
      this.channel.postMessage({ named: this.tab, at: performance.timeOrigin });
      window.addEventListener("storage", ({ key }) => key === STORE && this.announce());
      if (this.mine().length) this.watch();
    }

    newTab() {
      const name = `${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}`;
      sessionStorage.setItem(TAB, name);
      return name;
    }

    get enabled() {
      return localStorage.getItem(SETTING) !== "off";
    }

    set enabled(wanted) {
      if (wanted) localStorage.removeItem(SETTING);
      else localStorage.setItem(SETTING, "off");
      this.announce();
    }

    take(kind, id, status) {
      if (!(kind in API)) return;
      if (status === "ready") return this.fetch(kind, id);
      if (!this.enabled) return;
      const records = this.records();
      records[id] = { kind, tab: this.tab };
      this.keep(Object.fromEntries(Object.entries(records).slice(-MOST)));
      this.look(id);
      this.watch();
    }

    isAsked(id) {
      return id in this.records();
    }

    ready(kind, id) {
      const record = this.records()[id];
      if (record?.tab === this.tab) this.save(kind, id);
      else if (record) this.announce(); // Its tab may have been closed.
    }

    save(kind, id) {
      if (!this.claim(id)) return;
      this.fetch(kind, id);
    }

    forget(id) {
      this.claim(id);
    }

    async left() {
      const others = Object.entries(this.records()).filter(([, { tab }]) => tab !== this.tab);
      if (!others.length) return [];
      this.present = new Set();
      this.channel.postMessage({ who: true });
      await sleep(ANSWER_MILLISECONDS);
      const found = [];
      for (const [id, { kind, tab }] of others) {
        if (this.present.has(tab)) continue;
        const facts = await this.ask(kind, id);
        if (facts === null) this.forget(id);
        else if (facts) found.push({ kind, id, status: facts.status, name: facts.filename });
      }
      return found;
    }

    async saveAll(text) {
      const ids = text.split(" ").filter(Boolean);
      const transfers = window.comicTransfers;
      if (transfers.supported) return window.comicGroups.startList(ids);
      for (const id of ids) {
        this.fetch("job", id);
        await sleep(BETWEEN_MILLISECONDS);
      }
    }

    // Takes the record; only one tab gets it.
    claim(id) {
      const records = this.records();
      if (!(id in records)) return false;
      delete records[id];
      this.keep(records);
      return true;
    }

    // A group's files are saved one by one where the browser can, else as one ZIP.
    fetch(kind, id) {
      if (kind === "group" && window.comicTransfers.supported) window.comicGroups.start(id);
      else window.comicDownloads.saveFile(`${API[kind]}/${encodeURIComponent(id)}/file`);
    }

    mine() {
      return Object.entries(this.records()).filter(([, { tab }]) => tab === this.tab);
    }

    // The server tells of what is ready; this is for messages that a tab has missed.
    async watch() {
      if (this.watching) return;
      this.watching = true;
      while (this.mine().length) {
        await sleep(LOOK_MILLISECONDS);
        for (const [id] of this.mine()) await this.look(id);
      }
      this.watching = false;
    }

    async look(id) {
      const { kind } = this.records()[id] ?? {};
      if (!kind) return;
      const facts = await this.ask(kind, id);
      if (facts === null || GONE.has(facts?.status)) this.forget(id);
      else if (facts?.status === "ready") this.ready(kind, id);
      // The files of a group are saved as they become ready.
      else if (kind === "group" && facts && window.comicTransfers.supported) this.ready(kind, id);
    }

    // Returns what the server says, null if there is no such download, or undefined.
    async ask(kind, id) {
      try {
        const answer = await fetch(`${API[kind]}/${encodeURIComponent(id)}`, { cache: "no-store" });
        if (answer.ok) return await answer.json();
        return answer.status === 404 ? null : undefined;
      } catch {
        return undefined;
      }
    }

    heard({ who, here, named, at, taken }) {
      if (who) this.channel.postMessage({ here: this.tab });
      if (here) this.present?.add(here);
      if (named === this.tab && at > performance.timeOrigin)
        this.channel.postMessage({ taken: named });
      if (taken === this.tab) this.tab = this.newTab();
    }

    announce() {
      this.dispatchEvent(new CustomEvent("change"));
    }

    records() {
      try {
        return JSON.parse(localStorage.getItem(STORE)) ?? {};
      } catch {
        return {};
      }
    }

    keep(records) {
      localStorage.setItem(STORE, JSON.stringify(records));
      this.announce();
    }
  }

  window.comicSaves = new Saves();
})();
