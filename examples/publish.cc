// Publishes events to oncelog so that each of them is stored exactly once. Debian 12:
//
//   apt-get install g++ libcurl4-openssl-dev libsimdjson-dev
//   g++ -std=c++20 -O2 -o publish publish.cc -lcurl -lsimdjson
//   ./publish [--url URL] [FILE]     one event a line (NDJSON); without FILE, from standard input
//
// It may be stopped and run again on the same events at any time: what is stored already counts as
// a duplicate. Exit code 0: every event is stored. 1: some are not; stderr says which and why.
#include <curl/curl.h>
#include <simdjson.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <iostream>
#include <map>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

using namespace std::chrono_literals;
using Milliseconds = std::chrono::milliseconds;
using Seconds = std::chrono::duration<double>;
using Clock = std::chrono::steady_clock;
using Json = simdjson::dom::element;

constexpr size_t kBatchEvents = 500;        // in one request: oncelog takes 10,000
constexpr size_t kBatchBytes = 8U << 20;    // and 32 MiB
constexpr Milliseconds kTry = 60s;          // to wait for an answer
constexpr Milliseconds kFirstWait = 100ms;  // before the first retry, at most; then doubled
constexpr Milliseconds kWaitMax = 10s;
constexpr Milliseconds kRetry = 5min;  // for one batch in all

// A member of an answer, or nothing if it is not there: not all answers come from oncelog.
std::string TextOf(const simdjson::simdjson_result<Json>& member) {
  std::string_view text;
  return member.get(text) == simdjson::SUCCESS ? std::string(text) : "";
}

// Whether the same bytes may be taken later: the table in docs/publishing.md.
bool MayMend(long status, const std::string& error) {
  if (status == 501 || status == 505 || error == "too_many_topics") return false;
  return status == 408 || status == 429 || status >= 500;
}

class Publisher {
 public:
  explicit Publisher(std::string url) {
    while (url.ends_with('/')) url.pop_back();
    fields_ = curl_slist_append(fields_, "Content-Type: application/x-ndjson");
    curl_easy_setopt(curl_, CURLOPT_URL, (url + "/publish?on_invalid=skip").c_str());
    curl_easy_setopt(curl_, CURLOPT_HTTPHEADER, fields_);
    curl_easy_setopt(curl_, CURLOPT_TIMEOUT_MS, static_cast<long>(kTry.count()));
    curl_easy_setopt(curl_, CURLOPT_WRITEFUNCTION, &Publisher::Receive);
    curl_easy_setopt(curl_, CURLOPT_WRITEDATA, &text_);
  }
  ~Publisher() {
    curl_easy_cleanup(curl_);
    curl_slist_free_all(fields_);
  }
  Publisher(const Publisher&) = delete;
  Publisher& operator=(const Publisher&) = delete;

  // Until there are verdicts, the same bytes are sent again and again: if they were stored and only
  // the answer was lost, oncelog calls them duplicates.
  simdjson::dom::array Send(const std::string& body) {
    curl_easy_setopt(curl_, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
    curl_easy_setopt(curl_, CURLOPT_POSTFIELDS, body.data());
    const auto give_up = Clock::now() + kRetry;
    for (Milliseconds longest = kFirstWait;; longest = std::min(2 * longest, kWaitMax)) {
      text_.clear();
      const CURLcode code = curl_easy_perform(curl_);
      long status = 0;
      curl_off_t retry_after = 0;
      curl_easy_getinfo(curl_, CURLINFO_RESPONSE_CODE, &status);
      curl_easy_getinfo(curl_, CURLINFO_RETRY_AFTER, &retry_after);  // negative: a date gone by
      const auto answer = parser_.parse(text_);
      const std::string error = TextOf(answer["error"]);
      std::string trouble = std::to_string(status) + " " + error + ": " + TextOf(answer["detail"]);
      if (code != CURLE_OK) {
        trouble = std::string("no answer: ") + curl_easy_strerror(code);
      } else if (status == 200) {
        simdjson::dom::array results;
        if (answer["results"].get(results) == simdjson::SUCCESS) return results;
        throw std::runtime_error("that is no oncelog server");
      } else if (!MayMend(status, error)) {
        throw std::runtime_error(trouble);
      }
      const Milliseconds wait = std::max(0s, std::chrono::seconds(retry_after)) + Jitter(longest);
      if (Clock::now() + wait > give_up) throw std::runtime_error(trouble + "; gave up");
      std::cerr << trouble << "; trying again in " << Seconds(wait).count() << " s" << std::endl;
      std::this_thread::sleep_for(wait);
    }
  }

 private:
  static size_t Receive(char* bytes, size_t, size_t count, void* text) {
    static_cast<std::string*>(text)->append(bytes, count);
    return count;
  }
  Milliseconds Jitter(Milliseconds longest) {  // at random, so that not all come at once
    return Milliseconds(std::uniform_int_distribution<int64_t>(0, longest.count())(random_));
  }

  CURL* curl_ = curl_easy_init();
  curl_slist* fields_ = nullptr;
  std::string text_;
  simdjson::dom::parser parser_;
  std::mt19937_64 random_{std::random_device{}()};
};

using Counts = std::map<std::string, size_t>;

// `lines`: where in the input the events of `body` stood.
void PublishBatch(const std::string& body, const std::vector<size_t>& lines, Publisher& publisher,
                  Counts& counts) {
  const simdjson::dom::array results = publisher.Send(body);
  if (results.size() != lines.size()) throw std::runtime_error("the answer does not fit");
  size_t next = 0;
  for (const Json result : results) {
    const std::string status = TextOf(result["status"]);
    const std::string line = "line " + std::to_string(lines[next++]) + ": " + status + ": ";
    counts[status] += 1;
    if (status == "conflict") {
      std::cerr << line << "event_id " << TextOf(result["event_id"])
                << " is stored with other content, as sequence " << result["sequence"] << "\n";
    } else if (status == "invalid") {
      std::cerr << line << TextOf(result["field"]) << ": " << TextOf(result["detail"]) << "\n";
    }
  }
}

void Publish(std::istream& input, Publisher& publisher, Counts& counts) {
  std::string body;
  std::vector<size_t> lines;
  std::string line;
  for (size_t number = 1; std::getline(input, line); ++number) {
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;  // oncelog counts none
    const bool full = lines.size() == kBatchEvents || body.size() + line.size() > kBatchBytes;
    if (full && !lines.empty()) {
      PublishBatch(body, lines, publisher, counts);
      body.clear();
      lines.clear();
    }
    body += line + "\n";
    lines.push_back(number);
  }
  if (!lines.empty()) PublishBatch(body, lines, publisher, counts);
}

int main(int argc, char** argv) {
  std::vector<std::string> arguments(argv + 1, argv + argc);
  std::string url = "http://127.0.0.1:8080";
  if (arguments.size() > 1 && arguments[0] == "--url") {
    url = arguments[1];
    arguments.erase(arguments.begin(), arguments.begin() + 2);
  }
  curl_global_init(CURL_GLOBAL_DEFAULT);
  Counts counts;
  bool failed = false;
  try {
    Publisher publisher(url);
    std::ifstream file;
    if (!arguments.empty()) file.open(arguments[0], std::ios::binary);
    if (!arguments.empty() && !file) throw std::runtime_error("cannot open " + arguments[0]);
    Publish(arguments.empty() ? std::cin : file, publisher, counts);
  } catch (const std::exception& error) {
    std::cerr << error.what() << "\nnot all was sent; it is safe to run this again\n";
    failed = true;
  }
  std::cout << counts["accepted"] << " accepted, " << counts["duplicate"] << " duplicate, "
            << counts["conflict"] << " conflict, " << counts["invalid"] << " invalid\n";
  return failed || counts["conflict"] + counts["invalid"] > 0 ? 1 : 0;
}
