// SPDX-License-Identifier: Apache-2.0
// One stream, one thread.
#include "tests/bench/spine/compare_source.h"

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>

#include "absl/strings/numbers.h"
#include "adapters/client/channel.h"
#include "gateway/base/match_keys.h"
#include "gateway/rpc/source_service.h"

namespace kinstile::bench {

FieldTokens FieldTokensOf(uint64_t person) {
  FieldTokens t;
  for (size_t f = 0; f < kFields; ++f)
    if (static_cast<Field>(f) != Field::kForenameOnlyInitial &&
        static_cast<Field>(f) != Field::kBirthJanFirst)
      t.single[f] = (person + 1) << 16 | f << 8 | 1;
  for (size_t f = 0; f < kNearFields; ++f)
    for (uint64_t i = 0; i < 12; ++i)
      t.near[f].push_back((person + 1) << 16 | f << 8 | 2 | i << 4);
  return t;
}

CompareSource::CompareSource(const Scene& scene)
    : stub_(v1::SourceService::NewStub(client::Connect(
          scene.PeerOf("gateway"), scene.right_tls(), scene.directory()))) {
  context_.set_wait_for_ready(true);
  stream_ = stub_->Serve(&context_);
  v1::ServeRequest hello;
  hello.mutable_hello()->set_protocol_version(rpc::kSourceProtocolVersion);
  hello.mutable_hello()->set_identity_spec_version(kIdentitySpecVersion);
  stream_->Write(hello);
  v1::ServeResponse welcome;
  stream_->Read(&welcome);
  thread_ = std::thread([this] { Serve(); });
}

CompareSource::~CompareSource() {
  context_.TryCancel();
  thread_.join();
}

void CompareSource::Serve() {
  v1::ServeResponse ask;
  while (stream_->Read(&ask)) {
    v1::ServeRequest answer;
    v1::CompareResult& result = *answer.mutable_compared();
    result.set_number(ask.compare().number());
    uint64_t family = 0;
    if (absl::SimpleAtoi(ask.compare().signed_request().request().reason(),
                         &family)) {
      v1::ComparedFamily* out = result.add_families();
      out->set_family(FamilyHandleOf(family).str());
      out->set_size(4);
      for (uint64_t person = family * 4; person < family * 4 + 4; ++person) {
        v1::ComparedRecord* record = out->add_records();
        record->set_handle(HandleOf(person).str());
        record->set_tokens(Encode(FieldTokensOf(person)));
      }
    }
    stream_->Write(answer);
  }
  stream_->Finish();
}

}  // namespace kinstile::bench
