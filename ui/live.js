// What pages gain where scripts run: counts that move, copy buttons, focus on what went wrong. Every page is whole without it.
(() => {
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];

  // A form that came back: keyboard and screen reader start at the list of what to mend.
  const problems = document.querySelector("[data-focus]");
  if (problems) problems.focus();

  // <button hidden data-copy="id of an input" data-copied="words">, followed by an element with role=status.
  for (const button of all("[data-copy]")) {
    const input = document.getElementById(button.dataset.copy);
    const status = button.nextElementSibling;
    button.hidden = !input;
    button.addEventListener("click", async () => {
      status.textContent = "";
      try {
        await navigator.clipboard.writeText(input.value);
      } catch {
        // There is no clipboard without TLS, as at an onion address.
        input.select();
        if (!document.execCommand("copy")) return;
      }
      status.textContent = button.dataset.copied;
    });
  }

  // <div data-live="address of an event stream"> holds elements with data-live-key, one with data-live-say and one with role=status.
  // The event "count" brings an object: key → words ready to show, or a number for a <progress>.
  const roots = all("[data-live]");
  const pause = 10000; // between two announcements, in milliseconds
  const streams = new Set();
  let spoken = 0;
  let timer = 0;

  const show = (root, words) => {
    let moved = false;
    for (const node of all("[data-live-key]", root)) {
      const value = words[node.dataset.liveKey];
      if (value === undefined || value === null) continue;
      if (node.localName === "progress") node.value = value;
      else if (node.textContent !== String(value)) {
        node.textContent = value;
        moved = true;
      }
    }
    return moved;
  };

  const say = (root) => {
    if (timer) return; // what is announced then is read then
    timer = setTimeout(() => {
      timer = 0;
      spoken = Date.now();
      const from = root.querySelector("[data-live-say]");
      const status = root.querySelector("[role=status]");
      if (from && status) status.textContent = from.textContent.replace(/\s+/g, " ").trim();
    }, Math.max(0, spoken + pause - Date.now()));
  };

  const follow = (address) => {
    const stream = new EventSource(address); // it comes back by itself when it ends
    stream.addEventListener("count", (event) => {
      const words = JSON.parse(event.data);
      for (const root of roots) if (root.dataset.live === address && show(root, words)) say(root);
    });
    stream.addEventListener("error", () => {
      // Not after a refusal, though, of the server or of a proxy whose server is away for a moment: then the browser asks no more.
      if (stream.readyState !== EventSource.CLOSED) return;
      setTimeout(() => streams.delete(stream) && follow(address), 20000 * (1 + Math.random()));
    });
    streams.add(stream);
  };

  const watch = () => {
    for (const stream of streams) stream.close();
    streams.clear();
    if (document.hidden) return; // nobody looks: leave the server alone
    for (const address of new Set(roots.map((root) => root.dataset.live))) follow(address);
  };

  if (roots.length && window.EventSource) {
    document.addEventListener("visibilitychange", watch);
    watch();
  }
})();
