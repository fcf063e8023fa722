#pragma once

#include <filesystem>
#include <string>

namespace sightline::base {

/// The folder with what the program reads beside its own code: analysis/, jobs/, slurm/ and models/.
///
/// `program`: the program's own file; `named`: a folder that the user names, empty = none. A named folder is taken or
/// refused, nothing else is tried. Otherwise it is share/sightline beside the program's bin/ (an installed tree,
/// wherever it was moved), else the nearest folder above the program that has analysis/ and jobs/ (a source tree, for a
/// program in its build folder). Throws base::Error(input) that names every place that was tried.
std::filesystem::path find_data_folder(const std::filesystem::path& program, const std::string& named);

/// find_data_folder for this very program (/proc/self/exe), with the environment's SIGHTLINE_DATA as the named folder.
std::filesystem::path data_folder();

/// The Python that runs the scripts of the data folder: the environment's SIGHTLINE_PYTHON, else .deps/python of the
/// data folder (a source tree after setup/setup.sh), else python3, which is looked for on the PATH. Throws as
/// data_folder does.
std::string python_program();

/// The path of a file of the data folder, for messages; without a data folder `name` itself.
std::string shown_path(const std::string& name);

/// How a script of the data folder is called, for messages: "python3 /usr/share/sightline/models/fetch_weights.py",
/// with the Python of python_program(). Without a data folder it is "python3 SCRIPT".
std::string script_command(const std::string& script);

}  // namespace sightline::base
