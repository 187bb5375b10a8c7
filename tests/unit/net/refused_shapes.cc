#include "tests/unit/net/refused_shapes.h"

#include <utility>

namespace oncelog::net {
namespace {

std::string Get(const std::string& fields) {
  return "GET / HTTP/1.1\r\nHost: localhost\r\n" + fields + "\r\n";
}

std::string Post(const std::string& fields, const std::string& body) {
  return "POST /publish HTTP/1.1\r\nHost: localhost\r\n" + fields + "\r\n" + body;
}

std::string Length(const std::string& value) {
  return Post("Content-Length: " + value + "\r\n", "hello");
}

std::string Coding(const std::string& value) {
  return Post("Transfer-Encoding: " + value + "\r\n", "5\r\nhello\r\n0\r\n\r\n");
}

std::string Chunked(const std::string& body) {
  return Post("Transfer-Encoding: chunked\r\n", body);
}

std::string Line(const std::string& line) { return line + "\r\nHost: localhost\r\n\r\n"; }

std::string Host(const std::string& fields) { return "GET / HTTP/1.1\r\n" + fields + "\r\n"; }

std::string Fields(int count) {
  std::string fields;
  for (int i = 0; i < count; ++i) fields += "a: b\r\n";
  return fields;
}

using namespace std::string_literals;

std::vector<RefusedShape> Framing() {
  return {
      {"length and coding",
       Post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), 400},
      {"coding and length",
       Post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "0\r\n\r\n"), 400},
      {"gzip and length", Post("Transfer-Encoding: gzip\r\nContent-Length: 5\r\n", "hello"), 400},
      {"length and gzip", Post("Content-Length: 5\r\nTransfer-Encoding: gzip\r\n", "hello"), 400},
      {"two lengths", Post("Content-Length: 5\r\nContent-Length: 6\r\n", "hello"), 400},
      {"two equal lengths", Post("Content-Length: 5\r\nContent-Length: 5\r\n", "hello"), 400},
      {"length list", Length("5, 5"), 400},
      {"length with plus", Length("+5"), 400},
      {"length with minus", Length("-5"), 400},
      {"length in hex", Length("0x5"), 400},
      {"length with letter", Length("5a"), 400},
      {"length with space", Length("1 0"), 400},
      {"length empty", Length(""), 400},
      {"length with dot", Length("5.0"), 400},
      {"length overflows", Length("18446744073709551621"), 400},
      {"length of many digits", Length(std::string(100, '9')), 400},
      {"coding gzip", Coding("gzip"), 400},
      {"coding identity", Coding("identity"), 400},
      {"coding xchunked", Coding("xchunked"), 400},
      {"coding chunked, gzip", Coding("chunked, gzip"), 400},
      {"coding gzip, chunked", Coding("gzip, chunked"), 400},
      {"coding chunked, chunked", Coding("chunked, chunked"), 400},
      {"coding in quotes", Coding("\"chunked\""), 400},
      {"coding with parameter", Coding("chunked;a=b"), 400},
      {"coding empty", Coding(""), 400},
      {"coding with vertical tab", Coding("\vchunked"), 400},
      {"two codings",
       Post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), 400},
      {"coding twice, one unknown",
       Post("Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n", "0\r\n\r\n"), 400},
      {"coding in HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
      {"length over the limit", Length("1000000000"), 413},
  };
}

std::vector<RefusedShape> Lines() {
  return {
      {"space before colon", Get("Content-Length : 5\r\n"), 400},
      {"space in name", Get("a b: c\r\n"), 400},
      {"no colon", Get("abc\r\n"), 400},
      {"empty name", Get(": c\r\n"), 400},
      {"folded line", Get("a: b\r\n c\r\n"), 400},
      {"folded line with tab", Get("a: b\r\n\tc\r\n"), 400},
      {"white space before first field", "GET / HTTP/1.1\r\n Host: localhost\r\n\r\n", 400},
      {"bare LF after a field", Get("a: b\n"), 400},
      {"bare LF after the request line", "GET / HTTP/1.1\nHost: localhost\r\n\r\n", 400},
      {"bare LF everywhere", "GET / HTTP/1.1\nHost: localhost\n\n", 400},
      {"bare LF as the end", "GET / HTTP/1.1\r\nHost: localhost\r\n\n", 400},
      {"bare CR in a value", Get("a: b\rc\r\n"), 400},
      {"bare CR as the end", "GET / HTTP/1.1\r\nHost: localhost\r\n\rX", 400},
      {"CR CR LF", Get("a: b\r\r\n"), 400},
      {"NUL in a value", Get("a: b\0c\r\n"s), 400},
      {"NUL in a name", Get("a\0b: c\r\n"s), 400},
      {"NUL in the target", Line("GET /\0 HTTP/1.1"s), 400},
      {"control character", Get("a: b\x01\r\n"), 400},
      {"DEL", Get("a: b\x7f\r\n"), 400},
      {"TLS hello", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"s, 400},
      {"two empty lines first", "\r\n\r\n" + Get(""), 400},
  };
}

std::vector<RefusedShape> RequestLines() {
  return {
      {"HTTP/2.0", Line("GET / HTTP/2.0"), 505},
      {"HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
      {"HTTP/1.2", Line("GET / HTTP/1.2"), 505},
      {"HTTP/0.9", Line("GET / HTTP/0.9"), 505},
      {"no version", Line("GET /"), 400},
      {"version in small letters", Line("GET / http/1.1"), 400},
      {"version of three digits", Line("GET / HTTP/1.10"), 400},
      {"two spaces", Line("GET  / HTTP/1.1"), 400},
      {"two spaces before version", Line("GET /  HTTP/1.1"), 400},
      {"space at the end", Line("GET / HTTP/1.1 "), 400},
      {"tab for space", Line("GET\t/ HTTP/1.1"), 400},
      {"space in target", Line("GET /a b HTTP/1.1"), 400},
      {"no target", Line("GET HTTP/1.1"), 400},
      {"bad method", Line("GE{T / HTTP/1.1"), 400},
      {"CONNECT host", Line("CONNECT example.com:443 HTTP/1.1"), 400},
      {"CONNECT path", Line("CONNECT /x HTTP/1.1"), 400},
      {"relative target", Line("GET index HTTP/1.1"), 400},
      {"star for GET", Line("GET * HTTP/1.1"), 400},
      {"https target", Line("GET https://localhost/ HTTP/1.1"), 400},
      {"absolute target without host", Line("GET http:///x HTTP/1.1"), 400},
      {"absolute target with user", Line("GET http://me@localhost/ HTTP/1.1"), 400},
      {"fragment", Line("GET /a#b HTTP/1.1"), 400},
      {"request line too long", Line("GET /" + std::string(16 << 10, 'a') + " HTTP/1.1"), 414},
      {"head too large", Get("a: " + std::string(64 << 10, 'b') + "\r\n"), 431},
      {"head too large, without an end", "GET / HTTP/1.1\r\na: " + std::string(65 << 10, 'b'), 431},
      {"too many fields", Get(Fields(256)), 431},
      {"unknown expectation", Post("Expect: 200-ok\r\nContent-Length: 5\r\n", ""), 417},
  };
}

std::vector<RefusedShape> Hosts() {
  return {
      {"no Host", Host(""), 400},
      {"two Hosts", Host("Host: localhost\r\nHost: localhost\r\n"), 400},
      {"two Hosts in 1.0", "GET / HTTP/1.0\r\nHost: localhost\r\nHost: a\r\n\r\n", 400},
      {"empty Host", Host("Host:\r\n"), 400},
      {"Host with path", Host("Host: localhost/x\r\n"), 400},
      {"Host with user", Host("Host: me@localhost\r\n"), 400},
      {"Host with space", Host("Host: local host\r\n"), 400},
      {"Host list", Host("Host: localhost\xc3\xa9\r\n"), 400},
      {"Host with bad port", Host("Host: localhost:80a\r\n"), 400},
      {"Host with long port", Host("Host: localhost:123456\r\n"), 400},
      {"Host of a port only", Host("Host: :80\r\n"), 400},
      {"Host with open bracket", Host("Host: [::1\r\n"), 400},
      {"Host with text behind bracket", Host("Host: [::1]x\r\n"), 400},
      {"Host with name in brackets", Host("Host: [local]\r\n"), 400},
      {"absolute target, no Host", "GET http://localhost/ HTTP/1.1\r\n\r\n", 400},
  };
}

std::vector<RefusedShape> Chunks() {
  return {
      {"chunk size not hex", Chunked("g\r\nhello\r\n0\r\n\r\n"), 400},
      {"chunk size empty", Chunked("\r\nhello\r\n0\r\n\r\n"), 400},
      {"chunk size with 0x", Chunked("0x5\r\nhello\r\n0\r\n\r\n"), 400},
      {"chunk size with sign", Chunked("+5\r\nhello\r\n0\r\n\r\n"), 400},
      {"chunk size with minus", Chunked("-5\r\nhello\r\n0\r\n\r\n"), 400},
      {"chunk size after space", Chunked(" 5\r\nhello\r\n0\r\n\r\n"), 400},
      {"chunk size before space", Chunked("5 \r\nhello\r\n0\r\n\r\n"), 400},
      {"chunk size overflows", Chunked("10000000000000005\r\nhello\r\n0\r\n\r\n"), 400},
      {"chunk size with bare LF", Chunked("5\nhello\r\n0\r\n\r\n"), 400},
      {"chunk size with bare CR", Chunked("5\rXhello\r\n0\r\n\r\n"), 400},
      {"chunk without its end", Chunked("5\r\nhello0\r\n\r\n"), 400},
      {"chunk longer than said", Chunked("5\r\nhello!\r\n0\r\n\r\n"), 400},
      {"chunk with bare LF behind", Chunked("5\r\nhello\n0\r\n\r\n"), 400},
      {"chunk over the limit", Chunked("40000000\r\nhello"), 413},
      {"largest chunk", Chunked("ffffffffffffffff\r\nhello"), 413},
      {"extension too long", Chunked("5;a=" + std::string(300, 'b') + "\r\nhello\r\n0\r\n\r\n"),
       400},
      {"extension with LF in quotes", Chunked("5;a=\"\n\"\r\nhello\r\n0\r\n\r\n"), 400},
      {"extension with NUL in quotes", Chunked("5;a=\"\0\"\r\nhello\r\n0\r\n\r\n"s), 400},
      {"extension in quotes", Chunked("5;a=\"b\"\r\nhello\r\n0\r\n\r\n"), 400},
      {"extension with an open quote", Chunked("5;a=\"b\r\nhello\r\n0\r\n\r\n"), 400},
      {"last chunk with an open quote", Chunked("0;a=\"b\r\n\r\n"), 400},
      {"extension without a name", Chunked("5;\r\nhello\r\n0\r\n\r\n"), 400},
      {"chunk line without end", Chunked(std::string(9 << 10, '0')), 400},
      {"trailer without end", Chunked("0\r\na: " + std::string(9 << 10, 'b')), 400},
      {"length in the trailer", Chunked("0\r\nContent-Length: 5\r\n\r\n"), 400},
      {"coding in the trailer", Chunked("0\r\nTransfer-Encoding: chunked\r\n\r\n"), 400},
      {"bad trailer", Chunked("0\r\na b: c\r\n\r\n"), 400},
      {"trailer with bare LF", Chunked("0\r\na: b\nc: d\r\n\r\n"), 400},
  };
}

}  // namespace

const std::vector<RefusedShape>& RefusedShapes() {
  static const std::vector<RefusedShape> all = [] {
    std::vector<RefusedShape> shapes;
    for (auto part : {Framing(), Lines(), RequestLines(), Hosts(), Chunks()}) {
      for (RefusedShape& shape : part) shapes.push_back(std::move(shape));
    }
    return shapes;
  }();
  return all;
}

}  // namespace oncelog::net
