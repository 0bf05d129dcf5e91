// Deriving from Visibility opens no way around its constructor.
// expect: Visibility::Visibility.* is private within this context
#include "access/visibility.h"

struct Everything : carrel::access::Visibility {
  Everything() : Visibility({1}, {1}, {~0ULL}) {}
};

Everything everything;
