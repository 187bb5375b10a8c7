// Damage: one file of a store, changed the way disks change files; or two, exchanged.
//
//   for (const std::string& file : FilesOf(data)) ...            // "MANIFEST", "p0000/log/3.log"
//   Result<std::string> what = Apply(damage, data, {file}, random);     // "bit 3 of byte 4711 …"
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

enum class Damage : uint8_t { kFlippedBit, kCut, kZeros, kRemoved, kSwapped };
inline constexpr std::array kDamages = {Damage::kFlippedBit, Damage::kCut, Damage::kZeros,
                                        Damage::kRemoved, Damage::kSwapped};

// The files below `data` that a store cannot do without, relative and sorted: not the lock, nor
// what a crash has left over.
std::vector<std::string> FilesOf(const std::string& data);
// ".log" of "p0000/log/3.log"; the name where it has no number, as in "STORE.bak".
std::string KindOf(const std::string& file);
// Some of these files, all of one kind, for that damage: one, or two to be swapped; none if there
// are too few.
std::vector<std::string> Choose(Damage damage, const std::vector<std::string>& files,
                                simulate::Random& random);
// To what was chosen, below `data`; within the part of a file that holds something: behind it are
// zeros that were never used.
Result<std::string> Apply(Damage damage, const std::string& data,
                          const std::vector<std::string>& chosen, simulate::Random& random);

}  // namespace oncelog::app::torture
