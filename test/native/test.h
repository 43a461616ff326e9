#pragma once

// A very small test harness: TEST("sentence") { EXPECT(...); } in a file that ends with TEST_MAIN.

#include <cstdio>
#include <exception>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace ijepa::test {

struct Registry {
  std::vector<std::pair<std::string, std::function<void()>>> tests;
  std::string fixtures;  // the folder test/fixtures
  int failures = 0;
  static Registry& get() {
    static Registry registry;
    return registry;
  }
};

inline std::string fixture(const std::string& name) { return Registry::get().fixtures + "/" + name; }

inline bool add(std::string name, std::function<void()> body) {
  Registry::get().tests.emplace_back(std::move(name), std::move(body));
  return true;
}

inline void expect(bool holds, const char* expression, const char* file, int line, const std::string& note = {}) {
  if (holds) return;
  ++Registry::get().failures;
  std::printf("%s:%d: expected %s %s\n", file, line, expression, note.c_str());
}

inline int run(int argc, char** argv) {
  auto& registry = Registry::get();
  if (argc > 1) registry.fixtures = argv[1];
  int failed = 0;
  for (auto& [name, body] : registry.tests) {
    const int before = registry.failures;
    try {
      body();
    } catch (const std::exception& error) {
      ++registry.failures;
      std::printf("threw: %s\n", error.what());
    }
    const bool passed = registry.failures == before;
    failed += !passed;
    std::printf("%s - %s\n", passed ? "ok" : "not ok", name.c_str());
  }
  std::printf("%zu passed, %d failed\n", registry.tests.size() - failed, failed);
  return failed != 0;
}

}  // namespace ijepa::test

#define IJEPA_CONCAT_(a, b) a##b
#define IJEPA_CONCAT(a, b) IJEPA_CONCAT_(a, b)
#define TEST(name)                                                                            \
  static void IJEPA_CONCAT(test_, __LINE__)();                                                \
  static const bool IJEPA_CONCAT(added_, __LINE__) =                                          \
      ::ijepa::test::add(name, &IJEPA_CONCAT(test_, __LINE__));                               \
  static void IJEPA_CONCAT(test_, __LINE__)()
#define EXPECT(...) ::ijepa::test::expect(bool(__VA_ARGS__), #__VA_ARGS__, __FILE__, __LINE__)
#define EXPECT_NOTE(note, ...) ::ijepa::test::expect(bool(__VA_ARGS__), #__VA_ARGS__, __FILE__, __LINE__, note)
#define TEST_MAIN \
  int main(int argc, char** argv) { return ::ijepa::test::run(argc, argv); }
