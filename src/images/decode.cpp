#include "images/decode.hpp"

#include <string_view>

#include "base/error.hpp"
#include "images/formats/bmp.hpp"
#include "images/formats/jpeg.hpp"
#include "images/formats/picture_size.hpp"
#include "images/formats/png.hpp"
#include "images/formats/tiff.hpp"
#include "images/formats/webp.hpp"

namespace sightline::images {
namespace {

/// Decodes a picture whose claimed size is found without its library, which would allocate what the header claims.
Image decode_checked(Bytes bytes, std::string_view text, const std::string& name) {
  const auto size = claimed_size(bytes);
  if (!size) {
    throw base::input_error(
        "{}: not a picture in a known format (JPEG, PNG, BMP, WebP, TIFF), or its header is cut off", name);
  }
  if (size->too_large()) {
    throw base::input_error("{}: it claims {} x {} pixels; at most {} are decoded", name, size->width, size->height,
                            max_pixels);
  }
  return text.starts_with("\x89PNG") ? decode_png(bytes, name)
         : text.starts_with("BM")    ? decode_bmp(bytes, name)
         : text.starts_with("RIFF")  ? decode_webp(bytes, name)
                                     : decode_tiff(bytes, name);
}

}  // namespace

Image decode(Bytes bytes, const std::string& name, int least_side) {
  if (bytes.empty()) {
    throw base::input_error("{}: the file is empty", name);
  }
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  auto image =
      text.starts_with("\xFF\xD8\xFF") ? decode_jpeg(bytes, name, least_side) : decode_checked(bytes, text, name);
  if (image.width < 2 || image.height < 2) {
    throw base::input_error("{}: the picture is {} x {} pixels; at least 2 x 2 are needed", name, image.width,
                            image.height);
  }
  return image;
}

}  // namespace sightline::images
