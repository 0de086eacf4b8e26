// Saves a form while it is filled in, adds rows, opens what a link leads into. The form works without all of it.
(function () {
  "use strict";
  var form = document.querySelector("form[data-autosave]");
  if (!form) return;
  var saved = document.getElementById("saved");
  var EVERY = 10000;
  var changed = false, leaving = false, running = null;

  function save(last) {
    if (!changed || leaving || running) return;
    changed = false;
    running = fetch(form.getAttribute("action"), {
      method: "POST", body: new FormData(form), headers: { "X-Autosave": "1" }, keepalive: last, redirect: "manual"
    }).then(function (answer) {
      if (answer.status !== 201 && answer.status !== 204) throw new Error(answer.status);
      var address = answer.headers.get("Location");
      if (address) {
        // From the first save on, the form has an address of its own.
        form.setAttribute("action", address);
        history.replaceState(history.state, "", address);
      }
      var now = new Date();
      saved.textContent = "已自动保存 " + now.getHours() + ":" + String(now.getMinutes()).padStart(2, "0");
    }).catch(function () {
      changed = true;
      if (!last) saved.textContent = "暂时未能自动保存，请点“保存草稿”";
    }).finally(function () { running = null; });
  }

  form.addEventListener("input", function () { changed = true; });
  setInterval(function () { save(false); }, EVERY);
  // A phone that goes to another app may never come back; bodies of a page that is leaving are limited to 64 KB.
  document.addEventListener("visibilitychange", function () { if (document.visibilityState === "hidden") save(true); });
  window.addEventListener("pagehide", function () { save(true); });

  form.addEventListener("submit", function (event) {
    if (!running) { leaving = true; return; }
    // The first save is on its way: sent again now, the form would become two drafts.
    event.preventDefault();
    var button = event.submitter;
    running.finally(function () { form.requestSubmit(button); });
  });

  form.querySelectorAll(".add-row").forEach(function (button) {
    button.hidden = false;
    button.addEventListener("click", function () {
      var rows = button.parentElement.querySelectorAll(".row-of");
      var row = rows[rows.length - 1].cloneNode(true);
      row.querySelectorAll("input").forEach(function (input) { input.value = ""; });
      row.querySelectorAll("select").forEach(function (select) { select.selectedIndex = 0; });
      button.before(row);
      row.querySelector("input, select").focus();
    });
  });

  document.addEventListener("click", function (event) {
    var link = event.target.closest("a[href^='#field-']");
    var field = link && document.getElementById(link.hash.slice(1));
    if (!field) return;
    var folded = field.closest("details");
    if (folded) folded.open = true;
    event.preventDefault();
    field.scrollIntoView({ block: "center" });
    field.focus({ preventScroll: true });
  });
})();
