// Keeps the keyboard's place where a page changes under it.
//
// A row's buttons come and go with its status, and the row itself moves between lists. The browser then forgets where the
// focus was, and the next press of Tab begins at the top of the page. Elements with data-keep-focus are the places to go on at.
"use strict";

(() => {
  let last = null; // what had the focus, outside of dialogs, and its place

  document.addEventListener("focusin", ({ target }) => {
    if (target.closest(".rt-BaseDialogContent")) return;
    last = { element: target, place: target.closest("[data-keep-focus]")?.dataset.keepFocus };
  });

  function controlAtPlace() {
    if (!last?.place) return null;
    const place = document.querySelector(`[data-keep-focus="${CSS.escape(last.place)}"]`);
    return place?.querySelector(".row-actions :is(button, a[href])");
  }

  new MutationObserver(() => {
    if (last && !last.element.isConnected && document.activeElement === document.body) controlAtPlace()?.focus();
  }).observe(document.documentElement, { childList: true, subtree: true });

  window.comicFocus = {
    // After a dialog: back to the control that opened it, or, where that is gone, to the page.
    again() {
      const control = last?.element.isConnected ? last.element : controlAtPlace();
      (control ?? document.getElementById("content"))?.focus();
    },
  };
})();
