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
        result.problems.push(`${file.name}: the connection broke.`);
      }
    }
    field.value = "";
    return result;
  },
};
