#!/usr/bin/env python3
"""The figures and the page of a small run; the page is opened and used in headless Chromium."""

import csv
import html
import json
import re
import shutil
import subprocess
import sys
import unittest
from pathlib import Path

import h5py
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
from sightline_runs import RunTest, sightline

BROWSER = shutil.which("chromium")
MODELS = ["EfficientNet_Lite0", "EfficientNet_Lite1", "EfficientNet_Lite2", "ResNet18"]  # lite,ResNet18
REPORT = Path(__file__).resolve().parents[2] / "analysis/report.py"
# Names that a page or a figure would take for markup if they were not escaped
EVIL = """$\\frac$<img src=x onerror="marked=1">&amp;'"""
EVIL_MODEL, EVIL_FILE, EVIL_CLASS = f"{EVIL} model", f"zz {EVIL}.png", f"</script><script>marked=1</script><!--<script>{EVIL} class"

# Uses the page as a reader would; what comes out is compared in Python
ACTIONS = """<script>
const cells = () => Array.from(document.querySelectorAll("#heatmap tbody td"));
const choose = (id, value) => { byId(id).value = value; byId(id).dispatchEvent(new Event("input", {bubbles: true})); };
const press = (key) => document.activeElement.dispatchEvent(new KeyboardEvent("keydown", {key, bubbles: true}));
const colours = () => ({
  heatmap: cells().map((cell) => cell.style.borderColor).join(), groups: byId("groups").textContent,
  tree: Array.from(document.querySelectorAll("#tree .branch"), (branch) => branch.getAttribute("stroke")).join(),
  map: Array.from(document.querySelectorAll("#map .member"), (member) => member.getAttribute("fill")).join()});
const details = () => ({text: byId("details").innerText, bars: byId("details").querySelectorAll(".histogram rect").length,
  least: byId("details").querySelectorAll(".least").length, maps: byId("details").querySelectorAll(".least img.map").length,
  photos: byId("details").querySelectorAll(".least img").length});
const column = (table, index) => Array.from(table.tBodies[0].rows, (row) => row.cells[index].textContent);
const viewer = () => ({tiles: byId("viewer").querySelectorAll("figure").length, text: byId("viewer").innerText,
  maps: Array.from(document.querySelectorAll("#viewer img.map"), (map) => map.alt)});
const found = {};

cells()[1].dispatchEvent(new MouseEvent("mouseover", {bubbles: true}));
found.hovered = [cells()[1].dataset.a, cells()[1].dataset.b].map((member) => data.views[0].sets.all.members[member]);
found.hover = details();
cells()[1].focus();
press("ArrowRight");
found.focused = [cells()[2].dataset.a, cells()[2].dataset.b].map((member) => data.views[0].sets.all.members[member]);
found.focus = details();
choose("cut", 0);
found.low = colours();
choose("cut", 1000);
found.high = colours();
choose("quantity", "mean");
found.mean = cells().map((cell) => cell.textContent);

const table = document.querySelector("#comparisons table.sortable");
found.order = [column(table, 2)];
for (const click of [1, 2]) {
  table.tHead.rows[0].cells[2].querySelector("button").click();
  found.order.push(column(table, 2));
}
found.sorted = table.tHead.rows[0].cells[2].getAttribute("aria-sort");

found.viewer = viewer();
choose("viewer-model", data.models[1]);
found.one_model = viewer();
choose("viewer-method", "");
found.all_methods = viewer();
byId("viewer-next").click();
found.next = viewer();
found.image = byId("viewer-image").selectedIndex;
document.querySelector("main details[open] .zoom").click();
found.enlarged = byId("zoom").open && byId("zoom").querySelector("img").src.length;
byId("zoom").close();
byId("theme").value = "dark";
byId("theme").dispatchEvent(new Event("change"));
found.dark = getComputedStyle(document.body).backgroundColor;
byId("theme").value = "light";
byId("theme").dispatchEvent(new Event("change"));
found.light = getComputedStyle(document.body).backgroundColor;
found.marked = [typeof marked, document.querySelectorAll("[onerror]").length, document.scripts.length];
found.shown = document.querySelector("main").textContent;
found.unnamed = document.querySelectorAll("select:not(label select):not([aria-label]), img:not([alt])").length;
const results = document.createElement("pre");
results.id = "results";
results.textContent = JSON.stringify(found);
document.body.append(results);
</script>"""


def browse(page, *options):
    return subprocess.run([BROWSER, "--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr", *options, page.as_uri()],
                          capture_output=True, text=True, timeout=120, check=False)


def write_evil_classes(folder):
    """-> a CSV for --classes that gives every class the evil name."""
    path = folder / "classes.csv"
    with open(path, "w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([["index", "wnid", "name"], *([index, "n0", EVIL_CLASS] for index in range(1000))])
    return path


class Report(RunTest):
    images = 5

    def prepare(self):
        self.stages("attribute", "compare", "cluster", "report")

    def enter(self, folder):
        super().enter(folder)
        self.output = folder / "out"

    def stages(self, *names):
        for stage in names:
            self.assert_done(sightline(stage, *self.job("out", models="lite,ResNet18")))

    def page(self):
        return (self.output / "report.html").read_text(encoding="utf-8")

    def write_table(self, name, *lines):
        (self.output / "tables" / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")

    def draw(self, *options):
        words = [sys.executable, REPORT, self.output, "--images", self.photos, *options]
        return subprocess.run(words, capture_output=True, text=True, timeout=300, check=False)

    def test_figures_are_pictures_with_something_on_them(self):
        names = {path.name for path in (self.output / "figures").glob("*.png")}
        expected = {f"{kind}_gradcam_{metric}.png" for kind in ("heatmap", "dendrogram", "histograms") for metric in ("cosine", "rbf")}
        self.assertLessEqual({"explanations_gradcam.png", *expected}, names)
        for name in names:
            picture = Image.open(self.output / "figures" / name).convert("L")
            self.assertGreater(min(picture.size), 100, name)
            self.assertGreater(len(picture.getcolors(1 << 24)), 20, name)

    def test_page_is_self_contained_and_opens_without_errors(self):
        page = self.page()
        self.assertNotIn("http://", page)
        self.assertNotIn("https://", page)
        self.assertEqual(re.findall(r'<img src="(?!data:|\$\{)', page), [])
        self.assertEqual(page.count('<img src="data:'), len(list((self.output / "figures").glob("*.png"))))
        self.assertLess(len(page), 15_000_000)
        if BROWSER is None:
            self.skipTest("SKIPPED: no chromium here")
        for width in (1400, 420):
            shot = self.folder / f"page_{width}.png"
            process = browse(self.output / "report.html", f"--window-size={width},3000", f"--screenshot={shot}")
            self.assertEqual(process.returncode, 0, process.stderr)
            self.assertNotIn("CONSOLE", process.stderr)
            self.assertGreater(len(Image.open(shot).convert("L").getcolors(1 << 24)), 50)

    def use_page(self):
        """What ACTIONS found in the page."""
        copy = self.folder / "used.html"
        copy.write_text(self.page().replace("</body>", ACTIONS + "</body>"), encoding="utf-8")
        process = browse(copy, "--dump-dom")
        self.assertNotIn("CONSOLE", process.stderr)
        return json.loads(html.unescape(re.search(r'<pre id="results">(.*?)</pre>', process.stdout, re.DOTALL).group(1)))

    def give_evil_names(self):
        """To the last model, as a TorchScript file could have it, and to the last photo."""
        with h5py.File(self.output / "explanations.h5", "r+") as store, h5py.File(self.output / "comparison.h5", "r+") as comparison:
            store["models"].move(MODELS[-1], EVIL_MODEL)
            last = store["images/path"][-1].decode()
            store["images/path"][-1] = EVIL_FILE
            comparison["gradcam/models"][-1] = EVIL_MODEL
        (self.photos / last).rename(self.photos / EVIL_FILE)
        quoted = EVIL_MODEL.replace('"', '""')
        for path in (self.output / "tables").glob("*.csv"):
            path.write_text(path.read_text(encoding="utf-8").replace(MODELS[-1], f'"{quoted}"'), encoding="utf-8")

    def test_page_answers_its_reader(self):
        if BROWSER is None:
            self.skipTest("SKIPPED: no chromium here")
        # Whether or not 'sightline cluster' writes it yet
        self.write_table("mds_gradcam_cosine", "name,x,y", *(f"{model},{index},{index * index}" for index, model in enumerate(MODELS)))
        self.give_evil_names()
        process = self.draw("--classes", write_evil_classes(self.folder))
        self.assertEqual(process.returncode, 0, process.stderr)
        found = self.use_page()
        with self.subTest("names are text, whatever they hold"):
            self.assertEqual(found["marked"], ["undefined", 0, 6])  # the scripts: the data, the page's four and ACTIONS
            for name in (EVIL_MODEL, EVIL_FILE, EVIL_CLASS):
                self.assertIn(name, found["shown"])
        with self.subTest("a cell shows its pair under the mouse and at the keyboard"):
            for pair, shown in ((found["hovered"], found["hover"]), (found["focused"], found["focus"])):
                for text in (*pair, "dissimilarity", "standard deviation", "agree least"):
                    self.assertIn(text, shown["text"])
                # Three photos, and one below each map
                self.assertEqual((shown["bars"], shown["least"], shown["maps"], shown["photos"]), (20, 3, 6, 15))
            self.assertNotEqual(found["hover"], found["focus"])
        with self.subTest("the slider colours heatmap, tree and map"):
            for part in ("heatmap", "tree", "map", "groups"):
                self.assertNotEqual(found["low"][part], found["high"][part])
            self.assertIn("4 clusters", found["low"]["groups"])
            self.assertIn("1 cluster", found["high"]["groups"])
        with self.subTest("the heatmap shows other numbers"):
            self.assertIn("1.00", found["mean"])
        with self.subTest("a header sorts, and turns the order round"):
            before, up, down = ([float(text.split()[0]) for text in order] for order in found["order"])
            self.assertEqual((up, down), (sorted(before), sorted(before, reverse=True)))
            self.assertEqual(found["sorted"], "descending")
        with self.subTest("the viewer switches"):
            self.assertEqual(found["viewer"]["tiles"], 5)  # the photo and four models
            self.assertEqual(found["one_model"]["maps"], ["gradcam map of EfficientNet_Lite1"])
            self.assertEqual(found["all_methods"]["tiles"], 2)
            self.assertEqual(found["image"], 1)
            self.assertNotEqual(found["next"]["text"], found["all_methods"]["text"])
        with self.subTest("colours and names"):
            self.assertNotEqual(found["dark"], found["light"])
            self.assertEqual(found["unnamed"], 0)
        with self.subTest("a figure is enlarged"):
            self.assertGreater(found["enlarged"], 1000)

    def test_tables_beyond_the_matrices_are_shown_when_they_are_there(self):
        self.write_table("mantel", "method_a,metric_a,method_b,metric_b,models,correlation,p,permutations",
                         "gradcam,cosine,lime,cosine,4,0.5,0.01,999")
        self.write_table("images_needed", "method,metric,wanted_error,images", "gradcam,cosine,0.02,4", "gradcam,cosine,0.001,")
        self.write_table("communities_gradcam_cosine", "name,louvain_1.0", *(f"{model},{int(model == 'ResNet18')}" for model in MODELS))
        self.write_table("mds_gradcam_cosine", "name,x,y", *(f"{model},{index},{index * index}" for index, model in enumerate(MODELS)))
        self.write_table("pca_gradcam_cosine", "name,pc1,pc2", *(f"{model},{index},{-index * index}" for index, model in enumerate(MODELS)))
        self.write_table("image_count_gradcam_cosine", "images,subset,sum_absolute_difference,mean_absolute_difference",
                         *(f"{images},{subset},{1 / images + subset / 50},{0.1 / images}" for images in (2, 4) for subset in range(5)))
        linkage = (self.output / "tables/linkage_gradcam_cosine_average.csv").read_text(encoding="utf-8").splitlines()
        merges = [",".join(line.split(",")[:4]) for line in linkage[1:]]
        self.write_table("linkage_gradcam_cosine_single", "left,right,height,items,support", *(f"{merge},0.875" for merge in merges))
        self.write_table("item_groups", "name,group", *(f"{model},{'one' if model == 'ResNet18' else 'others'}" for model in MODELS))
        self.write_table("group_tests", "matrix,test,effect,effect_low,effect_high,effect_by_chance,p,p_adjusted,arrangements,exact",
                         "gradcam_cosine,permanova,0.4,0.3,0.5,0.2,0.01,0.02,2002,1")
        process = self.draw("--linkage", "average,single")
        self.assertEqual(process.returncode, 0, process.stderr)
        ids = re.findall(r'\sid="([^"]+)"', self.page())
        self.assertEqual(len(ids), len(set(ids)), f"links lead to the first of {sorted(name for name in set(ids) if ids.count(name) > 1)}")
        self.assertIn("</b> differ: 40 % (95\N{NO-BREAK SPACE}% interval 30 to 50 %) of the variation lies between them, 20 % would", self.page())
        for text in ("agree moderately on which models are alike under cosine", "<b>4 images</b>", "no tried number of images", "88 %", "Communities of models"):
            self.assertIn(text, self.page())
        names = {path.name for path in (self.output / "figures").glob("*.png")}
        expected = {f"{kind}_gradcam_cosine.png" for kind in ("communities", "mds", "pca", "image_count", "dendrogram")}
        self.assertLessEqual(expected | {"dendrogram_gradcam_cosine_single.png"}, names)

    def test_layers_of_one_method_are_drawn_from_shallow_to_deep(self):
        words = self.job("deep", "--methods", "gradcam,gradcam@0.5", "--limit", "2", models="ResNet18,tf_efficientnet_lite0")
        for stage in ("attribute", "compare", "cluster", "report"):
            self.assert_done(sightline(stage, *words))
        self.assertTrue((self.folder / "deep/figures/deeper_ResNet18.png").exists())

    def test_depths_are_drawn_beside_depths(self):
        words = self.job("depths", "--methods", "gradcam,gradcam@0.5", "--compare.across", "depths", "--compare.metrics", "cosine", "--represent.depths", "0.5,1",
                         "--represent.neighbours", "2", "--limit", "5", models="ResNet18,tf_efficientnet_lite0")
        for stage in ("attribute", "represent", "compare", "cluster", "report"):
            self.assert_done(sightline(stage, *words))
        for name in ("depths_gradcam_cosine", "depths_representation_cka"):
            self.assertTrue((self.folder / f"depths/figures/{name}.png").exists(), name)
        if BROWSER:
            process = browse(self.folder / "depths/report.html", "--dump-dom")
            self.assertIn("ResNet18@default", process.stdout)
            self.assertNotIn("CONSOLE", process.stderr)

    def test_what_is_missing_or_wrong_is_one_sentence(self):
        self.write_table("mantel", "method_a,correlation", "gradcam,0.5")
        self.assert_draw_refused("mantel.csv: has no column metric_a or ")
        (self.output / "tables/mantel.csv").unlink()
        self.assert_draw_refused("is none of average", "--linkage", "wards")
        self.assert_draw_refused("nowhere.csv: cannot be read", "--classes", self.folder / "nowhere.csv")
        (self.output / "tables/linkage_gradcam_cosine_average.csv").unlink()
        self.assert_draw_refused("run 'sightline cluster' first")
        shutil.rmtree(self.output / "tables")
        process = sightline("report", *self.job("out"))
        self.assertEqual(process.returncode, 3)
        self.assertIn("run 'sightline compare' first", process.stderr)

    def assert_draw_refused(self, text, *options):
        process = self.draw(*options)
        self.assertNotEqual(process.returncode, 0)
        self.assertIn(text, process.stderr)
        self.assertEqual(len(process.stderr.strip().splitlines()), 1, process.stderr)



class FocusPage(RunTest):
    """The page of a Focus run and of a bias run."""

    images = 8

    def prepare(self):
        self.split_into_classes()

    def assert_good_page(self, output, *headings):
        self.assert_done(sightline("report", "--images", self.photos, "--output", self.folder / output, "--classes", write_evil_classes(self.folder)))
        text = (self.folder / output / "report.html").read_text(encoding="utf-8")
        self.assertNotIn(EVIL, text)
        self.assertNotIn("&amp;lt;", text)  # escaped twice
        for heading in headings:
            self.assertIn(f">{heading}</h2>", text)
        self.assertEqual(re.findall(r'<img src="(?!data:|\$\{)', text), [])
        for figure in (self.folder / output / "figures").glob("*.png"):
            self.assertGreater(len(Image.open(figure).convert("L").getcolors(1 << 24)), 20, figure.name)
        if BROWSER is None:
            self.skipTest("SKIPPED: no chromium here")
        process = browse(self.folder / output / "report.html", f"--screenshot={self.folder / 'page.png'}")
        self.assertEqual(process.returncode, 0, process.stderr)
        self.assertNotIn("CONSOLE", process.stderr)

    def test_focus(self):
        models = "tf_efficientnet_lite0,tf_efficientnet_lite0@random=1"
        self.assert_done(sightline("mosaics", "--images", self.photos, "--mosaics.per-class", 2, "--output", self.folder / "drawn"))
        head, *mosaics = (self.folder / "drawn/mosaics.csv").read_text().splitlines()
        given = self.folder / "given.csv"  # whose names look like numbers
        given.write_text("\n".join([head, *(f"{i:03}," + mosaic.split(",", 1)[1] for i, mosaic in enumerate(mosaics))]) + "\n")
        self.assert_done(sightline("focus", *self.job("out", "--methods", "gradcam,saliency,lime", "--lime.samples", 20, "--mosaics.file", given, "--focus.maps", "on",
                                                    "--focus.metrics", "pointing_game,deletion", "--focus.steps", 2, "--focus.ood", "on", models=models)))
        self.assert_good_page("out", "Findings", "Which explanations can be trusted?", "Mosaics and their explanations", "Are mosaics fair to the models?",
                              "Trained against random weights")
        text = (self.folder / "out/report.html").read_text(encoding="utf-8")
        self.assertIn("Do metrics rank the methods alike?", text)
        self.assertIn("How far mosaics lie from the classes of the photos", text)
        names = {path.stem for path in (self.folder / "out/figures").glob("*.png")}
        self.assertEqual(names, {"focus", "focus_randomisation_EfficientNet_Lite0", "mosaics_gradcam", "mosaics_saliency", "mosaics_lime",
                                 "focus_ood_EfficientNet_Lite0", "focus_ood_EfficientNet_Lite0@random=1"})

    def test_bias(self):
        heads = ["--models", "tf_efficientnet_lite0", "--weights", "synthetic:1", "--train", self.photos]
        self.assert_done(sightline("train", *heads, "--output", self.folder / "head"))
        self.assert_done(sightline("bias", *self.job("out", "--weights", self.folder / "head/weights", models="tf_efficientnet_lite0")))
        self.assert_good_page("out", "Findings", "What else is taken for a class?")
        self.assert_good_page("head", "Training")
        self.assertEqual({path.stem for path in (self.folder / "out/figures").glob("*.png")}, {"bias_EfficientNet_Lite0_gradcam"})


if __name__ == "__main__":
    unittest.main()
