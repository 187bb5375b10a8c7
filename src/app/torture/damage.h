// Damage: one file of a store, changed the way disks change files.
//
//   for (const std::string& file : FilesOf(data)) ...           // "MANIFEST", "p0000/log/3.log"
//   Result<std::string> what = Apply(kind, data + "/" + file, random);   // "bit 3 of byte 4711 …"
//
// Threads: any, on different files. Errors: kIo.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "app/simulate/random.h"
#include "base/result.h"

namespace oncelog::app::torture {

enum class Damage : uint8_t { kFlippedBit, kCut, kZeros, kRemoved };
inline constexpr std::array kDamages = {Damage::kFlippedBit, Damage::kCut, Damage::kZeros,
                                        Damage::kRemoved};

// The files below `data` that a store cannot do without, relative and sorted: not the lock, nor
// what a crash has left over.
std::vector<std::string> FilesOf(const std::string& data);
// ".log" of "p0000/log/3.log"; the name where it has no number, as in "STORE.bak".
std::string KindOf(const std::string& file);
// Within the part of the file that holds something: behind it are zeros that were never used.
Result<std::string> Apply(Damage damage, const std::string& path, simulate::Random& random);

}  // namespace oncelog::app::torture
