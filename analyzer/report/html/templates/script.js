"use strict";
// Texts come into the page as text only: no markup is ever made of data.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);

  function el(tag, attributes = {}, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    node.append(...children.filter((child) => child !== null && child !== undefined));
    return node;
  }

  // -- what a row opens to ---------------------------------------------------------------------------------------

  const list = (items) => el("ul", {}, ...items.map((item) => el("li", {}, item)));
  const scrolled = (table) => el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "table" }, table);

  function terms(pairs) {
    return el("dl", {}, ...pairs.filter(([, text]) => text).flatMap(([name, text]) => [el("dt", {}, name), el("dd", {}, text)]));
  }

  function witness([shown, number]) {
    const { why, header, rows, facts } = data.witnesses[number];
    const head = el("tr", {}, ...header.map((cell) => (cell ? el("th", { scope: "col" }, cell) : el("td"))));
    const body = rows.map((row) => {
      const cells = row.slice(1, -1).map((cell) => el("td", {}, cell));
      const mark = row[row.length - 1];
      return el("tr", mark ? { class: "parts" } : {}, el("th", { scope: "row" }, row[0]), ...cells, el("td", { class: "mark" }, mark.replace("<-", "\u2190")));
    });
    const table = el("table", {}, el("thead", {}, head), el("tbody", {}, ...body));
    return el("div", { class: "witness" }, el("p", {}, el("strong", {}, shown)), el("p", {}, why), scrolled(table), ...facts.map((fact) => el("p", { class: "hint" }, fact)));
  }

  function remedies(found) {
    const titles = ["remedy", "how", "proved", "guests", "cycles"];
    const head = el("tr", {}, ...titles.map((title) => el("th", { scope: "col" }, title)));
    const rows = found.flatMap(([cells, code]) => [
      el("tr", {}, el("th", { scope: "row" }, cells[0]), ...cells.slice(1).map((cell) => el("td", {}, cell))),
      code < 0 ? null : el("tr", {}, el("td", { colspan: "5" }, el("pre", {}, data.texts[code]))),
    ]);
    return scrolled(el("table", { class: "plain" }, el("thead", {}, head), el("tbody", {}, ...rows.filter(Boolean))));
  }

  function detail(row, anchor) {
    const parts = [
      terms([["What it does", row.summary], ["Defined in", row.place], ["Manual", row.source], ...row.verdicts]),
      row.meaning && el("p", { class: "meaning" }, row.meaning),
      row.reasons && el("h4", {}, "Why"), row.reasons && list(row.reasons),
      row.undecided && el("h4", {}, "Not decided"), row.undecided && list(row.undecided),
      el("h4", {}, "Semantics"), el("pre", {}, data.texts[row.text]),
      row.witnesses && el("h4", {}, "Witnesses"), ...(row.witnesses || []).map(witness),
      row.remedies && el("h4", {}, "Remedies"), row.remedies && remedies(row.remedies),
      el("p", { class: "hint" }, el("a", { href: "#" + anchor }, "Link to this instruction")),
    ];
    return el("tr", { class: "detail" }, el("td", {}, ...parts.filter(Boolean)));
  }

  // -- a table ---------------------------------------------------------------------------------------------------

  function interactive(table) {
    const form = table.parentElement.querySelector("form.tools");
    const found = form.querySelector(".found");
    const search = form.querySelector("input[type=search]");
    const boxes = [...form.querySelectorAll("input[type=checkbox]")];
    const body = table.tBodies[0];
    const heads = [...table.tHead.rows[0].cells];
    const rows = [...body.rows].map((row, index) => ({
      row, index, opened: null, text: row.textContent.toLowerCase(), detail: data.reports[table.dataset.report][index],
    }));
    const byId = new Map(rows.map((item) => [item.row.id, item]));

    function toggle(item, open) {
      const button = item.row.cells[0].firstChild;
      if (open && !item.opened) {
        item.opened = detail(item.detail, item.row.id);
        item.row.after(item.opened);
        fit();
      } else if (!open && item.opened) {
        item.opened.remove();
        item.opened = null;
      }
      button.setAttribute("aria-expanded", String(open));
    }

    // In a table of fixed layout a cell may span no more columns than are shown: some are not on narrow screens.
    function fit() {
      const shown = heads.filter((head) => head.offsetWidth > 0).length;
      for (const item of rows) if (item.opened) item.opened.cells[0].colSpan = shown;
    }

    function filter() {
      const model = form.querySelector("input[type=radio]:checked").value;
      const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
      const wanted = boxes.filter((box) => box.checked).map((box) => box.value);
      let shown = 0;
      for (const item of rows) {
        const has = item.row.getAttribute("data-" + model).split(" ");
        const visible = wanted.every((name) => has.includes(name)) && words.every((word) => item.text.includes(word));
        item.row.hidden = !visible;
        if (item.opened) item.opened.hidden = !visible;
        shown += visible;
      }
      found.textContent = shown === rows.length ? `All ${shown} instructions` : `${shown} of ${rows.length} instructions`;
    }

    function sort(head) {
      const next = { none: "ascending", ascending: "descending", descending: "none" }[head.getAttribute("aria-sort")];
      for (const other of heads) other.setAttribute("aria-sort", "none");
      head.setAttribute("aria-sort", next);
      const column = heads.indexOf(head);
      const order = new Intl.Collator("en", { numeric: true });
      const key = (item) => item.row.cells[column].textContent;
      const sign = { ascending: 1, descending: -1, none: 0 }[next];
      const sorted = [...rows].sort((a, b) => sign * order.compare(key(a), key(b)) || a.index - b.index);
      body.append(...sorted.flatMap((item) => (item.opened ? [item.row, item.opened] : [item.row])));
    }

    for (const head of heads) {
      head.dataset.title = head.textContent;
      const button = el("button", { type: "button" }, ...head.childNodes);
      button.addEventListener("click", () => sort(head));
      head.append(button);
    }
    for (const item of rows) {
      const cell = item.row.cells[0];
      cell.append(el("button", { type: "button", "aria-expanded": "false" }, ...cell.childNodes));
    }
    body.addEventListener("click", (event) => {
      const row = event.target.closest("tr");
      const item = row && byId.get(row.id);
      if (item && !String(getSelection())) toggle(item, !item.opened);
    });
    form.addEventListener("input", filter);
    form.addEventListener("submit", (event) => event.preventDefault());
    form.hidden = false;
    addEventListener("resize", fit);
    filter();

    return (id) => {
      const item = byId.get(id);
      if (!item) return;
      if (item.row.hidden) {
        form.reset();
        filter();
      }
      toggle(item, true);
      item.row.scrollIntoView({ block: "start" });
      item.row.cells[0].firstChild.focus({ preventScroll: true });
    };
  }

  const followers = [...document.querySelectorAll("table.all")].map(interactive);
  const follow = () => followers.forEach((each) => each(location.hash.slice(1)));
  const later = () => setTimeout(follow); // after what the browser does by itself, which takes the focus away
  addEventListener("hashchange", later);
  // A link to where one is already changes nothing that could be heard of.
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#']");
    if (link && link.getAttribute("href") === location.hash) later();
  });
  addEventListener("load", later);
  performance.mark("interactive");
})();
