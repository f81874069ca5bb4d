// SPDX-License-Identifier: Apache-2.0
// Audit records, leaves and public payloads: one value, one encoding.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "gateway/audit/audience.h"
#include "gateway/audit/leaf.h"
#include "gateway/audit/record.h"

using namespace kinstile::audit;  // NOLINT: a test program

std::vector<std::string> FuzzSeeds() {
  Record r;
  r.legs.resize(1);
  r.legs[0].items_asked = {"item"};
  r.legs[0].released = {{"item", "month", {0}}};
  r.subjects.resize(2);
  r.refusal = Refusal();
  r.holder = HolderTruth();
  r.counts = {{"n", 1}};
  KeyFrame frame;
  frame.keys.resize(1);
  return {*EncodeRecord(r), EncodeLeaf(Leaf()), EncodeKeyFrame(frame),
          EncodeKeyManifest({{}, {{"a", {{"k", {}}}}}}),
          EncodeGenesis({"origin", {}})};
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  auto same = [&bytes](const std::string& again) {
    if (again != bytes) std::abort();
  };
  if (auto v = DecodeRecord(bytes); v.ok()) same(*EncodeRecord(*v));
  if (auto v = DecodeLeaf(bytes); v.ok()) same(EncodeLeaf(*v));
  if (auto v = DecodeKeyFrame(bytes); v.ok()) same(EncodeKeyFrame(*v));
  if (auto v = DecodeKeyManifest(bytes); v.ok()) same(EncodeKeyManifest(*v));
  if (auto v = DecodeGenesis(bytes); v.ok()) same(EncodeGenesis(*v));
  return 0;
}
