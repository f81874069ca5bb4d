// SPDX-License-Identifier: Apache-2.0
// Keeping the token maps: which registers are in memory, and when.
#include <utility>

#include "gateway/base/status_macros.h"
#include "gateway/index/generation.h"
#include "gateway/index/index.h"
#include "gateway/index/token_map.h"

namespace kinstile::index {
namespace {

constexpr absl::string_view kVisibleAgencies =
    "SELECT agency FROM index_generations WHERE state = 1 ORDER BY agency";

}  // namespace

Index::~Index() {
  stopping_ = true;
  if (loader_.joinable()) loader_.join();
}

void Index::StartLoading() {
  loader_ = std::thread([this] { LoadAll(); });
}

std::shared_ptr<const TokenMap> Index::MapOf(const AgencyId& agency,
                                             int64_t generation) const {
  absl::ReaderMutexLock lock(&mutex_);
  const auto it = maps_.find(agency);
  // Another process may have enrolled a newer register.
  if (it == maps_.end() || it->second.generation != generation) return nullptr;
  return it->second.map;
}

size_t Index::memory_used() const {
  absl::ReaderMutexLock lock(&mutex_);
  size_t bytes = 0;
  for (const auto& [agency, loaded] : maps_) bytes += loaded.map->bytes();
  return bytes;
}

// Without one everything works as before, so no error is anybody's business.
void Index::LoadMap(const AgencyId& agency) {
  size_t others = 0;
  {
    absl::ReaderMutexLock lock(&mutex_);
    for (const auto& [name, loaded] : maps_)
      if (name != agency) others += loaded.map->bytes();
  }
  if (others >= memory_) return;
  database_
      .Read([&](storage::Snapshot& s) -> absl::Status {
        KS_ASSIGN_OR_RETURN(const Generation row, VisibleGeneration(s, agency));
        if (MapOf(agency, row.generation) != nullptr) return absl::OkStatus();
        KS_ASSIGN_OR_RETURN(
            TokenMap map, TokenMap::Load(s, row, memory_ - others, stopping_));
        absl::MutexLock lock(&mutex_);
        Loaded& loaded = maps_[agency];
        // Meanwhile a newer register may have been enrolled.
        if (loaded.generation < row.generation)
          loaded = {row.generation,
                    std::make_shared<const TokenMap>(std::move(map))};
        return absl::OkStatus();
      })
      .IgnoreError();
}

void Index::LoadAll() {
  std::vector<AgencyId> agencies;
  database_
      .Read([&](storage::Snapshot& s) {
        return s.Query(kVisibleAgencies, {},
                       [&](const storage::Row& row) -> absl::Status {
                         KS_ASSIGN_OR_RETURN(AgencyId agency,
                                             AgencyId::Create(row.Text(0)));
                         agencies.push_back(std::move(agency));
                         return absl::OkStatus();
                       });
      })
      .IgnoreError();
  for (const AgencyId& agency : agencies) LoadMap(agency);
}

}  // namespace kinstile::index
