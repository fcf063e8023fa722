"use strict";
// Heatmap with the details of the pair at a cell; a slider that cuts the tree and colours heatmap, tree and map.

// matplotlib's cividis in nine steps
const cividis = [[0, 34, 78], [25, 52, 112], [59, 73, 108], [87, 93, 109], [112, 113, 115], [138, 134, 120], [168, 157, 117], [203, 186, 105],
  [254, 232, 56]];
const explorer = { view: 0, set: "all", quantity: "dissimilarity", linkage: "", pair: null, cut: 0.5 };

function shade(part) {
  const place = Math.min(Math.max(part, 0), 1) * (cividis.length - 1);
  const step = Math.min(Math.floor(place), cividis.length - 2);
  return `rgb(${cividis[step].map((from, channel) => Math.round(from + (cividis[step + 1][channel] - from) * (place - step))).join(",")})`;
}

const currentSet = () => data.views[explorer.view].sets[explorer.set];
const currentTree = () => currentSet().trees[explorer.linkage];

// Row of the pair in the lists of a set, which hold the upper triangle with the diagonal.
function pairRow(count, a, b) {
  const [first, second] = a < b ? [a, b] : [b, a];
  return first * count - (first * (first - 1)) / 2 + second - first;
}

// Lowest and highest place of the slider: every model alone, and all together.
function cutRange(tree) {
  const heights = tree.merges.map((merge) => merge[2]);
  return [0.98 * Math.min(...heights), 1.02 * Math.max(...heights)];
}

function cutHeight() {
  if (!currentTree()) {
    return 0;
  }
  const [low, high] = cutRange(currentTree());
  return low + explorer.cut * (high - low);
}

// A first cut into about as many clusters as the square root of the models.
function firstCut(tree) {
  const heights = tree.merges.map((merge) => merge[2]).sort((a, b) => b - a);
  let clusters = Math.min(Math.round(Math.sqrt(heights.length + 1)), heights.length);
  while (clusters > 1 && clusters < heights.length && heights[clusters - 2] === heights[clusters - 1]) {
    clusters += 1; // no cut lies between merges of the same height
  }
  const [low, high] = cutRange(tree);
  const above = clusters > 1 ? heights[clusters - 2] : high;
  return ((above + heights[clusters - 1]) / 2 - low) / (high - low || 1);
}

function currentGroups() {
  const tree = currentTree();
  const count = currentSet().members.length;
  return tree ? groupsAt(tree, count, cutHeight()) : new Array(count).fill(-1);
}

// The two ends of the colours: dark = alike.
function scaleEnds(values) {
  const known = values.filter((value) => value !== null);
  return explorer.quantity === "mean" ? [Math.max(...known), Math.min(...known)] : [0, Math.max(...known)];
}

function drawHeatmap() {
  const set = currentSet();
  const count = set.members.length;
  const order = currentTree() ? currentTree().leaves : set.members.map((_, member) => member);
  const values = set[explorer.quantity];
  const [alike, unlike] = scaleEnds(values);
  const cell = (a, b) => {
    const value = values[pairRow(count, a, b)];
    const part = (value - alike) / (unlike - alike || 1);
    const style = `background:${shade(part)};color:${part < 0.55 ? "#fff" : "#111"}`;
    return `<td tabindex="-1" data-a="${a}" data-b="${b}" style="${style}">${count > 24 ? "" : shown(value, 2)}</td>`;
  };
  const head = order.map((b) => `<th scope="col" data-member="${b}"></th>`).join("");
  const rows = order.map((a) => `<tr><th scope="row" data-member="${a}"></th>${order.map((b) => cell(a, b)).join("")}</tr>`).join("");
  byId("heatmap").style.setProperty("--cell", `${Math.min(Math.max(44 / count, 2.4), 4.6)}rem`);
  byId("heatmap").innerHTML = `<thead><tr><td></td>${head}</tr></thead><tbody>${rows}</tbody>`;
  drawScale(alike, unlike);
  if (!explorer.pair || Math.max(...explorer.pair) >= count) {
    explorer.pair = mostAlike(set);
  }
}

function drawScale(alike, unlike) {
  const names = { dissimilarity: "dissimilarity (dark = alike)", mean: "mean similarity (dark = alike)", std: "standard deviation (dark = steady)" };
  const colours = cividis.map((colour) => `rgb(${colour})`).join();
  const bar = `<i style="background:linear-gradient(to right,${colours})"></i>`;
  byId("scale").innerHTML = `${shown(alike, 2)} ${bar} ${shown(unlike, 2)} ${names[explorer.quantity]}`;
}

function mostAlike(set) {
  const count = set.members.length;
  let best = [0, Math.min(1, count - 1)];
  for (let a = 0; a < count; a++) {
    for (let b = a + 1; b < count; b++) {
      best = set.dissimilarity[pairRow(count, a, b)] < set.dissimilarity[pairRow(count, ...best)] ? [a, b] : best;
    }
  }
  return best;
}

function colourHeatmap(groups) {
  const { members } = currentSet();
  byId("heatmap").querySelectorAll("th").forEach((head) => {
    const [name, mark] = [escaped(members[head.dataset.member]), chip(groups[head.dataset.member])];
    head.innerHTML = head.scope === "col" ? `<span class="name">${name}</span>${mark}` : `${mark} ${name}`;
  });
  byId("heatmap").querySelectorAll("tbody td").forEach((cell) => {
    const [a, b] = [groups[cell.dataset.a], groups[cell.dataset.b]];
    cell.style.borderColor = a === b && a >= 0 ? colourOf(a) : "transparent";
  });
}

function histogram(edges, counts, mean) {
  if (!counts.some(Boolean)) {
    return "<p>There is no such image.</p>";
  }
  const [width, height] = [300, 70];
  const [first, last] = [edges[0], edges[edges.length - 1]];
  const most = Math.max(...counts);
  const x = (value) => 4 + ((width - 8) * (value - first)) / (last - first);
  const bars = counts.map((count, bin) => {
    const size = (height - 6) * (count / most);
    const title = `<title>${shown(edges[bin], 2)} to ${shown(edges[bin + 1], 2)}: ${count}</title>`;
    const width = x(edges[bin + 1]) - x(edges[bin]) - 0.7;
    return `<rect x="${x(edges[bin])}" width="${width}" y="${height - size}" height="${size}" fill="#56b4e9">${title}</rect>`;
  });
  const label = `Histogram of the similarity on every image, from ${shown(first, 1)} to ${shown(last, 1)}`;
  return `<svg class="histogram" viewBox="0 0 ${width} ${height + 16}" role="img" aria-label="${label}">${bars.join("")}
<line x1="${x(mean)}" x2="${x(mean)}" y1="0" y2="${height}" stroke="#d55e00" stroke-width="2"/>
<line class="axis" x1="4" x2="${width - 4}" y1="${height}" y2="${height}"/>
<text class="quiet" x="4" y="${height + 13}">${shown(first, 1)}</text>
<text class="quiet" x="${width - 4}" y="${height + 13}" text-anchor="end">${shown(last, 1)}</text></svg>`;
}

function withInterval(set, what, row) {
  const low = set[`${what}_low`];
  return shown(set[what][row]) + (low && low[row] !== null ? ` (${data.level} ${shown(low[row])} to ${shown(set[`${what}_high`][row])})` : "");
}

function leastAlike(set, row, names) {
  const { records } = data.views[explorer.view];
  return set.least[row].map(([image, similarity]) => {
    const { label, path } = data.images[image];
    const maps = names.map((member) => {
      const [model, method] = records[member];
      const words = escaped(`${member}: ${predictionOf(image, model)[1]}`);
      return `<figure>${overlay(image, model, method)}<figcaption>${words}</figcaption></figure>`;
    });
    const title = `<p>similarity <b>${shown(similarity)}</b> · ${escaped(label || path)}</p>`;
    return `<div class="least">${title}<figure>${photoAlone(image)}</figure>${maps.join("")}</div>`;
  }).join("");
}

function showDetails(a, b) {
  const set = currentSet();
  const row = pairRow(set.members.length, a, b);
  const names = [set.members[a], set.members[b]];
  explorer.pair = [a, b];
  byId("heatmap").querySelectorAll("tbody td").forEach((cell) => {
    const chosen = Number(cell.dataset.a) === a && Number(cell.dataset.b) === b;
    cell.setAttribute("aria-selected", chosen);
    cell.tabIndex = chosen ? 0 : -1;
  });
  const least = set.least[row].length ? `<h4>Where they agree least</h4>${leastAlike(set, row, names)}` : "";
  byId("details").innerHTML = `<h3>${escaped(names[0])} ${a === b ? "with itself" : `and ${escaped(names[1])}`}</h3>
<dl><dt>dissimilarity</dt><dd>${withInterval(set, "dissimilarity", row)}</dd><dt>mean similarity</dt><dd>${withInterval(set, "mean", row)}</dd>
<dt>standard deviation</dt><dd>${shown(set.std[row])}</dd><dt>images</dt><dd>${set.n[row]}</dd></dl>
<h4>Similarity image by image</h4>${histogram(set.edges, set.histograms[row], set.mean[row])}${least}`;
}

// Groups, tree, map and the frames of the heatmap follow the cut; nothing else does.
function applyCut() {
  const { members, maps } = currentSet();
  const groups = currentGroups();
  const height = cutHeight();
  colourHeatmap(groups);
  byId("groups").innerHTML = currentTree() ? describeGroups(members, groups) : "";
  byId("cut-value").textContent = shown(height);
  byId("cut").setAttribute("aria-valuetext", `height ${shown(height)}`);
  if (currentTree()) {
    drawTree(byId("tree"), members, currentTree(), groups, height);
  }
  const kind = byId("map-kind").value;
  byId("map-figure").hidden = !maps[kind];
  if (maps[kind]) {
    drawMap(byId("map"), members, maps[kind], groups, kind);
  }
}

function showView() {
  const sets = data.views[explorer.view].sets;
  const names = { all: "all", matching: "with the same predicted class" };
  fillSelect(byId("set"), Object.keys(sets).map((key) => [key, names[key]]), explorer.set);
  explorer.set = byId("set").value;
  const linkages = Object.keys(currentSet().trees).map((name) => [name, name]);
  fillSelect(byId("linkage"), linkages.length ? linkages : [["", "none"]], explorer.linkage);
  explorer.linkage = byId("linkage").value;
  if (currentTree()) {
    explorer.cut = firstCut(currentTree());
    byId("cut").value = 1000 * explorer.cut;
  }
  const maps = Object.keys(currentSet().maps).map((name) => [name, name]);
  fillSelect(byId("map-kind"), maps.length ? maps : [["", "none"]], byId("map-kind").value || "MDS map");
  showNumbers();
}

function showNumbers() {
  drawHeatmap();
  applyCut();
  showDetails(...explorer.pair);
}

function moveFocus(event) {
  const steps = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
  const cell = event.target.closest("tbody td");
  if (!cell || !steps[event.key]) {
    return;
  }
  event.preventDefault();
  const row = cell.parentNode.parentNode.rows[cell.parentNode.sectionRowIndex + steps[event.key][0]];
  const next = row && row.cells[cell.cellIndex + steps[event.key][1]];
  if (next && next.tagName === "TD") {
    next.focus();
  }
}

function followCell(event) {
  const cell = event.target.closest("tbody td");
  if (cell) {
    showDetails(Number(cell.dataset.a), Number(cell.dataset.b));
  }
}

function startExplorer() {
  fillSelect(byId("view"), data.views.map((view, index) => [index, `${view.group}, ${view.metric}`]), 0);
  const listen = (id, change, show = showView) => byId(id).addEventListener("input", (event) => { change(event.target.value); show(); });
  listen("view", (value) => { explorer.view = Number(value); });
  listen("set", (value) => { explorer.set = value; });
  listen("quantity", (value) => { explorer.quantity = value; }, showNumbers);
  listen("linkage", (value) => { explorer.linkage = value; });
  byId("map-kind").addEventListener("input", applyCut);
  listen("cut", (value) => { explorer.cut = value / 1000; }, applyCut);
  for (const kind of ["mouseover", "focusin", "click"]) {
    byId("heatmap").addEventListener(kind, followCell);
  }
  byId("heatmap").addEventListener("keydown", moveFocus);
  showView();
}

if (data.views.length) {
  startExplorer();
}
