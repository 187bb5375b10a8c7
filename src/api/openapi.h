// GET /openapi.json: the OpenAPI 3.1 document. It is written in openapi.json beside this file and
// embedded by the build; what the error table knows is put in here, so that it cannot drift. These
// stand there as members (or values) that begin with @:
//
//   "version": "@version"             the program's
//   "enum": "@codes"                  all error codes
//   "@errors": "busy not_found"       in `responses`: one for each status of these and of what the
//                                     HTTP server refuses on any path
//   "@head": "headStats Vary"         an operation like the one above, without bodies; after its id
//                                     stand the fields that its 200 has besides X-Request-Id
//   "@options": "optionsStats"        an operation; after its id stand more error codes
//   "@responses": "not_found"         in components: Http400, … for what the HTTP server refuses,
//                                     and one response named after each code
//
//   const std::string document = OpenApiDocument("0.1.0");
//
// Threads: pure functions. Errors: none; a code that there is not is a bug (Check).
#pragma once

#include <string>
#include <string_view>

#include "net/http.h"

namespace oncelog::api {

// openapi.json as it is in the source tree.
std::string_view OpenApiTemplate();

std::string OpenApiDocument(std::string_view version);

// `document` as made by OpenApiDocument.
net::Response OpenApiAnswer(const net::Request& request, const std::string& document);

}  // namespace oncelog::api
