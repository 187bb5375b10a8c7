// BACKUP: the bytes it is made of, and that nothing else passes for it.
#include "store/backup/backup_list.h"

#include <gtest/gtest.h>

#include <string>
#include <tuple>

#include "base/hash.h"
#include "tests/support/code_of.h"

namespace oncelog::store {
namespace {

using test::CodeOf;

BackupList Example() {
  BackupList list;
  list.taken_at = {1'767'225'600'123};
  list.version = "1.2.3";
  list.store_id_hex = "000102030405060708090a0b0c0d0e0f";
  list.epoch = 3;
  list.position = {77};
  list.events = 70;
  list.topics = 4;
  list.files = {{"STORE", 88, {0x0123456789abcdef}},
                {"p0000/log/12.log", kBackupPieceBytes + 1, {1, 2}},
                {"p0000/idx/9.run", 0, {}}};
  return list;
}

// With a checksum that is right, so that the rest is looked at.
std::string Signed(std::string text) {
  text.resize(text.rfind("end "));
  const uint64_t checksum = Checksum64(text, 0);
  char digits[17];
  std::snprintf(digits, sizeof digits, "%016lx", static_cast<unsigned long>(checksum));
  size_t files = 0;
  for (size_t at = text.find("\nfile "); at != std::string::npos;
       at = text.find("\nfile ", at + 1)) {
    ++files;
  }
  return text + "end " + std::to_string(files) + " " + digits + "\n";
}

std::string Replaced(const std::string& what, const std::string& with) {
  std::string text = EncodeBackupList(Example());
  const size_t at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return text.replace(at, what.size(), with);
}

TEST(BackupListTest, GoldenText) {
  EXPECT_EQ(EncodeBackupList(Example()),
            "oncelog backup 1\n"
            "taken_at 1767225600123 2026-01-01T00:00:00.123Z\n"
            "oncelog 1.2.3\n"
            "store 000102030405060708090a0b0c0d0e0f\n"
            "epoch 3\n"
            "position 77\n"
            "events 70\n"
            "topics 4\n"
            "file 88 STORE 0123456789abcdef\n"
            "file 4194305 p0000/log/12.log 0000000000000001 0000000000000002\n"
            "file 0 p0000/idx/9.run\n"
            "end 3 3bc00bb2df31d924\n");
  EXPECT_EQ(PieceChecksum("abc", 0), 0x78af5f94892f3950U) << "XXH3-64, as xxhsum -H3 prints it";
}

TEST(BackupListTest, ComesBack) {
  const Result<BackupList> list = DecodeBackupList(EncodeBackupList(Example()), "BACKUP");
  ASSERT_TRUE(list.ok()) << list.error().message();
  EXPECT_EQ(*list, Example());
  EXPECT_EQ(list->bytes(), 88 + kBackupPieceBytes + 1);
}

TEST(BackupListTest, AnyOtherByteIsSeen) {
  const std::string text = EncodeBackupList(Example());
  for (size_t at = 0; at < text.size(); ++at) {
    for (const char bit : {'\x01', '\x20'}) {
      std::string flipped = text;
      flipped[at] = static_cast<char>(flipped[at] ^ bit);
      EXPECT_FALSE(DecodeBackupList(flipped, "BACKUP").ok()) << at;
    }
    EXPECT_EQ(CodeOf(DecodeBackupList(text.substr(0, at), "BACKUP")), Code::kDamaged) << at;
  }
  EXPECT_EQ(CodeOf(DecodeBackupList(text + "\n", "BACKUP")), Code::kDamaged);
  EXPECT_EQ(CodeOf(DecodeBackupList(text + text, "BACKUP")), Code::kDamaged);
}

TEST(BackupListTest, ANewerFormatIsNamedAsSuch) {
  EXPECT_EQ(CodeOf(DecodeBackupList(Replaced("backup 1", "backup 2"), "BACKUP")), Code::kTooNew);
}

TEST(BackupListTest, NoNameLeadsElsewhere) {
  ASSERT_TRUE(DecodeBackupList(Signed(EncodeBackupList(Example())), "BACKUP").ok());
  for (const char* name :
       {"../STORE", "/etc/passwd", "p0000/log/../../x.log", "p0000/log/1.run", "p0000/log/.log",
        "p0000/log/x1.log", "p0000/MANIFEST2", "BACKUP", "LOCK", "p0000/log/1.log/2.log", ""}) {
    const std::string text = Signed(Replaced("p0000/log/12.log", name));
    EXPECT_EQ(CodeOf(DecodeBackupList(text, "BACKUP")), Code::kDamaged) << name;
  }
}

TEST(BackupListTest, NoFileIsListedTwice) {
  for (const auto& [name, line] :
       {std::pair("STORE", "line 11)"), std::pair("p0000/log/12.log", "line 11)")}) {
    const Result<BackupList> list =
        DecodeBackupList(Signed(Replaced("p0000/idx/9.run", name)), "BACKUP");
    ASSERT_EQ(CodeOf(list), Code::kDamaged) << name;
    EXPECT_NE(list.error().message().find(line), std::string::npos) << list.error().message();
  }
}

TEST(BackupListTest, CountsAndChecksumsAreThere) {
  for (const auto& [what, with] :
       {std::pair("events 70", "events -7"), std::pair("events 70", "events"),
        std::pair("epoch 3", "epoch 99999999999999999999"), std::pair("position 77\n", ""),
        std::pair("4194305", "4194304"), std::pair("4194305", "8388609"),
        std::pair("0000000000000002", "2"), std::pair("0000000000000002", "000000000000000g"),
        std::pair("store 0001", "store 01")}) {
    EXPECT_EQ(CodeOf(DecodeBackupList(Signed(Replaced(what, with)), "BACKUP")), Code::kDamaged)
        << what << " -> " << with;
  }
}

TEST(BackupListTest, TheFirstLineThatIsWrongIsNamed) {
  for (const auto& [what, with, where] :
       {std::tuple("oncelog backup", "someones backup", "line 1)"),
        std::tuple("taken_at 17", "taken_at 18446744073709551615 17", "line 2)"),
        std::tuple("epoch 3", "epoch three", "line 5)"),
        std::tuple("topics 4\nfile 88", "topics 4\nfile 88x", "line 9)"),
        std::tuple("p0000/idx/9.run", "p0000/idx/9.log", "line 11)"),
        std::tuple("events 70", "events 71", "wrong checksum)")}) {
    const Result<BackupList> list = DecodeBackupList(Replaced(what, with), "monday/BACKUP");
    ASSERT_EQ(CodeOf(list), Code::kDamaged) << what;
    EXPECT_NE(list.error().message().find(std::string("monday/BACKUP: damaged (") + where),
              std::string::npos)
        << what << ": " << list.error().message();
  }
}

}  // namespace
}  // namespace oncelog::store
