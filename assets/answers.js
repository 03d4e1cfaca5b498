// Reads answers of this server, and explains those that something between it and the browser gave
// in its place: a proxy, a firewall, or the sign-in page of a network. Also used by workers.
"use strict";

self.serverAnswers = {
  // Returns the answer's JSON as body, or the problem as text. isForeign tells that the answer is
  // not from this server. Rejects if the connection is lost.
  async read(answer) {
    const body = await ownBody(answer);
    if (body === null)
      return { body: {}, problem: this.explain(answer.status), isForeign: true };
    const problem = answer.ok ? "" : body.detail || body.title || this.explain(answer.status);
    return { body, problem, isForeign: false };
  },

  // Tells whether the answer to a request for a file is a page, which no prepared file is.
  isPage(answer) {
    return (answer.headers.get("Content-Type") ?? "").startsWith("text/html");
  },

  // Explains the status of an answer that is not from this server.
  explain(status) {
    if (status >= 200 && status < 300)
      return (
        "Another page answered in place of the server, perhaps the sign-in page of your network. " +
        "Open a new tab, sign in there, and try again."
      );
    return FOREIGN[status] ?? `A proxy in front of the server answered with an error (${status}).`;
  },
};

const REFUSED = "A proxy or firewall in front of the server refused this";
const SLOW =
  "The proxy in front of the server stopped waiting for its answer; its time limit may be too low";
const FOREIGN = {
  401: `${REFUSED} (401).`,
  403: `${REFUSED} (403).`,
  408: "The proxy in front of the server stopped waiting: the connection is too slow (408).",
  413:
    "A proxy in front of the server refuses files of this size (413). " +
    "Raise its limit for uploads (nginx: client_max_body_size).",
  502: "The proxy in front of the server cannot reach it (502). Try again in a minute.",
  503: "The proxy in front of the server cannot reach it (503). Try again in a minute.",
  504: `${SLOW} (504). Try again.`,
  524: `${SLOW} (524). Try again.`,
};

async function ownBody(answer) {
  if (answer.status === 204) return {};
  if (!(answer.headers.get("Content-Type") ?? "").includes("json")) return null;
  try {
    return await answer.json();
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
