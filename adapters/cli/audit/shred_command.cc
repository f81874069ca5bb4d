// SPDX-License-Identifier: Apache-2.0
// kinstile audit shred: an order to erase, signed by two agencies, carried out.
#include <algorithm>
#include <cstdio>
#include <memory>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "adapters/cli/audit/commands.h"
#include "adapters/cli/audit/trail.h"
#include "adapters/cli/output.h"
#include "adapters/client/gateway_client.h"
#include "adapters/daemon/node.h"
#include "gateway/audit/shred.h"
#include "gateway/base/clock.h"
#include "gateway/base/status_macros.h"
#include "gateway/wire/key_file.h"
#include "gateway/wire/manifest.h"
#include "gateway/wire/text.h"

namespace kinstile::cli {
namespace {

// What is about to be signed or done, for people.
std::string OrderText(const audit::ShredOrder& o) {
  return absl::StrCat(
      "Order to erase ",
      o.bucket.empty() ? absl::StrCat("entry ", o.index)
                       : absl::StrCat("the bucket ", o.bucket, ", whose keys ",
                                      absl::StrJoin(o.destroyed_key_ids, ", "),
                                      " were destroyed"),
      " of the log ", o.origin, "; ground: ", audit::ShredGroundName(o.ground),
      "; of ",
      absl::FormatTime("%Y-%m-%d %H:%M:%S UTC",
                       absl::FromUnixMillis(o.ordered_ms), absl::UTCTimeZone()),
      ".");
}

absl::StatusOr<std::string> ReadHex(const std::string& path) {
  KS_ASSIGN_OR_RETURN(const std::string text, wire::ReadFile(path));
  return absl::HexStringToBytes(absl::StripAsciiWhitespace(text));
}

absl::StatusOr<audit::ShredOrder> ReadOrder(const std::string& path) {
  KS_ASSIGN_OR_RETURN(const std::string bytes, ReadHex(path));
  return audit::DecodeShredOrder(bytes);
}

struct OrderOptions {
  Trail trail;
  uint64_t index = 0;
  std::string bucket;
  std::vector<std::string> destroyed;
  std::string ground;
  std::string out;
};

absl::StatusOr<audit::ShredOrder> MakeOrder(const OrderOptions& o) {
  KS_ASSIGN_OR_RETURN(const LogIdentity log, Identify(o.trail));
  audit::ShredOrder order;
  order.origin = log.origin;
  order.bucket = o.bucket;
  order.index = o.bucket.empty() ? o.index : 0;
  KS_ASSIGN_OR_RETURN(order.ground, audit::ParseShredGround(o.ground));
  order.ordered_ms = ToMillis(SystemClock().Now());
  order.destroyed_key_ids = o.destroyed;
  std::sort(order.destroyed_key_ids.begin(), order.destroyed_key_ids.end());
  KS_RETURN_IF_ERROR(audit::CheckShredOrder(order));
  KS_RETURN_IF_ERROR(WriteNewFile(
      o.out, absl::BytesToHexString(audit::EncodeShredOrder(order)) + "\n"));
  return order;
}

int RunOrder(const OrderOptions& o) {
  auto order = MakeOrder(o);
  if (!order.ok()) return Complain(order.status(), ExitCodeOf(order.status()));
  std::printf(
      "%s\nIt is in %s. Two agencies sign it (\"kinstile audit shred sign\"); "
      "then it can be submitted.\n",
      OrderText(*order).c_str(), o.out.c_str());
  return kDone;
}

struct SignOptions {
  std::string order, agency, key;
};

absl::StatusOr<audit::ShredOrder> SignOrder(const SignOptions& o) {
  KS_ASSIGN_OR_RETURN(const audit::ShredOrder order, ReadOrder(o.order));
  KS_ASSIGN_OR_RETURN(const AgencyId agency, AgencyId::Create(o.agency));
  KS_ASSIGN_OR_RETURN(const crypto::SigningKey key,
                      wire::ReadSigningKey(o.key));
  const crypto::Signature signature =
      key.Sign(audit::kShredLabel, audit::EncodeShredOrder(order));
  KS_RETURN_IF_ERROR(
      WriteNewFile(absl::StrCat(o.order, ".", agency.str(), ".sig"),
                   absl::BytesToHexString(signature.view()) + "\n"));
  return order;
}

int RunSign(const SignOptions& o) {
  auto order = SignOrder(o);
  if (!order.ok()) return Complain(order.status(), ExitCodeOf(order.status()));
  std::printf("%s\nSigned for %s.\n", OrderText(*order).c_str(),
              o.agency.c_str());
  return kDone;
}

struct SubmitOptions {
  std::string config, order;
  std::vector<std::string> agencies;
};

absl::StatusOr<audit::ShredOrder> SubmitOrder(const SubmitOptions& o) {
  audit::Shred shred;
  KS_ASSIGN_OR_RETURN(shred.order, ReadOrder(o.order));
  for (const std::string& agency : o.agencies) {
    KS_ASSIGN_OR_RETURN(const std::string raw,
                        ReadHex(absl::StrCat(o.order, ".", agency, ".sig")));
    KS_ASSIGN_OR_RETURN(const crypto::Signature signature,
                        crypto::Signature::FromBytes(raw));
    shred.approvals.push_back({agency, signature});
  }
  KS_ASSIGN_OR_RETURN(const v1::AdapterConfig config,
                      daemon::ReadAdapterConfig(o.config));
  KS_ASSIGN_OR_RETURN(auto consortium,
                      wire::LoadManifest(o.config, config.manifest()));
  share::Directory directory(consortium);
  client::GatewayClient gateway(
      {config.gateway().party(), config.gateway().address()},
      {wire::ResolvePath(o.config, config.tls().folder())}, directory);
  KS_RETURN_IF_ERROR(gateway.Shred(shred));
  return shred.order;
}

int RunSubmit(const SubmitOptions& o) {
  auto order = SubmitOrder(o);
  if (!order.ok()) return Complain(order.status(), ExitCodeOf(order.status()));
  std::printf(
      "%s\nDone: the gateway's payloads are erased and a SHRED entry says so. "
      "Every proof stays valid. Exports, backups and what officers have opened "
      "are copies: delete them too.\n",
      OrderText(*order).c_str());
  return kDone;
}

}  // namespace

void AddShred(CLI::App& audit, Chosen& chosen) {
  CLI::App* shred = audit.add_subcommand(
      "shred", "erase an entry or a retention bucket; two agencies must agree");
  shred->require_subcommand(1);

  auto order = std::make_shared<OrderOptions>();
  CLI::App* command = shred->add_subcommand("order", "write the order down");
  order->trail.AddTo(command, /*needs_store=*/false);
  auto* index =
      command->add_option("--index", order->index, "number of the one entry");
  auto* bucket = command->add_option("--bucket", order->bucket,
                                     "or a bucket, as general/2026-11");
  index->excludes(bucket);
  command->add_option("--destroyed-key", order->destroyed,
                      "with --bucket: id of a key that opened it, which is "
                      "destroyed (repeatable: all of them)");
  command
      ->add_option("--ground", order->ground,
                   "RETENTION_ENDED, COURT_ORDER, ERASURE_REQUEST or MISTAKE")
      ->required();
  command->add_option("--out", order->out, "the new file")->required();
  command->callback([order, index, bucket, &chosen] {
    if (index->count() + bucket->count() != 1)
      throw CLI::RequiredError("--index or --bucket");
    chosen = [order] { return RunOrder(*order); };
  });

  auto sign = std::make_shared<SignOptions>();
  command = shred->add_subcommand("sign",
                                  "read an order and sign it for your agency");
  command->add_option("--order", sign->order, "the order's file")->required();
  command->add_option("--agency", sign->agency, "your agency")->required();
  command->add_option("--key", sign->key, "your agency's signing key file")
      ->required();
  command->callback(
      [sign, &chosen] { chosen = [sign] { return RunSign(*sign); }; });

  auto submit = std::make_shared<SubmitOptions>();
  command = shred->add_subcommand("submit",
                                  "have the gateway carry out a signed order");
  command->add_option("--config", submit->config, "an adapter's configuration")
      ->required();
  command->add_option("--order", submit->order, "the order's file")->required();
  command
      ->add_option("--signed-by", submit->agencies,
                   "an agency whose signature is beside the order (repeatable)")
      ->required();
  command->callback(
      [submit, &chosen] { chosen = [submit] { return RunSubmit(*submit); }; });
}

}  // namespace kinstile::cli
