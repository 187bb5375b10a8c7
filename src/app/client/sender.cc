#include "app/client/sender.h"

#include <optional>

#include "app/client/json.h"

namespace oncelog::app {

Sender::Sender(Transport transport, RetryPolicy policy, Sleep sleep, Notice notice)
    : transport_(std::move(transport)),
      policy_(std::move(policy)),
      sleep_(std::move(sleep)),
      notice_(std::move(notice)) {}

Result<net::ClientResponse> Sender::Send(const ClientRequest& request) {
  policy_.Start();
  for (;;) {
    Result<net::ClientResponse> answer = transport_(request);
    if (answer.ok() && !IsRetryable(answer->status)) return answer;
    std::optional<std::chrono::seconds> retry_after;
    if (answer.ok()) retry_after = ParseRetryAfter(answer->Find("Retry-After"));
    const std::optional<std::chrono::milliseconds> wait = policy_.NextWait(retry_after);
    if (!wait) return answer;
    ++retries_;
    notice_(answer.ok() ? DescribeProblem(*answer) : answer.error().message(), *wait);
    sleep_(*wait);
  }
}

std::string DescribeProblem(const net::ClientResponse& response) {
  std::string text = "the server answered " + std::to_string(response.status);
  const Result<Json> problem = Json::Parse(response.body);
  if (!problem.ok()) return text;
  const std::string title = problem->Text("title");
  const std::string detail = problem->Text("detail");
  if (const std::string code = problem->Text("error"); !code.empty()) text += " " + code;
  if (!detail.empty()) return text + ": " + detail;
  return title.empty() ? text : text + ": " + title;
}

}  // namespace oncelog::app
