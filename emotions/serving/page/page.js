"use strict";
// The page of the service: one text as bars, many as a table. All texts are set as text, never as HTML.

const EXAMPLES = [
  "Thank you so much, you saved my whole week!",
  "I can't believe they cancelled it again. I'm furious.",
  "I miss my dog so much it hurts.",
  "Wait, why would anyone do that?",
  "I'm so happy but also nervous about the interview tomorrow.",
];
const PAUSE = 300; // milliseconds without a key before a text is read
const SHOWN = 6; // emotions, unless all are asked for
const SVG = "http://www.w3.org/2000/svg";

const by = (id) => document.getElementById(id);
const percent = (share) => `${(100 * share).toFixed(1)}\u00a0%`;
let model, latest, selected, every = false, asked = 0;

function element(name, text, attributes = {}) {
  const made = document.createElement(name);
  made.textContent = text;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

function complain(sentence) {
  by("problem").textContent = sentence;
  by("problem").hidden = !sentence;
}

async function ask(path, body) {
  let response;
  try {
    response = await fetch(path, body && {
      method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body),
    });
  } catch {
    throw new Error("The service does not answer: is it still running?");
  }
  const said = await response.json();
  if (!response.ok) throw new Error(said.error);
  return said;
}

const lines = () => by("text").value.split("\n").map((line) => line.trim()).filter(Boolean);

async function read() {
  const texts = lines(), mine = ++asked;
  complain("");
  by("one").hidden = by("many").hidden = true;
  by("words").hidden = true;
  selected = undefined;
  if (!texts.length) return;
  by("waiting").hidden = false;
  try {
    const answers = [];
    for (let start = 0; start < texts.length; start += model.limits.texts) {
      const part = texts.slice(start, start + model.limits.texts);
      answers.push(...(await ask("predict", { texts: part, policy: by("policy").value })).answers);
      if (mine !== asked) return; // a later text is being read
    }
    latest = { texts, answers };
    if (texts.length === 1) showOne(); else showMany();
  } catch (error) {
    if (mine === asked) complain(error.message);
  } finally {
    if (mine === asked) by("waiting").hidden = true;
  }
}

function bar(probability, threshold) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 100 10");
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("aria-hidden", "true");
  const parts = [["rect", { class: "track", width: 100, height: 10 }],
    ["rect", { class: "bar", width: 100 * probability, height: 10 }],
    ["line", { class: "threshold", x1: 100 * threshold, x2: 100 * threshold, y1: 0, y2: 10 }]];
  for (const [name, attributes] of parts) {
    const part = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) part.setAttribute(key, value);
    svg.append(part);
  }
  return svg;
}

function row(label, probability, threshold, reached) {
  const button = element("button", "", { type: "button", class: reached ? "emotion reached" : "emotion" });
  button.setAttribute("aria-pressed", String(label === selected));
  button.setAttribute("aria-label",
    `${label}: ${percent(probability)}, threshold ${percent(threshold)}, ${reached ? "reached" : "not reached"}`);
  button.append(element("span", label, { class: "name", title: label }), bar(probability, threshold),
    element("span", percent(probability), { class: "value" }));
  button.addEventListener("click", () => explain(label));
  return button;
}

function showOne() {
  const { emotions, probabilities } = latest.answers[0];
  const thresholds = model.policies[by("policy").value];
  const group = model.groups[by("grouping").value];
  const ranked = Object.entries(probabilities).sort((a, b) => b[1] - a[1]);
  by("summary").textContent = emotions.length
    ? `This text carries ${emotions.map((one) => one.label).join(", ")}.`
    : "No emotion reaches its threshold.";
  const reached = new Set(emotions.map((one) => one.label)); // of one label a text the most probable alone
  const shown = every || group ? ranked : ranked.filter(([label], place) => place < SHOWN || reached.has(label));
  const rows = [];
  if (group) {
    const groups = [...new Set(ranked.map(([label]) => group[label]))];
    for (const name of groups) {
      rows.push(element("h3", name));
      rows.push(...shown.filter(([label]) => group[label] === name)
        .map(([label, share]) => row(label, share, thresholds[label], reached.has(label))));
    }
  } else {
    rows.push(...shown.map(([label, share]) => row(label, share, thresholds[label], reached.has(label))));
  }
  by("bars").replaceChildren(...rows);
  by("more").hidden = Boolean(group) || ranked.length <= SHOWN;
  by("more").textContent = every ? "Show fewer emotions" : "Show every emotion";
  by("more").setAttribute("aria-expanded", String(every));
  by("one").hidden = false;
}

async function explain(label) {
  const mine = asked, text = latest.texts[0];
  selected = label;
  for (const button of by("bars").querySelectorAll("button")) {
    button.setAttribute("aria-pressed", String(button.querySelector(".name").textContent === label));
  }
  try {
    latest.words ??= (await ask("explain", { text })).words;
  } catch (error) {
    complain(error.message);
    return;
  }
  if (mine !== asked || selected !== label) return;
  const parts = [];
  let end = 0;
  const characters = [...text]; // positions count characters, as Python does
  const most = Math.max(...latest.words.map((word) => Math.abs(word.effects[label])), 0.02);
  for (const word of latest.words) {
    const effect = word.effects[label];
    parts.push(characters.slice(end, word.start).join(""));
    const mark = element("mark", characters.slice(word.start, word.end).join(""),
      { title: `${effect >= 0 ? "+" : "−"}${percent(Math.abs(effect))} for ${label}` });
    if (Math.abs(effect) >= most / 5) mark.className = effect > 0 ? "for" : "against";
    parts.push(mark);
    end = word.end;
  }
  parts.push(characters.slice(end).join(""));
  by("words").replaceChildren(...parts, element("span",
    ` — underlined: speaks for ${label}; dashed: against it`, { class: "note" }));
  by("words").hidden = false;
}

function showMany() {
  by("many-title").textContent = `${latest.texts.length} texts`;
  by("rows").replaceChildren(...latest.texts.map((text, place) => {
    const line = document.createElement("tr");
    const emotions = latest.answers[place].emotions.map((one) => `${one.label} ${percent(one.probability)}`);
    line.append(element("td", text, { dir: "auto" }), element("td", emotions.join(", ") || "none"));
    return line;
  }));
  by("many").hidden = false;
}

function csv() {
  // a cell that a spreadsheet would read as a formula begins with an apostrophe
  const cell = (value) => `"${String(value).replace(/^[=+\-@\t]/, "'$&").replaceAll('"', '""')}"`;
  const rows = latest.texts.map((text, place) => [text,
    latest.answers[place].emotions.map((one) => one.label).join(" "),
    ...model.labels.map((label) => latest.answers[place].probabilities[label].toFixed(4))]);
  return [["text", "emotions", ...model.labels], ...rows].map((line) => line.map(cell).join(",")).join("\r\n") + "\r\n";
}

function download() {
  const link = element("a", "", { download: "emotions.csv" });
  link.href = URL.createObjectURL(new Blob(["\ufeff" + csv()], { type: "text/csv" }));
  link.click();
  URL.revokeObjectURL(link.href);
}

async function start() {
  try {
    model = await ask("model");
  } catch (error) {
    complain(error.message);
    return;
  }
  by("policy").replaceChildren(...Object.keys(model.policies).map((name) => element("option", name, { value: name })));
  by("policy").value = model.policy;
  by("grouping").append(...Object.keys(model.groups).map((name) => element("option", name, { value: name })));
  by("examples").replaceChildren(...EXAMPLES.map((text) => {
    const button = element("button", text, { type: "button" });
    button.addEventListener("click", () => { by("text").value = text; read(); });
    return button;
  }));
  let pause;
  by("text").addEventListener("input", () => { clearTimeout(pause); pause = setTimeout(read, PAUSE); });
  by("policy").addEventListener("change", read);
  by("grouping").addEventListener("change", () => { if (!by("one").hidden) showOne(); });
  by("more").addEventListener("click", () => { every = !every; showOne(); });
  by("download").addEventListener("click", download);
  by("ask").addEventListener("submit", (event) => event.preventDefault());
}

start();
