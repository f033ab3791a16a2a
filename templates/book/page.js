"use strict";
/* Sorts, filters and adds up the whole book in memory and draws one page of rows. Names reach the page as text only. */
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const ID = 0, NAME = 1, REPORT = 2, MEMO = 3, STATUS = 4, VALUE = 5, BEFORE = 6, AFTER = 7, TAX = 8, SAVED = 9, TRADES = 10, FINDING = 11, STAKE = 12, ADVISOR = 13;
  const byId = (name) => document.getElementById(name);
  const body = byId("rows"), totals = byId("totals"), pattern = byId("row").content.firstElementChild;
  const view = { tab: "all", advisor: "", find: "", key: null, down: false, page: 0 };
  const proposed = data.statuses.findIndex((status) => status[0] === "proposed");
  const advisorOf = (row) => data.advisors[row[ADVISOR]] ?? "";
  const words = data.rows.map((row) => `${row[NAME]} ${row[ID]}`.toLocaleLowerCase());

  /* Ties to even, as in the rest of the house. */
  const whole = (x) => { const r = Math.round(x); return Math.abs(x % 1) === 0.5 && r % 2 ? r - 1 : r; };
  const [point, comma, dollarAfter] = data.numbers;
  const grouped = (x) => String(Math.abs(x)).replace(/\B(?=(\d{3})+$)/g, comma);
  const dollars = (text) => (dollarAfter ? `${text}\u00a0$` : `$${text}`);
  const usd = (x) => { if (x === null) return "–"; const r = whole(x); return (r < 0 ? "−" : "") + dollars(grouped(r)); };
  const some = (x) => (x === null || whole(x) === 0 ? "–" : usd(x));
  const percent = (x) => { const tenths = whole(+(x * 1000).toFixed(6)); return `${(tenths / 10).toFixed(1).replace(".", point)}%`; };
  const place = (x) => `${(100 * Math.min(x / data.axis, 1)).toFixed(1)}%`;

  const fill = (row) => {
    const line = pattern.cloneNode(true), cell = (name) => line.querySelector(name);
    const status = data.statuses[row[STATUS]], isProposed = row[STATUS] === proposed;
    const [report, memo] = line.querySelectorAll("a");
    report.textContent = row[NAME]; report.href = row[REPORT]; memo.href = row[MEMO];
    cell("th .quiet").textContent = row[ID];
    cell(".status").textContent = status[1]; cell(".status").classList.toggle("cost", status[2]);
    cell(".value").textContent = usd(row[VALUE]);
    const [before, after] = [row[BEFORE], row[AFTER]], spark = cell(".spark");
    if (before === null) spark.remove();
    else {
      spark.querySelector(".was").setAttribute("cx", place(before));
      const now = spark.querySelector(".now"), way = spark.querySelector(".way");
      now.setAttribute("cx", place(after ?? before));
      if (after === null) now.setAttribute("display", "none"); else now.removeAttribute("display");
      way.setAttribute("x1", place(after ?? before)); way.setAttribute("x2", place(before));
    }
    const quiet = cell(".drift .quiet"), loud = cell(".drift b");
    quiet.textContent = before === null ? "n/a" : after === null ? percent(before) : `${percent(before).slice(0, -1)} → `;
    loud.textContent = after === null ? "" : percent(after);
    cell(".tax").textContent = isProposed ? usd(row[TAX]) : "–";
    cell(".saved").textContent = isProposed ? usd(row[SAVED]) : "–";
    cell(".trades").textContent = row[TRADES] ? grouped(row[TRADES]) : "–";
    cell("td.find").textContent = row[FINDING] || "–";
    cell(".stake").textContent = some(row[STAKE]);
    for (const name of [".saved", ".stake"]) cell(name).classList.toggle("none", cell(name).textContent === "–");
    cell(".who").textContent = advisorOf(row);
    return line;
  };

  const fits = (row, number) => {
    if (view.tab === "exceptions" ? !data.statuses[row[STATUS]][2] : view.tab !== "all" && data.statuses[row[STATUS]][0] !== view.tab) return false;
    return (view.advisor === "" || row[ADVISOR] === Number(view.advisor)) && words[number].includes(view.find);
  };
  const sorted = (numbers) => {
    if (view.key === null) return numbers;
    const sign = view.down ? -1 : 1, value = (row) => (view.key === ADVISOR ? advisorOf(row) : row[view.key]);
    return numbers.sort((a, b) => {
      const x = value(data.rows[a]), y = value(data.rows[b]);
      if (x === y) return a - b;
      if (x === null || x === "") return 1;
      if (y === null || y === "") return -1;
      return sign * (typeof x === "string" ? x.localeCompare(y) : x - y);
    });
  };
  const draw = () => {
    const chosen = sorted(data.rows.map((_, number) => number).filter((number) => fits(data.rows[number], number)));
    const sum = (key) => chosen.reduce((total, number) => total + (data.rows[number][key] ?? 0), 0);
    const last = Math.max(0, Math.ceil(chosen.length / data.size) - 1);
    view.page = Math.min(view.page, last);
    const start = view.page * data.size, shown = chosen.slice(start, start + data.size);
    body.replaceChildren(...shown.map((number) => fill(data.rows[number])));
    const cell = (name) => totals.querySelector(name);
    cell("th").textContent = `${chosen.length ? grouped(chosen.length) : "no"} household${chosen.length === 1 ? "" : "s"}`;
    for (const [name, key] of [[".value", VALUE], [".tax", TAX], [".saved", SAVED], [".stake", STAKE]]) cell(name).textContent = usd(sum(key));
    cell(".trades").textContent = grouped(sum(TRADES));
    byId("none").hidden = chosen.length > 0;
    const range = byId("range"), pages = byId("pages");
    if (range) range.textContent = chosen.length ? `Rows ${grouped(start + 1)} to ${grouped(start + shown.length)} of ${grouped(chosen.length)}` : "";
    if (pages) pages.replaceChildren(...Array.from({ length: last + 1 }, (_, number) => {
      const mark = document.createElement(number === view.page ? "b" : "button");
      mark.textContent = grouped(number + 1);
      if (number === view.page) mark.setAttribute("aria-current", "page");
      else { mark.type = "button"; mark.onclick = () => { view.page = number; draw(); byId("book").scrollIntoView(); }; }
      return mark;
    }));
    for (const head of document.querySelectorAll("#book thead th")) {
      if (Number(head.dataset.key) === view.key) head.setAttribute("aria-sort", view.down ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    }
  };
  const change = (what) => { Object.assign(view, what, { page: what.page ?? 0 }); draw(); };

  byId("filter").hidden = false;
  byId("filter").onsubmit = (event) => event.preventDefault();
  for (const tab of document.querySelectorAll("[data-tab]")) tab.onclick = () => {
    for (const other of document.querySelectorAll("[data-tab]")) other.setAttribute("aria-pressed", String(other === tab));
    change({ tab: tab.dataset.tab });
  };
  byId("advisor").onchange = (event) => change({ advisor: event.target.value });
  byId("find").oninput = (event) => change({ find: event.target.value.trim().toLocaleLowerCase() });
  byId("sort").onchange = (event) => { const key = Number(event.target.value); change(event.target.value ? { key: Math.abs(key), down: key < 0 } : { key: null }); };
  for (const head of document.querySelectorAll("#book thead th")) {
    const key = Number(head.dataset.key), button = document.createElement("button");
    button.type = "button"; button.append(...head.childNodes); head.append(button);
    button.onclick = () => change({ key, down: view.key === key ? !view.down : key >= VALUE && key !== FINDING && key !== ADVISOR });
  }
})();
