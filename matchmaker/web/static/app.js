// Small conveniences; every page works without this file.
(function () {
  "use strict";
  var root = document.documentElement;
  root.classList.add("with-script");

  // "/" goes to the search box, unless somebody is writing.
  document.addEventListener("keydown", function (event) {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (/^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName) && event.target.type !== "checkbox" && event.target.type !== "radio") return;
    var box = document.querySelector("input[type=search]");
    if (!box) return;
    event.preventDefault();
    box.focus();
    box.select();
  });

  // Filters change the address without a new page: come back to where the reader is, not to where the page began.
  document.addEventListener("submit", function (event) {
    var here = event.target.elements && event.target.elements.namedItem("next");
    if (here) here.value = location.pathname + location.search;
  });
})();
