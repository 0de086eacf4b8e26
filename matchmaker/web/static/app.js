// Small conveniences; every page works without this file.
(function () {
  "use strict";
  var root = document.documentElement;
  root.classList.add("with-script");

  function open(dialog) {
    if (!dialog || !dialog.showModal) return false;
    if (!dialog.open) dialog.showModal();
    return true;
  }
  function isWriting(target) {
    return /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) && target.type !== "checkbox" && target.type !== "radio";
  }

  // Ctrl+K: go-to. "/": the page's search box, or else go-to. "?": help. The latter two not while somebody is writing.
  document.addEventListener("keydown", function (event) {
    if (event.isComposing) return;
    if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "k") {
      if (open(document.getElementById("go"))) event.preventDefault();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || isWriting(event.target) || document.querySelector("dialog[open]")) return;
    if (event.key === "?") { location.href = "/help"; return; }
    if (event.key !== "/") return;
    var box = document.querySelector("main input[type=search]");
    if (!box) { if (open(document.getElementById("go"))) event.preventDefault(); return; }
    event.preventDefault();
    box.focus();
    box.select();
  });

  document.addEventListener("click", function (event) {
    var link = event.target.closest("a.go-link, [data-open]");
    if (link && open(document.getElementById(link.dataset.open || "go"))) event.preventDefault();
    // A menu closes when somebody clicks beside it.
    document.querySelectorAll("header details[open]").forEach(function (menu) {
      if (!menu.contains(event.target)) menu.open = false;
    });
  });
  document.addEventListener("keydown", function (event) {
    if (event.key !== "Escape") return;
    document.querySelectorAll("header details[open]").forEach(function (menu) {
      menu.open = false;
      menu.querySelector("summary").focus();
    });
  });

  // Arrow keys walk from a box through the links under it and back.
  function walk(around, links) {
    around.addEventListener("keydown", function (event) {
      if (event.isComposing || event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
      var stops = [around.querySelector("input[type=search]")].concat(Array.from(around.querySelectorAll(links)));
      var at = stops.indexOf(document.activeElement);
      var next = at < 0 ? null : stops[at + (event.key === "ArrowDown" ? 1 : -1)];
      if (next) { event.preventDefault(); next.focus(); }
    });
  }

  // In the go-to list Enter takes the first place.
  var go = document.getElementById("go");
  if (go) {
    go.addEventListener("submit", function (event) {
      var first = go.querySelector("#go-found a");
      if (event.target.method === "get" && first) { event.preventDefault(); location.href = first.href; }
    });
    walk(go, "#go-found a");
  }

  // Suggestions under a search box go away when somebody searches, leaves the box or presses Escape.
  var offered = document.getElementById("suggestions");
  if (offered) {
    var box = offered.parentElement;
    var away = function () { offered.replaceChildren(); };
    walk(box, "#suggestions a");
    box.addEventListener("keydown", function (event) {
      if (event.key !== "Escape" || !offered.children.length) return;
      event.preventDefault();
      away();
      box.querySelector("input[type=search]").focus();
    });
    box.closest("form").addEventListener("submit", away);
    document.addEventListener("click", function (event) { if (!box.contains(event.target)) away(); });
    box.addEventListener("focusout", function (event) { if (event.relatedTarget && !box.contains(event.relatedTarget)) away(); });
    // An answer that comes late finds somebody who has gone on.
    document.addEventListener("htmx:after:swap", function () { if (!box.contains(document.activeElement)) away(); });
  }

  // The tour on the workplace: one step at a time, shown by itself once, reopened from its button.
  var tour = document.getElementById("tour");
  if (tour && tour.showModal) {
    var steps = Array.from(tour.querySelectorAll(".tour-steps > li"));
    var back = tour.querySelector("[data-back]");
    var next = tour.querySelector("[data-next]");
    var goOn = next.textContent;
    var at = 0;
    var show = function (number) {
      at = number;
      steps.forEach(function (step, position) { step.hidden = position !== at; });
      back.disabled = at === 0;
      next.textContent = at === steps.length - 1 ? next.dataset.last : goOn;
    };
    // Private windows may refuse to remember: then the tour waits to be asked for.
    var seen = function (value) {
      try {
        if (value) localStorage.setItem(tour.dataset.remember, value);
        return localStorage.getItem(tour.dataset.remember);
      } catch (refused) { return "refused"; }
    };
    show(0);
    back.addEventListener("click", function () { show(at - 1); });
    next.addEventListener("click", function () { if (at < steps.length - 1) show(at + 1); else tour.close(); });
    tour.addEventListener("close", function () { show(0); });
    // Remembered at once: who follows one of its links has left without closing it.
    if (!seen()) { seen("seen"); tour.showModal(); }
  }

  // A double click sends a form once. What a script has taken over is its own matter.
  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (event.defaultPrevented || form.method !== "post") return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "yes";
    setTimeout(function () { delete form.dataset.sent; }, 1500);
  });

  // Filters change the address without a new page: come back to where the reader is, not to where the page began.
  document.addEventListener("submit", function (event) {
    var here = event.target.elements && event.target.elements.namedItem("next");
    if (here && event.target.closest("header")) here.value = location.pathname + location.search;
  });
})();
