// Keeps the reader's page in the address, so that Back closes the reader and a link opens it, and
// turns pages by swiping.

window.comicReader = {
  // Called when the reader opens, with the part of the address that says what it shows: Back leads
  // to the page of the comic.
  open(query) {
    window.history.pushState({ ...window.history.state, reader: true }, "", pageAddress(query));
  },

  turn(query) {
    window.history.replaceState(window.history.state, "", pageAddress(query));
  },

  // Called when the reader was closed by a button or key. An address that came from a link has no
  // comic page behind it in the history.
  close() {
    if (window.history.state?.reader) window.history.back();
    else window.history.replaceState(window.history.state, "", window.location.pathname);
  },
};

// Reflex does not notice the first Back on the page that the browser loaded.
window.addEventListener("popstate", () => {
  const hasPage = new URLSearchParams(window.location.search).has("page");
  if (!hasPage) document.querySelector(".reader [data-close]")?.click();
});

function pageAddress(query) {
  return `${window.location.pathname}?${query}`;
}

// The shortest way of a finger, in CSS pixels, that turns the page.
const SWIPE_PIXELS = 40;
let swipeStart = null;

function isSwipe(touch) {
  // Of an enlarged page, a swipe moves another part into the window.
  if (!swipeStart || window.visualViewport.scale > 1.05) return false;
  const across = Math.abs(touch.clientX - swipeStart.clientX);
  return across >= SWIPE_PIXELS && across > 2 * Math.abs(touch.clientY - swipeStart.clientY);
}

document.addEventListener(
  "touchstart",
  (event) => {
    const inReader = event.target.closest?.(".reader-page");
    swipeStart = inReader && event.touches.length === 1 ? event.touches[0] : null;
  },
  { passive: true },
);

document.addEventListener("touchend", (event) => {
  const touch = event.changedTouches[0];
  if (isSwipe(touch)) {
    const key = touch.clientX < swipeStart.clientX ? "ArrowRight" : "ArrowLeft";
    window.dispatchEvent(new KeyboardEvent("keydown", { key }));
    event.preventDefault(); // A swipe is no press on the page.
  }
  swipeStart = null;
});
