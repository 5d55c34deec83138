// Links with data-dialog load into the page's one dialog; without script they open as pages of their own.
(() => {
  const dialog = document.getElementById("dialog");
  let opener = null;

  const show = (element) => {
    opener = document.activeElement;
    if (!element.open) element.showModal();
  };

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-dialog]");
    if (link && !event.metaKey && !event.ctrlKey && !event.shiftKey) {
      event.preventDefault();
      htmx.ajax("GET", link.href, { target: dialog, swap: "innerHTML" }).then(() => {
        if (dialog.childElementCount) show(dialog);
        else location.assign(link.href);
      });
      return;
    }
    const named = event.target.closest("[data-opens]");
    if (named) show(document.getElementById(named.dataset.opens));
    if (event.target.closest("[data-closes]")) event.target.closest("dialog")?.close();
    if (event.target === dialog) dialog.close();
  });

  document.addEventListener("close", (event) => {
    if (event.target === dialog) dialog.replaceChildren();
    if (opener?.isConnected) opener.focus();
    opener = null;
  }, true);

  // An answer that failed leaves the page as it was; say so instead of staying silent.
  document.addEventListener("htmx:responseError", (event) => {
    const link = event.detail.elt?.closest?.("a[href]");
    if (link) location.assign(link.href);
  });
})();
