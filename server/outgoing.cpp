#include "server/outgoing.h"

#include <algorithm>

#include "core/error.h"

namespace carrel::server {

namespace {
constexpr std::size_t kJoinedBytesMax = 16 << 10;  // a body this small leaves in one packet's write
constexpr std::size_t kPieceBytes = 256 << 10;     // of a pulled body
}  // namespace

Outgoing::Outgoing(HttpResponse&& response, const Framing& framing)
    : head_(serialize_head(response, framing)), held_(std::move(response.held)) {
  if (framing.is_head || response.status == 204 || response.status == 304) return;
  if (response.pull) {
    pull_ = std::move(response.pull);
    pull_left_ = response.pulled_bytes;
  } else if (response.body.size() <= kJoinedBytesMax) {
    head_ += response.body;
  } else {
    body_ = std::move(response.body);
  }
  shared_ = response.shared_body;
}

std::string_view Outgoing::next_piece() const {
  std::size_t at = sent_;
  for (const std::string_view piece : {std::string_view(head_), std::string_view(body_), shared_}) {
    if (at < piece.size()) return piece.substr(at);
    at -= piece.size();
  }
  return {};
}

Io Outgoing::send(Transport& transport) {
  for (;;) {
    const std::string_view piece = next_piece();
    if (piece.empty()) return Io::done;
    const bool more_follows = piece.size() < bytes_waiting() || needs_refill();
    const Transport::Moved moved = transport.write(piece, more_follows);
    if (moved.io != Io::done) return moved.io;
    sent_ += moved.bytes;
  }
}

bool Outgoing::refill() {
  if (pull_left_ == 0) return false;
  CARREL_ASSERT(bytes_waiting() == 0);
  head_.clear();
  shared_ = {};
  sent_ = 0;
  body_.resize(std::min<std::uint64_t>(kPieceBytes, pull_left_));
  const std::size_t n = pull_(body_);
  if (n == 0) throw Error(ErrorCode::corrupt, "A stored file is shorter than it should be.");
  body_.resize(n);
  pull_left_ -= n;
  return true;
}

}  // namespace carrel::server
