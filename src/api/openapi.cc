#include "api/openapi.h"

#include <algorithm>
#include <map>
#include <vector>

#include "api/error_table.h"
#include "api/json_writer.h"
#include "api/problem.h"
#include "api/status.h"
#include "base/check.h"

namespace oncelog::api {
namespace {

using Errors = std::vector<const ErrorEntry*>;
using ByStatus = std::map<int, Errors>;

// What the HTTP server refuses on any path, or answers when a handler fails.
constexpr std::string_view kHttpErrors =
    "bad_request timeout body_too_large target_too_long expectation_failed misdirected "
    "header_too_large internal overloaded version_not_supported";

std::vector<std::string_view> Words(std::string_view text) {
  std::vector<std::string_view> words;
  while (!text.empty()) {
    const size_t end = std::min(text.find(' '), text.size());
    if (end > 0) words.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

void AddCodes(std::string_view codes, ByStatus* to) {
  for (const std::string_view code : Words(codes)) {
    const std::optional<ErrorId> id = ErrorOfName(code);
    Check(id.has_value(), "openapi.json names only codes of the error table");
    const ErrorEntry& entry = EntryOf(*id);
    (*to)[entry.status].push_back(&entry);
  }
}

ByStatus Group(std::string_view codes) {
  ByStatus errors;
  AddCodes(codes, &errors);
  return errors;
}

void Reference(JsonWriter* json, std::string_view name, std::string_view kind) {
  json->Key(name);
  json->Open('{');
  json->Member("$ref", "#/components/" + std::string(kind) + "/" + std::string(name));
  json->Close('}');
}

void AppendHeaders(JsonWriter* json, const std::vector<std::string_view>& names) {
  json->Key("headers");
  json->Open('{');
  Reference(json, "X-Request-Id", "headers");
  for (const std::string_view name : names) Reference(json, name, "headers");
  json->Close('}');
}

std::vector<std::string_view> HeadersOf(const Errors& errors) {
  std::vector<std::string_view> names;
  for (const ErrorEntry* entry : errors) {
    const std::string_view name = entry->retry_after_seconds > 0               ? "Retry-After"
                                  : entry->id == ErrorId::kMethodNotAllowed    ? "Allow"
                                  : entry->id == ErrorId::kUnsupportedEncoding ? "Accept-Encoding"
                                                                               : "";
    if (!name.empty() && std::find(names.begin(), names.end(), name) == names.end()) {
      names.push_back(name);
    }
  }
  return names;
}

std::string Describe(const Errors& errors) {
  std::string text;
  for (const ErrorEntry* entry : errors) {
    if (!text.empty()) text += ' ';
    text += "`" + std::string(entry->code) + "`: " + std::string(entry->title) + ".";
  }
  return text;
}

void AppendSchema(JsonWriter* json, int status, const Errors& errors) {
  json->Key("schema");
  json->Open('{');
  json->Key("allOf");
  json->Open('[');
  json->Raw(R"({"$ref":"#/components/schemas/Problem"})");
  json->Open('{');
  json->Key("properties");
  json->Open('{');
  json->Key("status");
  json->Open('{');
  json->Member("const", static_cast<uint64_t>(status));
  json->Close('}');
  json->Key("error");
  json->Open('{');
  json->Key("enum");
  json->Open('[');
  for (const ErrorEntry* entry : errors) json->Text(entry->code);
  json->Close(']');
  json->Close('}');
  json->Close('}');
  json->Close('}');
  json->Close(']');
  json->Close('}');
}

void AppendExamples(JsonWriter* json, const Errors& errors) {
  json->Key("examples");
  json->Open('{');
  for (const ErrorEntry* entry : errors) {
    json->Key(entry->code);
    json->Open('{');
    std::string body = Answer({.id = entry->id}, "k0z2m68c-3").body;
    body.pop_back();  // the newline
    json->Key("value");
    json->Raw(body);
    json->Close('}');
  }
  json->Close('}');
}

// A response: the value of a member.
void AppendResponse(JsonWriter* json, int status, const Errors& errors, bool with_body) {
  json->Open('{');
  json->Member("description", Describe(errors));
  AppendHeaders(json, HeadersOf(errors));
  if (with_body) {
    json->Key("content");
    json->Open('{');
    json->Key(kProblemMediaType);
    json->Open('{');
    AppendSchema(json, status, errors);
    AppendExamples(json, errors);
    json->Close('}');
    json->Close('}');
  }
  json->Close('}');
}

void AppendErrors(JsonWriter* json, std::string_view codes, bool with_body) {
  const ByStatus http = Group(kHttpErrors);
  ByStatus all = Group(codes);
  AddCodes(kHttpErrors, &all);
  for (const auto& [status, errors] : all) {
    const auto plain = http.find(status);
    json->Key(std::to_string(status));
    if (with_body && plain != http.end() && plain->second == errors) {
      json->Raw(R"({"$ref":"#/components/responses/Http)" + std::to_string(status) + "\"}");
    } else {
      AppendResponse(json, status, errors, with_body);
    }
  }
}

// An operation without answers that have a body: its success, then its errors.
void AppendBareOperation(JsonWriter* json, std::string_view id, std::string_view summary,
                         int status, const std::vector<std::string_view>& fields,
                         std::string_view codes, bool errors_have_bodies) {
  json->Open('{');
  json->Member("operationId", id);
  json->Member("summary", summary);
  json->Key("responses");
  json->Open('{');
  json->Key(std::to_string(status));
  json->Open('{');
  json->Member("description", std::string_view("No body."));
  AppendHeaders(json, fields);
  json->Close('}');
  AppendErrors(json, codes, errors_have_bodies);
  json->Close('}');
  json->Close('}');
}

void AppendSharedResponses(JsonWriter* json, std::string_view codes) {
  for (const auto& [status, errors] : Group(kHttpErrors)) {
    json->Key("Http" + std::to_string(status));
    AppendResponse(json, status, errors, /*with_body=*/true);
  }
  for (const std::string_view code : Words(codes)) {
    for (const auto& [status, errors] : Group(code)) {
      json->Key(code);
      AppendResponse(json, status, errors, /*with_body=*/true);
    }
  }
}

class Expander {
 public:
  explicit Expander(std::string_view version) : version_(version) {}

  // What stands in the place of a member "@name": "words".
  std::string Member(std::string_view name, std::string_view text) {
    std::string out;
    JsonWriter json(&out);
    std::vector<std::string_view> words = Words(text);
    Check(!words.empty(), "a member of openapi.json that begins with @ names something");
    if (name == "errors") {
      codes_ = text;
      AppendErrors(&json, codes_, /*with_body=*/true);
    } else if (name == "head") {
      json.Key("head");
      AppendBareOperation(&json, words[0], "As GET, without the body", 200,
                          {words.begin() + 1, words.end()}, codes_, false);
    } else if (name == "options") {
      json.Key("options");
      const size_t behind = std::min(text.size(), words[0].size() + 1);
      AppendBareOperation(&json, words[0], "The methods of this path", 204, {"Allow"},
                          text.substr(behind), true);
    } else if (name == "responses") {
      AppendSharedResponses(&json, text);
    } else {
      CheckFailed("openapi.h lists the members that begin with @");
    }
    return out;
  }

  // What stands in the place of a value "@name".
  [[nodiscard]] std::string Value(std::string_view name) const {
    std::string out;
    JsonWriter json(&out);
    if (name == "version") {
      json.Text(version_);
    } else {
      Check(name == "codes", "openapi.h lists the values that begin with @");
      json.Open('[');
      for (const ErrorEntry& entry : ErrorTable()) json.Text(entry.code);
      json.Close(']');
    }
    return out;
  }

 private:
  std::string_view version_;
  std::string_view codes_;  // of the operation above
};

}  // namespace

std::string OpenApiDocument(std::string_view version) {
  constexpr std::string_view kColon = ": \"";
  Expander expander(version);
  std::string out;
  std::string_view rest = OpenApiTemplate();
  for (size_t at = 0; (at = rest.find("\"@")) != std::string_view::npos;) {
    out.append(rest.substr(0, at));
    rest.remove_prefix(at + 2);
    const std::string_view name = rest.substr(0, rest.find('"'));
    rest.remove_prefix(name.size() + 1);
    if (rest.starts_with(kColon)) {
      rest.remove_prefix(kColon.size());
      const std::string_view text = rest.substr(0, rest.find('"'));
      rest.remove_prefix(text.size() + 1);
      out += expander.Member(name, text);
    } else {
      out += expander.Value(name);
    }
  }
  return out.append(rest);
}

net::Response OpenApiAnswer(const net::Request& request, const std::string& document) {
  if (auto refused = RefuseParameters(request)) return *std::move(refused);
  return {.body = document};
}

}  // namespace oncelog::api
