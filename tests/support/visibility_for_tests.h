// tests/support/visibility_for_tests.h
//
// A Visibility that permits everything: the way to switch the filter off, so that a judge can be
// shown to convict. And one of given classes, where no rules are at hand. Exists in tests only.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "access/visibility.h"

namespace carrel::access {

struct VisibilityForTests {
  static Visibility everything(const Visibility& of) {
    return Visibility(of.who(), of.epoch(), std::vector<std::uint64_t>(1024, ~std::uint64_t{0}));
  }
  static Visibility of(std::vector<std::uint64_t> words) {
    return Visibility(PrincipalId{1}, AccessEpoch{1}, std::move(words));
  }
};

}  // namespace carrel::access
