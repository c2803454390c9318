// Draws main's answers. Main computes the critical path, the waiting and the speed-up.
"use strict";

const SVG = "http://www.w3.org/2000/svg";
const NAMES = { "/check-sites": "Sequential", "/check-sites-v2": "Parallel", "/check-baidu": "Two services" };
const CHOICES = { none: "fine", slow: "slow", fails: "500", down: "down" };

const by = id => document.getElementById(id);
const milliseconds = nanos => `${(nanos / 1e6).toFixed(1)} ms`;

/** An element. Foreign text is only inserted as text or as an attribute. */
function el(tag, attributes, ...children) {
  const made = tag.startsWith("svg:") ? document.createElementNS(SVG, tag.slice(4)) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value !== null && value !== false) made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.filter(child => child !== null && child !== undefined));
  return made;
}

function styled(made, properties) {
  for (const [name, value] of Object.entries(properties)) made.style.setProperty(name, value);
  return made;
}

/** Each service has one colour for as long as the page is open: callers get theirs before their callees. */
const colours = new Map();
function remember(ranks) {
  [...ranks].sort(([one, rank], [other, than]) => rank - than || (one < other ? -1 : 1))
    .forEach(([service]) => colours.has(service) || colours.set(service, colours.size % 7));
}
function coloured(made, service) {
  return styled(made, { "--colour": `var(--c${colours.get(service) ?? 7})` });
}

const send = (path, options) => fetch(path, { signal: AbortSignal.timeout(120000), ...options });

async function ask(path, options) {
  const answer = await send(path, options);
  const text = await answer.text();
  if (!answer.ok) throw new Error(text.startsWith("{") ? JSON.parse(text).detail : `status ${answer.status}`);
  return JSON.parse(text);
}

// --- Run ---

function say(text, failed = false) {
  by("status").textContent = text;
  by("status").classList.toggle("failed", failed);
}

async function run(what) {
  const buttons = document.querySelectorAll("[data-run]");
  if (buttons[0].ariaDisabled === "true") return;
  buttons.forEach(button => { button.ariaDisabled = true; }); // disabled, it would lose the focus
  say(what === "both" ? "Runs both, one after the other\u2026" : `Asks ${what}\u2026`);
  try {
    const comparison = what === "both"
      ? await ask("/compare", { headers: { Accept: "application/json" } })
      : { runs: [await single(what)] };
    show(comparison);
    say("");
    graph();
    complete(comparison).catch(failure => {
      if (shown === comparison) say(`Some spans are missing: ${failure.message}`, true);
    });
  } catch (failure) {
    say(`That did not work: ${failure.message}`, true);
  }
  buttons.forEach(button => { button.ariaDisabled = false; });
}

async function single(request) {
  const response = await send(request);
  const answer = await response.text();
  const [, traceId, , flags] = (response.headers.get("traceresponse") ?? "").split("-");
  const result = `the answer is ${response.status} ${answer}`;
  if ((parseInt(flags, 16) & 1) === 0) throw new Error(`${result}, but the request was not traced`);
  say("Answered; waits for the last spans of its trace\u2026");
  const found = await ask(`/page/trace?traceId=${traceId}`).catch(failure => {
    throw new Error(`${result}, but of its trace: ${failure.message}`);
  });
  return { request, status: response.status, answer, ...found };
}

/** Asks for the spans that are still to come, five times at most, and draws again when there are more. */
async function complete(comparison) {
  const { runs } = comparison;
  for (let times = 0; times < 5 && runs.some(it => it.missing.length > 0); times++) {
    await new Promise(resolve => { setTimeout(resolve, 1000); });
    const found = await Promise.all(runs.map(it => ask(`/page/trace?traceId=${it.trace.id}`)));
    if (shown !== comparison) return;
    if (!runs.some((it, i) => found[i].missing.length < it.missing.length)) continue;
    runs.forEach((it, i) => Object.assign(it, found[i]));
    if (runs.length > 1) comparison.speedup = runs[0].trace.duration / Math.max(1, runs[1].trace.duration);
    show(comparison);
  }
}

// --- Compare ---

let shown;
function show(comparison) {
  shown = comparison;
  const { runs, speedup, note } = comparison;
  // Backwards, so that of the depths of a service the least is kept.
  remember(new Map(runs[0].trace.bars.map(bar => [bar.span.service, bar.depth]).sort((one, other) => other[1] - one[1])));
  by("result").hidden = false;
  by("result-title").textContent = runs.length > 1 ? "Compare" : "See";
  by("verdict").hidden = runs.length < 2;
  if (runs.length > 1) {
    const [first, second] = runs.map(it => milliseconds(it.trace.duration));
    by("verdict").replaceChildren(
      el("strong", {}, `${speedup.toFixed(2)} \u00d7`),
      el("span", {}, note ?? `as fast in parallel: ${second}, where one after the other took ${first}.`));
  }
  const scale = Math.max(...runs.map(it => it.trace.duration));
  by("runs").replaceChildren(...runs.map(it => panel(it, scale)));
  log(runs.map(it => it.trace.id));
}

function panel({ request, status, answer, trace, missing }, scale) {
  const total = Object.values(trace.critical).reduce((sum, time) => sum + time, 0) || 1;
  const share = el("div", { class: "share", "aria-hidden": "true" });
  const services = el("ul", { class: "services", "aria-label": "The critical path by service" });
  for (const [service, time] of Object.entries(trace.critical)) {
    share.append(styled(coloured(el("i"), service), { flex: time / total }));
    services.append(el("li", {}, coloured(el("i", { class: "dot" }), service),
      `${service} ${Math.round(100 * time / total)} %`));
  }
  const rows = el("ol", { class: "rows", "aria-label": `The spans of ${request}` });
  trace.bars.forEach(bar => rows.append(row(bar, scale)));
  rows.firstElementChild?.setAttribute("tabindex", "0");
  return el("article", { class: "run" },
    el("h3", {}, NAMES[request] ?? request, el("span", {}, milliseconds(trace.duration))),
    el("p", { class: status < 400 ? "answer" : "answer failed" }, `${status}  ${answer}`),
    el("p", { class: "hint" }, "Trace ", el("a", { href: trace.ui }, trace.id)),
    missing.length ? el("p", { class: "missing" }, `Spans still to come from ${missing.join(", ")}`) : null,
    share, services,
    el("div", { class: "waterfall" }, axis(scale), rows));
}

function axis(scale) {
  const digit = 10 ** Math.max(0, Math.floor(Math.log10(scale / 1e6)) - 1);
  const step = [1, 2, 5, 10, 20].map(it => it * digit).find(it => scale / 1e6 / it <= 5);
  const ticks = el("div");
  for (let at = 0; at * 1e6 <= scale; at += step) {
    ticks.append(styled(el("span", {}, at === 0 ? "0" : `${at} ms`), { left: `${100 * at * 1e6 / scale}%` }));
  }
  return el("div", { class: "axis", "aria-hidden": "true" }, ticks);
}

function row(bar, scale) {
  const { span, depth, start, end, working, critical } = bar;
  const time = milliseconds(end - start);
  const piece = (kind, from, to) => styled(el("i", { class: kind }),
    { left: `${100 * from / scale}%`, width: `${100 * (to - from) / scale}%` });
  const lane = el("div", { class: "lane" }, piece("waiting", start, end),
    ...working.map(it => piece("working", it.from, it.to)),
    ...critical.map(it => piece("critical", it.from, it.to)));
  const label = `${span.service}: ${span.name}, ${time}, begins at ${milliseconds(start)}`
    + (critical.length ? ", on the critical path" : "") + (span.failure ? `, failed: ${span.failure}` : "");
  const made = styled(coloured(el("li", {
    class: `row${critical.length ? "" : " off"}${span.failure ? " failed" : ""}`, tabindex: "-1", "aria-label": label,
    "aria-describedby": "details",
  },
  el("span", { class: "service" }, el("i", { class: "dot" }), el("b", {}, span.service)),
  el("span", { class: "name" }, span.name), lane, el("span", { class: "time" }, time),
  span.failure ? el("span", { class: "reason" }, span.failure) : null), span.service), { "--depth": depth });
  made.bar = bar;
  return made;
}

/** The attributes of the bar that is pointed at or has the focus. */
function explain(target) {
  const card = by("details");
  card.hidden = !target;
  if (!target) return;
  const { span, start, end, working, critical } = target.bar;
  const sum = intervals => milliseconds(intervals.reduce((all, it) => all + it.to - it.from, 0));
  const facts = {
    took: milliseconds(end - start), working: sum(working), "on the critical path": sum(critical),
    kind: span.kind, ...span.attributes,
  };
  card.replaceChildren(el("h4", {}, `${span.service}  ${span.name}`),
    span.failure ? el("p", { class: "reason" }, span.failure) : "",
    el("dl", {}, ...Object.entries(facts).flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)])));
  const at = target.getBoundingClientRect();
  const below = at.bottom + card.offsetHeight + 12 < innerHeight;
  styled(card, {
    left: `${Math.max(16, Math.min(at.left + at.width / 3, innerWidth - card.offsetWidth - 16))}px`,
    top: `${below ? at.bottom + 6 : Math.max(8, at.top - card.offsetHeight - 6)}px`,
  });
}

function moveFocus(event) {
  const here = event.target.closest(".row");
  if (!here) return;
  const rows = [...here.parentElement.children];
  const to = { ArrowDown: rows.indexOf(here) + 1, ArrowUp: rows.indexOf(here) - 1, Home: 0, End: rows.length - 1 }[event.key];
  if (rows[to]) {
    event.preventDefault();
    here.setAttribute("tabindex", "-1");
    rows[to].setAttribute("tabindex", "0");
    rows[to].focus();
  }
}

// --- See ---

function table(headings, rows) {
  return el("table", {},
    el("thead", {}, el("tr", {}, ...headings.map(it => el("th", { scope: "col" }, it)))),
    el("tbody", {}, ...rows.map(cells => el("tr", {}, ...cells.map(it => el("td", {}, String(it ?? "")))))));
}

/** Tells later whether the same was asked again: a late answer must not replace a newer one. */
function asking(part) {
  const question = part.question = {};
  return () => part.question === question;
}

async function log(traceIds) {
  const isLatest = asking(log);
  try {
    const found = await Promise.all(traceIds.map(id => ask(`/page/log?traceId=${id}`)));
    if (!isLatest()) return;
    const entries = found.flatMap(it => it.entries).sort((one, other) => (one.time < other.time ? -1 : 1));
    by("log").replaceChildren(table(["time", "service", "site", "connected", "status", "latency", "trace", "span"],
      entries.map(it => [it.time.slice(11, 23), it.service, it.site, it.connected, it.status ?? it.error,
        `${it.latency} ms`, it.traceId.slice(0, 8), it.spanId])));
  } catch (failure) {
    if (isLatest()) by("log").replaceChildren(`Not available: ${failure.message}`);
  }
}

async function graph() {
  const isLatest = asking(graph);
  try {
    const { traces, edges } = await ask("/page/graph");
    if (!isLatest()) return;
    const shown = merged(edges, by("operations").checked);
    by("graph-hint").textContent = traces === 0
      ? "No traces in the last 15 minutes. Run something."
      : `From ${traces} ${traces === 1 ? "trace" : "traces"} of the last 15 minutes: calls, errors, mean time.`;
    by("graph").replaceChildren(shown.length ? drawn(shown) : "");
    by("edges").replaceChildren(table(["from", "to", "calls", "errors", "mean time"],
      shown.map(it => [it.from.name, it.to.name, it.calls, it.errors, milliseconds(it.time / it.calls)])));
  } catch (failure) {
    if (isLatest()) by("graph-hint").textContent = `Not available: ${failure.message}`;
  }
}

/** Edges between services, or between operations. The name of a node tells it from the others. */
function merged(edges, byOperation) {
  const all = new Map();
  const node = it => ({ ...it, operation: byOperation ? it.operation : "",
    name: `${it.service}${byOperation ? ` ${it.operation}` : ""}${it.outside ? " (outside)" : ""}` });
  for (const edge of edges) {
    const [from, to] = [node(edge.from), node(edge.to)];
    const key = JSON.stringify([from.name, to.name]);
    const sum = all.get(key) ?? { from, to, calls: 0, errors: 0, time: 0 };
    ["calls", "errors", "time"].forEach(it => { sum[it] += edge[it]; });
    all.set(key, sum);
  }
  return [...all.values()].sort((one, other) => (one.from.name + one.to.name < other.from.name + other.to.name ? -1 : 1));
}

/** Callers to the left of their callees, as far as calls do not go round in a circle. */
function drawn(edges) {
  const nodes = new Map();
  edges.forEach(({ from, to }) => [from, to].forEach(it => nodes.has(it.name) || nodes.set(it.name, { ...it, column: 0 })));
  const last = Math.min(nodes.size, 20) - 1;
  for (let round = 0; round < last; round++) {
    edges.forEach(({ from, to }) => {
      const least = Math.min(nodes.get(from.name).column + 1, last);
      nodes.get(to.name).column = Math.max(nodes.get(to.name).column, least);
    });
  }
  remember(new Map([...nodes.values()].filter(it => !it.outside).map(it => [it.service, it.column])));
  const columns = Array.from({ length: last + 1 }, (_, column) => [...nodes.values()].filter(it => it.column === column))
    .filter(column => column.length > 0);
  const short = text => (text.length > 40 ? `${text.slice(0, 39)}\u2026` : text);
  const longest = texts => Math.max(0, ...texts.map(it => it.length));
  const labels = edges.map(({ calls, errors, time }) =>
    `${calls} \u00d7 \u00b7 ${milliseconds(time / calls)}${errors ? ` \u00b7 ${errors} failed` : ""}`);
  const names = [...nodes.values()].flatMap(it => [short(it.service), short(it.operation)]);
  const width = 26 + 7 * longest(names), height = 46, apart = 92;
  const tallest = Math.max(1, ...columns.map(it => it.length));
  let right = 8;
  for (const column of columns) {
    const x = right, gap = 36 + 6 * longest(labels.filter((_, i) => column.includes(nodes.get(edges[i].from.name))));
    column.sort((one, other) => (one.service + one.operation < other.service + other.operation ? -1 : 1))
      .forEach((it, y) => Object.assign(it, { x, gap, y: 8 + (y + (tallest - column.length) / 2) * apart }));
    right += width + gap;
  }
  const lines = edges.map(({ from, to, calls, errors }, i) => {
    const [a, b] = [nodes.get(from.name), nodes.get(to.name)];
    const [x1, y1, x2, y2, gap] = [a.x + width, a.y + height / 2, b.x - 3, b.y + height / 2, a.gap];
    const along = Math.min(1, .66 * gap / Math.abs(x2 - x1)); // where edges that cross are apart again
    return { calls, bad: errors ? " bad" : "", text: labels[i],
      d: `M${x1} ${y1}C${x1 + gap / 2} ${y1} ${x2 - gap / 2} ${y2} ${x2} ${y2}`,
      x: x1 + gap - 18, y: y1 + (3 * along ** 2 - 2 * along ** 3) * (y2 - y1) - 6 };
  });
  const free = new Map(); // in each gap, the height below which there is no label
  for (const line of [...lines].sort((one, other) => one.y - other.y)) {
    line.y = Math.max(line.y, free.get(line.x) ?? 14);
    free.set(line.x, line.y + 17);
  }
  const size = [Math.max(...columns.flat().map(it => it.x + width), ...free.keys()) + 8,
    Math.max(16 + tallest * apart - apart + height, ...free.values())];
  const svg = el("svg:svg", { viewBox: `0 0 ${size.join(" ")}`, width: size[0], height: size[1], role: "img",
    "aria-label": `Calls between services: ${edges.map(it => `${it.from.name} calls ${it.to.name}`).join(", ")}` },
  el("svg:defs", {}, el("svg:marker", { id: "arrow", viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 9, markerHeight: 9, markerUnits: "userSpaceOnUse", orient: "auto" },
    el("svg:path", { d: "M0 0L8 4L0 8z" }))));
  svg.style.minWidth = `${.92 * size[0]}px`; // smaller, its labels would be hard to read
  lines.forEach(it => svg.append(el("svg:path",
    { class: `edge${it.bad}`, "marker-end": "url(#arrow)", "stroke-width": 1 + Math.log10(it.calls), d: it.d })));
  lines.forEach(it => svg.append(
    el("svg:text", { class: `label${it.bad}`, x: it.x, y: it.y, "text-anchor": "end" }, it.text)));
  svg.append(...[...nodes.values()].map(it => coloured(el("svg:g", { class: it.outside ? "outside" : null },
    [it.service, it.operation].some(text => text !== short(text)) ? el("svg:title", {}, it.name) : null,
    el("svg:rect", { class: "box", x: it.x, y: it.y, width, height, rx: 10 }),
    el("svg:text", { x: it.x + width / 2, y: it.y + (it.operation ? 20 : 28), "text-anchor": "middle" }, short(it.service)),
    el("svg:text", { class: "operation", x: it.x + width / 2, y: it.y + 36, "text-anchor": "middle" }, short(it.operation))), it.service)));
  return svg;
}

// --- Swap ---

async function faults(wanted) {
  try {
    const found = await ask("/page/faults", wanted && {
      method: "PUT", headers: { "Content-Type": "application/json" }, body: JSON.stringify(wanted),
    });
    if (wanted) return;
    by("swap").hidden = Object.keys(found).length === 0;
    by("faults").replaceChildren(...Object.entries(found).map(([service, set]) =>
      ("delay" in set ? delay(service, set.delay) : fault(service, set.fault))));
  } catch (failure) {
    say(`That did not work: ${failure.message}`, true);
    if (wanted) await faults(); // the state that it still has
  }
}

/** Sends one change after the other: the last one must win. */
function change(wanted) {
  change.last = (change.last ?? Promise.resolve()).then(() => faults(wanted));
}

function delay(service, now) {
  const output = el("output", {}, `${now} ms`);
  const slider = el("input", { type: "range", min: 0, max: 1000, step: 10, value: now });
  slider.addEventListener("input", () => { output.textContent = `${slider.value} ms`; });
  slider.addEventListener("change", () => change({ [service]: { delay: Number(slider.value) } }));
  return el("label", {}, `${service} take `, slider, " ", output);
}

function fault(service, now) {
  return el("fieldset", { class: "choice" }, el("legend", {}, service),
    ...Object.entries(CHOICES).map(([value, text]) => {
      const choice = el("input", { type: "radio", name: service, value, checked: value === now });
      choice.addEventListener("change", () => change({ [service]: { fault: value } }));
      return el("label", {}, choice, el("span", {}, text));
    }));
}

// --- Colours, and what is listened to ---

/** The chosen theme, which a browser may refuse to store. */
function stored(chosen) {
  try {
    if (chosen !== undefined) localStorage.setItem("theme", chosen);
    return localStorage.getItem("theme") ?? "";
  } catch {
    return "";
  }
}

function theme(chosen) {
  if (chosen) document.documentElement.dataset.theme = chosen;
  else delete document.documentElement.dataset.theme;
  stored(chosen);
  document.querySelectorAll("#theme button")
    .forEach(it => it.setAttribute("aria-pressed", it.dataset.theme === chosen));
}

document.querySelectorAll("#theme button").forEach(it => it.addEventListener("click", () => theme(it.dataset.theme)));
document.querySelectorAll("[data-run]").forEach(it => it.addEventListener("click", () => run(it.dataset.run)));
by("operations").addEventListener("change", graph);
by("refresh").addEventListener("click", graph);
by("runs").addEventListener("keydown", moveFocus);
["mouseover", "focusin"].forEach(it => by("runs").addEventListener(it, event => explain(event.target.closest(".row"))));
["mouseleave", "focusout"].forEach(it => by("runs").addEventListener(it, () => explain(null)));
addEventListener("keydown", event => { if (event.key === "Escape") explain(null); });
addEventListener("scroll", () => explain(document.activeElement.closest("#runs .row")), { passive: true });

by("curl").textContent = `curl ${location.host}/compare`;
theme(stored());
faults();
graph();
