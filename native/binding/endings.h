#pragma once

// Threads that belong to one environment. They must end before it does, and before the process does, whose static objects
// they use: on process.exit() Node.js tears no environment down, it calls exit() at once.

#include <set>
#include <utility>

namespace ijepa::binding {

// Something that runs on threads of its own. Called on the JavaScript thread.
class Ending {
 public:
  virtual ~Ending() = default;
  virtual void begin_to_end() = 0;  // never blocks
  virtual void wait_for_end() = 0;
};

// All of one environment; JavaScript thread only.
class Endings {
 public:
  void add(Ending& one) { all_.insert(&one); }
  void remove(Ending& one) { all_.erase(&one); }
  // All of them first, so that nobody waits for more than the slowest.
  void begin() {
    for (Ending* one : all_) one->begin_to_end();
  }
  void run() {
    begin();
    for (Ending* one : std::exchange(all_, {})) one->wait_for_end();
  }

 private:
  std::set<Ending*> all_;
};

}  // namespace ijepa::binding
