// sightline_manual COMPLETION.bash FOLDER: writes the manual page and the bash completion of the program to FOLDER. The
// build calls it; it is not installed.

#include <cstdio>
#include <exception>
#include <filesystem>

#include "base/file.hpp"
#include "manual/bash_completion.hpp"
#include "manual/man_page.hpp"

int main(int argc, char** argv) {
  using namespace sightline;
  if (argc != 3) {
    std::fputs("usage: sightline_manual COMPLETION.bash FOLDER\n", stderr);
    return 2;
  }
  try {
    const std::filesystem::path folder = argv[2];
    base::make_writable_folder(folder);
    base::write_text(folder / "sightline.1", manual::man_page());
    base::write_text(folder / "sightline.bash", manual::bash_completion(base::read_text(argv[1])));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "sightline_manual: %s\n", error.what());
    return 4;
  }
  return 0;
}
