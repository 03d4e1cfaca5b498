// Helps a page over a bad line: says when the server takes long to hear of an action, and loads the
// scripts of the other pages ahead, so that one can go there without a connection.
"use strict";

(() => {
  const PATIENCE_MILLISECONDS = 1000;
  const waiting = new Set(); // The timers of actions that the server has not confirmed yet.
  let note = null;

  function showNote() {
    if (note || document.querySelector(".connection-lost")) return;
    note = document.createElement("div");
    note.className = "connection-slow";
    note.role = "status";
    note.textContent = "Waiting for the server…";
    document.querySelector(".radix-themes").append(note);
  }

  function hideNote() {
    note?.remove();
    note = null;
  }

  window.comicConnection = {
    // Call this when an action is sent. Returns what to call once the server has received it.
    awaitReceipt() {
      const timer = setTimeout(showNote, PATIENCE_MILLISECONDS);
      waiting.add(timer);
      return () => {
        clearTimeout(timer);
        waiting.delete(timer);
        if (!waiting.size) hideNote();
      };
    },

    // Call this when the connection is lost, which is shown in another way: what was sent and not
    // confirmed will never be.
    forgetReceipts() {
      for (const timer of waiting) clearTimeout(timer);
      waiting.clear();
      hideNote();
    },
  };

  // React Router loads a page's script at the first visit, and reloads everything if that fails. A
  // reload without a connection would lose the page, its transfers and what was picked.
  function loadPagesAhead() {
    const routes = Object.values(window.__reactRouterManifest?.routes ?? {});
    const files = new Set(routes.flatMap((route) => [route.module, ...(route.imports ?? [])]));
    for (const file of files) {
      const link = document.createElement("link");
      link.rel = "modulepreload";
      link.href = file;
      document.head.append(link);
    }
  }

  window.addEventListener("load", () => {
    if (navigator.connection?.saveData) return;
    // Safari has no requestIdleCallback.
    (window.requestIdleCallback ?? setTimeout)(loadPagesAhead);
  });
})();
