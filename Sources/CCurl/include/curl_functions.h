// libcurl, loaded when something is first sent to another server.
//
// Most servers never do, and would pay 5 MiB of memory and some milliseconds of their start for it and the two dozen
// libraries behind it. So nothing is linked: `latchkey_curl_load` opens libcurl, and each `latchkey_curl_…` is the
// function of that name (curl.se/libcurl/c). Calling one before the library was loaded is an error of the program.

#ifndef LATCHKEY_CURL_H
#define LATCHKEY_CURL_H

#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>

#pragma clang assume_nonnull begin

/// Loads libcurl; safe to call again, not from two threads at once.
/// Returns NULL, or what went wrong.
const char *_Nullable latchkey_curl_load(void);

void *_Nullable latchkey_curl_easy_init(void);
void latchkey_curl_easy_reset(void *handle);
void latchkey_curl_easy_cleanup(void *handle);
CURLcode latchkey_curl_easy_perform(void *handle);
const char *latchkey_curl_easy_strerror(CURLcode code);

// Swift can't call curl_easy_setopt and curl_easy_getinfo, which take any type of argument: one function for each.
CURLcode latchkey_curl_set_number(void *handle, CURLoption option, long value);
CURLcode latchkey_curl_set_text(void *handle, CURLoption option, const char *_Nullable value);
CURLcode latchkey_curl_set_pointer(void *handle, CURLoption option, void *_Nullable value);
CURLcode latchkey_curl_set_reader(void *handle, size_t (*function)(char *, size_t, size_t, void *), void *argument);
CURLcode latchkey_curl_set_writer(void *handle, size_t (*function)(char *, size_t, size_t, void *), void *argument);
CURLcode latchkey_curl_set_debugger(
    void *handle, int (*function)(void *_Nullable, int, char *, size_t, void *_Nullable), void *argument);
/// `function` is called about once a second; if it returns something other than 0, the transfer fails.
CURLcode latchkey_curl_set_progress(void *handle, curl_xferinfo_callback _Nonnull function, void *_Nullable argument);
/// `function` gets each address before it is connected to; with CURL_SOCKET_BAD the transfer fails.
CURLcode latchkey_curl_set_socket_opener(
    void *handle, curl_opensocket_callback _Nonnull function, void *_Nullable argument);
/// The protocols that may be spoken: names such as "http,https", which old libcurls take as bits.
CURLcode latchkey_curl_set_protocols(void *handle, const char *names, long bits);
CURLcode latchkey_curl_get_number(void *handle, CURLINFO info, long *value);
/// The socket of the last transfer, which stays libcurl's; -1 if it is closed.
int latchkey_curl_last_socket(void *handle);

struct curl_slist *_Nullable latchkey_curl_list_append(struct curl_slist *_Nullable list, const char *text);
void latchkey_curl_list_free(struct curl_slist *_Nullable list);

#pragma clang assume_nonnull end

// Macros that are not imported into Swift as numbers of the right type.
static const long latchkey_protocols_http = CURLPROTO_HTTP | CURLPROTO_HTTPS;
static const long latchkey_protocols_smtp = CURLPROTO_SMTP | CURLPROTO_SMTPS;
static const long latchkey_use_tls = CURLUSESSL_ALL;

#endif
