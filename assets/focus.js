// Keeps the keyboard focus in place while a page changes.
//
// A row's buttons change with its status, and the row moves between lists. The browser then loses
// the focus, and the next press of Tab starts at the top of the page. Elements with data-keep-focus
// mark the places where the focus stays.
"use strict";

(() => {
  // The element outside of dialogs and menus that had the focus last, and its place.
  let last = null;

  document.addEventListener("focusin", ({ target }) => {
    if (target.closest(".rt-BaseDialogContent, .rt-BaseMenuContent")) return;
    last = { element: target, place: target.closest("[data-keep-focus]")?.dataset.keepFocus };
  });

  function controlAtPlace() {
    if (!last?.place) return null;
    const place = document.querySelector(`[data-keep-focus="${CSS.escape(last.place)}"]`);
    return place?.querySelector(".row-actions :is(button, a[href])");
  }

  new MutationObserver(() => {
    if (last && !last.element.isConnected && document.activeElement === document.body)
      controlAtPlace()?.focus();
  }).observe(document.documentElement, { childList: true, subtree: true });

  window.comicFocus = {
    // Moves the focus where the focused link leads on the page, and shows that.
    follow() {
      const element = document.getElementById(document.activeElement.hash?.slice(1));
      element?.scrollIntoView();
      element?.focus();
    },

    // Call this after a dialog. Focuses the control that opened it or, if that is gone, the page.
    again() {
      const control = last?.element.isConnected ? last.element : controlAtPlace();
      (control ?? document.getElementById("content"))?.focus();
    },
  };
})();
