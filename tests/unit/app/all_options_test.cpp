#include "app/all_options.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/error.hpp"
#include "job/options.hpp"
#include "stages/run/resolved_job.hpp"
#include "temporary_folder.hpp"

namespace sightline::job {
namespace {

TEST(Options, JobFileAndCommandLineUseTheSameNamesAndTheCommandLineWins) {
  const tests::TemporaryFolder folder;
  tests::write_file(folder / "job.ini",
                    "models = resnet18, resnet50\nbatch = 4\n[gradcam]\nlayer = layer3.0\n[compare]\nrbf-sigma = 10\n");
  const auto parsed =
      parse_arguments({(folder / "job.ini").string(), "--batch", "2", "--compare.metrics=rbf"}, app::all_options());
  EXPECT_TRUE(parsed.mistakes.empty());
  EXPECT_EQ(parsed.job.models.names, (std::vector<std::string>{"resnet18", "resnet50"}));
  EXPECT_EQ(parsed.job.compute.batch, 2);
  EXPECT_EQ(parsed.job.explain.gradcam_layer, "layer3.0");
  EXPECT_EQ(parsed.job.parameters.at("compare.rbf-sigma"), "10");
  EXPECT_EQ(parsed.job.compare.metrics, std::vector<std::string>{"rbf"});
  EXPECT_EQ(parsed.values.at("batch"), "2");
}

TEST(Options, ThreeMistakesAreThreeSentencesWithSuggestions) {
  const tests::TemporaryFolder folder;
  tests::write_file(folder / "job.ini",
                    "models = resnet81\nimages = photos\noutput = out\nbach = 3\ntransforms = modle\n");
  try {
    stages::resolve(parse_arguments({(folder / "job.ini").string()}, app::all_options()));
    FAIL();
  } catch (const base::Error& error) {
    const std::string text = error.what();
    EXPECT_EQ(error.code(), base::ExitCode::usage);
    EXPECT_NE(text.find("3 mistakes"), std::string::npos) << text;
    EXPECT_NE(text.find("'resnet81' is not known. Did you mean 'resnet18'?"), std::string::npos) << text;
    EXPECT_NE(text.find("'bach' is not an option. Did you mean 'batch'?"), std::string::npos) << text;
    EXPECT_NE(text.find("'modle' is not one of common, model. Did you mean 'model'?"), std::string::npos) << text;
  }
}

TEST(Options, ParametersOfAMethodThatExcludeEachOtherAreMistakesOfTheJob) {
  const auto refusal = [](std::vector<std::string> words) {
    for (const auto* word : {"--models", "resnet18", "--images", "photos", "--output", "out"}) {
      words.emplace_back(word);
    }
    try {
      stages::resolve(parse_arguments(words, app::all_options()));
    } catch (const base::Error& error) {
      EXPECT_EQ(error.code(), base::ExitCode::usage);
      return std::string(error.what());
    }
    return std::string("none");
  };
  const auto lime = refusal({"--methods", "lime", "--lime.samples", "5000", "--lime.solver", "process"});
  EXPECT_EQ(lime, "lime.samples: 5000 is more than the 4096 that lime.solver = process takes; ridge takes more");
  EXPECT_EQ(refusal({"--methods", "lime@samples=5000", "--lime.solver", "process"}), lime);
  EXPECT_EQ(refusal({"--methods", "gradcam", "--lime.samples", "5000", "--lime.solver", "process"}), "none");
  EXPECT_NE(refusal({"--methods", "kernelshap@samples=5000,occlusion@stride=64"}).find("2 mistakes"),
            std::string::npos);
  EXPECT_NE(refusal({"--methods", "gradcam@1.5"}).find("the depth 1.5 is not in (0, 1]"), std::string::npos);
  EXPECT_NE(refusal({"--gradcam.layer", "0"}).find("gradcam.layer: the depth 0 is not in (0, 1]"), std::string::npos);
}

TEST(Options, BadValuesSayWhatWouldBeRight) {
  const auto mistake = [](const std::vector<std::string>& words) {
    const auto parsed = parse_arguments(words, app::all_options());
    return parsed.mistakes.size() == 1 ? parsed.mistakes[0] : std::to_string(parsed.mistakes.size()) + " mistakes";
  };
  EXPECT_EQ(mistake({"--batch", "many"}), "command line: batch: 'many' is not a whole number from 0 to 65536");
  EXPECT_EQ(mistake({"--compare.rbf-sigma", "0"}), "command line: compare.rbf-sigma: '0' is not a number above 0");
  EXPECT_EQ(mistake({"--crop-pct", "1.1"}), "command line: crop-pct: '1.1' is not a number from 0.01 to 1");
  EXPECT_EQ(mistake({"--target", "dog"}),
            "command line: target: 'dog' is neither 'predicted' nor 'label' nor a class index of at least 0");
  EXPECT_EQ(mistake({"--output"}), "command line: --output needs a value");
  EXPECT_EQ(mistake({"no-such-file.ini"}), "no-such-file.ini: the job file cannot be read: No such file or directory");
  EXPECT_FALSE(parse_arguments({"no-such-file.ini"}, app::all_options()).job_file_read);
  EXPECT_EQ(mistake({"--compare.metrics", "cosine,rbf,cosine"}),
            "command line: compare.metrics: 'cosine' is named twice");
}

TEST(Options, ThoseThatContradictEachOtherAreMistakesOfTheJob) {
  const auto mistakes = [](const std::vector<std::string>& words) -> std::string {
    std::vector<std::string> all = {"--models", "resnet18", "--images", "photos", "--output", "out"};
    all.insert(all.end(), words.begin(), words.end());
    try {
      stages::resolve(parse_arguments(all, app::all_options()));
    } catch (const base::Error& error) {
      EXPECT_EQ(error.code(), base::ExitCode::usage);
      return error.what();
    }
    return "";
  };
  const auto expect = [&](const std::vector<std::string>& words, const std::string& text) {
    EXPECT_NE(mistakes(words).find(text), std::string::npos) << mistakes(words);
  };
  expect({"--compare.metrics", "ssim", "--compare.size", "5"}, "compare.size: 5 is too small for ssim");
  expect({"--compare.metrics", "emd", "--compare.size", "5"}, "compare.size: 5 is too small for emd");
  expect({"--methods", "occlusion", "--occlusion.stride", "40"},
         "occlusion.stride: 40 is more than occlusion.window, 32");
  expect({"--methods", "occlusion@stride=40"}, "occlusion.stride: 40");
  expect({"--methods", "lime@solver=process", "--lime.samples", "9999"}, "lime.samples: 9999 is more than");
  expect({"--methods", "kernelshap@samples=auto", "--kernelshap.sampling", "captum"}, "kernelshap.samples: auto needs");
  expect({"--cluster.resolution", "1,1.0"}, "cluster.resolution: '1.0' is named twice");
  expect({"--compare.counts", "8,08"}, "compare.counts: '08' is named twice");
  expect({"--input-size", "384"}, "input-size: is for TorchScript models (FILE.ts), and there is none");
  // What is not asked for is not refused.
  EXPECT_EQ(mistakes({"--occlusion.stride", "40", "--compare.size", "5"}), "");
}

TEST(Options, OneWhoseLastPartIsRightIsSuggested) {
  const auto mistake = [](const std::string& word) {
    return parse_arguments({word}, app::all_options()).mistakes.at(0);
  };
  const auto said = [](const std::string& word, const std::string& hint) {
    return fmt::format("command line: '{}' is not an option. {}", word, hint);
  };
  for (const auto& option : app::all_options()) {  // every option with a group, without it
    const auto dot = option.name.rfind('.');
    const auto last = option.name.substr(dot + 1);
    if (dot != std::string::npos && parse_arguments({"--" + last, "x"}, app::all_options()).on_command_line.empty()) {
      EXPECT_NE(mistake("--" + last).find("'--" + option.name + "'"), std::string::npos) << mistake("--" + last);
    }
  }
  EXPECT_EQ(mistake("--linkage"), said("--linkage", "Did you mean '--cluster.linkage'?"));
  EXPECT_EQ(mistake("--linkge=ward"), said("--linkge", "Did you mean '--cluster.linkage'?"));
  EXPECT_EQ(mistake("--clusters.linkage"), said("--clusters.linkage", "Did you mean '--cluster.linkage'?"));
  EXPECT_EQ(mistake("--compare.blank"), said("--compare.blank", "Did you mean '--blank'?"));
  EXPECT_EQ(mistake("--metrics"), said("--metrics", "Did you mean '--focus.metrics' or '--compare.metrics'?"));
  EXPECT_EQ(mistake("--comapre.metrics"), said("--comapre.metrics", "Did you mean '--compare.metrics'?"));
  EXPECT_EQ(mistake("--layer"), said("--layer", "Did you mean '--gradcam.layer' or '--layers'?"));
  EXPECT_EQ(mistake("--quantum"), said("--quantum", "'sightline COMMAND --help' lists them."));
}

TEST(Options, EveryDefaultIsValidAndEveryOptionHasHelp) {
  EXPECT_TRUE(parse_arguments({}, app::all_options()).mistakes.empty());
  for (const auto& option : app::all_options()) {
    EXPECT_FALSE(option.help.empty()) << option.name;
    EXPECT_FALSE(option.placeholder.empty()) << option.name;
    EXPECT_NE(help_text({option.topic}, app::all_options()).find("--" + option.name), std::string::npos) << option.name;
  }
}

}  // namespace
}  // namespace sightline::job
