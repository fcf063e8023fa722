#pragma once

#include <string>

namespace sightline::images {

/// Whether a file of this name is taken for a picture: by its ending, in any case (.jpg, .jpeg, .png, .bmp, .webp,
/// .tif, .tiff).
bool is_picture_name(const std::string& name);

/// Whether a file or folder of this name is no picture and no class: its name begins with a dot (.ipynb_checkpoints,
/// and ._photo.jpg of macOS), or it is one that systems make, such as Synology's @eaDir, which holds thumbnails.
bool is_hidden(const std::string& name);

/// Whether a part of a relative path is hidden; ".." is not.
bool has_hidden_part(const std::string& path);

}  // namespace sightline::images
