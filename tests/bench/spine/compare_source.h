// SPDX-License-Identifier: Apache-2.0
// The right register's side of the comparison, as cheap as it can be.
#ifndef KINSTILE_TESTS_BENCH_SPINE_COMPARE_SOURCE_H_
#define KINSTILE_TESTS_BENCH_SPINE_COMPARE_SOURCE_H_

#include <grpcpp/client_context.h>

#include <memory>
#include <thread>

#include "gateway/base/field_tokens.h"
#include "kinstile/v1/source_service.grpc.pb.h"
#include "tests/bench/spine/spine.h"

namespace kinstile::bench {

// A full record's worth of tokens, all different for every person.
FieldTokens FieldTokensOf(uint64_t person);

// Answers every comparison with the whole family that the request's reason
// names, without unwrapping anything: what is measured is the gateway.
class CompareSource {
 public:
  explicit CompareSource(const Scene& scene);
  ~CompareSource();

 private:
  void Serve();

  grpc::ClientContext context_;
  std::unique_ptr<v1::SourceService::Stub> stub_;
  std::unique_ptr<grpc::ClientReaderWriter<v1::ServeRequest, v1::ServeResponse>>
      stream_;
  std::thread thread_;
};

}  // namespace kinstile::bench

#endif  // KINSTILE_TESTS_BENCH_SPINE_COMPARE_SOURCE_H_
