#include "ingest/parser.h"

#include <mutex>
#include <semaphore>

#include "core/error.h"
#include "core/log.h"
#include "ingest/nursery.h"
#include "ingest/sandbox.h"

namespace carrel::ingest {
namespace {

constexpr std::size_t kChildrenMax = 256;

struct Turn {
  explicit Turn(std::counting_semaphore<>& free_children) : free(free_children) { free.acquire(); }
  ~Turn() { free.release(); }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  std::counting_semaphore<>& free;
};

void check_size(std::string_view bytes, const ParseLimits& limits) {
  if (bytes.size() > limits.file_bytes_max)
    throw Error(ErrorCode::too_large, "the file is larger than " +
                                          std::to_string(limits.file_bytes_max >> 20) +
                                          " MB; raise the limit or split it");
}

std::size_t checked_children(const ParseOptions& options) {
  if (options.children_max < 1 || options.children_max > kChildrenMax)
    throw Error(ErrorCode::invalid_argument, "the number of parser processes must be 1 to 256");
  return options.children_max;
}

}  // namespace

struct ParserPool::State {
  explicit State(const ParseOptions& given)
      : options(given),
        free_readers(static_cast<std::ptrdiff_t>(checked_children(given))),
        free_drawers(static_cast<std::ptrdiff_t>(checked_children(given))) {}

  std::string run(const ChildRequest& request, std::string_view bytes) {
    check_size(bytes, options.limits);
    check_walls();
    const Turn turn(request.kind == RequestKind::draw ? free_drawers : free_readers);
    return nursery.run(request, bytes);
  }

  // The first child is asked for the walls: a machine that cannot confine is found out here. What
  // it throws is thrown again at the next request.
  void check_walls() {
    std::call_once(walls_checked, [this] {
      ChildRequest request;
      request.kind = RequestKind::report;
      for (const std::string& wall : decode_texts(nursery.run(request, {})))
        log::warning("ingest.sandbox_wall_missing", {{"wall", wall}});
    });
  }

  const ParseOptions options;
  std::counting_semaphore<> free_readers;
  std::counting_semaphore<> free_drawers;
  std::once_flag walls_checked;
  Nursery nursery;
};

ParserPool::ParserPool(const ParseOptions& options) : state_(std::make_unique<State>(options)) {}

ParserPool::~ParserPool() = default;

void ParserPool::warm() { state_->check_walls(); }

ParsedDocument ParserPool::parse(std::string_view bytes, std::string_view name) {
  ChildRequest request;
  request.kind = RequestKind::parse;
  request.name = name;
  request.limits = state_->options.limits;
  return decode_document(state_->run(request, bytes), request.limits);
}

PageImage ParserPool::draw_page(std::string_view bytes, std::int32_t page,
                                const std::vector<PageBox>& boxes, int dpi) {
  if (dpi < 36 || dpi > 300)
    throw Error(ErrorCode::invalid_argument, "a page is drawn at 36 to 300 dots an inch");
  ChildRequest request;
  request.kind = RequestKind::draw;
  request.limits = state_->options.limits;
  request.limits.time_max = request.limits.draw_time_max;
  request.page = page;
  request.dpi = dpi;
  request.boxes = boxes;
  return decode_image(state_->run(request, bytes));
}

std::vector<std::string> sandbox_missing() {
  Nursery nursery;
  ChildRequest request;
  request.kind = RequestKind::report;
  return decode_texts(nursery.run(request, {}));
}

}  // namespace carrel::ingest
