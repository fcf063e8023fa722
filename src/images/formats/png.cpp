#include "images/formats/png.hpp"

#include <array>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <limits>

#include <png.h>

#include "base/error.hpp"

namespace sightline::images {
namespace {

/// What libpng's callbacks know of the file that is read.
struct PngFile {
  Bytes rest;  ///< what is not read yet
  bool truncated = false;
  std::array<char, 256> message{};
};

/// libpng reports a fatal error by a callback that must not return.
void leave_png(png_structp png, png_const_charp message) {
  auto* file = static_cast<PngFile*>(png_get_error_ptr(png));
  std::snprintf(file->message.data(), file->message.size(), "%s", message);
  png_longjmp(png, 1);
}

void ignore_warning(png_structp /*png*/, png_const_charp /*warning*/) {}

void read_png_bytes(png_structp png, png_bytep target, std::size_t size) {
  auto* file = static_cast<PngFile*>(png_get_io_ptr(png));
  if (size > file->rest.size()) {
    file->truncated = true;
    png_error(png, "the file ends too early");
  }
  std::memcpy(target, file->rest.data(), size);
  file->rest = file->rest.subspan(size);
}

/// Sets what libpng has to do for rows of three bytes per pixel. Transparency is dropped.
void ask_for_rgb(png_structp png) {
  png_set_strip_16(png);
  png_set_palette_to_rgb(png);
  png_set_expand_gray_1_2_4_to_8(png);
  png_set_gray_to_rgb(png);
  png_set_strip_alpha(png);
}

/// Decodes into `image`. Returns false, with a text in `file`, when this fails. A longjmp skips destructors: only
/// trivially destructible objects are created after setjmp.
bool read_png(png_structp png, png_infop info, Image& image) {
  if (setjmp(png_jmpbuf(png)) != 0) {
    return false;
  }
  png_read_info(png, info);
  // Which transformations apply depends on the colour type: of a palette with transparency, say, the alpha that the
  // expansion adds is dropped again.
  ask_for_rgb(png);
  const int passes = png_set_interlace_handling(png);
  png_read_update_info(png, info);
  image.width = static_cast<int>(png_get_image_width(png, info));
  image.height = static_cast<int>(png_get_image_height(png, info));
  const std::size_t stride = png_get_rowbytes(png, info);
  if (stride != std::size_t{3} * static_cast<std::size_t>(image.width)) {
    png_error(png, "its pixels are of an unknown kind");
  }
  image.rgb.resize(stride * static_cast<std::size_t>(image.height));
  for (int pass = 0; pass < passes; ++pass) {
    for (std::uint8_t* row = image.rgb.data(); row != image.rgb.data() + image.rgb.size(); row += stride) {
      png_read_row(png, row, nullptr);
    }
  }
  png_read_end(png, nullptr);
  return true;
}

}  // namespace

Image decode_png(Bytes bytes, const std::string& name) {
  PngFile file{bytes};
  auto* png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &file, &leave_png, &ignore_warning);
  auto* info = png == nullptr ? nullptr : png_create_info_struct(png);
  if (info == nullptr) {
    png_destroy_read_struct(&png, nullptr, nullptr);
    throw base::fault("{}: libpng cannot be used: {}", name, file.message.data());
  }
  png_set_read_fn(png, &file, &read_png_bytes);
  png_set_user_limits(png, std::numeric_limits<int>::max(), std::numeric_limits<int>::max());  // see images::decode
  Image image;
  const bool whole = read_png(png, info, image);
  png_destroy_read_struct(&png, &info, nullptr);
  if (file.truncated) {
    throw base::input_error("{}: the PNG is truncated ({} bytes)", name, bytes.size());
  }
  if (!whole) {
    throw base::input_error("{}: not a readable PNG: {}", name, file.message.data());
  }
  return image;
}

std::vector<std::uint8_t> encode_png(const Image& image, const std::string& name) {
  png_image description{};
  description.version = PNG_IMAGE_VERSION;
  description.width = static_cast<png_uint_32>(image.width);
  description.height = static_cast<png_uint_32>(image.height);
  description.format = PNG_FORMAT_RGB;
  png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(description);
  std::vector<std::uint8_t> bytes(size);
  if (png_image_write_to_memory(&description, bytes.data(), &size, 0, image.rgb.data(), 0, nullptr) == 0) {
    throw base::input_error("{}: cannot be made a PNG of {} x {} pixels: {}", name, image.width, image.height,
                            static_cast<const char*>(description.message));
  }
  bytes.resize(size);
  return bytes;
}

}  // namespace sightline::images
