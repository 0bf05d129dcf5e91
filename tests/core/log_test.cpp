// Claims: whatever a value holds, a log line stays one line that a terminal does nothing with; and
// what is counted comes out in the text form that monitoring reads.
#include "core/log.h"

#include <nlohmann/json.hpp>

#include <gtest/gtest.h>

#include "core/metrics.h"

namespace carrel {
namespace {

TEST(Log, ControlCharactersInValuesAreWrittenAsEscapes) {
  const std::string hostile =
      "a\r\nerror forged\x1b[2J\x7f \xc2\x9b"
      "31m \xe2\x80\xa8 \xe2\x80\xae \xef\xbb\xbf \xff end \"quoted\" \\ é";
  for (const bool json : {false, true}) {
    const std::string line = log::format(log::Level::info, "event", {{"value", hostile}}, json);
    for (const char* raw : {"\r", "\n", "\x1b", "\x7f", "\xc2\x9b", "\xe2\x80\xa8", "\xe2\x80\xae",
                            "\xef\xbb\xbf", "\xff"})
      EXPECT_EQ(line.find(raw), std::string::npos) << line;
    EXPECT_NE(line.find("\\u000d\\u000aerror forged\\u001b[2J\\u007f"), std::string::npos) << line;
    EXPECT_NE(line.find("\\u00ff end \\\"quoted\\\" \\\\"), std::string::npos) << line;
  }
}

TEST(Log, OrdinaryTextIsLeftAsItIs) {
  EXPECT_EQ(log::format(log::Level::info, "event", {{"value", std::string("é 中文 naïve")}}, false),
            "info event value=\"é 中文 naïve\"");
  const std::string line =
      "{" + log::format(log::Level::info, "event", {{"value", std::string("é\n")}}, true) + "}";
  EXPECT_EQ(nlohmann::json::parse(line)["value"], "é\n");
}

TEST(Metrics, AHistogramCountsUpToItsBounds) {
  Histogram histogram;
  for (const double seconds : {0.0004, 0.003, 0.003, 0.7, 100.0}) histogram.observe(seconds);
  MetricsText out;
  out.announce("carrel_x_seconds", "histogram", "Help.");
  out.samples("carrel_x_seconds", "a=\"b\"", histogram);
  const std::string& text = out.text();
  for (const char* line :
       {"# TYPE carrel_x_seconds histogram\n", "carrel_x_seconds_bucket{a=\"b\",le=\"0.001\"} 1\n",
        "carrel_x_seconds_bucket{a=\"b\",le=\"0.005\"} 3\n",
        "carrel_x_seconds_bucket{a=\"b\",le=\"1\"} 4\n",
        "carrel_x_seconds_bucket{a=\"b\",le=\"60\"} 4\n",
        "carrel_x_seconds_bucket{a=\"b\",le=\"+Inf\"} 5\n", "carrel_x_seconds_count{a=\"b\"} 5\n",
        "carrel_x_seconds_sum{a=\"b\"} 100.7064\n"})
    EXPECT_NE(text.find(line), std::string::npos) << line << "in\n" << text;
}

}  // namespace
}  // namespace carrel
