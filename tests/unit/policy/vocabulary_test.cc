// SPDX-License-Identifier: Apache-2.0
// The plain enums and the schema say the same words with the same numbers.
#include "policy/vocabulary.h"

#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include "kinstile/v1/agreement.pb.h"
#include "kinstile/v1/law.pb.h"
#include "policy/facts.h"

namespace kinstile::policy {
namespace {

template <class E>
void ExpectSameWords(const google::protobuf::EnumDescriptor* schema,
                     std::optional<E> (*from_name)(absl::string_view)) {
  for (int i = 0; i < schema->value_count(); ++i) {
    const auto* value = schema->value(i);
    if (value->number() == 0) {
      EXPECT_FALSE(from_name(value->name()).has_value()) << value->name();
      continue;
    }
    EXPECT_EQ(Name(static_cast<E>(value->number())),
              absl::string_view(value->name()));
    const std::optional<E> parsed = from_name(value->name());
    ASSERT_TRUE(parsed.has_value()) << value->name();
    EXPECT_EQ(static_cast<int>(*parsed), value->number());
  }
  int words = 0;
  for (int n = 0; n < 256; ++n) words += !Name(static_cast<E>(n)).empty();
  EXPECT_EQ(words, schema->value_count() - 1);
  EXPECT_FALSE(from_name("").has_value());
  EXPECT_FALSE(from_name("no_such_word").has_value());
}

TEST(Vocabulary, UnknownCategoriesAreSensitive) {
  EXPECT_TRUE(IsSensitive(DataCategory::kHealth));
  EXPECT_TRUE(IsSensitive(DataCategory::kOffending));
  EXPECT_TRUE(IsSensitive(DataCategory::kPlanAndNotes));
  EXPECT_TRUE(IsSensitive(static_cast<DataCategory>(99)));
  EXPECT_FALSE(IsSensitive(DataCategory::kBenefits));
  EXPECT_FALSE(IsSensitive(DataCategory::kContact));
}

TEST(Vocabulary, EqualsTheSchema) {
  ExpectSameWords<AgencyType>(v1::AgencyType_descriptor(), AgencyTypeFromName);
  ExpectSameWords<Purpose>(v1::Purpose_descriptor(), PurposeFromName);
  ExpectSameWords<DataCategory>(v1::DataCategory_descriptor(),
                                DataCategoryFromName);
  ExpectSameWords<Granularity>(v1::Granularity_descriptor(),
                               GranularityFromName);
  ExpectSameWords<Mode>(v1::Mode_descriptor(), ModeFromName);
  ExpectSameWords<ConditionKind>(v1::ConditionKind_descriptor(),
                                 ConditionKindFromName);
  ExpectSameWords<ObligationKind>(v1::ObligationKind_descriptor(),
                                  ObligationKindFromName);
  ExpectSameWords<Jurisdiction>(v1::Jurisdiction_descriptor(),
                                JurisdictionFromName);
}

// The words of law that nobody has to parse from a string.
template <class E>
void ExpectSameNames(const google::protobuf::EnumDescriptor* schema) {
  for (int n = 0; n < 256; ++n) {
    const auto* value = n == 0 ? nullptr : schema->FindValueByNumber(n);
    EXPECT_EQ(Name(static_cast<E>(n)),
              value == nullptr ? "" : absl::string_view(value->name()));
  }
}

TEST(Vocabulary, NamesTheWordsOfLaw) {
  ExpectSameNames<GatewayStrength>(v1::GatewayStrength_descriptor());
  ExpectSameNames<Article6>(v1::Article6_descriptor());
  ExpectSameNames<RecognisedInterest>(v1::RecognisedInterest_descriptor());
  ExpectSameNames<Article9>(v1::Article9_descriptor());
  ExpectSameNames<Schedule1>(v1::Schedule1_descriptor());
  ExpectSameNames<Confidence>(v1::Confidence_descriptor());
  ExpectSameNames<StatutoryBar>(v1::StatutoryBar_descriptor());
  ExpectSameNames<Certainty>(v1::Certainty_descriptor());
  ExpectSameNames<Sensitivity>(v1::Sensitivity_descriptor());
  ExpectSameNames<Nature>(v1::Agreement::Item::Nature_descriptor());
}

TEST(Vocabulary, LayersBeginWithTheFourLegalOnes) {
  const auto* schema = v1::LegalLayer_descriptor();
  for (int i = 1; i < schema->value_count(); ++i) {
    EXPECT_EQ(Name(static_cast<Layer>(schema->value(i)->number())),
              absl::string_view(schema->value(i)->name()));
  }
  EXPECT_EQ(Name(Layer::kAgreement), "AGREEMENT");
  EXPECT_EQ(Name(Layer::kCondition), "CONDITION");
}

TEST(Vocabulary, FactsHaveRoomForEveryCondition) {
  const auto* schema = v1::ConditionKind_descriptor();
  Facts facts;
  for (int i = 1; i < schema->value_count(); ++i) {
    const auto kind = static_cast<ConditionKind>(schema->value(i)->number());
    EXPECT_EQ(facts.Get(kind).truth, Truth::kUnknown) << Name(kind);
    facts.Set(kind, Truth::kYes);
    EXPECT_EQ(facts.Get(kind).truth, Truth::kYes) << Name(kind);
  }
}

TEST(Vocabulary, ComparesByteForByte) {
  EXPECT_FALSE(PurposeFromName("support_key_working").has_value());
  EXPECT_FALSE(PurposeFromName("SUPPORT_KEY_WORKING ").has_value());
  EXPECT_EQ(PurposeFromName("SUPPORT_KEY_WORKING"),
            Purpose::kSupportKeyWorking);
}

}  // namespace
}  // namespace kinstile::policy
