// <comic-transfer job-id="…" filename="…">: the buttons and the progress of a download in the
// page. It is empty in browsers that do not support it; the Download button beside it always works.
"use strict";

(() => {
  const UNITS = ["bytes", "kB", "MB", "GB", "TB"];
  const NO_BREAK = "\u00a0"; // Stands between a number and its unit.

  // Formats sizes and times like the rest of the row (comic_downloads/web/wording.py).
  function size(bytes) {
    let unit = 0;
    let number = bytes ?? 0;
    const shown = () => number.toFixed(unit < 2 ? 0 : 1);
    while (Number(shown()) >= 1000 && unit < UNITS.length - 1) {
      number /= 1000;
      unit += 1;
    }
    return `${shown()}${NO_BREAK}${number === 1 && unit === 0 ? "byte" : UNITS[unit]}`;
  }

  function time(seconds) {
    const whole = Math.max(1, Math.ceil(seconds));
    if (whole < 60) return `${whole}${NO_BREAK}s left`;
    if (whole < 3600) return `${Math.ceil(whole / 60)}${NO_BREAK}min left`;
    if (whole < 48 * 3600) return `${Math.ceil(whole / 3600)}${NO_BREAK}h left`;
    return `${Math.ceil(whole / 86400)}${NO_BREAK}days left`;
  }

  const WORDS = {
    starting: () => "Starting",
    preparing: () => "Preparing again",
    fetching: (t) =>
      [
        `${size(t.receivedBytes)} of ${size(t.sizeBytes)}`,
        t.speedBytesPerSecond ? `${size(t.speedBytesPerSecond)}/s` : "",
        t.etaSeconds ? time(t.etaSeconds) : "",
      ]
        .filter(Boolean)
        .join(" · "),
    waiting: (t) => `${t.reason} Resumes automatically.`,
    checking: () => "Checking",
    paused: (t) => `Paused at ${size(t.receivedBytes)} of ${size(t.sizeBytes)}`,
    complete: (t) => t.reason || "Complete, saving",
    saved: () => "Saved to your device",
    failed: (t) => t.reason,
  };

  const BUTTONS = {
    none: ["start"],
    paused: ["resume", "discard"],
    failed: ["resume", "discard"],
    complete: ["save", "discard"],
    saved: ["save", "discard"],
  };

  const LABELS = {
    start: "Download in this page",
    resume: "Resume",
    pause: "Pause",
    discard: "Discard",
    save: "Save again",
  };

  const HINTS = {
    start:
      "For unstable connections: resumes after a lost network or a reload, and verifies the file",
    discard: "Deletes the part that this browser has stored; the file on the server stays",
  };

  class ComicTransfer extends HTMLElement {
    static observedAttributes = ["job-id"];

    connectedCallback() {
      this.listener = ({ detail }) => detail.jobId === this.jobId && this.show(detail);
      window.comicTransfers.addEventListener("change", this.listener);
      this.show(window.comicTransfers.get(this.jobId));
    }

    disconnectedCallback() {
      window.comicTransfers.removeEventListener("change", this.listener);
    }

    attributeChangedCallback() {
      if (this.isConnected) this.show(window.comicTransfers.get(this.jobId));
    }

    get jobId() {
      return this.getAttribute("job-id");
    }

    show(transfer) {
      this.hidden = !window.comicTransfers.supported;
      if (this.hidden) return;
      this.dataset.state = transfer.state;
      if (!this.words) this.build();
      const percent = transfer.sizeBytes
        ? Math.floor((100 * (transfer.receivedBytes ?? 0)) / transfer.sizeBytes)
        : 0;
      this.bar.hidden = transfer.state === "none";
      this.bar.value = ["complete", "saved"].includes(transfer.state) ? 100 : percent;
      const words = WORDS[transfer.state]?.(transfer) ?? "";
      if (this.words.textContent !== words) this.words.textContent = words;
      const wanted = BUTTONS[transfer.state] ?? ["pause", "discard"];
      for (const [name, button] of Object.entries(this.buttons))
        button.hidden = !wanted.includes(name);
    }

    build() {
      this.bar = document.createElement("progress");
      this.bar.max = 100;
      this.bar.setAttribute(
        "aria-label",
        `Transfer of ${this.getAttribute("filename") ?? "the file"}`,
      );
      this.words = document.createElement("span");
      this.words.className = "row-step";
      this.words.setAttribute("role", "status");
      this.buttons = Object.fromEntries(
        Object.entries(LABELS).map(([name, label]) => [name, this.button(name, label)]),
      );
      this.append(this.bar, this.words, ...Object.values(this.buttons));
    }

    button(name, label) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = label;
      button.setAttribute("aria-label", `${label}, ${this.getAttribute("filename") ?? "the file"}`);
      button.title = HINTS[name] ?? "";
      button.dataset.action = name;
      button.addEventListener("click", () => this.act(name));
      return button;
    }

    act(name) {
      const transfers = window.comicTransfers;
      const actions = {
        start: () =>
          transfers.start(this.jobId, {
            pick: true,
            suggestedName: this.getAttribute("filename") ?? undefined,
          }),
        resume: () => transfers.start(this.jobId),
        pause: () => transfers.pause(this.jobId),
        discard: () => transfers.discard(this.jobId),
        save: () => transfers.save(this.jobId),
      };
      actions[name]();
    }
  }

  customElements.define("comic-transfer", ComicTransfer);
})();
