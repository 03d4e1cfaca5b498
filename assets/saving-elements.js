// <comic-save-setting>: the switch of this browser for saving files by themselves.
// <comic-left-saves>: offers what a closed tab asked for and did not save; empty without any.
"use strict";

(() => {
  class SaveSetting extends HTMLElement {
    connectedCallback() {
      if (!this.box) this.build();
      this.listener = () => (this.box.checked = window.comicSaves.enabled);
      window.comicSaves.addEventListener("change", this.listener);
      this.listener();
    }

    disconnectedCallback() {
      window.comicSaves.removeEventListener("change", this.listener);
    }

    build() {
      const label = document.createElement("label");
      this.box = document.createElement("input");
      this.box.type = "checkbox";
      this.box.setAttribute("role", "switch");
      this.box.addEventListener("change", () => (window.comicSaves.enabled = this.box.checked));
      label.append(this.box, "Download when ready");
      const words = document.createElement("p");
      words.textContent =
        "What you ask for in a tab of this browser is saved as soon as it is ready.";
      this.append(label, words);
    }
  }

  class LeftSaves extends HTMLElement {
    connectedCallback() {
      this.listener = () => this.look();
      window.comicSaves.addEventListener("change", this.listener);
      this.look();
    }

    disconnectedCallback() {
      window.comicSaves.removeEventListener("change", this.listener);
    }

    async look() {
      const turn = (this.turn = (this.turn ?? 0) + 1);
      const left = (await window.comicSaves.left()).filter(({ status }) => status === "ready");
      if (turn !== this.turn) return;
      this.hidden = !left.length;
      this.replaceChildren();
      if (!left.length) return;
      const words = document.createElement("span");
      words.textContent =
        left.length === 1
          ? `${left[0].name} is ready. The tab that asked for it was closed.`
          : `${left.length} downloads are ready. The tab that asked for them was closed.`;
      this.append(
        words,
        this.button("Save now", ({ kind, id }) => window.comicSaves.save(kind, id), left),
        this.button("Dismiss", ({ id }) => window.comicSaves.forget(id), left),
      );
    }

    button(label, act, left) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = label;
      button.addEventListener("click", () => left.forEach(act));
      return button;
    }
  }

  customElements.define("comic-save-setting", SaveSetting);
  customElements.define("comic-left-saves", LeftSaves);
})();
