// SPDX-License-Identifier: Apache-2.0
// Runs a fuzz target without libFuzzer: a fixed number of mutated inputs.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

// A target may give well-formed inputs to start from.
std::vector<std::string> __attribute__((weak)) FuzzSeeds() { return {}; }

namespace {

void Run(const std::string& input) {
  LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(input.data()),
                         input.size());
}

// One small random edit: flip, insert, erase, or copy a run.
void Mutate(std::string& s, std::mt19937_64& rng) {
  auto below = [&](size_t n) { return n == 0 ? 0 : rng() % n; };
  switch (rng() % 4) {
    case 0:
      if (!s.empty()) s[below(s.size())] = static_cast<char>(rng());
      break;
    case 1:
      s.insert(below(s.size() + 1), 1, static_cast<char>(rng()));
      break;
    case 2:
      if (!s.empty()) s.erase(below(s.size()), 1 + rng() % 8);
      break;
    default: {
      std::string run = s.substr(below(s.size()), rng() % 16);
      s.insert(below(s.size() + 1), run);
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  // KINSTILE_FUZZ_RUNS lengthens a soak; the seed is fixed, so a failure
  // repeats.
  const char* env = std::getenv("KINSTILE_FUZZ_RUNS");
  const long runs = env != nullptr ? std::atol(env) : 5000;
  (void)argc;
  std::mt19937_64 rng(20261123);
  std::vector<std::string> pool = FuzzSeeds();
  pool.emplace_back();
  for (const std::string& s : pool) Run(s);
  for (long i = 0; i < runs; ++i) {
    std::string s = pool[rng() % pool.size()];
    for (int k = rng() % 8; k >= 0; --k) Mutate(s, rng);
    Run(s);
  }
  std::printf("%s: %ld inputs\n", argv[0], runs);
  return 0;
}
