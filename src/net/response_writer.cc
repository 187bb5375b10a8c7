#include "net/response_writer.h"

#include <array>
#include <charconv>
#include <cstdio>

#include "net/text.h"

namespace oncelog::net {
namespace {

void AppendNumber(uint64_t number, int base, std::string* out) {
  std::array<char, 24> digits;
  const auto end = std::to_chars(digits.begin(), digits.end(), number, base).ptr;
  out->append(digits.begin(), end);
}

void AppendClean(std::string_view text, std::string* out) {
  const size_t begin = out->size();
  out->append(text);
  for (size_t i = begin; i < out->size(); ++i) {
    if (IsControl((*out)[i])) (*out)[i] = ' ';
  }
}

void AppendField(std::string_view name, std::string_view value, std::string* out) {
  AppendClean(name, out);
  out->append(": ");
  AppendClean(value, out);
  out->append("\r\n");
}

}  // namespace

bool StatusHasBody(int status) { return status >= 200 && status != 204 && status != 304; }

void AppendHead(const HeadParts& parts, std::string* out) {
  const Response& response = parts.response;
  out->append("HTTP/1.1 ");
  AppendNumber(static_cast<uint64_t>(response.status), 10, out);
  out->append(" ");
  out->append(StatusText(response.status));
  out->append("\r\nServer: oncelog\r\nDate: ");
  out->append(parts.date);
  out->append("\r\nX-Request-Id: ");
  out->append(parts.request_id);
  out->append("\r\n");
  if (StatusHasBody(response.status)) {
    if (!response.content_type.empty()) AppendField("Content-Type", response.content_type, out);
    if (parts.framing == Framing::kSized) {
      out->append("Content-Length: ");
      AppendNumber(response.body.size(), 10, out);
      out->append("\r\n");
    } else if (parts.framing == Framing::kChunked) {
      out->append("Transfer-Encoding: chunked\r\n");
    }
  }
  for (const Field& field : response.fields) AppendField(field.name, field.value, out);
  if (parts.close) {
    out->append("Connection: close\r\n");
  } else if (parts.http10) {
    out->append("Connection: keep-alive\r\n");
  }
  out->append("\r\n");
}

std::string_view StatusText(int status) {
  switch (status) {
    case 200: return "OK";
    case 201: return "Created";
    case 202: return "Accepted";
    case 204: return "No Content";
    case 206: return "Partial Content";
    case 301: return "Moved Permanently";
    case 302: return "Found";
    case 303: return "See Other";
    case 304: return "Not Modified";
    case 307: return "Temporary Redirect";
    case 308: return "Permanent Redirect";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 406: return "Not Acceptable";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 410: return "Gone";
    case 411: return "Length Required";
    case 412: return "Precondition Failed";
    case 413: return "Content Too Large";
    case 414: return "URI Too Long";
    case 415: return "Unsupported Media Type";
    case 417: return "Expectation Failed";
    case 421: return "Misdirected Request";
    case 422: return "Unprocessable Content";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 502: return "Bad Gateway";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    case 505: return "HTTP Version Not Supported";
    case 507: return "Insufficient Storage";
    default: return "Status";
  }
}

void AppendChunkStart(size_t bytes, std::string* out) {
  AppendNumber(bytes, 16, out);
  out->append("\r\n");
}

std::string FormatHttpDate(std::time_t seconds) {
  static constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  std::array<char, 64> text;
  const int size = std::snprintf(text.data(), text.size(), "%s, %02d %s %04d %02d:%02d:%02d GMT",
                                 kDays[utc.tm_wday], utc.tm_mday, kMonths[utc.tm_mon],
                                 utc.tm_year + 1900, utc.tm_hour, utc.tm_min, utc.tm_sec);
  return {text.data(), static_cast<size_t>(size)};
}

}  // namespace oncelog::net
