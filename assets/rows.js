// Rows of long lists. A row renders again only when something in it has changed, and it renders at
// all only once it is near the screen; until then it is a line with its name. The page imports this
// module (comic_downloads/web/components/near_rows.py).
import { createElement, memo, useEffect, useRef, useState } from "react";

const NEAR = "600px 0px";
const arrivals = new WeakMap();
let watcher;

function watch(element, arrive) {
  watcher ??= new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries)
        if (isIntersecting) arrivals.get(target)?.();
    },
    { rootMargin: NEAR },
  );
  arrivals.set(element, arrive);
  watcher.observe(element);
  return () => watcher.unobserve(element);
}

// Compares by value: each message from the server makes new objects of unchanged rows.
function same(one, other) {
  if (Object.is(one, other)) return true;
  if (typeof one !== "object" || typeof other !== "object" || !one || !other) return false;
  const names = Object.keys(one);
  if (names.length !== Object.keys(other).length) return false;
  return names.every((name) => same(one[name], other[name]));
}

export function nearRow(Row) {
  function NearRow(properties) {
    const [isNear, setNear] = useState(false);
    const place = useRef(null);
    useEffect(() => (isNear ? undefined : watch(place.current, () => setNear(true))), [isNear]);
    if (isNear) return createElement(Row, properties);
    const row = Object.values(properties).find((value) => value?.filename ?? value?.title);
    const name = row?.title ?? row?.filename ?? "";
    return createElement("li", { ref: place, className: "row row-far" }, name);
  }
  return memo(NearRow, same);
}
