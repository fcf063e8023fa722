#include "images/formats/jpeg.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdio>

#include <jerror.h>
#include <jpeglib.h>

#include "base/error.hpp"
#include "images/formats/cmyk.hpp"
#include "images/formats/jpeg_errors.hpp"
#include "images/formats/picture_size.hpp"

namespace sightline::images {
namespace {

void on_jpeg_message(j_common_ptr info, int level) {
  if (level == -1 && info->err->msg_code == JWRN_JPEG_EOF) {
    reinterpret_cast<JpegErrors*>(info->err)->truncated = true;
  }
}

/// Converts a row of inks to RGB. Like Pillow, it assumes that the values are inverted, as in CMYK JPEGs written by
/// Adobe's programs.
void inverted_cmyk_to_rgb(std::uint8_t* cmyk, std::uint8_t* rgb, int width) {
  for (int x = 0; x < width; ++x, cmyk += 4, rgb += 3) {
    std::transform(cmyk, cmyk + 4, cmyk, [](std::uint8_t value) { return static_cast<std::uint8_t>(~value); });
    cmyk_to_rgb(cmyk, rgb);
  }
}

/// The largest of 8, 4, 2 and 1 by which both sides can be divided and stay at least least_side long (0: 1).
unsigned draft_factor(const jpeg_decompress_struct& info, int least_side) {
  unsigned factor = least_side > 0 ? 8 : 1;
  const auto shorter = std::min(info.image_width, info.image_height);
  while (factor > 1 && shorter / static_cast<unsigned>(least_side) < factor) {
    factor /= 2;
  }
  return factor;
}

/// Decodes a JPEG into `image`. Returns false, with a text in `errors`, when this fails. A longjmp skips destructors;
/// therefore only trivially destructible objects are created after setjmp, and the caller owns the buffers.
bool read_jpeg(Bytes bytes, int least_side, Image& image, std::vector<std::uint8_t>& row, JpegErrors& errors) {
  jpeg_decompress_struct info;
  info.err = prepare(errors);
  errors.manager.emit_message = &on_jpeg_message;
  errors.truncated = false;
  if (setjmp(errors.jump) != 0) {
    jpeg_destroy_decompress(&info);
    return false;
  }
  jpeg_create_decompress(&info);
  jpeg_mem_src(&info, bytes.data(), bytes.size());
  jpeg_read_header(&info, TRUE);
  if (PictureSize{info.image_width, info.image_height}.too_large()) {
    std::snprintf(errors.message.data(), errors.message.size(), "it claims %u x %u pixels; at most %llu are decoded",
                  info.image_width, info.image_height, static_cast<unsigned long long>(max_pixels));
    std::longjmp(errors.jump, 1);
  }
  const bool cmyk = info.num_components == 4;
  info.out_color_space = cmyk ? JCS_CMYK : JCS_RGB;
  info.scale_denom = draft_factor(info, least_side);
  jpeg_start_decompress(&info);
  image.width = static_cast<int>(info.output_width);
  image.height = static_cast<int>(info.output_height);
  const std::size_t stride = std::size_t{3} * info.output_width;
  image.rgb.resize(stride * info.output_height);
  row.resize(std::size_t{4} * info.output_width);
  while (info.output_scanline < info.output_height) {
    std::uint8_t* target = image.rgb.data() + stride * info.output_scanline;
    JSAMPROW line = cmyk ? row.data() : target;
    jpeg_read_scanlines(&info, &line, 1);
    if (cmyk) {
      inverted_cmyk_to_rgb(row.data(), target, image.width);
    }
  }
  jpeg_finish_decompress(&info);
  jpeg_destroy_decompress(&info);
  return true;
}

}  // namespace

Image decode_jpeg(Bytes bytes, const std::string& name, int least_side) {
  Image image;
  std::vector<std::uint8_t> row;
  JpegErrors errors{};
  if (!read_jpeg(bytes, least_side, image, row, errors)) {
    throw base::input_error("{}: not a readable JPEG: {}", name, errors.message.data());
  }
  if (errors.truncated) {
    throw base::input_error("{}: the JPEG is truncated or damaged ({} bytes)", name, bytes.size());
  }
  return image;
}

}  // namespace sightline::images
