// What the pages need from the browser and Reflex does not offer.

window.comicDownloads = {
  // Called on every page once it is there. One that was reached inside the app takes the focus, which stayed at the old page.
  arrive() {
    const place = window.location.pathname;
    if (this.place !== undefined && this.place !== place) {
      const heading = document.querySelector("#content h1") || document.getElementById("content");
      heading.tabIndex = -1;
      heading.focus({ preventScroll: true });
    }
    this.place = place;
  },

  // Copies a link made for us, absolute, and says whether it worked. navigator.clipboard is missing on plain HTTP.
  async copyLink(address) {
    const text = new URL(address, window.location.origin).href;
    if (navigator.clipboard) {
      try {
        await navigator.clipboard.writeText(text);
        return true;
      } catch {
        // not allowed without a recent click: the older way may still work
      }
    }
    const before = document.activeElement;
    const field = document.createElement("textarea");
    field.value = text;
    (before?.closest("[role=dialog]") ?? document.body).append(field); // a dialog lets the focus go nowhere else
    field.select();
    const copied = document.execCommand("copy");
    field.remove();
    before?.focus();
    return copied;
  },

  // Saves a file as by a click on a link. Going there instead would end the page's connection to the server.
  saveFile(address) {
    const link = document.createElement("a");
    link.href = address;
    link.download = "";
    if (link.origin !== window.location.origin) link.target = "_blank"; // there, browsers take no notice of the line above
    link.click();
  },

  // Enters the share of this page with the password in a field, if there is one. The cookie comes by HTTP, and the page has
  // to connect anew to be known by it. Gives what is wrong, in words.
  async enterShare(address, fieldId) {
    if (!navigator.cookieEnabled) return "Your browser blocks cookies. Allow them for this page and try again.";
    const password = document.getElementById(fieldId)?.value ?? "";
    const token = window.location.pathname.split("/")[2];
    try {
      const answer = await fetch(`${address}/${token}/unlock`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ password }),
        credentials: "include",
      });
      if (answer.ok) {
        window.location.reload();
        return "";
      }
      const problem = await answer.json();
      return problem.detail || problem.title;
    } catch {
      return "The connection was lost. Try again.";
    }
  },

  // Sends the files of a field to the library, one after the other; says how many were taken and what was wrong.
  async addComics(fieldId, address) {
    const field = document.getElementById(fieldId);
    const result = { added: 0, problems: [] };
    for (const file of field.files) {
      const form = new FormData();
      form.append("file", file);
      try {
        const answer = await fetch(address, { method: "POST", body: form, credentials: "include" });
        if (answer.ok) {
          result.added += 1;
        } else {
          const problem = await answer.json();
          result.problems.push(`${file.name}: ${problem.detail || problem.title}`);
        }
      } catch {
        result.problems.push(`${file.name}: the connection was lost. Add the file again.`);
      }
    }
    field.value = "";
    return result;
  },

  // Says that the server cannot get at its pages, which it keeps beside its queue, and loads this one again when it can.
  async waitForPages(address) {
    if (document.querySelector(".connection-lost")) return;
    const note = document.createElement("div");
    note.className = "connection-lost";
    note.role = "alert";
    note.textContent = "The server is partly unavailable. Downloads continue; this page will reconnect.";
    document.querySelector(".radix-themes").append(note);
    do {
      await new Promise((resolve) => setTimeout(resolve, ASK_MILLISECONDS));
    } while (document.hidden || !(await queueAnswers(address)));
    window.location.reload();
  },
};

const ASK_MILLISECONDS = 3000;

async function queueAnswers(address) {
  try {
    return (await (await fetch(address)).json()).queue === "ok"; // other parts may be away at the same time
  } catch {
    return false;
  }
}

// Marks images that have come, or will not, so that the style sheet ends their place's waiting look.
for (const kind of ["load", "error"]) {
  document.addEventListener(kind, (event) => {
    if (event.target instanceof HTMLImageElement) event.target.dataset.settled = kind;
  }, true);
}

// The reader's bar lies over the page: it goes after a moment of rest, and comes back with the pointer or the focus.
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
