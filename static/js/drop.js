// Files dropped on the page, or several chosen at once, are sent one after the other; each answers with a line of its own.
// Without this the form sends them all together and the page that comes back holds the same lines.
(() => {
  const form = document.querySelector("form[data-drop]");
  if (!form) return;
  const list = document.getElementById(form.dataset.drop);
  const input = form.querySelector("input[type='file']");
  form.querySelector("[data-drop-hint]").hidden = false;

  const waiting = (file) => {
    const line = document.createElement("li");
    line.className = "notice info";
    line.setAttribute("aria-busy", "true");
    line.textContent = file.name;
    list.append(line);
    return line;
  };

  const send = async (file, line) => {
    const body = new FormData(form);
    body.delete("file");
    body.append("file", file);
    try {
      const answer = await fetch(form.action, { method: "POST", body, headers: { "HX-Request": "true" } });
      const holder = document.createElement("template");
      holder.innerHTML = await answer.text();
      const lines = [...holder.content.children].filter((element) => element.matches("li"));
      if (!lines.length) throw new Error(String(answer.status));
      line.replaceWith(...lines);
    } catch (problem) {
      line.className = "notice bad";
      line.removeAttribute("aria-busy");
      line.textContent = `${file.name}: ${problem.message}`;
    }
  };

  const sendAll = async (files) => {
    list.hidden = false;
    const lines = [...files].map((file) => [file, waiting(file)]);
    for (const [file, line] of lines) await send(file, line);
    input.value = "";
    document.body.dispatchEvent(new CustomEvent("live-changed"));
  };

  form.addEventListener("submit", (event) => {
    if (input.files.length < 2) return;
    event.preventDefault();
    sendAll(input.files).finally(() => {
      delete form.dataset.sent;
      for (const button of form.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
    });
  });

  const bringsFiles = (event) => [...(event.dataTransfer?.types || [])].includes("Files");
  document.addEventListener("dragover", (event) => {
    if (!bringsFiles(event)) return;
    event.preventDefault();
    form.classList.add("is-over");
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) form.classList.remove("is-over");
  });
  document.addEventListener("drop", (event) => {
    if (!bringsFiles(event)) return;
    event.preventDefault();
    form.classList.remove("is-over");
    sendAll(event.dataTransfer.files);
  });
})();
