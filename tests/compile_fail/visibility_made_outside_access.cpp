// Only AccessControl makes a Visibility.
// expect: Visibility::Visibility.* is private within this context
#include "access/visibility.h"

carrel::access::Visibility all_of_it() { return carrel::access::Visibility({1}, {1}, {~0ULL}); }
