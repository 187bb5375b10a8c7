#include "app/client/sender.h"

#include <optional>

#include "app/client/json.h"

namespace oncelog::app {
namespace {

// The stable code of a problem, or nothing.
std::string ErrorCode(const net::ClientResponse& response) {
  if (response.status < 400) return "";
  const Result<Json> problem = Json::Parse(response.body);
  return problem.ok() ? problem->Text("error") : "";
}

}  // namespace

Sender::Sender(Transport transport, RetryPolicy policy, Sleep sleep, Notice notice, std::string url)
    : transport_(std::move(transport)),
      policy_(std::move(policy)),
      sleep_(std::move(sleep)),
      notice_(std::move(notice)),
      url_(std::move(url)) {}

Result<net::ClientResponse> Sender::Send(const ClientRequest& request) {
  policy_.Start();
  for (bool said = false;; said = true) {
    Result<net::ClientResponse> answer = transport_(request);
    std::optional<std::chrono::seconds> retry_after;
    if (answer.ok()) {
      if (!IsRetryable(answer->status, ErrorCode(*answer))) return answer;
      // The server's own clock, where it says it, is the one that its date was made by.
      const UnixMs now = ParseHttpDate(answer->Find("Date")).value_or(SystemNow());
      retry_after = ParseRetryAfter(answer->Find("Retry-After"), now);
    }
    const std::optional<std::chrono::milliseconds> wait = policy_.NextWait(retry_after);
    if (!wait) return answer;
    ++retries_;
    if (!said) notice_(answer.ok() ? DescribeProblem(*answer, url_) : answer.error().message());
    sleep_(*wait);
  }
}

std::string DescribeProblem(const net::ClientResponse& response, std::string_view url) {
  const std::string status = std::to_string(response.status);
  const Result<Json> problem = Json::Parse(response.body);
  if (!url.empty() && (!problem.ok() || problem->Text("error").empty())) {
    return std::string(url) + " answered " + status + "; is that an oncelog server?";
  }
  std::string text = "the server answered " + status;
  if (!problem.ok()) return text;
  const std::string title = problem->Text("title");
  const std::string detail = problem->Text("detail");
  if (const std::string code = problem->Text("error"); !code.empty()) text += " " + code;
  if (!detail.empty()) return text + ": " + detail;
  return title.empty() ? text : text + ": " + title;
}

}  // namespace oncelog::app
