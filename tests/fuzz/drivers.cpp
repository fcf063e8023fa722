#include "drivers.hpp"

#include <cstdlib>
#include <stdexcept>
#include <string_view>

#include <fmt/format.h>

#include "base/csv.hpp"
#include "base/error.hpp"
#include "base/random_access_file.hpp"
#include "clustering/linkage.hpp"
#include "clustering/matrix_check.hpp"
#include "focus/mosaic.hpp"
#include "images/archive_index.hpp"
#include "images/decode.hpp"
#include "images/formats/picture_size.hpp"
#include "images/image_list.hpp"
#include "job/job_file.hpp"
#include "models/weights/safetensors.hpp"
#include "temporary_folder.hpp"

namespace sightline::fuzz {
namespace {

std::string_view text(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

void read_safetensors(Bytes bytes) {
  const models::SafetensorsFile weights(as_file(bytes, "w.safetensors"));
  for (const auto& name : weights.names()) {
    weights.tensor(name);
  }
}

void read_picture(Bytes bytes) {
  // A thousand bytes can be a sound picture of a hundred million pixels, whose decoding takes a sanitized build longer
  // than the limit for one input.
  constexpr std::uint64_t most_pixels = 16'000'000;
  const auto size = images::claimed_size(bytes);
  if (size && !size->too_large() && size->width > 0 && size->height > most_pixels / size->width) {
    return;
  }
  images::decode(bytes, "picture");
}

void read_image_csv(Bytes bytes) {
  images::list_images(as_file(bytes, "images.csv"), std::nullopt, /*must_exist=*/false);
}

void read_tar(Bytes bytes) {
  const base::RandomAccessFile file(as_file(bytes, "images.tar"));
  images::ArchiveIndex index{{images::facts_of(file)}, {}};
  auto content = images::list_archive(file, images::whole_archive(index.files[0], 0));
  for (std::size_t i = 0; i < content.inner.size(); ++i) {
    images::append(content, images::unpack_content(images::packed(images::list_archive(file, content.inner[i]))));
  }
  index.pictures = content.pictures;
  images::sort_pictures(index);
  index = images::unpack_index(images::packed(index)).value();
  for (const auto& picture : index.pictures) {
    if (picture.offset > file.size() || picture.size > file.size() - picture.offset) {
      throw std::logic_error("a picture beyond the end of its archive");
    }
  }
}

void read_archive_index(Bytes bytes) {
  images::unpack_index(text(bytes));
}

void read_class_csv(Bytes bytes) {
  const auto classes = images::ClassIndex::read(as_file(bytes, "classes.csv"));
  classes.find("1");
  classes.all_names();
}

void read_matrix_csv(Bytes bytes) {
  const auto matrix = base::read_matrix_csv(as_file(bytes, "matrix.csv"));
  clustering::check_matrix(matrix, clustering::Numbers::dissimilarities, "matrix");
  clustering::check_diagonal(matrix, clustering::Numbers::dissimilarities, "matrix");
  clustering::linkage(matrix.values, matrix.names.size(), "ward");
}

void read_job_file(Bytes bytes) {
  job::parse_job_file(text(bytes));
}

void read_mosaics_csv(Bytes bytes) {
  focus::parse_mosaics(std::string(text(bytes)), "mosaics", std::filesystem::path("/"));
}

}  // namespace

const std::map<std::string, Driver>& drivers() {
  static const std::map<std::string, Driver> all = {
      {"archive_index", &read_archive_index}, {"tar", &read_tar},
      {"class_csv", &read_class_csv},         {"image_csv", &read_image_csv},
      {"job_file", &read_job_file},           {"matrix_csv", &read_matrix_csv},
      {"mosaics_csv", &read_mosaics_csv},     {"picture", &read_picture},
      {"safetensors", &read_safetensors},     {"store", &read_changed_store},
      {"store_bytes", &read_edited_store},
  };
  return all;
}

std::filesystem::path as_file(Bytes bytes, const std::string& name) {
  static const tests::TemporaryFolder folder;
  tests::write_file(folder / name, std::string(text(bytes)));
  return folder / name;
}

}  // namespace sightline::fuzz

/// libFuzzer's entry. SIGHTLINE_FUZZ_DRIVER names the driver.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sightline;
  static const auto driver = fuzz::drivers().at(std::getenv("SIGHTLINE_FUZZ_DRIVER"));
  try {
    driver({data, size});
  } catch (const base::Error& error) {
    if (error.code() != base::ExitCode::usage && error.code() != base::ExitCode::input) {
      throw;
    }
  }
  return 0;
}
