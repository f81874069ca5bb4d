// SPDX-License-Identifier: Apache-2.0
// Linkage in one process: the adapters' and the gateway's own code, with a
// plain hash where the keyed functions are (they only ever ask for equality).
#ifndef KINSTILE_TESTS_BENCH_LINKAGE_PIPELINE_H_
#define KINSTILE_TESTS_BENCH_LINKAGE_PIPELINE_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "adapters/identity/person.h"
#include "gateway/base/field_tokens.h"
#include "gateway/base/match_keys.h"
#include "gateway/linkage/linkage.h"
#include "gateway/linkage/weights.h"

namespace kinstile::quality {

// One person of a register: invented, or from a labelled development set.
struct Record {
  std::string id;
  std::string family;  // empty: none is known
  identity::Person person;
  FieldTokens tokens;
  // Hash of each match-key, 0 where the person lacks it.
  std::vector<uint64_t> keys;
};

// A match-key of another choice of keys; empty where the person lacks it.
struct KeyChoice {
  std::string name;
  std::function<std::string(const identity::Person&)> value;
};

// The match-keys of adapters/identity/SPEC.md by their attributes, for an
// ablation; names as in the published specification of the algorithm, D1 and D2
// being its B2 and C7 without the sex.
const std::vector<KeyChoice>& ChosenKeys();
// These and others, for an ablation.
const std::vector<KeyChoice>& AllKeys();

class Register {
 public:
  Register() = default;
  // Withholds communal houses, then makes tokens and keys. `salt`: another for
  // each register, so that what fills up near sets never meets.
  // `keys` empty: those of adapters/identity.
  Register(std::vector<Record> records, const std::string& salt,
           const std::vector<KeyChoice>& keys = {});

  const std::vector<Record>& records() const { return records_; }
  size_t size() const { return records_.size(); }
  size_t families() const { return members_.size(); }
  const std::vector<uint32_t>& family_of(uint32_t record) const {
    return members_[family_[record]];
  }
  // All families, each as the places of its records.
  const std::vector<std::vector<uint32_t>>& members() const { return members_; }
  // Records with the key; nullptr for none. `too_many` is set when more than
  // the index uses have it.
  const std::vector<uint32_t>* With(KeyId key, uint64_t hash,
                                    bool& too_many) const;

 private:
  std::vector<Record> records_;
  std::vector<uint32_t> family_;
  std::vector<std::vector<uint32_t>> members_;
  std::vector<absl::flat_hash_map<uint64_t, std::vector<uint32_t>>> index_;
};

// A record without tokens and keys yet.
Record MakeRecord(std::string id, std::string family,
                  const identity::RawPerson& raw);
// A CSV through its mapping, as an adapter reads it; aborts when it cannot.
std::vector<Record> LoadRecords(const std::string& csv,
                                const std::string& mapping);

// The handle of a place in a register, and back.
Handle HandleOf(uint32_t place);
uint32_t PlaceOf(const Handle& handle);

// One family of `left` against `right`, as the gateway would see it.
linkage::Problem ProblemOf(const Register& left,
                           const std::vector<uint32_t>& family,
                           const Register& right);

struct Pair {
  uint32_t left = 0;
  uint32_t right = 0;
  linkage::Grade grade = linkage::Grade::kNoMatch;
};

// How two records compare; the gateway's own way is by their tokens.
using Comparer = std::function<linkage::Levels(const Record&, const Record&)>;
linkage::Levels ByTokens(const Record& a, const Record& b);

struct Linked {
  std::vector<Pair> pairs;  // MATCH and POSSIBLE
  size_t candidates = 0;    // of stage 1
  size_t compared = 0;
};

// Every family of `left` on its own, then right people claimed by two families
// dropped, as `kinstile link` does.
Linked LinkAll(const Register& left, const Register& right,
               const linkage::Model& model, const Comparer& compare = ByTokens);

// Weights from these two registers without truth: u and the within-household
// table measured inside each, the rest by EM on the candidates.
linkage::Weights EstimateFrom(const Register& left, const Register& right,
                              const linkage::Weights& start,
                              const Comparer& compare = ByTokens);

}  // namespace kinstile::quality

#endif  // KINSTILE_TESTS_BENCH_LINKAGE_PIPELINE_H_
