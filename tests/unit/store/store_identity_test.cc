#include "store/store_identity.h"

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "base/hash.h"
#include "store/manifest.h"
#include "tests/support/unsynced_file_system.h"

namespace oncelog::store {
namespace {

class StoreIdentityTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(fs_.CreateDirectories("data").ok());
    Result<StoreIdentity> made = LoadOrCreateIdentity(fs_, "data");
    ASSERT_TRUE(made.ok());
    identity_ = *made;
    const Manifest in_use{.next_file_id = 2};
    Overwrite("p0000/MANIFEST", EncodeManifest(in_use, identity_.checksum_seed()));
  }
  void Overwrite(const std::string& name, std::string_view bytes) {
    ASSERT_TRUE(ReplaceFile(fs_, "data/" + name, bytes).ok());
  }
  bool SameAgain() {
    const Result<StoreIdentity> again = LoadOrCreateIdentity(fs_, "data");
    return again.ok() && EncodeIdentity(*again) == EncodeIdentity(identity_);
  }

  test::UnsyncedFileSystem fs_;
  StoreIdentity identity_;
};

TEST_F(StoreIdentityTest, IsTheSameAtEveryStart) { EXPECT_TRUE(SameAgain()); }

TEST_F(StoreIdentityTest, OneGoodCopyMendsTheOther) {
  for (const char* name : {"STORE", "STORE.bak"}) {
    Overwrite(name, "garbage");
    EXPECT_TRUE(SameAgain());
    ASSERT_TRUE(fs_.Remove("data/" + std::string(name)).ok());
    EXPECT_TRUE(SameAgain());
    EXPECT_EQ(*ReadWholeFile(fs_, "data/" + std::string(name)), EncodeIdentity(identity_));
  }
}

TEST_F(StoreIdentityTest, WithoutItsSecretAStoreIsRefusedNotGivenANewOne) {
  Overwrite("STORE", "garbage");
  Overwrite("STORE.bak", "garbage");
  EXPECT_EQ(LoadOrCreateIdentity(fs_, "data").error().code(), Code::kDamaged);
  ASSERT_TRUE(fs_.Remove("data/STORE").ok());
  ASSERT_TRUE(fs_.Remove("data/STORE.bak").ok());
  EXPECT_EQ(LoadOrCreateIdentity(fs_, "data").error().code(), Code::kDamaged);
}

// A first start that was cut short before it wrote them; nothing was ever stored.
TEST_F(StoreIdentityTest, APartitionThatNeverListedAFileGetsANewOne) {
  Overwrite("p0000/MANIFEST", EncodeManifest(Manifest{}, identity_.checksum_seed()));
  ASSERT_TRUE(fs_.Remove("data/STORE").ok());
  ASSERT_TRUE(fs_.Remove("data/STORE.bak").ok());
  const Result<StoreIdentity> anew = LoadOrCreateIdentity(fs_, "data");
  ASSERT_TRUE(anew.ok());
  EXPECT_NE(EncodeIdentity(*anew), EncodeIdentity(identity_));
  const std::string path = "data/p0000/MANIFEST";
  EXPECT_TRUE(DecodeManifest(*ReadWholeFile(fs_, path), anew->checksum_seed(), path).ok());
}

TEST_F(StoreIdentityTest, APartitionThatIsGoneIsNotMadeAnew) {
  ASSERT_TRUE(fs_.Remove("data/p0000/MANIFEST").ok());
  ASSERT_TRUE(fs_.Remove("data/STORE.bak").ok());
  EXPECT_EQ(LoadOrCreateIdentity(fs_, "data").error().code(), Code::kDamaged);
  EXPECT_FALSE(*fs_.Exists("data/p0000/MANIFEST"));
  EXPECT_FALSE(*fs_.Exists("data/STORE.bak")) << "nothing was changed";
}

TEST_F(StoreIdentityTest, ANewerFormatIsRefused) {
  std::string bytes = EncodeIdentity(identity_);
  for (const size_t version_at : {8, 12, 16}) {
    std::string newer = bytes;
    StoreLe(newer.data() + version_at, uint32_t{2});
    StoreLe(newer.data() + 80, Checksum64(std::string_view(newer).substr(0, 80), 0));
    Overwrite("STORE", newer);
    EXPECT_EQ(LoadOrCreateIdentity(fs_, "data").error().code(), Code::kTooNew);
  }
}

TEST_F(StoreIdentityTest, EveryFlippedByteIsSeen) {
  const std::string whole = EncodeIdentity(identity_);
  for (size_t at = 0; at < whole.size(); ++at) {
    std::string flipped = whole;
    flipped[at] = static_cast<char>(flipped[at] ^ 4);
    EXPECT_FALSE(DecodeIdentity(flipped, "STORE").ok()) << at;
  }
}

}  // namespace
}  // namespace oncelog::store
