"use strict";
// Tree of the members, the groups that a cut makes, and the map of the members in the groups' colours.

const groupColours = ["#56b4e9", "#e69f00", "#009e73", "#cc79a7", "#d55e00", "#f0e442", "#8f9dff"];
const aloneColour = "#9a9a9a";
const letterOf = (group) => String.fromCharCode(65 + (group % 26)) + (group < 26 ? "" : Math.floor(group / 26));
const colourOf = (group) => (group < 0 ? aloneColour : groupColours[group % groupColours.length]);
const chip = (group) => (group < 0 ? "" : `<span class="chip" style="background:${colourOf(group)}">${letterOf(group)}</span>`);

// Cutting at a height -> group of each node of the tree, leaves first: -1 = a member alone, null = above the cut.
function groupsAt(tree, count, height) {
  const under = Array.from({ length: count }, (_, leaf) => [leaf]);
  const parent = [];
  tree.merges.forEach(([left, right], index) => {
    under.push(under[left].concat(under[right]));
    parent[left] = parent[right] = count + index;
  });
  const heightOf = (node) => (node < count ? 0 : tree.merges[node - count][2]);
  const groups = new Array(under.length).fill(null);
  const place = (node) => tree.leaves.indexOf(under[node][0]);
  const tops = under.map((_, node) => node)
    .filter((node) => heightOf(node) <= height && (parent[node] === undefined || heightOf(parent[node]) > height))
    .sort((a, b) => place(a) - place(b));
  let next = 0;
  for (const top of tops) {
    const group = top < count ? -1 : next++;
    const mark = (node) => {
      groups[node] = group;
      if (node >= count) {
        tree.merges[node - count].slice(0, 2).forEach(mark);
      }
    };
    mark(top);
  }
  return groups;
}

function describeGroups(members, groups) {
  const count = Math.max(-1, ...groups.slice(0, members.length)) + 1;
  const named = (group) => members.filter((_, member) => groups[member] === group).map(escaped).join(", ");
  const alone = members.filter((_, member) => groups[member] < 0).length;
  const lists = Array.from({ length: count }, (_, group) => `<span class="group">${chip(group)} ${named(group)}</span>`);
  const rest = alone ? `<span class="group">alone: ${named(-1)}</span>` : "";
  return `<b>${count + alone} ${count + alone === 1 ? "cluster" : "clusters"}.</b> ${lists.join(" ")} ${rest}`;
}

function niceTicks(top) {
  const step = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10].find((size) => top / size <= 6) || top / 5;
  return Array.from({ length: Math.floor(top / step + 1e-9) + 1 }, (_, index) => index * step);
}

// Branches of a tree; -> also where each node lies, leaves first.
function branches(tree, groups, leafPlaces, x) {
  const ys = leafPlaces.slice();
  const heights = ys.map(() => 0);
  const paths = tree.merges.map(([a, b, height]) => {
    const group = groups[ys.length];
    const style = group === null ? 'stroke="var(--quiet)" stroke-width="1.6"' : `stroke="${colourOf(group)}" stroke-width="3"`;
    const path = `<path class="branch" d="M${x(heights[a])} ${ys[a]}H${x(height)}V${ys[b]}H${x(heights[b])}" fill="none" ${style}/>`;
    ys.push((ys[a] + ys[b]) / 2);
    heights.push(height);
    return path;
  });
  return { paths, ys, heights };
}

function drawTree(place, members, tree, groups, cut) {
  const count = members.length;
  const [width, left, right, line] = [640, 30 + 7.4 * Math.max(...members.map((name) => name.length)), 34, 24];
  const bottom = 8 + line * count;
  const top = 1.03 * tree.merges[count - 2][2] || 1;
  const x = (height) => left + (width - left - right) * (height / top);
  const ticks = niceTicks(top).map((tick) => `<line class="axis" x1="${x(tick)}" x2="${x(tick)}" y1="4" y2="${bottom}"/>
<text class="quiet" x="${x(tick)}" y="${bottom + 14}" text-anchor="middle">${+tick.toFixed(4)}</text>`);
  const { paths, ys, heights } = branches(tree, groups, members.map((_, member) => 8 + line * (tree.leaves.indexOf(member) + 0.5)), x);
  const names = members.map((name, member) => {
    const mark = groups[member] < 0 ? "" : `<tspan font-weight="700"> ${letterOf(groups[member])}</tspan>`;
    return `<text x="${left - 6}" y="${ys[member] + 4}" text-anchor="end">${escaped(name)}${mark}</text>`;
  });
  const known = tree.support.slice(0, count - 2); // every tree has the root
  const supports = known.map((support, index) => (support === null ? "" : `<text class="quiet support" x="${x(heights[count + index]) + 3}"
 y="${ys[count + index] + 4}">${Math.round(100 * support)}</text>`));
  place.innerHTML = `<svg viewBox="0 0 ${width} ${bottom + 34}" role="img" aria-label="Tree of ${count} ${data.across}, cut at ${shown(cut)}">
${[...ticks, ...names, ...paths, ...supports].join("")}
<line x1="${x(cut)}" x2="${x(cut)}" y1="0" y2="${bottom}" stroke="var(--ink)" stroke-width="1.5" stroke-dasharray="5 4"/>
<text class="quiet" x="${(left + width - right) / 2}" y="${bottom + 30}" text-anchor="middle">dissimilarity at which clusters meet</text></svg>`;
}

const shared = (low, high, otherLow, otherHigh) => Math.max(0, Math.min(high, otherHigh) - Math.max(low, otherLow));
const hidden = (box, other) => shared(box[0], box[2], other[0], other[2]) * shared(box[1], box[3], other[1], other[3]);

// The place of each name, of eight around its point, where it hides least.
function placeLabels(points, names) {
  const taken = points.map(([x, y]) => [x - 9, y - 9, x + 9, y + 9]);
  return points.map(([x, y], index) => {
    const width = 7 * names[index].length;
    const corners = [[12, -7], [-12 - width, -7], [-width / 2, -25], [-width / 2, 11], [8, -22], [8, 8], [-8 - width, -22], [-8 - width, 8]];
    const boxes = corners.map(([dx, dy]) => [x + dx, y + dy, x + dx + width, y + dy + 14]);
    const cost = (box) => taken.reduce((sum, other) => sum + hidden(box, other), 0) + (box[0] < 0 || box[2] > 640 ? 1000 : 0);
    const best = boxes.reduce((least, box) => (cost(box) < cost(least) ? box : least));
    taken.push(best);
    return [best[0] + width / 2, best[1] + 11];
  });
}

function drawMap(place, members, points, groups, title) {
  const [width, height, margin] = [640, 440, 70];
  const ends = [0, 1].map((axis) => {
    const values = points.map((point) => point[axis]);
    return [Math.min(...values), Math.max(...values)];
  });
  const spread = ends.map(([low, high]) => high - low || 1e-9);
  const middle = ends.map(([low, high]) => (low + high) / 2);
  const unit = Math.min((width - 2 * margin) / spread[0], (height - 80) / spread[1]); // the same on both axes: distances mean something
  const pixels = points.map(([x, y]) => [width / 2 + unit * (x - middle[0]), height / 2 - unit * (y - middle[1])]);
  const labels = placeLabels(pixels, members);
  const marks = pixels.map(([x, y], member) => {
    const [name, group] = [escaped(members[member]), groups[member]];
    const letter = group < 0 ? "" : `<text class="letter" x="${x}" y="${y + 4}" text-anchor="middle">${letterOf(group)}</text>`;
    return `<circle class="member" cx="${x}" cy="${y}" r="9" fill="${colourOf(group)}" stroke="var(--ink)"><title>${name}</title></circle>
${letter}<text x="${labels[member][0]}" y="${labels[member][1]}" text-anchor="middle">${name}</text>`;
  });
  const label = `${escaped(title)} of ${members.length} ${data.across}`;
  place.innerHTML = `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${label}">${marks.join("")}</svg>`;
}
