// The test program of the room: it can be its own nursery, which GoogleTest's main() cannot.
#include <gtest/gtest.h>

#include "ingest/parser.h"

// Fontconfig keeps what it has read until the process ends.
extern "C" const char* __lsan_default_suppressions() { return "leak:libfontconfig"; }

int main(int argc, char** argv) {
  carrel::ingest::run_parser_child_if_asked(argc, argv);
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
