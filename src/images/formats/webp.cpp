#include "images/formats/webp.hpp"

#include <memory>

#include <webp/decode.h>
#include <webp/demux.h>

#include "base/error.hpp"

namespace sightline::images {
namespace {

using Demuxer = std::unique_ptr<WebPDemuxer, decltype(&WebPDemuxDelete)>;

/// Decodes the first frame onto the canvas `image`. Returns whether that was possible.
bool draw_first_frame(WebPDemuxer* demuxer, Image& image) {
  WebPIterator frame;
  if (WebPDemuxGetFrame(demuxer, 1, &frame) == 0) {
    return false;
  }
  const int stride = 3 * image.width;
  const auto first = static_cast<std::size_t>(frame.y_offset) * static_cast<std::size_t>(stride) +
                     3 * static_cast<std::size_t>(frame.x_offset);
  const bool inside = frame.x_offset + frame.width <= image.width && frame.y_offset + frame.height <= image.height;
  const bool drawn = inside && WebPDecodeRGBInto(frame.fragment.bytes, frame.fragment.size, image.rgb.data() + first,
                                                 image.rgb.size() - first, stride) != nullptr;
  WebPDemuxReleaseIterator(&frame);
  return drawn;
}

}  // namespace

Image decode_webp(Bytes bytes, const std::string& name) {
  const WebPData data{bytes.data(), bytes.size()};
  const Demuxer demuxer(WebPDemux(&data), &WebPDemuxDelete);
  if (demuxer == nullptr) {
    throw base::input_error("{}: not a readable WebP file: it is truncated or damaged ({} bytes)", name, bytes.size());
  }
  Image image;
  image.width = static_cast<int>(WebPDemuxGetI(demuxer.get(), WEBP_FF_CANVAS_WIDTH));
  image.height = static_cast<int>(WebPDemuxGetI(demuxer.get(), WEBP_FF_CANVAS_HEIGHT));
  image.rgb.resize(std::size_t{3} * static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.height));
  if (!draw_first_frame(demuxer.get(), image)) {
    throw base::input_error("{}: not a readable WebP file: its picture is truncated or damaged ({} bytes)", name,
                            bytes.size());
  }
  return image;
}

}  // namespace sightline::images
