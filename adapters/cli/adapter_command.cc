// SPDX-License-Identifier: Apache-2.0
// kinstile adapter: a mapping proposed from a file or a table, and checked.
#include <cstdio>
#include <fstream>
#include <memory>
#include <sstream>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "adapters/cli/commands.h"
#include "adapters/cli/output.h"
#include "adapters/daemon/node.h"
#include "adapters/daemon/open_source.h"
#include "adapters/sources/csv/csv_sample.h"
#include "adapters/sources/csv/csv_source.h"
#include "adapters/sources/propose.h"
#include "adapters/sources/sql/odbc.h"
#include "adapters/sources/sql/sql_source.h"
#include "gateway/base/clock.h"
#include "gateway/base/status_macros.h"
#include "gateway/crypto/random.h"

namespace kinstile::cli {
namespace {

constexpr size_t kSampleRows = 1000;

struct Options {
  std::string csv, odbc, table, check, out;
  std::vector<std::string> joined;
  bool json = false;
};

absl::StatusOr<sources::TableSample> SampleTable(const Options& o) {
  // It becomes part of a query: a name, or schema.name.
  if (o.table.empty() || !absl::c_all_of(o.table, [](char c) {
        return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_' ||
               c == '.';
      }))
    return absl::InvalidArgumentError(
        "--table: must be a table's name, or SCHEMA.NAME");
  KS_ASSIGN_OR_RETURN(const auto connection_string,
                      daemon::ReadConnectionString(o.odbc));
  KS_ASSIGN_OR_RETURN(
      auto connection,
      sources::OdbcConnection::Open(connection_string, absl::Seconds(30)));
  KS_ASSIGN_OR_RETURN(
      auto rows,
      connection->Run(absl::StrCat("SELECT * FROM ", o.table), nullptr));
  sources::TableSample sample;
  sample.sql_table = o.table;
  sample.header = rows->header();
  sources::Fields row;
  while (sample.rows.size() < kSampleRows) {
    KS_ASSIGN_OR_RETURN(const bool more, rows->Next(row));
    if (!more) break;
    sample.rows.push_back(std::move(row));
  }
  return sample;
}

int Propose(const Options& o) {
  auto sample =
      o.csv.empty() ? SampleTable(o) : sources::SampleCsv(o.csv, kSampleRows);
  if (!sample.ok())
    return Complain(sample.status(), absl::IsInvalidArgument(sample.status())
                                         ? kUsage
                                         : kFailed);
  const sources::Proposal p = sources::ProposeMapping(
      *sample, absl::ToCivilDay(SystemClock().Now(), absl::UTCTimeZone()));
  if (!o.out.empty()) {
    std::ofstream file(o.out);
    if (!(file << p.text) || !file.flush())
      return Complain(
          absl::UnavailableError(absl::StrCat(o.out, ": cannot be written")));
  }
  if (o.json) {
    Json guesses = Json::array();
    for (const sources::Guess& g : p.guesses)
      guesses.push_back(
          {{"field", g.field}, {"column", g.column}, {"because", g.why}});
    PrintJson({{"complete", p.complete},
               {"mapping", p.text},
               {"guesses", guesses},
               {"not_mapped", p.unmapped}});
  } else if (o.out.empty()) {
    std::fputs(p.text.c_str(), stdout);
  } else {
    std::printf("Wrote %s: %zu columns guessed, %zu not mapped.\n",
                o.out.c_str(), p.guesses.size(), p.unmapped.size());
  }
  if (!p.complete) {
    std::fprintf(stderr,
                 "kinstile: the mapping is not complete: %s was not found\n",
                 p.text.find("# MISSING: id") != std::string::npos
                     ? "a column with a unique id"
                     : "a column about a person");
    return kNotVerified;
  }
  return kDone;
}

// The mapping against the file or database, if one is given.
absl::Status TryMapping(const Options& o, sources::SourceMapping mapping) {
  if (!o.csv.empty()) {
    std::vector<std::pair<std::string, std::string>> joined;
    for (const std::string& j : o.joined)
      joined.push_back(absl::StrSplit(j, absl::MaxSplits('=', 1)));
    return sources::CsvSource::Open(o.csv, std::move(mapping), joined).status();
  }
  if (o.odbc.empty()) return absl::OkStatus();
  sources::SqlSource::Options options;
  KS_ASSIGN_OR_RETURN(options.connection_string,
                      daemon::ReadConnectionString(o.odbc));
  return sources::SqlSource::Open(std::move(options), std::move(mapping))
      .status();
}

int Check(const Options& o) {
  auto mapping = sources::LoadMapping(o.check);
  if (!mapping.ok()) return Complain(mapping.status(), kUsage);
  const size_t mapped =
      mapping->person.size() + mapping->items.size() + mapping->facts.size();
  const bool shield = !mapping->shielded.column.empty() || mapping->fhir;
  if (absl::Status s = TryMapping(o, *std::move(mapping)); !s.ok())
    return Complain(s, absl::IsUnavailable(s) ? kFailed : kUsage);
  std::ifstream file(o.check);
  std::ostringstream text;
  text << file.rdbuf();
  size_t guesses = 0;
  const std::string all = text.str();
  for (size_t at = 0;
       (at = all.find(sources::kGuessMark, at)) != std::string::npos; ++at)
    ++guesses;
  const bool tried = !o.csv.empty() || !o.odbc.empty();
  if (o.json) {
    PrintJson({{"good", true},
               {"columns", mapped},
               {"guesses_left", guesses},
               {"says_who_is_shielded", shield},
               {"tried_on_the_source", tried}});
    return kDone;
  }
  std::printf("%s: good%s; %zu columns of people, items and facts.\n",
              o.check.c_str(),
              tried ? ", and every column is there" : " in itself", mapped);
  if (guesses > 0)
    std::printf("%zu guesses are still marked: look at them.\n", guesses);
  if (!shield)
    std::printf("Nobody is shielded by it: is that what you decided?\n");
  return kDone;
}

int Run(const Options& o) {
  if (!o.csv.empty() && !o.odbc.empty())
    return Complain(absl::InvalidArgumentError("--csv and --odbc: give one"),
                    kUsage);
  if (!o.check.empty()) return Check(o);
  if (o.csv.empty() && o.odbc.empty())
    return Complain(absl::InvalidArgumentError(
                        "give --csv FILE, or --odbc FILE and --table NAME"),
                    kUsage);
  return Propose(o);
}

struct ShieldOptions {
  std::string config, case_ref;
  bool lift = false, json = false;
};

int Shield(const ShieldOptions& o) {
  auto node = daemon::Node::Create(o.config);
  if (!node.ok()) return Complain(node.status(), kUsage);
  if (absl::Status s = (*node)->SetShield(identity::Pii<>(o.case_ref), !o.lift);
      !s.ok())
    return Complain(s);
  const absl::Status told = (*node)->outbox().Flush();
  if (o.json)
    PrintJson({{"shielded", !o.lift}, {"gateway_told", told.ok()}});
  else
    std::printf("%s here%s.\n",
                o.lift ? "Lifted (what your own system says still holds)"
                       : "Shielded, with the whole family, from now on:",
                told.ok() ? " and at the gateway"
                          : "; the gateway cannot be told yet and will be by "
                            "your adapter");
  return kDone;
}

void AddShield(CLI::App& adapter, Chosen& chosen) {
  CLI::App* shield = adapter.add_subcommand(
      "shield",
      "shield a person at once, whatever your system says: nobody finds them "
      "or their family. Holds across enrolments until it is lifted.");
  auto o = std::make_shared<ShieldOptions>();
  shield->add_option("--config", o->config, "your adapter's configuration")
      ->required();
  shield->add_option("--case", o->case_ref, "your own reference of the person")
      ->required();
  shield->add_flag("--lift", o->lift, "take a shield back that was set so");
  shield->add_flag("--json", o->json, "for machines");
  shield->callback([o, &chosen] { chosen = [o] { return Shield(*o); }; });
}

}  // namespace

void AddAdapter(CLI::App& app, Chosen& chosen) {
  CLI::App* adapter = app.add_subcommand(
      "adapter", "your own system: its mapping, and who is shielded");
  adapter->require_subcommand(1);
  CLI::App* map = adapter->add_subcommand(
      "map",
      "propose a mapping from a CSV file's header or a table, each guess "
      "marked; or --check one.\nReads at most 1,000 rows, changes nothing, "
      "sends nothing, and prints no value of any row.");
  auto o = std::make_shared<Options>();
  map->add_option("--csv", o->csv, "CSV file with one row a person");
  map->add_option("--odbc", o->odbc,
                  "file with an ODBC connection string (only you may read it)");
  map->add_option("--table", o->table, "with --odbc: the table or view");
  map->add_option("--out", o->out, "write the mapping here");
  map->add_option("--check", o->check,
                  "check this mapping: by itself, or against --csv or --odbc");
  map->add_option("--joined", o->joined,
                  "with --check --csv: NAME=FILE for each joined file");
  map->add_flag("--json", o->json, "for machines");
  map->callback([o, &chosen] { chosen = [o] { return Run(*o); }; });
  AddShield(*adapter, chosen);
}

}  // namespace kinstile::cli
