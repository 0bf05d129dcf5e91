// There is no Visibility that was not made for somebody.
// expect: no matching function for call to .*Visibility::Visibility\(\)
#include "access/visibility.h"

carrel::access::Visibility nobody() { return carrel::access::Visibility(); }
