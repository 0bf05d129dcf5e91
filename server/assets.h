// server/assets.h
//
// The web UI's files, as whoever builds the binary carries them. Any thread; immutable.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace carrel::server {

struct Asset {
  std::string_view bytes;  // lives as long as the source
  std::string_view content_type;
  std::string_view gzipped;  // the same, packed; empty: there is none
};

class AssetSource {
 public:
  virtual ~AssetSource() = default;
  // `name` is "index.html", "app.js", "app.css" or "favicon.svg". Null bytes().data(): absent.
  virtual Asset find(std::string_view name) const = 0;
};

// Assets held in a map; also what a server without a web UI is given, empty.
class MapAssets final : public AssetSource {
 public:
  void add(std::string name, std::string bytes, std::string content_type,
           std::string gzipped = {}) {
    assets_[std::move(name)] = {std::move(bytes), std::move(content_type), std::move(gzipped)};
  }
  Asset find(std::string_view name) const override {
    const auto found = assets_.find(name);
    if (found == assets_.end()) return {};
    const Held& held = found->second;
    return {held.bytes, held.content_type, held.gzipped};
  }

 private:
  struct Held {
    std::string bytes;
    std::string content_type;
    std::string gzipped;
  };
  std::map<std::string, Held, std::less<>> assets_;
};

}  // namespace carrel::server
