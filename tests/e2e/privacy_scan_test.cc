// SPDX-License-Identifier: Apache-2.0
// What gateway and key holders stored, logged and received over a whole story,
// scanned for everything that the registers hold.
#include <filesystem>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "adapters/sources/csv/csv_source.h"
#include "adapters/sources/mapping.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/e2e/consortium.h"
#include "tests/e2e/needles.h"
#include "tests/e2e/scan.h"

namespace kinstile::e2e {
namespace {

namespace fs = std::filesystem;

const char* const kDaemons[] = {"gateway", "holder-jcp", "holder-health"};

class PrivacyScan : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    ASSERT_NO_FATAL_FAILURE(StartRecorded());
    ASSERT_NO_FATAL_FAILURE(MakeScanner());
    ASSERT_NO_FATAL_FAILURE(TellTheStory());
  }
  static void TearDownTestSuite() {
    delete town_;
    delete programs_;
    delete scanner_;
    delete needles_;
  }

  // kinstiled is the one that records; the adapter is the real one.
  static void StartRecorded() {
    auto programs = cli::ScratchFolder::Create();
    ASSERT_TRUE(programs.ok());
    programs_ = new cli::ScratchFolder(*std::move(programs));
    fs::create_symlink(KINSTILE_RECORDING, programs_->path() + "/kinstiled");
    fs::create_symlink(KINSTILE_PROGRAMS "/kinstile-adapter",
                       programs_->path() + "/kinstile-adapter");
    Setting setting;
    setting.programs = programs_->path();
    setting.enrol = false;
    auto started = Consortium::Start(setting);
    ASSERT_TRUE(started.ok()) << started.status();
    town_ = started->release();
    for (const std::string& id : Agencies())
      ASSERT_TRUE(town_->OpenNode(id).ok());
  }

  // Words that the daemons' folders hold before anybody enrolled cannot come
  // from a register; they are public and looked for no further.
  static void MakeScanner() {
    needles_ = new Needles;
    for (const std::string& id : Agencies()) {
      auto mapping = sources::LoadMapping(
          town_->Path("registers/" + id + ".mapping.textproto"));
      ASSERT_TRUE(mapping.ok()) << mapping.status();
      // The shielded above all: their items, too, are looked for.
      mapping->shielded = {};
      auto source =
          sources::CsvSource::Open(town_->Register(id), *std::move(mapping));
      ASSERT_TRUE(source.ok()) << source.status();
      const absl::Status added = needles_->Add(**source);
      ASSERT_TRUE(added.ok()) << added;
    }
    scanner_ = new Scanner(
        needles_->Make(PublicKeys(*town_->node("jcp").directory().Current())));
    const std::vector<Hit> before = ScanDaemons();
    EXPECT_LE(before.size(), 10u) << Describe(before);
    for (const Hit& hit : before)
      EXPECT_LE(scanner_->needle(hit.needle).form, Form::kDerived);
    scanner_->Exclude(before);
  }

  static void TellTheStory() {
    // The gateway serves nobody before its witnesses have seen it. The one that
    // records does not say when that is.
    for (const std::string& id : Agencies())
      ASSERT_TRUE(town_->local().StartAdapter(id).ok());
    for (const std::string& id : Agencies())
      ASSERT_TRUE(Eventually([&] { return town_->local().Enrol(id).ok(); }))
          << ReadAll(town_->local().LogFile(id + "-enrol"));
    auto family = town_->KnownFamily();
    ASSERT_TRUE(family.ok()) << family.status();
    // What goes with a consent stays with the agency, names and all.
    const std::string name = town_->Same("council", "jcp").begin()->first;
    ASSERT_TRUE(
        town_
            ->RecordConsents(*family, "health", "council",
                             {"health_visitor_contact", "last_contact_date",
                              "immunisations_up_to_date"},
                             {"NB-KW-0042", name, name})
            .ok());
    client::Question q = KeyWorkerQuestion();
    q.asks = {AskOf("jcp", {"out_of_work_benefit", "work_coach_contact"}),
              AskOf("health", {"health_visitor_contact", "last_contact_date",
                               "immunisations_up_to_date"})};
    auto outcome = town_->node("council").Ask(*family, q);
    ASSERT_TRUE(outcome.ok()) << outcome.status();
    ASSERT_FALSE(outcome->results[0].items.empty());
    q.asks = {AskOf("jcp", {"out_of_work_benefit", "benefit_type"})};
    ASSERT_TRUE(town_->node("council").Ask(*family, q).ok());
    q.purpose = "EMPLOYMENT_SUPPORT";
    q.role = "work coach";
    q.asks = {AskOf("health", {"health_visitor_contact"})};
    auto at_jcp =
        town_->Family("jcp", town_->Same("council", "jcp").begin()->second);
    ASSERT_TRUE(at_jcp.ok());
    ASSERT_TRUE(town_->node("jcp").Ask(*at_jcp, q).ok());
    AskAboutTheHidden();
    TouchTheRegister();
  }

  static void AskAboutTheHidden() {
    auto shielded = town_->ShieldedAtJcp();
    auto unknown = town_->UnknownAtJcp();
    ASSERT_TRUE(shielded.ok() && unknown.ok());
    for (const auto* ids : {&*shielded, &*unknown}) {
      ASSERT_FALSE(ids->empty());
      auto family = town_->Family("council", ids->front());
      ASSERT_TRUE(family.ok());
      ASSERT_TRUE(town_->node("council").Ask(*family, AskJcp()).ok());
      ASSERT_TRUE(town_->node("council").Match(*family, AskJcp()).ok());
    }
  }

  static void TouchTheRegister() {
    auto family = town_->KnownFamily();
    ASSERT_TRUE(family.ok());
    client::GatewayClient& gateway = town_->node("council").gateway();
    ASSERT_TRUE(gateway.SetShield(family->front().handle, true).ok());
    ASSERT_TRUE(gateway.SetShield(family->front().handle, false).ok());
    ASSERT_TRUE(gateway.Withdraw({family->back().handle}).ok());
    ASSERT_TRUE(gateway.GetRegistryStatus().ok());
    // A restart, so that what a closing store writes is there as well.
    ASSERT_EQ(town_->local().Find("gateway")->Stop(), 0);
    ASSERT_TRUE(town_->local().StartDaemon("gateway", false).ok());
    ASSERT_TRUE(Eventually([&] {
      auto outcome = town_->node("council").Ask(*family, AskJcp());
      return outcome.ok() &&
             outcome->results[0].status == share::SourceStatus::kAnswered;
    }));
  }

  static std::vector<Hit> ScanDaemons() {
    std::vector<Hit> hits;
    for (const char* daemon : kDaemons) {
      scanner_->ScanFolder(town_->local().Folder(daemon), hits);
      const std::string log = town_->local().LogFile(daemon);
      scanner_->Scan(log, ReadAll(log), hits);
    }
    return hits;
  }

  static std::string Describe(const std::vector<Hit>& hits) {
    std::string out = absl::StrCat(hits.size(), " hits\n");
    for (size_t i = 0; i < hits.size() && i < 20; ++i) {
      const Needle& n = scanner_->needle(hits[i].needle);
      absl::StrAppend(&out, "  ", needles_->values()[n.value].field, " ",
                      FormName(n.form), " of ", n.bytes.size(), " bytes, in ",
                      hits[i].encoding, ", at ", hits[i].offset, " of ",
                      hits[i].place, "\n");
    }
    return out;
  }

  static Consortium* town_;
  static cli::ScratchFolder* programs_;
  static Needles* needles_;
  static Scanner* scanner_;
};

Consortium* PrivacyScan::town_ = nullptr;
cli::ScratchFolder* PrivacyScan::programs_ = nullptr;
Needles* PrivacyScan::needles_ = nullptr;
Scanner* PrivacyScan::scanner_ = nullptr;

TEST_F(PrivacyScan, HasSomethingToLookAt) {
  EXPECT_GT(needles_->values().size(), 1'000u);
  EXPECT_GT(scanner_->size(), 100'000u);
  const std::string gateway =
      ReadAll(town_->local().Folder("gateway") + "/received.rec");
  for (const char* call : {"received /kinstile.v1.RegistryService/Enrol",
                           "received /kinstile.v1.RegistryService/SetShield",
                           "received /kinstile.v1.RegistryService/Withdraw",
                           "received /kinstile.v1.ShareService/RequestShare",
                           "received /kinstile.v1.MatchService/MatchFamily",
                           "received /kinstile.v1.SourceService/Serve",
                           "sent /kinstile.v1.ShareService/RequestShare",
                           "sent /kinstile.v1.SourceService/Serve"})
    EXPECT_THAT(gateway, testing::HasSubstr(call));
  const std::string holder =
      ReadAll(town_->local().Folder("holder-jcp") + "/received.rec");
  EXPECT_THAT(holder, testing::HasSubstr(
                          "received /kinstile.v1.TokenService/Evaluate"));
  EXPECT_GT(gateway.size() + holder.size(), 100'000u);
  EXPECT_TRUE(fs::exists(town_->local().Store("gateway") + "-wal"));
  EXPECT_FALSE(ReadAll(town_->local().LogFile("gateway")).empty());
}

TEST_F(PrivacyScan, FindsNothingAtGatewayAndKeyHolders) {
  const std::vector<Hit> hits = ScanDaemons();
  EXPECT_TRUE(hits.empty()) << Describe(hits);
}

TEST_F(PrivacyScan, FindsEveryValueAtTheAgencies) {
  std::vector<Hit> hits;
  scanner_->ScanFolder(town_->Path("registers"), hits);
  for (const std::string& id : Agencies())
    scanner_->ScanFolder(town_->local().Folder(id), hits);
  std::set<uint32_t> found;
  for (const Hit& hit : hits) found.insert(scanner_->needle(hit.needle).value);
  // Some values of two fields are one text, and count for the first.
  size_t looked_for = 0;
  for (uint32_t i = 0; i < scanner_->size(); ++i) {
    const Needle& n = scanner_->needle(i);
    if (n.form != Form::kAsWritten || scanner_->excluded(i)) continue;
    ++looked_for;
    EXPECT_TRUE(found.count(n.value) > 0)
        << "a " << needles_->values()[n.value].field << " of " << n.bytes.size()
        << " bytes";
  }
  EXPECT_GT(looked_for, 1'000u);
}

// The ways in which a careless gateway could have kept a value.
struct Leak {
  const char* name;
  std::function<std::string(const std::string& value, const std::string& key)>
      keep;
};

std::string Base64At(size_t place, const std::string& value) {
  return absl::Base64Escape(std::string(place, '\x01') + value + '\x02');
}

const Leak kLeaks[] = {
    {"plain", [](auto& v, auto&) { return v; }},
    {"hex", [](auto& v, auto&) { return absl::BytesToHexString(v); }},
    {"HEX",
     [](auto& v, auto&) {
       return absl::AsciiStrToUpper(absl::BytesToHexString(v));
     }},
    {"hex from the other nibble",
     [](auto& v, auto&) {
       return absl::StrCat("0", absl::BytesToHexString(v));
     }},
    {"base64", [](auto& v, auto&) { return Base64At(0, v); }},
    {"base64 one byte on", [](auto& v, auto&) { return Base64At(1, v); }},
    {"base64 two bytes on", [](auto& v, auto&) { return Base64At(2, v); }},
    {"base64 for the web",
     [](auto& v, auto&) { return absl::WebSafeBase64Escape(v); }},
    {"SHA-256", [](auto& v, auto&) { return Sha256Of(v); }},
    {"SHA-256 in hex",
     [](auto& v, auto&) { return absl::BytesToHexString(Sha256Of(v)); }},
    {"SHA-256 cut to a token",
     [](auto& v, auto&) { return Sha256Of(v).substr(0, 16); }},
    {"BLAKE2b", [](auto& v, auto&) { return Blake2bOf(v, 32); }},
    {"BLAKE2b-512 in base64",
     [](auto& v, auto&) { return absl::Base64Escape(Blake2bOf(v, 64)); }},
    {"HMAC", [](auto& v, auto& key) { return HmacOf(key, v); }},
    {"HMAC in hex",
     [](auto& v, auto& key) { return absl::BytesToHexString(HmacOf(key, v)); }},
};

TEST_F(PrivacyScan, FindsWhatIsPlantedAtTheGatewayInEveryEncoding) {
  const std::string copy = town_->Path("planted");
  fs::copy(town_->local().Folder("gateway"), copy, fs::copy_options::recursive);
  const std::string log = copy + "/plant.log";
  const auto keys = PublicKeys(*town_->node("jcp").directory().Current());
  // One value of each field, the longest.
  std::map<std::string, uint32_t> longest;
  for (uint32_t i = 0; i < scanner_->size(); ++i) {
    const Needle& n = scanner_->needle(i);
    if (n.form != Form::kAsWritten) continue;
    auto [it, added] =
        longest.emplace(needles_->values()[n.value].field, n.value);
    if (!added && needles_->values()[n.value].text.size() >
                      needles_->values()[it->second].text.size())
      it->second = n.value;
  }
  EXPECT_GE(longest.size(), 12u);
  for (const auto& [field, id] : longest) {
    const std::string& value = needles_->values()[id].text;
    if (value.size() < Scanner::kAnywhere) continue;
    for (const Leak& leak : kLeaks) {
      SCOPED_TRACE(absl::StrCat(field, ", ", leak.name));
      WriteAll(log, absl::StrCat("kept: ", leak.keep(value, keys.back()),
                                 " (and more)\n"));
      std::vector<Hit> hits;
      scanner_->Scan(log, ReadAll(log), hits);
      const auto is_it = [&, want = id](const Hit& hit) {
        return scanner_->needle(hit.needle).value == want;
      };
      EXPECT_TRUE(std::any_of(hits.begin(), hits.end(), is_it));
    }
  }
}

// In a row of the store's copy, as a careless column would keep it.
TEST_F(PrivacyScan, FindsWhatIsPlantedInTheStore) {
  const std::string copy = town_->Path("planted-store");
  fs::create_directories(copy);
  ASSERT_TRUE(storage::CopyTo("sqlite:" + town_->local().Store("gateway"),
                              copy + "/store.db")
                  .ok());
  std::vector<Hit> before;
  scanner_->ScanFolder(copy, before);
  EXPECT_TRUE(before.empty()) << Describe(before);
  auto store = storage::Open("sqlite:" + copy + "/store.db");
  ASSERT_TRUE(store.ok()) << store.status();
  const auto plant = [&](const std::string& bytes) {
    return (*store)->Write([&](storage::Transaction& tx) {
      return tx
          .Execute(
              "INSERT INTO daily_use (agency, what, day, used) "
              "VALUES (?, ?, ?, ?)",
              {storage::Value::Text("jcp"), storage::Value::Text(bytes),
               storage::Value::Int(1), storage::Value::Int(1)})
          .status();
    });
  };
  // A short name alone in its cell, and a long text over several pages.
  std::string surname;
  for (const Value& v : needles_->values())
    if (v.field == "surname" && v.text.size() == Scanner::kShortest)
      surname = v.text;
  ASSERT_FALSE(surname.empty());
  std::string nino;
  for (const Value& v : needles_->values())
    if (v.field == "nino") nino = v.text;
  ASSERT_TRUE(plant(surname).ok()) << plant(surname);
  std::string pages;
  while (pages.size() < 20'000) absl::StrAppend(&pages, nino, ";");
  ASSERT_TRUE(plant(pages).ok());
  std::vector<Hit> hits;
  scanner_->ScanFolder(copy, hits);
  std::set<std::string> fields;
  for (const Hit& hit : hits)
    fields.insert(needles_->values()[scanner_->needle(hit.needle).value].field);
  EXPECT_THAT(fields, testing::Contains("surname"));
  EXPECT_THAT(fields, testing::Contains("nino"));
}

}  // namespace
}  // namespace kinstile::e2e
