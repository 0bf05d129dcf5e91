// The bits of a Visibility can be read, not set.
// expect: assignment of read-only location
#include "access/visibility.h"

void widen(carrel::access::Visibility& visible) { visible.words()[0] = ~0ULL; }
