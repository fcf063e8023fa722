#include "images/decode.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <limits>

#include <jerror.h>
#include <jpeglib.h>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "base/error.hpp"
#include "images/jpeg_errors.hpp"
#include "images/picture_size.hpp"

namespace sightline::images {
namespace {

using Bytes = std::span<const std::uint8_t>;

void on_jpeg_message(j_common_ptr info, int level) {
  if (level == -1 && info->err->msg_code == JWRN_JPEG_EOF) {
    reinterpret_cast<JpegErrors*>(info->err)->truncated = true;
  }
}

/// a * b / 255, rounded, for numbers of 8 bits.
std::uint8_t multiply_255(unsigned a, unsigned b) {
  const unsigned product = a * b + 128;
  return static_cast<std::uint8_t>(((product >> 8) + product) >> 8);
}

/// Pillow's conversion of one row from CMYK to RGB. Like Pillow, it assumes that the values are inverted, as in CMYK
/// JPEGs written by Adobe's programs.
void cmyk_to_rgb(const std::uint8_t* cmyk, std::uint8_t* rgb, int width) {
  constexpr unsigned flip = 255;
  for (int x = 0; x < width; ++x, cmyk += 4, rgb += 3) {
    const unsigned white = 255 - (cmyk[3] ^ flip);
    for (int channel = 0; channel < 3; ++channel) {
      const int value = static_cast<int>(white) - multiply_255(cmyk[channel] ^ flip, white);
      rgb[channel] = static_cast<std::uint8_t>(value < 0 ? 0 : value);
    }
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
      cmyk_to_rgb(row.data(), target, image.width);
    }
  }
  jpeg_finish_decompress(&info);
  jpeg_destroy_decompress(&info);
  return true;
}

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

/// Throws Error(input) for a truncated PNG: one that does not end with an IEND chunk. OpenCV would silently fill the
/// missing part with black.
void check_png_is_whole(Bytes bytes, const std::string& name) {
  static constexpr std::array<std::uint8_t, 8> end = {'I', 'E', 'N', 'D', 0xAE, 0x42, 0x60, 0x82};
  const auto tail = bytes.last(std::min<std::size_t>(bytes.size(), 4096));
  if (std::search(tail.begin(), tail.end(), end.begin(), end.end()) == tail.end()) {
    throw base::input_error("{}: the PNG is truncated ({} bytes)", name, bytes.size());
  }
}

/// Whether OpenCV could take the bytes for a DICOM file, which has its mark behind 128 bytes of anything. A damaged
/// picture with this mark would come to GDCM, which allocates whatever such a file claims.
bool has_mark_of_dicom(Bytes bytes) {
  static constexpr std::array<std::uint8_t, 4> mark = {'D', 'I', 'C', 'M'};
  return bytes.size() >= 132 && std::equal(mark.begin(), mark.end(), bytes.begin() + 128);
}

/// Throws Error(input) for a picture that OpenCV must not decode: it would allocate what the header claims.
void check_claimed_size(Bytes bytes, const std::string& name) {
  const auto size = claimed_size(bytes);
  if (!size || has_mark_of_dicom(bytes)) {
    throw base::input_error(
        "{}: not a picture in a known format (JPEG, PNG, BMP, WebP, TIFF), or its header is cut off", name);
  }
  if (size->too_large()) {
    throw base::input_error("{}: it claims {} x {} pixels; at most {} are decoded", name, size->width, size->height,
                            max_pixels);
  }
}

Image decode_other(Bytes bytes, const std::string& name) {
  if (bytes.size() > static_cast<std::size_t>(std::numeric_limits<int>::max())) {
    throw base::input_error("{}: the file has {} bytes; at most {} are decoded", name, bytes.size(),
                            std::numeric_limits<int>::max());
  }
  check_claimed_size(bytes, name);
  const cv::Mat encoded(1, static_cast<int>(bytes.size()), CV_8UC1, const_cast<std::uint8_t*>(bytes.data()));
  cv::Mat bgr;
  try {
    bgr = cv::imdecode(encoded, cv::IMREAD_COLOR | cv::IMREAD_IGNORE_ORIENTATION);
  } catch (const cv::Exception& error) {
    throw base::input_error("{}: cannot be decoded: {}", name, error.err);
  }
  if (bgr.empty()) {
    throw base::input_error("{}: cannot be decoded: the picture is damaged", name);
  }
  Image image{bgr.cols, bgr.rows, std::vector<std::uint8_t>(bgr.total() * 3)};
  cv::Mat rgb(bgr.rows, bgr.cols, CV_8UC3, image.rgb.data());
  cv::cvtColor(bgr, rgb, cv::COLOR_BGR2RGB);
  return image;
}

bool starts_with(Bytes bytes, std::initializer_list<std::uint8_t> magic) {
  return bytes.size() >= magic.size() && std::equal(magic.begin(), magic.end(), bytes.begin());
}

}  // namespace

Image decode(Bytes bytes, const std::string& name, int least_side) {
  if (bytes.empty()) {
    throw base::input_error("{}: the file is empty", name);
  }
  const bool png = starts_with(bytes, {0x89, 'P', 'N', 'G'});
  if (png) {
    check_png_is_whole(bytes, name);
  }
  auto image =
      starts_with(bytes, {0xFF, 0xD8, 0xFF}) ? decode_jpeg(bytes, name, least_side) : decode_other(bytes, name);
  if (image.width < 2 || image.height < 2) {
    throw base::input_error("{}: the picture is {} x {} pixels; at least 2 x 2 are needed", name, image.width,
                            image.height);
  }
  return image;
}

}  // namespace sightline::images
