#pragma once

#include <array>
#include <csetjmp>
#include <cstdio>

#include <jpeglib.h>

namespace sightline::images {

/// libjpeg reports a fatal error by a callback that must not return. It leaves by longjmp to `jump`, with the sentence
/// in `message`, since it must not throw through C frames. A longjmp skips destructors: only trivially destructible
/// objects may be created after setjmp.
struct JpegErrors {
  jpeg_error_mgr manager;
  std::jmp_buf jump;
  std::array<char, JMSG_LENGTH_MAX> message;
  bool truncated;  ///< whether a file that is decoded ends too early
};

/// Sets the callback for fatal errors. Returns what belongs into the field `err` of libjpeg's structs.
jpeg_error_mgr* prepare(JpegErrors& errors);

}  // namespace sightline::images
