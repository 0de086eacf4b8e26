// Saves a form while it is filled in, adds rows, opens what a link leads into. The form works without all of it.
(function () {
  "use strict";
  var form = document.querySelector("form[data-autosave]");
  if (!form) return;
  var saved = document.getElementById("saved");
  var EVERY = 10000, LONGEST_WAIT = 20000;
  var changed = false, failed = false, leaving = false, running = null, pressed = null;

  function tell(text, link) {
    saved.textContent = text;
    saved.classList.toggle("save-failed", failed);
    if (!link) return;
    var login = document.createElement("a");
    login.href = "/login";
    login.target = "_blank";
    login.rel = "noopener";
    login.textContent = link;
    saved.append(login);
  }

  // Resolves to what to do with a form that is about to be sent: "go", or "stay" where she has to read something first.
  function save(last) {
    var stop = new AbortController();
    var timer = setTimeout(function () { stop.abort(); }, LONGEST_WAIT);
    changed = false;
    running = fetch(form.getAttribute("action"), {
      method: "POST", body: new FormData(form), headers: { "X-Autosave": "1" }, keepalive: last, signal: stop.signal
    }).then(function (answer) {
      failed = answer.status !== 201 && answer.status !== 204;
      if (failed) {
        changed = true;
        if (answer.status === 401) tell("登录已过期，内容还在本页。", "在新窗口重新登录");
        else tell("暂时未能自动保存，请点“保存草稿”");
        return "go";
      }
      var address = answer.headers.get("Location");
      if (address) {
        // From the first save on, the form has an address of its own; another one where a second window has written it.
        var apart = form.getAttribute("action").indexOf("/drafts/") === 0;
        form.setAttribute("action", address);
        history.replaceState(history.state, "", address);
        if (apart) { tell("这份草稿在另一个窗口中改动过、提交或删除了，本页内容已另存为新草稿，请核对后再提交"); return "stay"; }
      }
      var now = new Date();
      tell("已自动保存 " + now.getHours() + ":" + String(now.getMinutes()).padStart(2, "0"));
      return "go";
    }).catch(function () {
      changed = failed = true;
      if (!last) tell("网络连接不上，内容还在本页；恢复后会自动保存，请勿关闭本页");
      return "stay";
    }).finally(function () { clearTimeout(timer); running = null; });
    return running;
  }
  function saveIfChanged(last) { if (changed && !leaving && !running) save(last); }

  form.addEventListener("input", function () { changed = true; });
  setInterval(function () { saveIfChanged(false); }, EVERY);
  window.addEventListener("online", function () { saveIfChanged(false); });
  // A phone that goes to another app may never come back; bodies of a page that is leaving are limited to 64 KB.
  document.addEventListener("visibilitychange", function () {
    if (document.visibilityState === "hidden") saveIfChanged(true); else if (failed) saveIfChanged(false);
  });
  window.addEventListener("pagehide", function () { saveIfChanged(true); });
  // Before the next page is asked for: it may be this form again, in large letters.
  window.addEventListener("beforeunload", function (event) {
    if (changed && failed && !leaving) event.preventDefault();
    saveIfChanged(true);
  });

  // Which button was pressed: older phones do not say so with the event.
  document.addEventListener("click", function (event) {
    var button = event.target.closest("button");
    if (button && button.form === form) pressed = button;
  });
  form.addEventListener("submit", function (event) {
    // Saved first: a browser that sends a form without a connection shows its own page, and what was typed is gone.
    event.preventDefault();
    if (leaving) return;
    leaving = true;
    var button = event.submitter || pressed;
    Promise.resolve(running).then(function () { return save(false); }).then(function (next) {
      if (next === "stay") { leaving = false; saved.scrollIntoView({ block: "center" }); return; }
      var step = document.createElement("input");
      step.type = "hidden";
      if (button && button.name) { step.name = button.name; step.value = button.value; }
      form.append(step);
      form.submit();
      step.remove();
    });
  });
  window.addEventListener("pageshow", function () { leaving = false; });

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
