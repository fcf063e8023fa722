"use strict";
// What the other scripts share, and what every table and figure of the page can do.

const data = JSON.parse(document.getElementById("data").textContent);
const byId = (id) => document.getElementById(id);
const escaped = (text) => String(text).replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
const shown = (value, digits = 3) => (value === null || value === undefined ? "–" : value.toFixed(digits));

function fillSelect(select, options, chosen) {
  select.innerHTML = options.map(([value, text]) => `<option value="${escaped(value)}">${escaped(text)}</option>`).join("");
  select.value = options.some(([value]) => String(value) === String(chosen)) ? chosen : options[0][0];
}

const blankMaps = new Set(data.blank);

// A photo in grey with a map over it; what is missing is said.
function overlay(image, model, method) {
  const photo = data.images[image] && data.images[image].photo;
  const map = data.maps[`${image}|${model}|${method}`];
  const under = photo ? `<img class="under" src="${photo}" alt="">` : "";
  const over = map
    ? `<img class="map" src="${map}" alt="${escaped(`${method} map of ${model}`)}"${photo ? "" : ' style="opacity:1"'}>`
    : '<span class="missing">no map in this page</span>';
  const blank = blankMaps.has(`${image}|${model}|${method}`) ? '<span class="missing blank">blank map</span>' : "";
  return `<span class="overlay">${under}${over}${blank}</span>`;
}

function photoAlone(image) {
  const { photo, label, path } = data.images[image];
  const picture = photo ? `<img src="${photo}" alt="${escaped(label || path)}">` : '<span class="missing">no photo in this page</span>';
  return `<span class="overlay">${picture}</span>`;
}

const verdicts = { 1: ["right", "right"], 0: ["wrong", "wrong"], "-1": ["unknown", "no label"] };

// -> [class of the frame, words]
function predictionOf(image, model) {
  const [name, probability, verdict] = data.images[image].predictions[model];
  return [verdicts[verdict][0], `${name} ${shown(probability, 2)}${verdict < 0 ? "" : `, ${verdicts[verdict][1]}`}`];
}

function sortKey(row, column) {
  const cell = row.cells[column];
  return cell.dataset.value === undefined ? cell.textContent : Number(cell.dataset.value);
}

function compareKeys(a, b) {
  return typeof a === "string" || typeof b === "string" ? String(a).localeCompare(String(b), "en", { numeric: true }) : a - b;
}

function sortTable(table, column) {
  const head = table.tHead.rows[0].cells;
  const down = head[column].getAttribute("aria-sort") === "ascending";
  for (const cell of head) {
    cell.setAttribute("aria-sort", "none");
  }
  head[column].setAttribute("aria-sort", down ? "descending" : "ascending");
  const body = table.tBodies[0];
  const rows = Array.from(body.rows, (row) => [sortKey(row, column), row]);
  const unknown = ([key]) => Number.isNaN(key);
  rows.sort((a, b) => unknown(a) - unknown(b) || (unknown(a) ? 0 : compareKeys(a[0], b[0]) * (down ? -1 : 1)));
  body.append(...rows.map(([, row]) => row));
}

function makeSortable(table) {
  Array.from(table.tHead.rows[0].cells).forEach((cell, column) => {
    cell.setAttribute("aria-sort", "none");
    cell.innerHTML = `<button type="button" title="Sort by this column">${cell.innerHTML}</button>`;
    cell.firstChild.addEventListener("click", () => sortTable(table, column));
  });
}

function makeZoomable(image) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "zoom";
  button.setAttribute("aria-label", `Enlarge: ${image.alt}`);
  image.replaceWith(button);
  button.append(image);
  button.addEventListener("click", () => {
    const large = byId("zoom").querySelector("img");
    large.src = image.src;
    large.alt = image.alt;
    byId("zoom").showModal();
  });
}

// Whatever is folded is opened on paper, and folded again after.
function printEverything() {
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = Array.from(document.querySelectorAll("details:not([open])"));
    opened.forEach((part) => { part.open = true; });
  });
  addEventListener("afterprint", () => opened.forEach((part) => { part.open = false; }));
}

document.querySelectorAll("table.sortable").forEach(makeSortable);
document.querySelectorAll("figure > img").forEach(makeZoomable);
printEverything();
byId("theme").addEventListener("change", (event) => { document.documentElement.dataset.theme = event.target.value; });
