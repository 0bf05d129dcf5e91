// cli/cmd_erasure.h
//
// What belongs to `document` and `collection` once these commands are there: holds, retention,
// purging.
#pragma once

namespace CLI {
class App;
}

namespace carrel::cli {

struct Context;

void add_erasure_commands(CLI::App& root, Context& context);

}  // namespace carrel::cli
