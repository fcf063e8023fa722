#pragma once

#include <string>

#include "store/hdf5.hpp"

/// How HDF5's functions are called and their errors reported. For the other files of this folder.
namespace sightline::store {

/// The message of HDF5's last error (the innermost one of its error stack). Clears the stack.
std::string hdf5_message();

/// Throws Error(fault) when an HDF5 function has returned an error. `what` names the failed operation.
void check(herr_t status, const std::string& where, const char* what);

/// Throws Error(input) when reading has failed: the file is damaged, or cannot be read.
void check_read(herr_t status, const std::string& where);

/// Takes ownership of an identifier that an HDF5 function has returned. Throws Error(fault) when it is an error.
Handle checked(hid_t id, herr_t (*close)(hid_t), const std::string& where, const char* what);

/// The type of texts: variable length, UTF-8.
Handle string_type();

}  // namespace sightline::store
