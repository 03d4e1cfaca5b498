// <comic-group-transfer group-id="…" name="…">: the button and the progress of downloading the
// files of a group in the page, one after the other. It is empty in browsers that do not support
// it; the link to the ZIP beside it always works.
"use strict";

(() => {
  const files = (number) => `${number}\u00a0${number === 1 ? "file" : "files"}`;

  const WORDS = {
    running: (t) => `Saving ${Math.min(t.done.length + 1, t.total)} of ${t.total}: ${t.filename}`,
    waiting: (t) => `${t.done.length} of ${t.total} saved. The next one is not ready yet.`,
    paused: (t) => `Paused: ${t.done.length} of ${t.total} saved`,
    saved: (t) => `${files(t.done.length)} saved to your device`,
    failed: (t) => `${files(t.done.length)} saved, ${t.failed.length} could not be fetched`,
  };

  const BUTTONS = {
    none: ["start"],
    paused: ["resume", "stop"],
    failed: ["resume", "stop"],
    saved: ["again"],
  };

  const LABELS = {
    start: "Download one by one",
    resume: "Resume",
    pause: "Pause",
    stop: "Stop",
    again: "Save again",
  };

  const HINTS = {
    start: "Saves each file by itself; resumes after a lost network or a reload",
    stop: "Forgets which files were saved; the files on the server stay",
  };

  class ComicGroupTransfer extends HTMLElement {
    static observedAttributes = ["group-id"];

    connectedCallback() {
      this.listener = ({ detail }) => {
        if (!detail.groupId || detail.groupId === this.groupId) this.show();
      };
      window.comicGroups.addEventListener("change", this.listener);
      // What arrives of a file moves the bar.
      this.progress = ({ detail }) => {
        if (detail.jobId === window.comicGroups.get(this.groupId).current) this.show();
      };
      window.comicTransfers.addEventListener("change", this.progress);
      this.show();
    }

    disconnectedCallback() {
      window.comicGroups.removeEventListener("change", this.listener);
      window.comicTransfers.removeEventListener("change", this.progress);
    }

    attributeChangedCallback() {
      if (this.isConnected) this.show();
    }

    get groupId() {
      return this.getAttribute("group-id");
    }

    show() {
      this.hidden = !window.comicGroups.supported;
      if (this.hidden) return;
      const group = window.comicGroups.get(this.groupId);
      this.dataset.state = group.state;
      if (!this.words) this.build();
      this.bar.hidden = group.state === "none";
      this.bar.value = this.percent(group);
      const words = WORDS[group.state]?.(group) ?? "";
      if (this.words.textContent !== words) this.words.textContent = words;
      const wanted = BUTTONS[group.state] ?? ["pause"];
      for (const [name, button] of Object.entries(this.buttons))
        button.hidden = !wanted.includes(name);
    }

    percent({ state, done, total, current }) {
      if (state === "saved") return 100;
      const { receivedBytes, sizeBytes } = current ? window.comicTransfers.get(current) : {};
      const part = sizeBytes ? (receivedBytes ?? 0) / sizeBytes : 0;
      return total ? Math.floor((100 * (done.length + Math.min(part, 1))) / total) : 0;
    }

    build() {
      const name = this.getAttribute("name") ?? "the files";
      this.bar = document.createElement("progress");
      this.bar.max = 100;
      this.bar.setAttribute("aria-label", `Transfer of ${name}`);
      this.words = document.createElement("span");
      this.words.className = "row-step";
      this.words.setAttribute("role", "status");
      this.buttons = Object.fromEntries(
        Object.entries(LABELS).map(([action, label]) => [action, this.button(action, label, name)]),
      );
      this.append(this.bar, this.words, ...Object.values(this.buttons));
    }

    button(action, label, name) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = label;
      button.setAttribute("aria-label", `${label}, ${name}`);
      button.title = HINTS[action] ?? "";
      button.dataset.action = action;
      const groups = window.comicGroups;
      const actions = {
        start: () => groups.start(this.groupId),
        resume: () => groups.start(this.groupId),
        again: () => groups.start(this.groupId),
        pause: () => groups.pause(this.groupId),
        stop: () => groups.forget(this.groupId),
      };
      button.addEventListener("click", actions[action]);
      return button;
    }
  }

  customElements.define("comic-group-transfer", ComicGroupTransfer);
})();
