// SPDX-License-Identifier: Apache-2.0
// The manifest: believed only signed by two, and only if it holds together.
#include "gateway/wire/manifest.h"

#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/unit/gateway/wire/manifest_text.h"

namespace kinstile::wire {
namespace {

using ::testing::HasSubstr;

absl::StatusOr<std::shared_ptr<const share::Consortium>> Parse(
    const std::string& text, const ManifestSignatures& signatures) {
  return ParseManifest(text, "m.textproto", signatures, Pinned());
}

TEST(Manifest, IsReadWhole) {
  const auto c = Parse(ManifestText(), SignaturesOf(ManifestText()));
  ASSERT_TRUE(c.ok()) << c.status();
  EXPECT_EQ((*c)->version, 4u);
  EXPECT_FALSE((*c)->demonstration);
  EXPECT_EQ((*c)->digest, crypto::Sha256(ManifestText()));
  EXPECT_EQ((*c)->FindAgency("health")->signing_key,
            SignerOf('h').verify_key());
  EXPECT_EQ((*c)->FindAgency("council")->register_size, 100u);
  EXPECT_EQ((*c)->FindAgencyByPin(crypto::Sha256("tls council"))->id.str(),
            "council");
  EXPECT_EQ((*c)->FindGateway("gateway")->log_origin, "gateway.example/audit");
  EXPECT_EQ((*c)->FindKeyHolder("holder-2")->share_index, 2);
  EXPECT_EQ((*c)->key_threshold, 2u);
}

TEST(Manifest, NeedsTwoPinnedSignersOfTheseBytes) {
  const std::string text = ManifestText();
  const std::string council = SignatureHex('c', text);
  const std::string health = SignatureHex('h', text);
  const struct {
    const char* name;
    ManifestSignatures signatures;
  } cases[] = {
      {"none", {}},
      {"one", {{"council", council}}},
      {"one twice", {{"council", council}, {"health", council}}},
      {"swapped", {{"council", health}, {"health", council}}},
      {"one and a stranger",
       {{"council", council}, {"school", SignatureHex('s', text)}}},
      {"of other bytes", SignaturesOf(text + " ")},
      {"of another use",
       {{"council", council},
        {"health", Hex(SignerOf('h').Sign("other", text).view())}}},
  };
  for (const auto& c : cases)
    EXPECT_TRUE(absl::IsUnauthenticated(Parse(text, c.signatures).status()))
        << c.name;
  EXPECT_TRUE(absl::IsInvalidArgument(
      Parse(text, {{"council", council}, {"health", "no hex"}}).status()));
  // Two names for one key are one signer.
  EXPECT_TRUE(absl::IsUnauthenticated(
      ParseManifest(text, "m", {{"a", council}, {"b", council}},
                    {{"a", SignerOf('c').verify_key()},
                     {"b", SignerOf('c').verify_key()}})
          .status()));
}

std::string Key(char c) { return Hex(SignerOf(c).verify_key().view()); }

TEST(Manifest, MistakesAreNamedByFieldOrPlace) {
  const std::string pin_council = Hex(crypto::Sha256("tls council").view());
  const std::string pin_gateway = Hex(crypto::Sha256("tls gateway").view());
  const struct {
    const char* name;
    std::string from, to, named;
  } cases[] = {
      {"unknown field", "version: 4", "version: 4\nvendor: 1",
       "m.textproto:3:"},
      {"not text", "version: 4", "version: {", "m.textproto:"},
      {"field twice", "version: 4", "version: 4\nversion: 5", "m.textproto:3:"},
      {"unset field", "  register_size: 100\n", "",
       "\"register_size\" is not set in Agency"},
      {"agency twice", "id: \"health\"", "id: \"council\"", "agencies.id"},
      {"bad id", "id: \"health\"", "id: \"Health \"", "agency"},
      {"signing key twice", Key('h'), Key('c'), "signing_key"},
      {"comparison key twice", BoxKeyHex("health"), BoxKeyHex("council"),
       "comparison_key"},
      {"pin of two parties", pin_gateway, pin_council, "tls_spki_sha256"},
      {"log key twice", Key('1'), Key('g'), "log_key"},
      {"log origin twice", "holder-1.example", "gateway.example", "log_origin"},
      {"short key", Key('h'), Key('h').substr(2), "signing_key"},
      {"no hex", Key('h'), absl::StrCat("zz", Key('h').substr(2)),
       "signing_key"},
      {"strange organisation", "share_index: 1\n", "share_index: 1\n#",
       "organisation"},
      {"audit key twice", BoxKeyHex("officer health"),
       BoxKeyHex("officer council"), "audit_key"},
      {"officer twice", "key_id: \"health-1\"", "key_id: \"council-1\"",
       "officers.key_id"},
      {"no bucket", "key_id: \"health-1\"",
       "bucket: \"sharing\" key_id: \"health-1\"", "officers.bucket"},
      {"agreement in two classes", "version: 4",
       "version: 4 retention { name: \"a\" agreements: \"x\" keep_months: 1 } "
       "retention { name: \"b\" agreements: \"x\" keep_months: 1 }",
       "retention.agreements"},
      {"oversight twice", "version: 4",
       "version: 4 oversight { id: \"o\" name: \"o\" officers { key_id: \"p\" "
       "audit_key: \"" +
           BoxKeyHex("p") +
           "\" } } oversight { id: \"o\" name: \"o\" officers { key_id: \"q\" "
           "audit_key: \"" +
           BoxKeyHex("q") + "\" } }",
       "oversight.id"},
      {"share index twice", "share_index: 2", "share_index: 1", "share_index"},
      {"share index 0", "share_index: 2", "share_index: 0", "share_index"},
      {"threshold 0", "threshold: 2", "threshold: 0", "threshold"},
      {"threshold 3", "threshold: 2", "threshold: 3", "threshold"},
      {"witness of another kind", "witness: \"council", "witness: \"x",
       "witness"},
      {"witness twice", WitnessKeyText("health", 'h'),
       WitnessKeyText("council", 'c'), "witness"},
      {"witness with a key of another use", WitnessKeyText("health", 'h'),
       WitnessKeyText("health", 'h' ^ 0x40), "witness"},
      {"no quorum", "quorum both", "", "there is no quorum line"},
      {"quorum of nobody", "quorum both", "quorum none", "demonstrations"},
      {"quorum of one", "both all", "both any", "its own witness"},
      {"quorum of one by name", "quorum both", "quorum health",
       "its own witness"},
      {"quorum of strangers", "all council health", "all council jcp",
       "witness policy: line 3"},
      {"stops before it starts", "quorum both\\n\"",
       "quorum both\\n\" sensitive_seconds: 60 ordinary_seconds: 59",
       "ordinary_seconds"},
      {"shares of another threshold", "threshold: 2", "threshold: 1",
       "share_public_key"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    std::string text = absl::StrReplaceAll(ManifestText(), {{c.from, c.to}});
    if (std::string(c.name) == "strange organisation")
      text = absl::StrReplaceAll(ManifestText(), {{"organisation: \"council\"",
                                                   "organisation: \"x\""}});
    ASSERT_NE(text, ManifestText());
    const absl::Status s = Parse(text, SignaturesOf(text)).status();
    EXPECT_TRUE(absl::IsInvalidArgument(s)) << s;
    EXPECT_THAT(std::string(s.message()), HasSubstr(c.named));
    EXPECT_THAT(std::string(s.message()),
                testing::Not(HasSubstr(pin_council.substr(0, 16))));
  }
}

TEST(Manifest, SharesOfAnotherKeyAreFound) {
  const auto other = crypto::OprfKey::Derive(std::string(32, 'o'), "test");
  const auto whole = crypto::OprfKey::Derive(std::string(32, 'k'), "test");
  const std::string text = absl::StrReplaceAll(
      ManifestText(),
      {{Hex(whole->public_key().bytes()), Hex(other->public_key().bytes())}});
  EXPECT_THAT(std::string(Parse(text, SignaturesOf(text)).status().message()),
              HasSubstr("share_public_key"));
}

}  // namespace
}  // namespace kinstile::wire
