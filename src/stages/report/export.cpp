#include "stages/report/export.hpp"

#include <filesystem>

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "stages/report/analysis_program.hpp"
#include "stages/run/job_images.hpp"
#include "store/explanations.hpp"
#include "store/schema.hpp"

namespace sightline::stages {

base::ExitCode export_store(const comm::Communicator& ranks, const job::ParsedJob& parsed) {
  namespace fs = std::filesystem;
  const auto& config = parsed.job;
  if (parsed.positionals.size() != 1 || config.output.empty() || config.report.export_format.empty()) {
    throw base::usage_error(
        "export: name a store, a format and a folder: sightline export {} --to npy|png|virelay --output FOLDER",
        store::schema::file_name);
  }
  keep_picture_index(ranks, config);
  ranks.all_or_throw([&] {
    if (!ranks.is_root()) {
      return;
    }
    const fs::path given = parsed.positionals.front();
    const auto file = base::is_folder(given) ? given / store::schema::file_name : given;
    store::Explanations::open_to_read(file);  // throws a clear error when the file is not a store
    run_analysis(config, "export.py",
                 {file.string(), "--to", config.report.export_format, "--output", config.output, "--images",
                  pictures_place(config), "--classes", config.images.classes});
    base::log_info(fmt::format("export: {} as {} -> {}", file.string(), config.report.export_format, config.output));
  });
  return base::ExitCode::done;
}

}  // namespace sightline::stages
