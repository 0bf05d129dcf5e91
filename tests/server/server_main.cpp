// The room's test program can be its own parser nursery, which GoogleTest's main() cannot.
#include <gtest/gtest.h>

#include "core/log.h"
#include "ingest/parser.h"

int main(int argc, char** argv) {
  carrel::ingest::run_parser_child_if_asked(argc, argv);
  carrel::log::configure({.level = "error"});
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
