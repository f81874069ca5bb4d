// SPDX-License-Identifier: Apache-2.0
// Every freed byte of a daemon's heap is wiped: what was read of a request, by
// gRPC, protobuf or ourselves, does not outlive it there.
//
// Replaces free() for the whole program, shared libraries included: operator
// delete, gRPC and SQLite all end here. glibc's own allocator stays. Not
// reached: what is still in use, stacks, and a block that realloc() moves.
#include <malloc.h>
#include <string.h>

extern "C" {

void __libc_free(void* block) noexcept;

void free(void* block) noexcept {
  if (block == nullptr) return;
  explicit_bzero(block, malloc_usable_size(block));
  __libc_free(block);
}
}
