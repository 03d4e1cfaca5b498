// Sends the forms of the pages of accounts over HTTP, so that passwords, tokens and links never
// pass through the page's state, which the server stores.

window.comicAccount = {
  // Changes the password with the fields of the form; returns the problem as text, or an empty
  // string. The answer renews the cookie that shows that this browser has signed in before.
  async changePassword(address, formId) {
    const form = document.getElementById(formId);
    const fields = form.elements;
    if (fields.new_password.value !== fields.new_password_again.value)
      return "The passwords do not match. Enter the same one twice.";
    const { problem } = await send(address, "PUT", {
      current_password: fields.current_password.value,
      new_password: fields.new_password.value,
      end_tokens: Boolean(fields.end_tokens?.checked),
    });
    if (!problem) form.reset();
    return problem;
  },

  // Creates a token named by a field, and shows its secret in another; returns the problem as
  // text, or an empty string.
  async createToken(address, nameId, secretId) {
    const name = document.getElementById(nameId);
    const { body, problem } = await send(address, "POST", { name: name.value });
    if (problem) return problem;
    document.getElementById(secretId).value = body.secret;
    name.value = "";
    return "";
  },

  // Creates a link that works once, and shows its address in a field; returns the problem as text,
  // or an empty string.
  async createLink(address, fieldId) {
    const { body, problem } = await send(address, "POST", {});
    if (!problem) document.getElementById(fieldId).value = body.url;
    return problem;
  },

  // Copies the secret that a field shows; returns whether that worked.
  copySecret(secretId) {
    return comicDownloads.copyText(document.getElementById(secretId).value);
  },

  // Forgets the secret that a field shows.
  clearSecret(secretId) {
    document.getElementById(secretId).value = "";
  },
};

async function send(address, method, body) {
  try {
    const answer = await fetch(address, {
      method,
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
      credentials: "include",
    });
    return await serverAnswers.read(answer);
  } catch {
    return { body: {}, problem: "The connection was lost. Try again." };
  }
}
