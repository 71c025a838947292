/* The desk: keeps what is typed until it is saved, takes keys, and names what Django's widgets leave without a name.
   Everything else works without it. */
"use strict";
{
  const WORDS = document.currentScript.dataset; // in the language of the page (factcheck/desk_script.py)
  const LANGUAGE = document.documentElement.lang === "en" ? "en-GB" : document.documentElement.lang;
  const PREFIX = "factcheck/";
  const KEPT_DAYS = 30;
  const LARGEST = 1_000_000; // characters of one form; browsers hold some five millions
  const NEVER = /password|csrfmiddlewaretoken|protected_identity_note/; // not kept: secrets
  const NOT_TYPED = /__prefix__|^choose-|^seen-|^draft$|^confirmed$|action$|^_selected_action$|^select_across$/;

  /* Drafts: typed text by account, address and version, in this browser alone. */

  // A browser may refuse to store anything, and may be full: then nothing is kept, and nothing is said.
  const store = {
    all() {
      try {
        return Object.keys(localStorage).filter((key) => key.startsWith(PREFIX));
      } catch {
        return [];
      }
    },
    read(key) {
      try {
        const draft = JSON.parse(localStorage.getItem(key));
        return Array.isArray(draft?.fields) && Number.isFinite(draft.at) ? draft : null;
      } catch {
        return null;
      }
    },
    write(key, text) {
      try {
        localStorage.setItem(key, text);
        return true;
      } catch {
        return false;
      }
    },
    has(key) {
      try {
        return localStorage.getItem(key) !== null;
      } catch {
        return false;
      }
    },
    remove(key) {
      try {
        localStorage.removeItem(key);
      } catch {
        // nothing was kept
      }
    },
  };

  function removeDraft(id) {
    store.all().filter((key) => key.endsWith(`/${id}`)).forEach(store.remove);
  }

  /* The server says in a cookie which draft it has saved. */
  function removeSaved() {
    const saved = document.cookie.match(/(?:^|; )desk_saved=([0-9a-f]{8,40})/);
    if (saved) {
      removeDraft(saved[1]);
    }
    const oldest = Date.now() - KEPT_DAYS * 86_400_000;
    store.all().filter((key) => !(store.read(key)?.at > oldest)).forEach(store.remove);
  }

  class Draft {
    constructor(marker) {
      const { account, version, bound, draft, step } = marker.dataset;
      this.form = marker.closest("form");
      this.notice = marker;
      this.version = version;
      this.bound = bound === "yes"; // the server's answer to what was sent: it holds what was typed
      const address = version === "new" ? location.pathname + location.search : location.pathname;
      this.step = step; // the page that asks about an editorial step has the address of what it is taken with
      this.place = `${PREFIX}${account}/${encodeURIComponent(step ? `${address}#${step}` : address)}/`;
      this.begin(/^[0-9a-f]{8,40}$/.test(draft) ? draft : newId());
    }

    begin(id) {
      this.id = id;
      this.key = `${this.place}${this.version}/${id}`;
    }

    async start() {
      this.untouched = this.bound ? null : this.text();
      if (this.bound) {
        await hold(this.id);
        removeDraft(this.id);
      } else {
        await this.restore();
      }
      this.form.append(made("input", { type: "hidden", name: "draft", value: this.id }));
      this.keep();
      let waiting;
      this.form.addEventListener("input", () => {
        clearTimeout(waiting);
        waiting = setTimeout(() => this.keep(), 200);
      });
      // Widgets set values without an event.
      setInterval(() => this.keep(), 2000);
      for (const event of ["pagehide", "visibilitychange"]) {
        window.addEventListener(event, () => this.keep(), true);
      }
      this.form.addEventListener("submit", () => this.keep());
      window.addEventListener("storage", ({ key, newValue }) => {
        this.stopped ||= key === this.key && newValue === null; // signed out in another tab
      });
    }

    /* What stands in the form, as [name, value, label of an option or whether it is ticked]. */
    fields() {
      const found = [];
      for (const box of this.form.elements) {
        if (!box.name || NEVER.test(box.name) || NOT_TYPED.test(box.name)) {
          continue;
        }
        if (["checkbox", "radio"].includes(box.type)) {
          found.push([box.name, box.value, box.checked]);
        } else if (box.tagName === "SELECT") {
          for (const option of box.selectedOptions) {
            found.push([box.name, option.value, option.text]);
          }
        } else if (!["file", "password", "submit", "button", "image", "reset", "fieldset"].includes(box.type)) {
          found.push([box.name, box.value]);
        }
      }
      return found;
    }

    text() {
      return JSON.stringify(this.fields());
    }

    keep() {
      const text = this.text();
      if (this.stopped || text === this.last) {
        return;
      }
      this.last = text;
      if (text === this.untouched || text.length > LARGEST) {
        store.remove(this.key);
        return;
      }
      const draft = `{"at":${Date.now()},"version":${JSON.stringify(this.version)},"fields":${text}}`;
      if (!store.write(this.key, draft)) {
        const others = store.all().filter((key) => key !== this.key);
        others.sort((one, other) => (store.read(one)?.at ?? 0) - (store.read(other)?.at ?? 0));
        while (others.length && !store.write(this.key, draft)) {
          store.remove(others.shift());
        }
      }
    }

    /* The newest draft of this record that no other tab is at work on. */
    async restore() {
      const drafts = store
        .all()
        .filter((key) => key.startsWith(this.place))
        .map((key) => ({ key, ...store.read(key) }))
        .sort((one, other) => other.at - one.at);
      for (const draft of drafts) {
        const id = draft.key.split("/").at(-1);
        if (await hold(id)) {
          if (this.text() !== this.untouched) {
            return; // somebody types already: the draft stays for the next time
          }
          // What was asked about on the page of a conflict can only be asked again.
          const fits = draft.version === this.version && !draft.fields.some(([name]) => name.startsWith("undecided-"));
          if (fits) {
            this.begin(id);
            this.untouched = null;
            this.fill(draft.fields);
          } else {
            await hold(this.id);
          }
          this.tell(draft, id, fits);
          return;
        }
      }
      await hold(this.id);
    }

    fill(fields) {
      const totals = fields.filter(([name]) => name.endsWith("-TOTAL_FORMS"));
      for (const [name, total] of totals) {
        const box = this.form.elements[name];
        const add = document.querySelector(`#${CSS.escape(name.replace(/-TOTAL_FORMS$/, ""))}-group .add-row a`);
        for (let rows = Number(box?.value); add && rows < Number(total) && rows < 1000; rows++) {
          add.click();
        }
      }
      for (const [name, values] of byName(fields)) {
        const boxes = [...this.form.elements].filter((box) => box.name === name);
        if (boxes.length && !name.endsWith("_FORMS") && this.put(boxes, values)) {
          boxes[0].dispatchEvent(new Event("change", { bubbles: true }));
        }
      }
    }

    /* Sets boxes of one name; whether anything is other than it was. */
    put(boxes, values) {
      const before = JSON.stringify(boxes.map((box) => [box.value, box.checked]));
      for (const box of boxes) {
        if (["checkbox", "radio"].includes(box.type)) {
          box.checked = values.some(([, value, ticked]) => value === box.value && ticked);
        } else if (box.tagName === "SELECT") {
          for (const [, value, label] of values) {
            if (![...box.options].some((option) => option.value === value)) {
              box.add(new Option(label, value));
            }
          }
          for (const option of box.options) {
            option.selected = values.some(([, value]) => value === option.value);
          }
        } else if (box.type !== "file") {
          box.value = values[0][1];
        }
      }
      return before !== JSON.stringify(boxes.map((box) => [box.value, box.checked]));
    }

    tell(draft, id, fits) {
      const when = new Date(draft.at).toLocaleString(LANGUAGE, { dateStyle: "long", timeStyle: "short" });
      const back = this.step ? WORDS.backToUse : WORDS.backToSave;
      const words = fits ? back : WORDS.kept;
      this.notice.append(made("p", { textContent: words.replace("{when}", when) }));
      if (!fits) {
        this.notice.append(button(WORDS.compare, () => this.send(draft.fields, id)));
      }
      this.notice.append(
        button(WORDS.discard, () => {
          store.remove(draft.key);
          if (this.step) {
            this.form.reset(); // reloading would send once more what led here
            this.untouched = this.text();
            this.notice.hidden = true;
            return;
          }
          this.stopped = true;
          location.reload();
        }),
      );
      this.notice.hidden = false;
    }

    /* Sends the draft as it was: its version is not the stored one, so the answer is the page that compares both. */
    send(fields, id) {
      const form = made("form", { method: "post", hidden: true });
      const add = (name, value) => form.append(made("textarea", { name, value }));
      for (const [name, value, ticked] of fields) {
        if (ticked !== false) {
          add(name, value);
        }
      }
      for (const box of this.form.elements) {
        if (NEVER.test(box.name)) {
          add(box.name, box.value);
        }
      }
      add("draft", id);
      add("_save", "yes");
      this.stopped = true;
      document.body.append(form);
      form.submit();
    }
  }

  function newId() {
    return Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  function byName(fields) {
    const found = new Map();
    for (const one of fields) {
      found.set(one[0], [...(found.get(one[0]) ?? []), one]);
    }
    return found;
  }

  function made(tag, properties = {}) {
    return Object.assign(document.createElement(tag), properties);
  }

  function button(words, act) {
    const pressable = made("button", { type: "button", className: "button", textContent: words });
    pressable.addEventListener("click", act);
    return pressable;
  }

  /* Takes a draft for this tab until it goes, unless another tab has it. A tab that is just going gets a moment. */
  function hold(id) {
    if (!navigator.locks) {
      return Promise.resolve(true); // not on https: nobody can tell
    }
    return new Promise((resolve) => {
      const waiting = { signal: AbortSignal.timeout(1000) };
      const taken = () => new Promise(() => resolve(true));
      navigator.locks.request(`${PREFIX}${id}`, waiting, taken).catch(() => resolve(false));
    });
  }

  function forgetAll(draft) {
    if (draft) {
      draft.stopped = true;
    }
    store.all().forEach(store.remove);
  }

  /* Keys */

  const OFF = "factcheck-keys-off"; // a person's wish; stays when they sign out

  const found = (selector) => () => document.querySelector(selector);
  const click = (element) => element.click();

  function searchBox() {
    const boxes = ["[data-desk-key='/']", "#searchbar", "#nav-filter"]
      .flatMap((selector) => [...document.querySelectorAll(selector)]);
    return boxes.find((box) => box.getClientRects().length) ?? null;
  }

  function enter(box) {
    box.focus();
    box.select?.();
  }

  // Key, words, what it needs on the page, what it does with it.
  const KEYS = [
    ["Ctrl+S", WORDS.save, found("input[name=_save]"), click],
    ["Ctrl+Shift+S", WORDS.continue, found("input[name=_continue]"), click],
    ["Ctrl+Enter", WORDS.saveNext, found("[data-desk-key=n][type=submit]"), click],
    ["n", WORDS.next, found("[data-desk-key=n]"), click],
    ["/", WORDS.search, searchBox, enter],
    ["?", WORDS.showKeys, found("body"), showKeys],
  ];

  function pressed(event) {
    const control = event.ctrlKey || event.metaKey;
    const key = control && event.key.length === 1 ? event.key.toUpperCase() : event.key;
    return [control && "Ctrl", control && event.shiftKey && "Shift", key].filter(Boolean).join("+");
  }

  function typing(element) {
    const fields = "textarea, select, [contenteditable], [role=combobox], [role=listbox]";
    return element.closest(`${fields}, input:not([type=checkbox], [type=radio], [type=submit], [type=button])`);
  }

  function takeKey(event) {
    if (event.defaultPrevented || event.altKey || event.isComposing || document.querySelector("dialog[open]")) {
      return;
    }
    const key = pressed(event);
    if (!key.startsWith("Ctrl+") && (typing(event.target) || (key !== "?" && store.has(OFF)))) {
      return;
    }
    const [, , find, act] = KEYS.find(([name]) => name === key) ?? [];
    const element = find?.();
    if (element) {
      event.preventDefault();
      act(element);
    }
  }

  function showKeys(body) {
    // One that was closed just now is there until its event comes
    document.querySelector(".desk-keys")?.remove();
    const dialog = made("dialog", { className: "desk-keys" });
    dialog.setAttribute("aria-labelledby", "desk-keys-title");
    const list = made("dl");
    for (const [key, words, find] of KEYS) {
      if (find()) {
        const term = made("dt");
        term.append(made("kbd", { textContent: key }));
        list.append(term, made("dd", { textContent: words }));
      }
    }
    const single = made("input", { type: "checkbox", checked: !store.has(OFF) });
    single.addEventListener("change", () => (single.checked ? store.remove(OFF) : store.write(OFF, "yes")));
    const label = made("label");
    label.append(single, ` ${WORDS.singleKeys}`);
    const close = button(WORDS.close, () => dialog.close());
    dialog.append(
      made("h2", { id: "desk-keys-title", textContent: WORDS.keys }),
      list,
      made("p", { textContent: WORDS.aboutKeys }),
      label,
      close,
    );
    dialog.addEventListener("close", () => dialog.remove());
    body.append(dialog);
    dialog.showModal();
    close.focus();
  }

  /* Names, for those who do not see the page */

  function nameWidgets() {
    for (const select of document.querySelectorAll("select.select2-hidden-accessible")) {
      const box = select.parentElement.querySelector("[role=combobox]");
      const value = box?.querySelector("[role=textbox]");
      const column = select.closest("td")?.className.match(/\bfield-(\S+)/)?.[1];
      const label = select.labels[0] ?? select.closest("table")?.querySelector(`th.column-${column}`);
      if (value && label) {
        label.id ||= `${select.id}_name`;
        box.setAttribute("aria-labelledby", `${label.id} ${value.id}`);
        value.setAttribute("aria-labelledby", `${label.id} ${value.id}`);
      }
    }
    for (const heading of document.querySelectorAll("th.original:empty")) {
      heading.append(made("span", { className: "visually-hidden", textContent: WORDS.record }));
    }
    document.getElementById("searchbar")?.setAttribute("aria-label", WORDS.searchBox);
  }

  /* Claims that read like the one that is being typed */

  const PAUSE = 400; // milliseconds without a key, after which it is asked

  function lookForSimilar() {
    const place = document.getElementById("desk-similar");
    const text = document.getElementById("id_text");
    if (!place || !text) {
      return;
    }
    let waiting = 0;
    let asked = text.value;
    let asking = null;
    text.addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(async () => {
        if (text.value === asked) {
          return;
        }
        asked = text.value;
        asking?.abort();
        asking = new AbortController();
        const address = new URL(place.dataset.address, location.href);
        address.searchParams.set("text", asked);
        address.searchParams.set("besides", place.dataset.besides);
        try {
          const answer = await fetch(address, { signal: asking.signal });
          if (answer.ok && !answer.redirected) {
            const found = new DOMParser().parseFromString(await answer.text(), "text/html");
            place.querySelector("[aria-live]").replaceChildren(...found.body.childNodes);
          }
        } catch {
          // the next key asks again
        }
      }, PAUSE);
    });
  }

  /* Begin */

  removeSaved();
  document.addEventListener("keydown", takeKey);
  document.addEventListener("formset:added", () => setTimeout(nameWidgets)); // after the widgets were made
  window.addEventListener("load", () => {
    const begin = () => {
      const marker = document.getElementById("desk-draft");
      const draft = marker ? new Draft(marker) : null;
      document.getElementById("logout-form")?.addEventListener("submit", () => forgetAll(draft));
      nameWidgets();
      lookForSimilar();
      draft?.start();
    };
    const jQuery = window.django?.jQuery;
    jQuery ? jQuery(begin) : begin(); // after the widgets, which begin so
  });
}
