// tests/support/visibility_for_tests.h
//
// A Visibility that permits everything: the way to switch the filter off, so that a judge can be
// shown to convict. Exists in tests only.
#pragma once

#include <vector>

#include "access/visibility.h"

namespace carrel::access {

struct VisibilityForTests {
  static Visibility everything(const Visibility& of) {
    return Visibility(of.who(), of.epoch(), std::vector<std::uint64_t>(1024, ~std::uint64_t{0}));
  }
};

}  // namespace carrel::access
