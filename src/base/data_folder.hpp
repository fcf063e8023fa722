#pragma once

#include <filesystem>
#include <string>

namespace sightline::base {

/// Finds the data folder: the folder with the files that the program reads at run time, in analysis/, jobs/, slurm/ and
/// models/. `program` is the path of the executable; `named` is a folder that the user chose, or empty.
///
/// A named folder is returned if it has analysis/ and jobs/; no other folder is tried. Otherwise the result is
/// share/sightline beside the executable's bin/ (an installed tree, which may have been moved), or else the nearest
/// folder above the executable that has analysis/ and jobs/ (a source tree whose build folder holds the executable).
/// Throws Error(input) with every folder that was tried.
std::filesystem::path find_data_folder(const std::filesystem::path& program, const std::string& named);

/// The data folder of the running program (/proc/self/exe). The environment variable SIGHTLINE_DATA is the named
/// folder. Throws as find_data_folder does.
std::filesystem::path data_folder();

/// The Python interpreter for the scripts of the data folder: the environment variable SIGHTLINE_PYTHON, or else
/// .deps/python/bin/python in the data folder (made by setup/setup.sh in a source tree), or else `python3` from the
/// PATH. Throws as data_folder does.
std::string python_program();

/// The path of the file `name` of the data folder, for messages. Returns `name` when there is no data folder.
std::string shown_path(const std::string& name);

/// The command line that runs a script of the data folder, for messages, such as
/// "python3 /usr/share/sightline/models/fetch_weights.py". The interpreter is that of python_program(). Without a data
/// folder the script is named as it was given; the interpreter is then SIGHTLINE_PYTHON, or else python3.
std::string script_command(const std::string& script);

}  // namespace sightline::base
