#include "images/formats/encode_jpeg.hpp"

#include <cstdlib>

#include "base/error.hpp"
#include "images/formats/jpeg_errors.hpp"

namespace sightline::images {
namespace {

/// The buffer that libjpeg allocates for the file.
struct Buffer {
  unsigned char* bytes = nullptr;
  unsigned long size = 0;

  Buffer() = default;
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  ~Buffer() { std::free(bytes); }
};

/// Writes the file into `buffer`. Returns false, with a text in `errors`, when this fails. A longjmp skips destructors:
/// the caller owns the buffers.
bool write_jpeg(const Image& image, int quality, Buffer& buffer, JpegErrors& errors) {
  jpeg_compress_struct info;
  info.err = prepare(errors);
  if (setjmp(errors.jump) != 0) {
    jpeg_destroy_compress(&info);
    return false;
  }
  jpeg_create_compress(&info);
  jpeg_mem_dest(&info, &buffer.bytes, &buffer.size);
  info.image_width = static_cast<JDIMENSION>(image.width);
  info.image_height = static_cast<JDIMENSION>(image.height);
  info.input_components = 3;
  info.in_color_space = JCS_RGB;
  jpeg_set_defaults(&info);
  jpeg_set_quality(&info, quality, TRUE);
  jpeg_start_compress(&info, TRUE);
  const auto stride = std::size_t{3} * static_cast<std::size_t>(image.width);
  while (info.next_scanline < info.image_height) {
    auto* line = const_cast<JSAMPROW>(image.rgb.data() + stride * info.next_scanline);
    jpeg_write_scanlines(&info, &line, 1);
  }
  jpeg_finish_compress(&info);
  jpeg_destroy_compress(&info);
  return true;
}

}  // namespace

std::vector<std::uint8_t> encode_jpeg(const Image& image, int quality, const std::string& name) {
  Buffer buffer;
  JpegErrors errors{};
  if (!write_jpeg(image, quality, buffer, errors)) {
    throw base::input_error("{}: cannot be made a JPEG of {} x {} pixels: {}", name, image.width, image.height,
                            errors.message.data());
  }
  return {buffer.bytes, buffer.bytes + buffer.size};
}

}  // namespace sightline::images
