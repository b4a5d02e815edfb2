const data = JSON.parse(document.getElementById("data").textContent);
const percent = (value) => (Number.isFinite(value) ? (100 * value).toFixed(2) : "–");
const f1 = (hits, predicted, carried) => (2 * hits) / Math.max(predicted + carried, 1);
const sum = (values) => values.reduce((total, value) => total + value, 0);

function element(name, text = "", attributes = {}) {
  const made = document.createElement(name);
  made.textContent = text;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

/* A table from rows of cells; a cell is a number (shown to the right, in percent unless said), a text or an element. */
function fill(table, columns, rows, marks = []) {
  const head = element("tr");
  for (const column of columns) head.append(element("th", column.name, { class: column.number ? "number" : "", scope: "col" }));
  const body = rows.map((cells, index) => {
    const row = element("tr", "", { class: marks[index] ?? "" });
    cells.forEach((cell, place) => {
      const box = element("td", "", { class: columns[place].number ? "number" : "" });
      box.append(cell instanceof Node ? cell : String(cell));
      row.append(box);
    });
    return row;
  });
  table.replaceChildren(element("thead"), element("tbody"));
  table.tHead.append(head);
  table.tBodies[0].append(...body);
}

function tile(value, called) {
  const box = element("div", "", { class: "tile" });
  box.append(element("b", value), called);
  return box;
}

const text = (name) => ({ name });
const number = (name) => ({ name, number: true });

/* What stands still. */
document.getElementById("tiles").append(...data.tiles.map((one) => tile(percent(one.value), one.called)));
fill(
  document.getElementById("policies"),
  [text("thresholds"), ...data.policies.scores.map(number)],
  data.policies.rows.map((row) => [row.called, ...row.scores.map((score) => percent(score))]),
  data.policies.rows.map((row) => (row.chosen ? "chosen" : row.leak ? "leak" : "")),
);
if (data.published.length) {
  document.getElementById("published").hidden = false;
  fill(
    document.querySelector("#published table"),
    [text("system"), text("thresholds"), number("micro-F1"), number("macro-F1")],
    data.published.map((row) => [row.system, row.thresholds, row["micro-F1"], row["macro-F1"]]),
    data.published.map((row) => (row.ours ? "chosen" : "")),
  );
}
if (data.comparison) {
  const found = data.comparison;
  document.getElementById("comparison").hidden = false;
  document.getElementById("sides").textContent = found.runs;
  const columns = [text("test"), number("A"), number("B"), number("B - A"), number("95 % interval"), text("verdict")];
  fill(document.getElementById("differences"), columns, found.rows);
  document.getElementById("moved").textContent = found.moved;
  if (found.params.length) fill(document.getElementById("params"), [text("param"), text("A"), text("B")], found.params);
}
document.getElementById("no-pairs").hidden = data.pairs.length > 0;
if (data.pairs.length) fill(
  document.getElementById("pairs"),
  [text("missed → predicted"), number("rows"), text("comments")],
  data.pairs.map((pair) => {
    const comments = element("div");
    comments.append(...pair.comments.map((comment) => element("blockquote", comment, { dir: "auto" })));
    return [pair.pair, pair.rows, comments];
  }),
);

/* Thresholds that move. Hits and predictions of each emotion at 0, 0.01, … 1 and at each policy's own thresholds are all
   that is needed; what is current is, per emotion, a threshold with its hits and predictions. */
const atStep = (label, step) => ({ threshold: step / 100, hits: label.hits[step], predicted: label.predicted[step] });
const ofPolicy = (name) => data.buttons[name].map(([threshold, hits, predicted]) => ({ threshold, hits, predicted }));
let current = ofPolicy(data.policy);
const all = document.getElementById("all");
const shown = (threshold) => (threshold > 1 ? "never" : threshold.toFixed(Number.isInteger(Math.round(1e6 * threshold) / 1e4) ? 2 : 4));

const sliders = data.labels.map((label, index) => {
  const slider = element("input", "", {
    type: "range", min: 0, max: 100, step: 1, "aria-label": `threshold of ${label.name}`, id: `threshold-${index}`,
  });
  slider.addEventListener("input", () => { current[index] = atStep(label, Number(slider.value)); show(); });
  return slider;
});
const cells = data.labels.map(() => Object.fromEntries(
  ["threshold", "precision", "recall", "f1", "predicted"].map((name) => [name, element("span")]),
));

function scores() {
  const rows = data.labels.map((label, index) => {
    const { hits, predicted } = current[index];
    return {
      hits, predicted, carried: label.rows,
      precision: predicted ? hits / predicted : 0,
      recall: label.rows ? hits / label.rows : null,
      f1: label.rows ? f1(hits, predicted, label.rows) : null,
    };
  });
  const scored = rows.filter((row) => row.carried);
  const [hits, predicted, carried] = ["hits", "predicted", "carried"].map((key) => sum(rows.map((row) => row[key])));
  return {
    rows,
    micro: f1(hits, predicted, carried),
    macro: sum(scored.map((row) => row.f1)) / scored.length,
    precision: predicted ? hits / predicted : 0,
    recall: hits / carried,
    each: predicted / data.rows,
  };
}

function show() {
  const now = scores();
  document.getElementById("live").replaceChildren(
    tile(percent(now.micro), "micro-F1"), tile(percent(now.macro), "macro-F1"),
    tile(percent(now.precision), "precision"), tile(percent(now.recall), "recall"),
    tile(now.each.toFixed(2), "predictions a comment"),
  );
  now.rows.forEach((row, index) => {
    const cell = cells[index];
    sliders[index].value = 100 * current[index].threshold;
    cell.threshold.textContent = shown(current[index].threshold);
    cell.precision.textContent = percent(row.precision);
    cell.recall.textContent = percent(row.recall);
    cell.f1.textContent = percent(row.f1);
    cell.predicted.textContent = row.predicted;
  });
  const [first] = current;
  const same = current.every((at) => at.threshold === first.threshold);
  document.getElementById("all-value").textContent = same ? shown(first.threshold) : "mixed";
  if (same) all.value = 100 * first.threshold;
}

all.addEventListener("input", () => { current = data.labels.map((label) => atStep(label, Number(all.value))); show(); });
for (const name of Object.keys(data.buttons)) {
  const button = element("button", name, { type: "button" });
  button.addEventListener("click", () => { current = ofPolicy(name); show(); });
  document.getElementById("policy-buttons").append(button);
}

const columns = [
  { ...text("emotion"), value: (index) => data.labels[index].name },
  { ...number("test rows"), value: (index) => data.labels[index].rows },
  { ...text("threshold"), value: (index) => current[index].threshold },
  { ...number(""), value: (index) => current[index].threshold },
  { ...number("predicted"), value: (index, now) => now[index].predicted },
  { ...number("precision"), value: (index, now) => now[index].precision },
  { ...number("recall"), value: (index, now) => now[index].recall },
  { ...number("F1"), value: (index, now) => now[index].f1 },
  { ...number("F1 of the chosen policy, 95 % interval"), value: (index) => data.labels[index].f1 },
];
const table = document.getElementById("labels");
fill(table, columns, data.labels.map((label, index) => [
  label.name, label.rows, sliders[index], cells[index].threshold, cells[index].predicted, cells[index].precision,
  cells[index].recall, cells[index].f1, `${percent(label.f1)} (${percent(label.low)} to ${percent(label.high)})`,
]));
const lines = [...table.tBodies[0].rows];
const MOST = 30; // lines at either end of an order, where there are more than can be read
function arrange(order) {
  const few = order.length <= 2 * MOST;
  table.tBodies[0].replaceChildren(...(few ? order : [...order.slice(0, MOST), ...order.slice(-MOST)]).map((index) => lines[index]));
  document.getElementById("left-out").textContent = few ? "" :
    `The first and last ${MOST} of ${order.length} labels in the order chosen; plots/per_emotion.csv has all.`;
}
let sorted = { column: -1, down: false };
table.tHead.rows[0].querySelectorAll("th").forEach((head, place) => {
  if (!columns[place].name) return;
  const button = element("button", columns[place].name, { type: "button", title: "sort" });
  button.addEventListener("click", () => {
    sorted = { column: place, down: sorted.column === place ? !sorted.down : Boolean(columns[place].number) };
    const now = scores().rows;
    const keys = data.labels.map((_, index) => columns[place].value(index, now));
    const order = data.labels.map((_, index) => index).sort((a, b) => {
      const before = typeof keys[a] === "string" ? keys[a].localeCompare(keys[b]) : keys[a] - keys[b];
      return sorted.down ? -before : before;
    });
    table.tHead.querySelectorAll("th").forEach((other) => other.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", sorted.down ? "descending" : "ascending");
    arrange(order);
  });
  head.replaceChildren(button);
});
arrange(data.labels.map((_, index) => index).sort((a, b) => (lines.length > 2 * MOST ? data.labels[b].f1 - data.labels[a].f1 : a - b)));
show();

/* Curves. */
const theme = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : undefined;
const width = Math.min(420, document.body.clientWidth - 110);
const options = { actions: false, renderer: "svg", theme };
const legend = { orient: "bottom", direction: "vertical", symbolType: "stroke", symbolSize: 300, labelLimit: width };
const line = (title, values, x, y, colour, besides = []) => ({
  title, width, height: 260, data: { values }, background: "transparent",
  layer: [
    { mark: "line", encoding: { strokeDash: { field: "split", type: "nominal", title: null, legend } } },
    ...(values.length < 40 ? [{ mark: { type: "point", filled: true, opacity: 1 } }] : []),
  ],
  encoding: {
    x: { type: "quantitative", axis: { labelAngle: 0 }, ...x }, y: { type: "quantitative", ...y },
    color: { field: colour, type: "nominal", title: null, legend, scale: { range: ["#0072b2", "#d55e00", "#56b4e9", "#e69f00"] } },
    tooltip: [{ field: x.field }, { field: y.field, format: ".3f" }, { field: colour }, ...besides],
  },
});
vegaEmbed("#curve", line("One threshold for all", data.curve, { field: "threshold" }, { field: "F1" }, "score"), options);
if (data.coverage.length) vegaEmbed("#coverage", line("What a threshold to answer gains", data.coverage, { field: "answered", title: "share of rows answered", scale: { zero: false } }, { field: "of the answers", scale: { zero: false } }, "score", [{ field: "threshold" }]), options);
if (data.training.length) vegaEmbed("#training", line("Loss", data.training, { field: "epoch", type: "ordinal" }, { field: "loss", scale: { zero: false } }, "run"), options);
vegaEmbed("#reliability", line("Reliability on test", data.reliability, { field: "probability" }, { field: "observed" }, "run"), options);
