#!/usr/bin/env python3
"""Pictures in tar archives give what the same pictures in folders give."""

import json
import subprocess
import sys
import tarfile
import time
import unittest
import warnings
from pathlib import Path

import h5py
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
from archives import members, pack, pack_class_folders
from sightline_runs import ENVIRONMENT, TESTS, RunTest, command, differences, sightline, tables

JOBS = TESTS.parent / "jobs"


class Archives(RunTest):
    def prepare(self):
        self.split_into_classes()
        self.assert_done(self.attribute("folder"))

    def members(self):
        return members(self.photos)

    def explain(self, images, output, *extra, command="attribute", ranks=0):
        return sightline(command, *self.job(output, *extra), "--images", images, ranks=ranks)

    def forms(self):
        """The photos as users have them: name -> the value of --images."""
        photos = self.members()
        pack(self.folder / "gnu.tar", [(f"./{name}", data) for name, data in photos], format=tarfile.GNU_FORMAT)
        pack(self.folder / "pax.tar", photos, format=tarfile.PAX_FORMAT)
        for shard in range(4):
            pack(self.folder / f"shard-{shard:04}.tar", photos[shard::4])
        return {"gnu": self.folder / "gnu.tar", "pax": self.folder / "pax.tar", "pattern": self.folder / "shard-*.tar",
                "braces": self.folder / "shard-{0000..0003}.tar",
                "tar of tars": pack_class_folders(self.folder / "classes.tar", self.photos)}

    def test_every_form_gives_the_same_store_on_any_number_of_ranks(self):
        for number, (form, images) in enumerate(self.forms().items()):
            with self.subTest(form):
                self.assert_done(self.explain(images, form, "--decode-threads", number % 3, ranks=(0, 1, 2, 3)[number % 4]))
                self.assertEqual(differences(self.folder / "folder/explanations.h5", self.folder / form / "explanations.h5"), [])

    def test_drafts_are_other_bits_and_do_not_mix_with_whole_pictures(self):
        self.assert_done(self.explain(self.photos, "draft", "--jpeg-draft", "on"))
        with h5py.File(self.folder / "draft/explanations.h5") as store:
            self.assertEqual(store["models/ResNet18"].attrs["transforms"], "common, jpeg-draft")
        self.assert_refused(self.explain(self.photos, "draft"), 2, "transforms = common, jpeg-draft, this job says common")

    def test_the_index_is_kept_and_made_anew_when_the_archive_changes(self):
        archive = pack(self.folder / "a.tar", self.members())
        self.assert_done(self.explain(archive, "a", ranks=2))
        index = self.folder / "a/images.index"
        made = index.stat().st_mtime_ns
        self.assert_done(self.explain(archive, "a", ranks=3))
        self.assertEqual(index.stat().st_mtime_ns, made)
        index.write_bytes(index.read_bytes()[:-3])
        self.assert_done(self.explain(archive, "a"))
        self.assertGreater(index.stat().st_mtime_ns, made)
        pack(archive, self.members()[1:])
        self.assert_done(self.explain(archive, "b"))
        with h5py.File(self.folder / "b/explanations.h5") as store:
            self.assertEqual(len(store["images/path"]), self.images - 1)

    def test_labels_are_those_of_a_webdataset(self):
        def sample(number, name, data):
            key = f"{number:06}"
            label = (f"{key}.cls", b"7") if number % 2 else (f"{key}.json", json.dumps({"label": "cat", "caption": name}).encode())
            return [(key + Path(name).suffix, data), label]

        samples = [member for number, (name, data) in enumerate(self.members()) for member in sample(number, name, data)]
        pack(self.folder / "web.tar", samples)
        (self.folder / "classes.csv").write_text("index,name\n3,cat\n7,dog\n")
        self.assert_refused(self.explain(self.folder / "web.tar", "web"), 3, "web.tar", "'cat'", "--classes")
        self.assert_done(self.explain(self.folder / "web.tar", "web", "--classes", self.folder / "classes.csv", ranks=2))
        with h5py.File(self.folder / "web/explanations.h5") as store:
            self.assertEqual(list(store["images/label"]), [7 if number % 2 else 3 for number in range(self.images)])

    def test_a_csv_chooses_from_an_archive(self):
        archive = pack(self.folder / "a.tar", self.members())
        chosen = [name for name, _ in self.members()][2:9:2]
        (self.folder / "list.csv").write_text("path,label\n" + "".join(f"{name},{number}\n" for number, name in enumerate(chosen)))
        (self.photos / "list.csv").write_bytes((self.folder / "list.csv").read_bytes())
        self.assert_done(self.explain(self.photos / "list.csv", "from_folder"))
        self.assert_done(self.explain(self.folder / "list.csv", "from_archive", "--images.root", archive, ranks=2))
        self.assert_done(sightline("export", self.folder / "from_archive", "--to", "png", "--output", self.folder / "png", "--images", self.folder / "list.csv",
                                   "--images.root", self.photos))
        self.assertEqual(differences(self.folder / "from_folder/explanations.h5", self.folder / "from_archive/explanations.h5"), [])
        (self.folder / "list.csv").write_text("path,label\nnothing.jpg,1\n")
        self.assert_refused(self.explain(self.folder / "list.csv", "x", "--images.root", archive), 3, "record 1", "a.tar", "nothing.jpg")

    def test_the_job_files_of_imagenet_run_from_archives(self):
        archive = pack(self.folder / "val.tar", self.members())
        (self.folder / "labels.csv").write_text("path,label\n" + "".join(f"{name},{0 if name.startswith('cat') else 1}\n" for name, _ in self.members()))
        small = ("--models", "ResNet18", "--weights", "synthetic:1", "--images", self.folder / "labels.csv", "--images.root", archive)
        self.assert_done(sightline("attribute", JOBS / "imagenet-val-gradcam.ini", *small, "--output", self.folder / "val", ranks=2))
        self.assert_done(sightline("focus", JOBS / "focus-imagenet.ini", *small, "--methods", "gradcam", "--mosaics.per-class", 1, "--output", self.folder / "focus", ranks=2))
        self.assert_refused(sightline("attribute", JOBS / "imagenet-val-gradcam.ini", *small, "--images", self.photos, "--output", self.folder / "x"), 2, "images.root", "CSV")

    def test_mosaics_and_heads_are_made_from_archives(self):
        archive = pack(self.folder / "a.tar", self.members())
        mosaics = ("--models", "ResNet18", "--mosaics.per-class", "2", "--focus.maps", "on")
        for images, output in ((self.photos, "f"), (archive, "a")):
            self.assert_done(self.explain(images, output, *mosaics, command="focus", ranks=2))
            self.assert_done(sightline("train", "--models", "ResNet18", "--weights", "synthetic:1", "--train", images, "--val", images, "--epochs", "1", "--output",
                                       self.folder / f"{output}_trained", ranks=2))
        self.assertEqual(differences(self.folder / "f/focus.h5", self.folder / "a/focus.h5"), [])
        self.assertEqual(tables(self.folder / "f"), tables(self.folder / "a"))
        self.assertEqual(tables(self.folder / "f_trained"), tables(self.folder / "a_trained"))

    def test_the_report_shows_pictures_of_archives(self):
        archive = pack(self.folder / "a.tar", self.members())
        for images, output in ((self.photos, "folder"), (archive, "a")):
            for command in ("attribute", "compare", "cluster", "report"):
                self.assert_done(self.explain(images, output, command=command))
            self.assert_done(sightline("export", self.folder / output, "--to", "png", "--output", self.folder / f"{output}_png"))
        figures = [(self.folder / output / "figures/explanations_gradcam.png").read_bytes() for output in ("folder", "a")]
        self.assertEqual(figures[0], figures[1])
        pages = [(self.folder / output / "report.html").read_text().count("data:image/jpeg") for output in ("folder", "a")]
        self.assertGreater(pages[0], 1)
        self.assertEqual(pages[0], pages[1])
        pngs = [{path.relative_to(self.folder / output): path.read_bytes() for path in (self.folder / output).rglob("*.png")} for output in ("folder_png", "a_png")]
        self.assertGreater(len(pngs[0]), 5)
        self.assertEqual(pngs[0], pngs[1])

    def test_damaged_archives_end_the_job_or_lose_their_pictures(self):
        photos = self.members()
        archive = pack(self.folder / "a.tar", photos)
        whole = archive.read_bytes()
        archive.write_bytes(whole[:len(whole) // 2])
        self.assert_refused(self.explain(archive, "a", ranks=2), 3, "a.tar", "is cut off within", "--on-bad-image skip")
        skipped = self.explain(archive, "a", "--on-bad-image", "skip", ranks=2)
        self.assert_done(skipped)
        self.assertIn("warning: " + str(archive), skipped.stderr)
        pack(archive, [*photos, photos[0]])
        self.assert_refused(self.explain(archive, "b"), 3, photos[0][0], "twice")
        pack(archive, [*photos, ("../../outside.jpg", b"")])
        self.assert_refused(self.explain(archive, "b"), 3, "outside.jpg", "'..'")
        pack(archive, [*photos, ("empty.jpg", b"")])
        self.assert_refused(self.explain(archive, "b", ranks=2), 3, "a.tar: empty.jpg", "empty")
        pack(archive, [("notes.txt", b"")])
        self.assert_refused(self.explain(archive, "c"), 3, "a.tar", "no pictures")

    def test_compressed_archives_are_refused_with_the_command_that_unpacks(self):
        with tarfile.open(self.folder / "a.tar.gz", "w:gz") as archive:
            archive.add(self.photos, "photos")
        self.assert_refused(self.explain(self.folder / "a.tar.gz", "a"), 3, "a.tar.gz: is compressed", "gunzip '")
        self.assert_refused(self.explain(self.folder / "*.gz", "a"), 3, "is compressed")

    def test_pack_goes_on_after_a_kill_to_the_same_archives(self):
        for number, (name, data) in enumerate(self.members() * 20):
            (self.photos / Path(name).parent / f"copy{number}{Path(name).suffix}").write_bytes(data + (bytes(600_000) if name.endswith(".jpg") else b""))
        packing = ("pack", "--images", self.photos, "--shard-size", "2MB", "--output")
        self.assert_done(sightline(*packing, self.folder / "whole"))
        process = subprocess.Popen(command(2, *packing, self.folder / "killed"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=ENVIRONMENT)
        while process.poll() is None and not any((self.folder / "killed").glob("*.tar")):
            time.sleep(0.001)
        process.kill()
        process.wait()
        self.kill_ranks("killed")
        made = {path.name for path in (self.folder / "killed").glob("*.tar")}
        self.assertGreater(len(made), 0)
        self.assert_done(sightline(*packing, self.folder / "killed", ranks=3))
        archives = {path.name: path.read_bytes() for path in (self.folder / "whole").glob("*.tar")}
        self.assertLess(len(made), len(archives), "the kill came after the end")
        self.assertEqual({path.name: path.read_bytes() for path in (self.folder / "killed").glob("*.tar")}, archives)

    def test_packed_archives_give_the_same_store_and_those_that_are_there_are_kept(self):
        packing = ("pack", "--images", self.photos, "--shard-size", "1MB", "--output")
        for path in self.photos.rglob("*.jpg"):
            path.write_bytes(path.read_bytes() + bytes(600_000))  # behind the picture's end, so that there are several archives
        self.assert_done(sightline(*packing, self.folder / "one"))
        self.assert_done(sightline(*packing, self.folder / "three", ranks=3))
        archives = {path.name: path.read_bytes() for path in (self.folder / "one").glob("*.tar")}
        self.assertGreater(len(archives), 3)
        self.assertEqual({path.name: path.read_bytes() for path in (self.folder / "three").glob("*.tar")}, archives)
        (self.folder / "three/000001.tar").unlink()
        (self.folder / "three/000002.tar.partial").write_bytes(b"cut off")
        kept = (self.folder / "three/000000.tar").stat().st_mtime_ns
        again = sightline(*packing, self.folder / "three", ranks=2)
        self.assert_done(again)
        self.assertEqual((self.folder / "three/000000.tar").stat().st_mtime_ns, kept)
        self.assertEqual({path.name: path.read_bytes() for path in (self.folder / "three").glob("*.tar")}, archives)
        self.assert_refused(sightline(*packing, self.folder / "three", "--shard-size", "2MB"), 2, "three", "pack.json")
        (self.folder / "three/pack.json").rename(self.folder / "pack.json")
        self.assert_refused(sightline(*packing, self.folder / "three"), 2, "000000.tar", "not of 'sightline pack'")
        (self.folder / "pack.json").rename(self.folder / "three/pack.json")
        self.assert_done(self.attribute("from_files"))
        self.assert_done(self.explain(self.folder / "three", "from_archives", ranks=2))
        self.assertEqual(differences(self.folder / "from_files/explanations.h5", self.folder / "from_archives/explanations.h5"), [])

    def test_pack_shrinks_pictures_and_tells_of_broken_ones(self):
        (self.photos / "cat/broken.jpg").write_bytes(b"no picture")
        packing = ("pack", "--images", self.photos, "--resize", "20", "--output", self.folder / "small")
        self.assert_refused(sightline(*packing, ranks=2), 3, "broken.jpg", "--on-bad-image skip")
        skipped = sightline(*packing, "--on-bad-image", "skip", ranks=2)
        self.assert_done(skipped)
        self.assertIn(f"{self.images + 1} images in 1 archives; 1 images could not be read now", skipped.stdout)
        with tarfile.open(self.folder / "small/000000.tar") as archive:
            pictures = [member.name for member in archive if not member.name.endswith(".cls")]
            self.assertEqual({Path(name).suffix for name in pictures}, {".jpg"})
            for name in pictures:
                with Image.open(archive.extractfile(name)) as picture:
                    self.assertEqual(min(picture.size), 20, name)

    def test_a_picture_that_ends_pack_is_named_from_whatever_rank(self):
        for number, path in enumerate(sorted(self.photos.rglob("*.jpg"))):
            path.write_bytes(path.read_bytes() + bytes(900_000))
            (path.parent / f"broken{number}.jpg").write_bytes(b"no picture")
        packing = ("pack", "--images", self.photos, "--shard-size", "1MB", "--resize", "20", "--output")
        for ranks in (2, 3, 4):
            self.assert_refused(sightline(*packing, self.folder / f"{ranks}", ranks=ranks), 3, "broken", "--on-bad-image skip")

    def test_parts_of_a_job_begin_together(self):
        archive = pack(self.folder / "a.tar", self.members())
        parts = [subprocess.Popen(command(0, "attribute", *self.job("parts", "--part", f"{part}/4"), "--images", archive), stderr=subprocess.PIPE, text=True, env=ENVIRONMENT)
                 for part in (1, 2, 3, 4)]
        for part in parts:
            _, said = part.communicate(timeout=120)
            self.assertEqual(part.returncode, 0, said)
        self.assert_done(sightline("merge", "--output", self.folder / "parts"))
        self.assertEqual(differences(self.folder / "folder/explanations.h5", self.folder / "parts/explanations.h5"), [])
        self.assertEqual([path.name for path in (self.folder / "parts").glob("images.index*")], ["images.index"])

    def test_webdataset_reads_what_pack_writes_and_the_other_way_round(self):
        sys.path.append(str(Path(__file__).resolve().parent.parent.parent / ".deps/test-python"))
        import webdataset

        self.assert_done(sightline("pack", "--images", self.photos, "--output", self.folder / "packed", ranks=2))
        warnings.simplefilter("ignore", ResourceWarning)  # webdataset leaves its files open
        samples = list(webdataset.WebDataset(str(self.folder / "packed/000000.tar"), shardshuffle=False))
        expected = {name: data for name, data in self.members()}
        self.assertEqual(len(samples), len(expected))
        for sample in samples:
            (ending,) = sample.keys() & {"jpg", "png"}
            self.assertEqual(sample[ending], expected[f"{sample['__key__']}.{ending}"])
            self.assertEqual(sample["cls"], b"0" if sample["__key__"].startswith("cat") else b"1")
        with webdataset.TarWriter(str(self.folder / "web.tar")) as archive:
            for name, data in self.members():
                path = Path(name)
                archive.write({"__key__": str(path.with_suffix("")), path.suffix[1:]: data, "cls": 0 if name.startswith("cat") else 1})
        self.assert_done(self.explain(self.folder / "web.tar", "web"))
        self.assertEqual(differences(self.folder / "folder/explanations.h5", self.folder / "web/explanations.h5"), [])


if __name__ == "__main__":
    unittest.main()
