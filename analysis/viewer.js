"use strict";
// Explanations by image, model and method.

const everything = "";

function tile(image, model, method, title) {
  const [frame, words] = predictionOf(image, model);
  return `<figure class="${frame}">${overlay(image, model, method)}<figcaption><b>${escaped(title)}</b><br>${escaped(words)}</figcaption></figure>`;
}

function showExplanations() {
  const image = byId("viewer-image").value;
  const models = byId("viewer-model").value === everything ? data.models : [byId("viewer-model").value];
  const methods = byId("viewer-method").value === everything ? data.methods : [byId("viewer-method").value];
  const { label, path } = data.images[image];
  const photo = `<figure class="photo">${photoAlone(image)}<figcaption>${escaped(label || path)}</figcaption></figure>`;
  const one = models.length === 1; // then the methods stand side by side
  const row = (title, tiles) => `<h3>${escaped(title)}</h3><div class="tiles">${photo}${tiles.join("")}</div>`;
  byId("viewer").innerHTML = one
    ? row(models[0], methods.map((method) => tile(image, models[0], method, method)))
    : methods.map((method) => row(method, models.map((model) => tile(image, model, method, model)))).join("");
}

function stepImage(by) {
  const select = byId("viewer-image");
  select.selectedIndex = (select.selectedIndex + by + select.options.length) % select.options.length;
  showExplanations();
}

function startViewer() {
  const titleOf = ({ path, label }) => path + (label ? ` (${label})` : "");
  fillSelect(byId("viewer-image"), data.viewer.map((image) => [image, titleOf(data.images[image])]), data.viewer[0]);
  fillSelect(byId("viewer-model"), [[everything, "all models"], ...data.models.map((model) => [model, model])], everything);
  fillSelect(byId("viewer-method"), [[everything, "all methods"], ...data.methods.map((method) => [method, method])], data.methods[0]);
  for (const id of ["viewer-image", "viewer-model", "viewer-method"]) {
    byId(id).addEventListener("input", showExplanations);
  }
  byId("viewer-before").addEventListener("click", () => stepImage(-1));
  byId("viewer-next").addEventListener("click", () => stepImage(1));
  byId("viewer-strength").addEventListener("input", (event) => byId("viewer").style.setProperty("--strength", event.target.value / 100));
  showExplanations();
}

if (byId("viewer")) {
  startViewer();
}
