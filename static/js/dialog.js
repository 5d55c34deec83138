// Links with data-dialog load into the page's one dialog; without script they open as pages of their own.
(() => {
  const dialog = document.getElementById("dialog");
  let opener = null;

  // Focus goes back to where it was; a dialog opened by a shortcut gives it to the link that would have opened it.
  const show = (element, link) => {
    opener = document.activeElement === document.body && link ? link : document.activeElement;
    if (!element.open) element.showModal();
  };

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-dialog]");
    if (link && !event.metaKey && !event.ctrlKey && !event.shiftKey) {
      event.preventDefault();
      htmx.ajax("GET", link.href, { target: dialog, swap: "innerHTML" }).then(() => {
        if (dialog.childElementCount) show(dialog, link);
        else location.assign(link.href);
      });
      return;
    }
    const named = event.target.closest("[data-opens]");
    if (named) show(document.getElementById(named.dataset.opens));
    if (event.target.closest("[data-closes]")) {
      const around = event.target.closest("dialog");
      // The same form as a page of its own has nothing to close; "not now" goes back.
      if (around) around.close();
      else history.back();
    }
    if (event.target === dialog) dialog.close();
  });

  document.addEventListener("close", (event) => {
    if (event.target === dialog) dialog.replaceChildren();
    // The part of the page that held it may have been drawn anew meanwhile.
    const twin = opener?.href && !opener.isConnected && document.querySelector(`a[data-dialog][href="${CSS.escape(opener.getAttribute("href"))}"]`);
    if (opener?.isConnected || twin) (twin || opener).focus();
    opener = null;
  }, true);

  // A form whose answer never came must not look as if it had worked, nor as if it had not.
  const complain = (event) => {
    const form = event.detail.elt?.closest?.("#dialog form");
    if (!form) return;
    const warning = document.createElement("p");
    warning.className = "notice bad";
    warning.setAttribute("role", "alert");
    warning.textContent = dialog.dataset.textFailed;
    form.querySelector(".dialog-body")?.prepend(warning);
  };
  document.addEventListener("htmx:responseError", complain);
  document.addEventListener("htmx:sendError", complain);
})();
