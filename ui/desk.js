// What the organisers' forms and lists gain where scripts run. Every page is whole without it.
(() => {
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];

  // What a press of a button of the form would send, and where to.
  const send = (form, button, headers, signal) => fetch((button && button.getAttribute("formaction")) || form.getAttribute("action") || location.pathname,
    { method: "POST", body: new URLSearchParams(new FormData(form, button)), headers, signal });

  // <template id="lapsed"> is what whoever was signed out meanwhile is told, before a form is sent: the answer would be another page, and what was typed gone.
  const lapsed = document.getElementById("lapsed");
  let told = null; // its copy in the page
  let asking = false;
  let sure = false;
  const out = (so) => {
    if (told) told.remove();
    told = so && lapsed ? lapsed.content.firstElementChild.cloneNode(true) : null;
    if (told) lapsed.after(told);
  };
  if (lapsed) document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (sure || !form.matches("main form") || !form.querySelector("textarea, input:not([type=hidden], [type=radio], [type=checkbox])")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (asking) return; // pressed twice
    asking = true;
    let gone = false;
    try {
      gone = (await fetch(form.getAttribute("action") || location.pathname, { method: "POST", headers: { "X-Requested-With": "ask" } })).status === 401;
    } catch { /* there is no way to the server: the browser says so, and keeps the page */ }
    asking = false;
    out(gone);
    if (gone) return told.focus();
    sure = true;
    form.requestSubmit(event.submitter);
    sure = false;
  }, true);

  // <form data-save> with an element that has role=status, data-saved, data-conflict, data-wrong and data-failed. It is sent two seconds after somebody
  // stopped typing. The answer is 204 and its ETag is the form's next "base"; 409 is that somebody else changed the same, 422 that something in it can't be kept.
  for (const form of all("form[data-save]")) {
    const status = form.querySelector("[role=status][data-saved]");
    let timer = 0;
    let under = null; // way
    let stop = false; // after a conflict: each further save would be kept aside by itself
    const save = async () => {
      let word = "failed";
      try {
        const answer = await send(form, null, { "X-Requested-With": "autosave" });
        word = answer.status === 204 ? "saved" : answer.status === 409 ? "conflict" : answer.status === 422 ? "wrong" : "failed";
        stop = word === "conflict";
        if (answer.status === 401 && !told) out(true);
        const next = (answer.headers.get("ETag") || "").replace(/\D/g, "");
        if (word === "saved" && next && form.elements.base) form.elements.base.value = next;
      } catch { /* there is no way to the server: said below, and tried with the next key */ }
      if (status) status.textContent = status.dataset[word] || "";
    };
    const begin = () => { if (stop) return; if (!under) under = save().finally(() => { under = null; }); else timer = setTimeout(begin, 500); };
    form.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(begin, 2000); });
    form.addEventListener("submit", async (event) => {
      clearTimeout(timer);
      if (!under) return;
      event.preventDefault(); // two saves of one base would contradict each other
      await under;
      clearTimeout(timer);
      form.requestSubmit(event.submitter);
    });
  }

  // <form data-preview="#id"> with a button named preview: what stands in #id is replaced by what stands there in the answer.
  for (const form of all("form[data-preview]")) {
    let timer = 0;
    let last = new AbortController();
    const look = async () => {
      const button = form.querySelector("button[name=preview]");
      const there = document.querySelector(form.dataset.preview);
      if (!button || !there) return;
      last.abort();
      last = new AbortController();
      try {
        const answer = await send(form, button, { "X-Requested-With": "preview" }, last.signal);
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        const fresh = page.querySelector(form.dataset.preview);
        if (fresh) there.replaceChildren(...fresh.childNodes);
      } catch { /* the button is still there */ }
    };
    form.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(look, 600); });
  }

  // <ol data-list>: while the focus is in it, j and k go on and back, and a key presses the item's button with that data-key.
  for (const list of all("[data-list]")) {
    const items = [...list.children];
    items.forEach((item, i) => { item.tabIndex = i ? -1 : 0; });
    const target = items.find((item) => item.matches(":target"));
    if (target) target.focus();
    list.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.altKey || event.metaKey || event.target.closest("input:not([type=checkbox]), select, textarea")) return;
      const at = items.findIndex((item) => item.contains(event.target));
      const button = at < 0 ? null : all("[data-key]", items[at]).find((b) => b.dataset.key === event.key);
      const next = event.key === "j" ? items[at + 1] : event.key === "k" ? items[at - 1] : null;
      if (!button && !next) return;
      event.preventDefault();
      (next || button)[next ? "focus" : "click"]();
    });
  }

  // <button hidden data-copy="#id" data-copied="words">, followed by an element with role=status: copies a field's value, or an element's words.
  for (const button of all("[data-copy^='#']")) button.hidden = !document.querySelector(button.dataset.copy);
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy^='#']");
    if (!button) return;
    event.stopPropagation(); // live.js takes an id without the sign
    const from = document.querySelector(button.dataset.copy);
    try {
      await navigator.clipboard.writeText(from.value || from.textContent);
    } catch {
      // There is no clipboard without TLS, as at an onion address.
      if (from.select) from.select();
      else getSelection().selectAllChildren(from);
      if (!document.execCommand("copy")) return;
    }
    button.nextElementSibling.textContent = button.dataset.copied;
  }, true);
})();
