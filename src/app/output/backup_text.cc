#include "app/output/backup_text.h"

namespace oncelog::app {

void PutBackup(const store::BackupList& list, api::JsonWriter* json) {
  json->Member("taken_at", FormatRfc3339(list.taken_at));
  json->Member("version", list.version);
  json->Member("store_id", list.store_id_hex);
  json->Member("epoch", list.epoch);
  json->Member("events", list.events);
  json->Member("topics", list.topics);
  json->Member("files", uint64_t{list.files.size()});
  json->Member("bytes", list.bytes());
}

}  // namespace oncelog::app
