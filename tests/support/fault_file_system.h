// The names of store/fs/fault_file_system.h for tests.
//
//   FaultFileSystem fs(PosixFileSystem());
//
// Threads: as there.
#pragma once

#include "store/fs/fault_file_system.h"

namespace oncelog::test {

using store::Fault;
using store::FaultFileSystem;
using store::FaultKind;
using store::FaultKinds;
using store::FsCall;
using store::kFsCalls;

}  // namespace oncelog::test
