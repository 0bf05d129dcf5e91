#include "core/cancel.h"

#include "core/error.h"

namespace carrel {

void CancelToken::check() const {
  if (is_cancelled()) throw Error(ErrorCode::cancelled, "stopped on request");
  if (is_late()) throw Error(ErrorCode::deadline, "the time allowed for this ran out");
}

}  // namespace carrel
