// A form with data-passkey="address" asks there for what to ask the browser's passkey, puts its answer into the form and sends it.
// With data-new it makes a passkey. Where there are none the form stays hidden.
(() => {
  const able = window.PublicKeyCredential && PublicKeyCredential.parseCreationOptionsFromJSON;
  if (able) for (const form of document.querySelectorAll("form[data-passkey]")) {
    const status = form.querySelector("[data-failed]");
    form.hidden = false;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      status.textContent = "";
      try {
        const response = await fetch(form.dataset.passkey, { method: "POST", body: new URLSearchParams() });
        if (!response.ok) throw response.status;
        const { token, options } = await response.json();
        const key = "new" in form.dataset
          ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) })
          : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
        form.elements.ceremony.value = token;
        form.elements.answer.value = JSON.stringify(key.toJSON());
        form.submit();
      } catch {
        status.textContent = status.dataset.failed;
      }
    });
  }
})();
