#include "app/simulate/list_form.h"

#include <algorithm>
#include <string_view>

#include "app/client/json_outline.h"

namespace oncelog::app::simulate {
namespace {

constexpr std::string_view kSpace = " \t\r\n";

std::string_view WithoutSpace(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(kSpace), text.size()));
  return text;
}

// Whether a member that begins here is the list.
bool IsEvents(std::string_view member) {
  for (const std::string_view part : {"\"events\"", ":", "["}) {
    member = WithoutSpace(member);
    if (!member.starts_with(part)) return false;
    member.remove_prefix(part.size());
  }
  return true;
}

}  // namespace

std::string WithEventsFirst(std::string answer) {
  const std::string_view text = answer;
  if (!WithoutSpace(text).starts_with('{')) return answer;
  const size_t first = text.find('{') + 1;
  if (IsEvents(text.substr(first))) return answer;
  JsonOutline outline;
  size_t begin = first;  // of the member
  for (size_t at = first - 1; at < text.size() && !outline.closed(); ++at) {
    const bool ends =
        outline.depth() == 1 && !outline.in_string() && (text[at] == ',' || text[at] == '}');
    if (ends && IsEvents(text.substr(begin))) {
      std::string moved(text.substr(0, first));
      moved.append(text.substr(begin, at - begin)).append(",");
      moved.append(text.substr(first, begin - 1 - first)).append(text.substr(at));
      return moved;
    }
    if (ends) begin = at + 1;
    outline.Take(text[at]);
  }
  return answer;
}

}  // namespace oncelog::app::simulate
