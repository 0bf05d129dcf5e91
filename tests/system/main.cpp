// These tests open whole libraries, whose parsers start from this same program.
#include <gtest/gtest.h>

#include "ingest/parser.h"

int main(int argc, char** argv) {
  carrel::ingest::run_parser_child_if_asked(argc, argv);
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
