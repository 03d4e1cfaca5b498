// Keeps the cards that pages have received, so that the server sends only what is new, and a page
// that is opened again by Back has its full length at once.

const cardLists = {};

// Returns the cards of a list: those that are kept of this number, up to `start`, and the new ones.
// A list whose first cards are not known, as after a reload, is empty.
window.cardList = (name, number, start, cards) => {
  const kept = cardLists[name];
  if (kept?.cards === cards && kept.number === number && kept.start === start) return kept.all;
  const follows = kept?.number === number && kept.all.length >= start;
  const before = start > 0 && follows ? kept.all.slice(0, start) : [];
  const all = start > 0 && !follows ? [] : [...before, ...cards];
  cardLists[name] = { number, start, cards, all };
  return all;
};
