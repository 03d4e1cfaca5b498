// Browser features that the pages need and Reflex does not offer.

window.comicDownloads = {
  // Called when a page is shown. Moves the focus to its heading after a navigation inside the
  // app, which leaves the focus on the old page.
  arrive() {
    const place = window.location.pathname;
    if (this.place !== undefined && this.place !== place) {
      const heading = document.querySelector("#content h1") || document.getElementById("content");
      heading.tabIndex = -1;
      heading.focus({ preventScroll: true });
    }
    this.place = place;
  },

  // Copies the absolute link; returns whether that worked.
  copyLink(address) {
    return this.copyText(new URL(address, window.location.origin).href);
  },

  // Copies the text; returns whether that worked. navigator.clipboard does not exist on plain HTTP.
  async copyText(text) {
    if (navigator.clipboard) {
      try {
        await navigator.clipboard.writeText(text);
        return true;
      } catch {
        // Not allowed without a recent click. The older way below may still work.
      }
    }
    const before = document.activeElement;
    const field = document.createElement("textarea");
    field.value = text;
    // A dialog keeps the focus inside, so the field must be in it.
    (before?.closest("[role=dialog]") ?? document.body).append(field);
    field.select();
    const copied = document.execCommand("copy");
    field.remove();
    before?.focus();
    return copied;
  },

  // Saves a file as a click on a link does. Navigating there would close the page's websocket.
  saveFile(address) {
    const link = document.createElement("a");
    link.href = address;
    link.download = "";
    // Browsers ignore the download attribute for other origins.
    if (link.origin !== window.location.origin) link.target = "_blank";
    link.click();
  },

  // Unlocks the share of this page with the password in a field, if there is one. The response
  // sets the cookie, and the reload opens a websocket that carries it. Returns the problem as
  // text, or an empty string.
  async enterShare(address, fieldId) {
    if (!navigator.cookieEnabled)
      return "Your browser blocks cookies. Allow them for this page and try again.";
    const password = document.getElementById(fieldId)?.value ?? "";
    const token = window.location.pathname.split("/")[2];
    try {
      const answer = await fetch(`${address}/${token}/unlock`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ password }),
        credentials: "include",
      });
      const { problem } = await serverAnswers.read(answer);
      if (!problem) window.location.reload();
      return problem;
    } catch {
      return "The connection was lost. Try again.";
    }
  },

  // Uploads the files of a field one after the other; returns how many were accepted, how many were
  // not, and the problems of the first of these as text.
  async uploadComics(fieldId, address) {
    const field = document.getElementById(fieldId);
    const result = { added: 0, refused: 0, problems: [] };
    // The page shows no more of them, and the websocket takes only short messages.
    const report = (problem) => {
      result.refused += 1;
      if (result.problems.length < SHOWN_PROBLEMS) result.problems.push(problem);
    };
    for (const file of field.files) {
      const form = new FormData();
      form.append("file", file);
      try {
        const answer = await fetch(address, { method: "POST", body: form, credentials: "include" });
        const { problem } = await serverAnswers.read(answer);
        if (problem) report(`${file.name}: ${problem}`);
        else result.added += 1;
      } catch {
        report(`${file.name}: the connection was lost. Add the file again.`);
      }
    }
    field.value = "";
    return result;
  },

  // Shows that the server cannot reach Redis, which stores the states of pages, and reloads this
  // page when it can.
  async waitForPages(address) {
    if (document.querySelector(".connection-lost")) return;
    const note = document.createElement("div");
    note.className = "connection-lost";
    note.role = "alert";
    note.textContent =
      "The server is partly unavailable. Downloads continue; this page will reconnect.";
    document.querySelector(".radix-themes").append(note);
    do {
      await new Promise((resolve) => setTimeout(resolve, ASK_MILLISECONDS));
    } while (document.hidden || !(await queueAnswers(address)));
    window.location.reload();
  },
};

const ASK_MILLISECONDS = 3000;
const SHOWN_PROBLEMS = 3;

async function queueAnswers(address) {
  try {
    return (await (await fetch(address)).json()).queue === "ok"; // Other parts do not matter here.
  } catch {
    return false;
  }
}

// Marks images that loaded or failed, so that the style sheet removes their placeholder.
for (const kind of ["load", "error"]) {
  document.addEventListener(
    kind,
    (event) => {
      if (event.target instanceof HTMLImageElement) event.target.dataset.settled = kind;
    },
    true,
  );
}

// Hides the reader's bar after a moment without movement; pointer and focus bring it back.
const REST_MILLISECONDS = 2500;
let rest;

function wakeReader() {
  const reader = document.querySelector(".reader");
  if (reader) {
    reader.dataset.resting = "false";
    clearTimeout(rest);
    rest = setTimeout(() => (reader.dataset.resting = "true"), REST_MILLISECONDS);
  }
}

for (const kind of ["pointermove", "pointerdown", "focusin"]) {
  document.addEventListener(kind, wakeReader, { passive: true });
}
