// What `backup`, `restore` and `verify` say about a backup in JSON.
//
//   json.Open('{'); PutBackup(list, &json); json.Close('}');
//
// Threads: pure functions.
#pragma once

#include "api/json_writer.h"
#include "store/backup/backup_list.h"

namespace oncelog::app {

// The members that all three have in common.
void PutBackup(const store::BackupList& list, api::JsonWriter* json);

}  // namespace oncelog::app
