// SPDX-License-Identifier: Apache-2.0
// The queue before the sequencer, and the thread between them.
#include "gateway/audit/log.h"

#include <algorithm>
#include <deque>
#include <optional>
#include <thread>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "gateway/audit/rows.h"
#include "gateway/audit/sequencer.h"
#include "gateway/base/status_macros.h"
#include "gateway/crypto/random.h"

namespace kinstile::audit {
namespace {

// Entries that the log writes about itself.
bool IsOwnType(EntryType type) {
  switch (type) {
    case EntryType::kGenesis:
    case EntryType::kKeyManifest:
    case EntryType::kKeyFrame:
    case EntryType::kEpochSeal:
    case EntryType::kShred:
    case EntryType::kContinues:
    case EntryType::kClose:
      return true;
    default:
      return false;
  }
}

// What one caller waits for.
struct Group {
  std::vector<Item> items;
  bool finishes = false;  // Draft::finishes of one of them
  // Instead of items: something to be done alone, on the committer's thread.
  std::function<absl::Status(Sequencer&)> control = nullptr;

  absl::Status status;
  std::shared_ptr<const CommittedBatch> batch;
  size_t offset = 0;  // of the first item in the batch
  absl::Notification done;

  void Finish(absl::Status s) {
    status = std::move(s);
    done.Notify();  // *this may be gone now
  }
};

// What starts something that will want more entries, or answers at once about
// people: the first to be refused when the disk is short. Refusals, searches
// and erasures are still recorded.
bool Begins(const Draft& draft) {
  switch (draft.record.type) {
    case EntryType::kIntent:
    case EntryType::kRelease:
    case EntryType::kKeyEvaluation:
    case EntryType::kEnrolment:
      return !draft.finishes;
    default:
      return false;
  }
}

absl::Status CheckRoom(storage::Disk* disk, const std::vector<Draft>& drafts) {
  if (disk == nullptr) return absl::OkStatus();
  storage::DiskLevel level = disk->level();
  if (level < storage::DiskLevel::kShort) return absl::OkStatus();
  disk->RestoreReserve();
  level = disk->level();
  for (const Draft& d : drafts) {
    if (level == storage::DiskLevel::kFull && !d.finishes)
      return absl::ResourceExhaustedError(
          "audit: the disk is full: only what is begun is finished");
    if (level == storage::DiskLevel::kShort && Begins(d))
      return absl::ResourceExhaustedError(
          "audit: the disk is nearly full: nothing new is begun");
  }
  return absl::OkStatus();
}

// What the record is padded to; 0: to the next step.
size_t SizeOf(const Draft& draft, size_t encoded) {
  if (draft.fixed_size > 0 || draft.at_least == 0) return draft.fixed_size;
  size_t size = draft.at_least;
  while (size <= encoded + draft.spare) size *= 2;
  return size;
}

// Encoded, padded and bound in the caller's thread. The draft is empty then.
absl::StatusOr<Item> Prepare(Draft& draft, ReceiptNonce& nonce) {
  const absl::Cleanup wipe = [&draft] { WipeRecord(draft.record); };
  if (IsOwnType(draft.record.type))
    return absl::InvalidArgumentError(
        "audit record: only the log writes this type");
  if (draft.record.type == EntryType::kAsked && draft.fixed_size == 0)
    draft.fixed_size = kHolderEntrySize;
  KS_ASSIGN_OR_RETURN(std::string encoded, EncodeRecord(draft.record));
  absl::StatusOr<std::string> padded =
      PadRecord(encoded, SizeOf(draft, encoded.size()));
  crypto::Wipe(encoded);
  if (!padded.ok()) return padded.status();
  nonce = crypto::RandomId<ReceiptNonce>();
  return Item{.type = draft.record.type,
              .sealing = Sealing::kRatchetV1,
              .audience = std::move(draft.audience),
              .payload = *std::move(padded),
              .agreement = draft.record.agreement.str(),
              .binding = BindingOf(nonce, draft.request_digest),
              .also = std::move(draft.also)};
}

}  // namespace

class Log::Committer {
 public:
  Committer(storage::Database& db, LogOptions options)
      : db_(db), sequencer_(db, std::move(options)) {}
  ~Committer() {
    {
      absl::MutexLock lock(&mutex_);
      stopping_ = true;
    }
    if (thread_.joinable()) thread_.join();
  }

  absl::Status Start() {
    KS_RETURN_IF_ERROR(sequencer_.Start());
    thread_ = std::thread([this] { Run(); });
    return absl::OkStatus();
  }

  // Queues the group and waits until it is committed or refused.
  absl::Status Submit(Group& group);

  storage::Database& db() { return db_; }
  const Sequencer& sequencer() const { return sequencer_; }

 private:
  void Run();
  std::vector<Group*> TakeBatch();
  void Process(std::vector<Group*> groups);
  bool UseReserve(std::vector<Group*>& groups, const absl::Status& why);

  storage::Database& db_;
  Sequencer sequencer_;
  absl::Mutex mutex_;
  std::deque<Group*> queue_ ABSL_GUARDED_BY(mutex_);
  size_t queued_entries_ ABSL_GUARDED_BY(mutex_) = 0;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

absl::Status Log::Committer::Submit(Group& group) {
  {
    absl::MutexLock lock(&mutex_);
    // What ends something that was begun is let in: it is as many as were
    // begun, and without it nobody would read how that ended.
    if (!group.finishes &&
        queued_entries_ + group.items.size() > sequencer_.options().queue_limit)
      return absl::ResourceExhaustedError("audit: queue is full; try later");
    queued_entries_ += group.items.size();
    queue_.push_back(&group);
  }
  group.done.WaitForNotification();
  return group.status;
}

// Everything that is waiting, up to the limit; what is controlled goes alone.
std::vector<Group*> Log::Committer::TakeBatch() {
  absl::MutexLock lock(&mutex_);
  auto ready = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return stopping_ || !queue_.empty();
  };
  mutex_.Await(absl::Condition(&ready));
  std::vector<Group*> taken;
  size_t entries = 0;
  while (!queue_.empty()) {
    Group* next = queue_.front();
    const bool fits =
        entries + next->items.size() <= sequencer_.options().batch_limit;
    if (!taken.empty() && (!fits || next->control)) break;
    taken.push_back(next);
    queue_.pop_front();
    entries += next->items.size();
    if (next->control) break;
  }
  queued_entries_ -= entries;
  return taken;
}

void Log::Committer::Run() {
  // An empty batch means: stopping, and nothing is left.
  for (std::vector<Group*> b = TakeBatch(); !b.empty(); b = TakeBatch()) {
    if (b.front()->control)
      b.front()->Finish(b.front()->control(sequencer_));
    else
      Process(std::move(b));
  }
}

// The disk is full: outcomes of what is begun get the room that was kept for
// them, everybody else is told. False if there is nothing to be gained.
bool Log::Committer::UseReserve(std::vector<Group*>& groups,
                                const absl::Status& why) {
  const auto finishes = [](const Group* g) { return g->finishes; };
  storage::Disk* disk = sequencer_.options().disk;
  if (disk == nullptr || std::none_of(groups.begin(), groups.end(), finishes) ||
      !disk->UseReserve())
    return false;
  std::vector<Group*> kept;
  for (Group* g : groups) {
    if (g->finishes)
      kept.push_back(g);
    else
      g->Finish(why);
  }
  groups = std::move(kept);
  return true;
}

void Log::Committer::Process(std::vector<Group*> groups) {
  while (true) {
    std::vector<const Item*> items;
    for (Group* g : groups) {
      g->offset = items.size();
      for (const Item& i : g->items) items.push_back(&i);
    }
    if (groups.empty()) return;
    const Item* culprit = nullptr;
    absl::StatusOr<CommittedBatch> result = sequencer_.Commit(items, &culprit);
    if (absl::IsResourceExhausted(result.status()) && culprit == nullptr &&
        UseReserve(groups, result.status()))
      continue;
    if (result.ok() || culprit == nullptr) {
      std::shared_ptr<const CommittedBatch> batch;
      if (result.ok())
        batch = std::make_shared<const CommittedBatch>(*std::move(result));
      for (Group* g : groups) {
        g->batch = batch;
        g->Finish(result.status());
      }
      return;
    }
    // One caller's entry or rows were refused: the others go on without it.
    for (size_t g = 0; g < groups.size(); ++g) {
      std::vector<Item>& own = groups[g]->items;
      if (culprit < own.data() || culprit >= own.data() + own.size()) continue;
      groups[g]->Finish(result.status());
      groups.erase(groups.begin() + g);
      break;
    }
  }
}

Log::Log(std::unique_ptr<Committer> committer)
    : committer_(std::move(committer)) {}
Log::~Log() = default;

absl::StatusOr<std::unique_ptr<Log>> Log::Open(storage::Database& db,
                                               LogOptions options) {
  auto committer = std::make_unique<Committer>(db, std::move(options));
  KS_RETURN_IF_ERROR(committer->Start());
  return std::unique_ptr<Log>(new Log(std::move(committer)));
}

absl::StatusOr<std::vector<AuditReceipt>> Log::Append(
    std::vector<Draft> drafts) {
  std::vector<AuditReceipt> receipts;
  if (drafts.empty()) return receipts;
  Group group;
  KS_RETURN_IF_ERROR(CheckRoom(committer_->sequencer().options().disk, drafts));
  // Whatever happens, no plaintext stays behind.
  const absl::Cleanup wipe = [&group] {
    for (Item& i : group.items) crypto::Wipe(i.payload);
  };
  std::vector<ReceiptNonce> nonces(drafts.size());
  group.items.reserve(drafts.size());
  for (size_t i = 0; i < drafts.size(); ++i) {
    group.finishes |= drafts[i].finishes;
    KS_ASSIGN_OR_RETURN(Item item, Prepare(drafts[i], nonces[i]));
    group.items.push_back(std::move(item));
  }
  KS_RETURN_IF_ERROR(committer_->Submit(group));
  const CommittedBatch& batch = *group.batch;
  for (size_t i = 0; i < group.items.size(); ++i) {
    const Item& item = group.items[i];
    const uint64_t index = batch.first_index + group.offset + i;
    KS_ASSIGN_OR_RETURN(
        std::vector<merkle::Hash> proof,
        committer_->sequencer().InclusionProof(index, batch.size));
    receipts.push_back(
        AuditReceipt(Receipt{index, batch.leaves[group.offset + i], nonces[i],
                             std::move(proof), batch.checkpoint},
                     item.type, item.audience, item.binding));
  }
  return receipts;
}

absl::StatusOr<AuditReceipt> Log::AppendOne(Draft draft) {
  std::vector<Draft> drafts;
  drafts.push_back(std::move(draft));
  KS_ASSIGN_OR_RETURN(std::vector<AuditReceipt> receipts,
                      Append(std::move(drafts)));
  return std::move(receipts.front());
}

absl::Status Log::SetRecipients(KeyManifest recipients) {
  Group group;
  group.control = [&recipients](Sequencer& sequencer) {
    return sequencer.SwitchRecipients(std::move(recipients));
  };
  return committer_->Submit(group);
}

absl::Status Log::Erase(const Shred& shred) {
  Group group;
  group.control = [&shred](Sequencer& sequencer) {
    return sequencer.Erase(shred);
  };
  return committer_->Submit(group);
}

absl::StatusOr<std::string> Log::AudienceOf(uint64_t index) const {
  std::string audience;
  KS_RETURN_IF_ERROR(
      committer_->db().Read([&](storage::Snapshot& s) -> absl::Status {
        KS_ASSIGN_OR_RETURN(Leaf leaf,
                            ReadLeaf(s, committer_->sequencer().log(), index));
        audience = std::move(leaf.audience);
        return absl::OkStatus();
      }));
  return audience;
}

storage::DiskLevel Log::disk_level() const {
  storage::Disk* disk = committer_->sequencer().options().disk;
  return disk == nullptr ? storage::DiskLevel::kFine : disk->level();
}

bool Log::scrub_due() const { return committer_->sequencer().scrub_due(); }

bool Log::healthy() const {
  return committer_->sequencer().healthy() && committer_->db().healthy();
}

const std::string& Log::origin() const {
  return committer_->sequencer().options().origin;
}

crypto::VerifyKey Log::verify_key() const {
  return committer_->sequencer().options().key.verify_key();
}

std::string Log::checkpoint() const {
  return committer_->sequencer().checkpoint();
}

uint64_t Log::size() const { return committer_->sequencer().size(); }

absl::StatusOr<merkle::Hash> Log::RootAt(uint64_t size) const {
  return committer_->sequencer().RootAt(size);
}

absl::StatusOr<std::vector<merkle::Hash>> Log::InclusionProof(
    uint64_t index, uint64_t size) const {
  return committer_->sequencer().InclusionProof(index, size);
}

absl::StatusOr<std::vector<merkle::Hash>> Log::ConsistencyProof(
    uint64_t a, uint64_t b) const {
  return committer_->sequencer().ConsistencyProof(a, b);
}

absl::StatusOr<EntryPage> Log::ListEntries(absl::string_view audience,
                                           uint64_t from, size_t limit) const {
  return ReadEntries(committer_->db(), committer_->sequencer().log(), audience,
                     from, limit);
}

}  // namespace kinstile::audit
