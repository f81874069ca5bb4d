// SPDX-License-Identifier: Apache-2.0
// Counting use by the day.
#include "gateway/share/daily_use.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "gateway/base/status_macros.h"
#include "gateway/share/reason.h"

namespace kinstile::share {
namespace {

using storage::Value;

int64_t DayOf(absl::Time t) { return absl::ToUnixSeconds(t) / 86400; }

// What a clock that was days ahead has counted is counted as today's: nothing
// is given back, and the day after tomorrow's budget is not spent until then.
// A day or less ahead stays, as the mark that a clock was set back.
absl::Status BringBack(storage::Transaction& tx, int64_t today) {
  KS_RETURN_IF_ERROR(
      tx.Execute("INSERT INTO daily_use (agency, what, day, used) "
                 "SELECT agency, what, ?1, SUM(used) FROM daily_use "
                 "WHERE day > ?2 GROUP BY agency, what "
                 "ON CONFLICT (agency, what, day) "
                 "DO UPDATE SET used = daily_use.used + excluded.used",
                 {Value::Int(today), Value::Int(today + 1)})
          .status());
  return tx
      .Execute("DELETE FROM daily_use WHERE day > ?1", {Value::Int(today + 1)})
      .status();
}

}  // namespace

absl::StatusOr<std::unique_ptr<DailyUse>> DailyUse::Open(storage::Database& db,
                                                         absl::Time now) {
  std::unique_ptr<DailyUse> use(new DailyUse);
  use->day_ = DayOf(now);
  KS_RETURN_IF_ERROR(db.Write(
      [&](storage::Transaction& tx) { return BringBack(tx, use->day_); }));
  KS_RETURN_IF_ERROR(db.Read([&](storage::Snapshot& snapshot) -> absl::Status {
    // Not before the last day on record: a clock that was set back while we
    // were down must not refill a budget.
    KS_RETURN_IF_ERROR(
        snapshot.Query("SELECT COALESCE(MAX(day), 0) FROM daily_use", {},
                       [&](const storage::Row& row) {
                         use->day_ = std::max(use->day_, row.Int(0));
                         return absl::OkStatus();
                       }));
    return snapshot.Query(
        "SELECT agency, what, used FROM daily_use WHERE day = ?1",
        {Value::Int(use->day_)}, [&](const storage::Row& row) {
          KS_ASSIGN_OR_RETURN(AgencyId agency, AgencyId::Create(row.Text(0)));
          use->used_[{std::move(agency), std::string(row.Text(1))}] =
              row.Int(2);
          return absl::OkStatus();
        });
  }));
  return use;
}

void DailyUse::StartDay(int64_t day) const {
  // Never backwards: a clock that is set back must not refill a budget.
  if (day <= day_) return;
  day_ = day;
  used_.clear();
}

int64_t DailyUse::Used(const AgencyId& agency, absl::string_view what,
                       absl::Time now) const {
  std::lock_guard lock(mutex_);
  StartDay(DayOf(now));
  auto it = used_.find({agency, std::string(what)});
  return it == used_.end() ? 0 : it->second;
}

absl::Status DailyUse::Take(const AgencyId& agency, absl::string_view what,
                            int64_t amount, int64_t limit, absl::Time now) {
  std::lock_guard lock(mutex_);
  StartDay(DayOf(now));
  int64_t& used = used_[{agency, std::string(what)}];
  if (amount > limit - used)
    return Refuse(
        absl::StatusCode::kResourceExhausted, Reason::kBudgetExhausted,
        absl::StrCat(what, ": today's budget of this agency is used"));
  used += amount;
  return absl::OkStatus();
}

void DailyUse::GiveBack(const AgencyId& agency, absl::string_view what,
                        int64_t amount, absl::Time then) {
  std::lock_guard lock(mutex_);
  // Of a day that is over, or with a clock that was set back: lost.
  if (DayOf(then) != day_) return;
  const auto it = used_.find({agency, std::string(what)});
  if (it != used_.end()) it->second = std::max<int64_t>(0, it->second - amount);
}

absl::Status DailyUse::Keep(storage::Transaction& tx, const AgencyId& agency,
                            absl::string_view what, int64_t amount,
                            absl::Time now) {
  return tx
      .Execute(
          "INSERT INTO daily_use (agency, what, day, used) "
          "VALUES (?1, ?2, ?3, ?4) ON CONFLICT (agency, what, day) "
          "DO UPDATE SET used = daily_use.used + ?4",
          {Value::Text(agency.str()), Value::Text(what), Value::Int(DayOf(now)),
           Value::Int(amount)})
      .status();
}

}  // namespace kinstile::share
