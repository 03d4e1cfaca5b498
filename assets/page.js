// What the pages need from the browser and Reflex does not offer.

window.comicDownloads = {
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
    const field = document.createElement("textarea");
    field.value = text;
    document.body.append(field);
    field.select();
    const copied = document.execCommand("copy");
    field.remove();
    return copied;
  },
};
