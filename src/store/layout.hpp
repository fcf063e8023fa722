#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "store/explanations.hpp"
#include "store/hdf5.hpp"

/// Which datasets a store has, and of which types and shapes. For the other files of this folder.
namespace sightline::store {

/// A dataset with one row per image.
struct RowDataset {
  std::string path;
  hid_t type;
  Extent row;           ///< shape of a row
  bool zeroed = false;  ///< whether the elements are 0 at first
};

/// The datasets of a model, without those of its methods.
std::vector<RowDataset> datasets_of(const ModelPlan& model);
/// The datasets of a method of a model.
std::vector<RowDataset> datasets_of(const ModelPlan& model, const MethodPlan& method);
/// The label maps and their checksums.
std::vector<RowDataset> datasets_of(const SuperpixelPlan& superpixels);

/// The methods of a model in a file: its groups with values. Sorted.
std::vector<std::string> stored_methods(const File& file, const std::string& model);
/// The details of a method in a file: its datasets but values, scale, target and status. Sorted.
std::vector<std::string> stored_details(const File& file, const std::string& model, const std::string& method);
/// The plan of a model in a file. Throws Error(input) when an attribute or a number of dimensions is not as the schema
/// says.
ModelPlan stored_model(const File& file, const std::string& model);
/// The plans of the label maps in a file. Throws as stored_model does.
std::vector<SuperpixelPlan> stored_superpixels(const File& file);

/// Throws Error(input), naming the object and what it should be, unless every attribute, type and shape of the file is
/// as the schema says. What the records contain is not read; their checksums and indices are checked where they are.
void check_layout(const File& file);

}  // namespace sightline::store
